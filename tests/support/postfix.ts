// A private Postfix: own configuration, queue and data folders in a temporary folder, one smtpd on loopback.
// Mail for its domains goes by LMTP to a Dovecot of the test's; anything else is refused. Needs root.

import { execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { SmtpConfig } from '../../src/config/config.ts';
import type { Certificates } from './certificates.ts';
import { freePort, waitForPort } from './free-port.ts';

const daemons = ['/usr/lib/postfix/sbin', '/usr/libexec/postfix'].find((folder) => existsSync(`${folder}/master`));

/** False where Postfix is not installed, or may not be started. */
export const postfixAvailable = daemons !== undefined && process.getuid?.() === 0;

/** What to tell a person whose tests are left out. */
export const postfixMissing =
  'Postfix is not installed (apt-get install postfix) or this is not root: these tests are left out';

export interface PostfixOptions {
  /** Where mail for the domains goes. */
  lmtpPort: number;
  /** `example.test` alone by default. */
  domains?: readonly string[];
  /** STARTTLS is offered with these. */
  certificates?: Certificates;
  /** Lines to append to main.cf. */
  extra?: readonly string[];
  /** An /etc/aliases of `alias.test`: what local(8) does with mail for a name, as `|command`. */
  aliases?: Record<string, string>;
  /** Lines to append to master.cf. */
  services?: readonly string[];
}

export interface Postfix {
  folder: string;
  smtpPort: number;
  /** A client configuration for it. */
  config(overrides?: Partial<SmtpConfig>): SmtpConfig;
  /** Messages in its queue, as `postqueue -j` tells them. */
  queue(): Array<{ queue_id: string; sender: string; recipients: Array<{ address: string; delay_reason?: string }> }>;
  log(): string;
  stop(): Promise<void>;
}

/** Starts a Postfix of one's own. Throws with its log when it does not come up. */
export async function startPostfix(options: PostfixOptions): Promise<Postfix> {
  if (daemons === undefined || !postfixAvailable) {
    throw new Error(postfixMissing);
  }
  const folder = await mkdtemp(path.join(os.tmpdir(), 'tkt-postfix-'));
  await chmod(folder, 0o755);
  const file = (name: string) => path.join(folder, name);
  const smtpPort = await freePort();
  for (const name of ['config', 'queue', 'data']) {
    await mkdir(file(name));
  }
  const [uid, gid] = ['-u', '-g'].map((flag) => Number(execFileSync('id', [flag, 'postfix'], { encoding: 'utf8' })));
  chownSync(file('data'), uid ?? 0, gid ?? 0);
  await writeFile(file('config/main.cf'), `${mainSettings(folder, options).join('\n')}\n`);
  await writeFile(file('config/master.cf'), `${[...services(smtpPort), ...(options.services ?? [])].join('\n')}\n`);
  const log = () => (existsSync(file('mail.log')) ? readFileSync(file('mail.log'), 'utf8') : '');
  const command = (name: string, ...args: string[]) =>
    execFileSync(name, ['-c', file('config'), ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });

  if (options.aliases) {
    const lines = Object.entries(options.aliases).map(([name, value]) => `${name}: "${value}"\n`);
    await writeFile(file('aliases'), lines.join(''));
    command('postalias', `hash:${file('aliases')}`);
  }
  // Makes the queue's folders with the right owners; complains about nothing that matters here.
  command('postfix', 'check');
  const master = spawn(`${daemons}/master`, ['-c', file('config'), '-d'], { stdio: 'ignore', detached: true });
  const exited = new Promise<false>((resolve) => master.once('exit', () => resolve(false)));

  const stop = async () => {
    master.kill('SIGTERM');
    const patience = setTimeout(() => master.kill('SIGKILL'), 2_000);
    await exited;
    clearTimeout(patience);
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  if (!(await Promise.race([exited, waitForPort(smtpPort)]))) {
    const told = log();
    await stop();
    throw new Error(`Postfix did not start:\n${told}`);
  }
  return {
    folder,
    smtpPort,
    config: (overrides = {}) => ({
      host: '127.0.0.1',
      port: smtpPort,
      security: options.certificates ? 'starttls' : 'none',
      auth: null,
      caFile: options.certificates?.caFile ?? null,
      from: 'support@example.test',
      nullSender: true,
      ...overrides,
    }),
    queue: () =>
      command('postqueue', '-j')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line)),
    log,
    stop,
  };
}

function mainSettings(folder: string, options: PostfixOptions): string[] {
  const { certificates } = options;
  return [
    'compatibility_level = 3.6',
    `queue_directory = ${folder}/queue`,
    `data_directory = ${folder}/data`,
    `daemon_directory = ${daemons}`,
    'inet_interfaces = 127.0.0.1',
    'inet_protocols = ipv4',
    'myhostname = mx.example.test',
    'mynetworks = 127.0.0.0/8',
    `mydestination = ${options.aliases ? 'alias.test' : ''}`,
    'local_recipient_maps =',
    `alias_maps = ${options.aliases ? `hash:${folder}/aliases` : ''}`,
    `virtual_mailbox_domains = ${(options.domains ?? ['example.test']).join(', ')}`,
    `virtual_transport = lmtp:inet:127.0.0.1:${options.lmtpPort}`,
    // Every recipient Dovecot does not know comes back as a bounce, as from a real MX.
    'virtual_mailbox_maps = static:all',
    // Nothing leaves the machine.
    'default_transport = error:mail to other domains does not leave this test',
    'relay_transport = error:mail to other domains does not leave this test',
    'smtpd_peername_lookup = no',
    'disable_dns_lookups = yes',
    'smtp_host_lookup = native',
    'biff = no',
    'smtputf8_enable = yes',
    `maillog_file = ${folder}/mail.log`,
    `maillog_file_prefixes = ${folder}`,
    'import_environment = MAIL_CONFIG MAIL_DEBUG MAIL_LOGTAG TZ LANG=C POSTLOG_SERVICE POSTLOG_HOSTNAME',
    ...(certificates
      ? [
          'smtpd_tls_security_level = may',
          `smtpd_tls_cert_file = ${certificates.certFile}`,
          `smtpd_tls_key_file = ${certificates.keyFile}`,
        ]
      : []),
    ...(options.extra ?? []),
  ];
}

// service, type, private, unprivileged, chroot, wakeup, processes, command
function services(smtpPort: number): string[] {
  return [
    `127.0.0.1:${smtpPort} inet n - n - - smtpd`,
    'pickup unix n - n 60 1 pickup',
    'cleanup unix n - n - 0 cleanup',
    'qmgr unix n - n 300 1 qmgr',
    'tlsmgr unix - - n 1000? 1 tlsmgr',
    'rewrite unix - - n - - trivial-rewrite',
    'bounce unix - - n - 0 bounce',
    'defer unix - - n - 0 bounce',
    'trace unix - - n - 0 bounce',
    'verify unix - - n - 1 verify',
    'flush unix n - n 1000? 0 flush',
    'proxymap unix - - n - - proxymap',
    'showq unix n - n - - showq',
    'error unix - - n - - error',
    'retry unix - - n - - error',
    'discard unix - - n - - discard',
    'lmtp unix - - n - - lmtp',
    'local unix - n n - - local',
    'anvil unix - - n - 1 anvil',
    'scache unix - - n - 1 scache',
    'postlog unix-dgram n - n - 1 postlogd',
  ];
}
