// A private Dovecot: own configuration and base_dir in a temporary folder, loopback, high ports, one Maildir a user.
// IMAP in the clear, with STARTTLS and over TLS, and LMTP for an MTA to deliver by.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chownSync, existsSync, readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import type { ImapConfig } from '../../src/config/config.ts';
import { makeCertificates } from './certificates.ts';
import { freePort, waitForPort } from './free-port.ts';

const program = ['/usr/sbin/dovecot', '/usr/local/sbin/dovecot', '/usr/bin/dovecot'].find((file) => existsSync(file));

/** False where Dovecot is not installed: `describe.skipIf(!dovecotAvailable)`. */
export const dovecotAvailable = program !== undefined;

/** What to tell a person whose tests are left out. */
export const dovecotMissing =
  'Dovecot is not installed (apt-get install dovecot-imapd dovecot-lmtpd): these tests are left out';

export interface DovecotOptions {
  /** Users with their passwords; `support@example.test` with `secret` if none are named. */
  users?: Record<string, string>;
  /** STARTTLS on the plain port and TLS on a port of its own, with a new CA. Off: start-up is 50 ms quicker. */
  tls?: boolean;
  /** Lines to append to dovecot.conf. */
  extra?: string;
}

export interface MaildirFile {
  /** Path of the file. */
  path: string;
  /** '' for the inbox, else the folder's name. */
  folder: string;
  /** Its name before `:2,`; stays when flags change. */
  base: string;
  seen: boolean;
  /** Maildir flag letters: S seen, T deleted, F flagged, R answered. */
  flags: string;
}

export interface Dovecot {
  folder: string;
  /** Plain, with STARTTLS when `tls` is on. */
  imapPort: number;
  /** TLS from the start; 0 without `tls`. */
  imapsPort: number;
  lmtpPort: number;
  /** PEM of the CA; null without `tls`. */
  caFile: string | null;
  /** Log-in names, first one first. */
  users: string[];
  /** A client configuration for the first user over the plain port: override what a test is about. */
  config(overrides?: Partial<ImapConfig>): ImapConfig;
  /** Puts a message into a mailbox as an MDA does (tmp, fsync, rename). Returns the file's base name. */
  deliver(user: string, raw: Buffer | string, options?: { folder?: string; seen?: boolean }): Promise<string>;
  /** Every message of a user, oldest first. */
  listing(user: string): Promise<MaildirFile[]>;
  /** The bytes of every message of the inbox, in delivery order. */
  read(user: string): Promise<Buffer[]>;
  /** Another client: logs in, runs IMAP commands in turn, logs out. Returns all that the server said. */
  imap(user: string, commands: readonly string[]): Promise<string>;
  /** Another client reads everything in the inbox, or these UIDs. */
  markSeen(user: string, uids?: readonly number[]): Promise<void>;
  /** The mailbox gets a new UIDVALIDITY and new UIDs; flags stay unless `unseen`. Restarts the server. */
  resetUidValidity(user: string, options?: { unseen?: boolean }): Promise<void>;
  /** Process ids of `imap` workers now serving somebody. */
  workers(): number[];
  log(): string;
  /** Stops the server, keeps the mail: `start()` brings it back on the same ports. */
  halt(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  start(): Promise<void>;
  /** Stops it and removes its folder. */
  stop(): Promise<void>;
}

const isRoot = process.getuid?.() === 0;
// Root may not own mail (Dovecot refuses uid 0); anybody else runs it as themselves.
const mailUid = isRoot ? 5000 : (process.getuid?.() ?? 5000);
const mailGid = isRoot ? 5000 : (process.getgid?.() ?? 5000);

/** Starts a Dovecot of one's own. Throws with its log when it does not come up. */
export async function startDovecot(options: DovecotOptions = {}): Promise<Dovecot> {
  if (program === undefined) {
    throw new Error(dovecotMissing);
  }
  const dovecot = program;
  const users = new Map(Object.entries(options.users ?? { 'support@example.test': 'secret' }));
  const names = [...users.keys()];
  const folder = await mkdtemp(path.join(os.tmpdir(), 'tkt-dovecot-'));
  await chmod(folder, 0o755);
  const file = (...parts: string[]) => path.join(folder, ...parts);
  const certificates = options.tls ? makeCertificates(folder) : null;
  const ports = { imap: await freePort(), imaps: options.tls ? await freePort() : 0, lmtp: await freePort() };
  for (const name of ['run', 'state', 'mail']) {
    await mkdir(file(name));
  }
  for (const user of names) {
    await makeMaildir(file('mail', user), file('mail', user, 'Maildir'));
  }
  own(file('mail'));
  await writeFile(file('passwd'), names.map((user) => `${user}:{PLAIN}${users.get(user)}::::::\n`).join(''));
  const configuration = () =>
    writeFile(
      file('dovecot.conf'),
      [...settings(folder, ports, certificates !== null), options.extra ?? ''].join('\n'),
    );

  let master: ChildProcess | null = null;
  const log = () => (existsSync(file('dovecot.log')) ? readFileSync(file('dovecot.log'), 'utf8') : '');

  async function start(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      await configuration();
      // In the foreground, so that it is ours to reap; its streams not on a pipe that a reader would wait for.
      const child = spawn(dovecot, ['-F', '-c', file('dovecot.conf')], { stdio: 'ignore' });
      const exited = new Promise<false>((resolve) => child.once('exit', () => resolve(false)));
      if (await Promise.race([exited, waitForPort(ports.imap)])) {
        master = child;
        return;
      }
      child.kill('SIGKILL');
      if (attempt === 3 || !log().includes('Address already in use')) {
        const check = spawnSync(dovecot, ['-c', file('dovecot.conf'), '-n'], { encoding: 'utf8' });
        throw new Error(`Dovecot did not start:\n${log()}${check.stderr}`);
      }
      ports.imap = await freePort();
      ports.imaps = options.tls ? await freePort() : 0;
      ports.lmtp = await freePort();
    }
  }

  async function halt(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    if (master?.pid === undefined || master.exitCode !== null || master.signalCode !== null) {
      return;
    }
    const child = master;
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    const workers = childrenOf(master.pid);
    child.kill(signal);
    // The master may take seconds to bid its idle children farewell; nothing they hold is worth the wait.
    await Promise.race([exited, pause(50)]);
    for (const worker of new Set([...workers, ...childrenOf(master.pid)])) {
      killIfAlive(worker);
    }
    child.kill('SIGKILL');
    await exited;
    master = null;
    await rm(file('run', 'master.pid'), { force: true });
  }

  async function listing(user: string): Promise<MaildirFile[]> {
    const root = file('mail', user, 'Maildir');
    const folders = (await readdir(root)).filter((name) => name.startsWith('.') && !name.includes('dovecot'));
    const files: MaildirFile[] = [];
    for (const name of ['', ...folders]) {
      for (const part of ['new', 'cur']) {
        const entries = await readdir(path.join(root, name, part)).catch(() => []);
        files.push(...entries.map((entry) => maildirFile(path.join(root, name, part, entry), name.slice(1))));
      }
    }
    // Names begin SECONDS.M<MICROSECONDS>P, without leading zeros: as text, 9 µs would come after 10 µs.
    return files.sort((a, b) => a.base.localeCompare(b.base, 'en', { numeric: true }));
  }

  let delivered = 0;
  const self: Dovecot = {
    folder,
    get imapPort() {
      return ports.imap;
    },
    get imapsPort() {
      return ports.imaps;
    },
    get lmtpPort() {
      return ports.lmtp;
    },
    caFile: certificates?.caFile ?? null,
    users: names,
    config: (overrides = {}) => ({
      host: '127.0.0.1',
      port: ports.imap,
      security: 'none',
      auth: {
        kind: 'password',
        username: names[0] ?? '',
        password: { kind: 'value', value: users.get(names[0] ?? '') ?? '' },
      },
      caFile: certificates?.caFile ?? null,
      mailbox: 'INBOX',
      intake: 'new',
      after: { kind: 'seen' },
      ...overrides,
    }),
    async deliver(user, raw, { folder: name = '', seen = false } = {}) {
      const root = file('mail', user, 'Maildir', name === '' ? '' : `.${name}`);
      await makeMaildir(root);
      delivered += 1;
      const micros = String(Math.floor(performance.timeOrigin * 1000 + performance.now() * 1000));
      const base = `${micros.slice(0, -6)}.M${micros.slice(-6)}P${process.pid}Q${String(delivered).padStart(6, '0')}.test`;
      const temporary = path.join(root, 'tmp', base);
      const handle = await open(temporary, 'wx', 0o600);
      await handle.writeFile(raw);
      await handle.sync();
      await handle.close();
      own(temporary);
      await rename(temporary, seen ? path.join(root, 'cur', `${base}:2,S`) : path.join(root, 'new', base));
      return base;
    },
    listing,
    async read(user) {
      const files = (await listing(user)).filter((entry) => entry.folder === '');
      return Promise.all(files.map((entry) => readFile(entry.path)));
    },
    imap: (user, commands) => runCommands(ports.imap, user, users.get(user) ?? '', commands),
    async markSeen(user, uids) {
      const set = uids === undefined ? '1:*' : uids.join(',');
      await self.imap(user, ['SELECT INBOX', `UID STORE ${set} +FLAGS.SILENT (\\Seen)`]);
    },
    async resetUidValidity(user, { unseen = false } = {}) {
      await halt();
      const root = file('mail', user, 'Maildir');
      const list = path.join(root, 'dovecot-uidlist');
      const old = existsSync(list) ? Number(/ V(\d+)/.exec(readFileSync(list, 'utf8'))?.[1] ?? 1) : 1;
      for (const name of await readdir(root)) {
        if (name.startsWith('dovecot')) {
          await rm(path.join(root, name), { recursive: true });
        }
      }
      // A header without entries: every message gets a new UID, and the value differs even within the same second.
      await writeFile(list, `3 V${old + 1000} N1 G0123456789abcdef0123456789abcdef\n`);
      own(list);
      if (unseen) {
        for (const entry of await listing(user)) {
          await rename(entry.path, path.join(path.dirname(entry.path), `${entry.base}:2,`));
        }
      }
      await start();
    },
    workers: () => childrenOf(master?.pid ?? 0).filter((child) => commandOf(child).includes('dovecot/imap\0')),
    log,
    halt,
    start,
    async stop() {
      await halt();
      await rm(folder, { recursive: true, force: true });
    },
  };
  try {
    await start();
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
  return self;
}

function settings(folder: string, ports: { imap: number; imaps: number; lmtp: number }, withTls: boolean): string[] {
  const me = os.userInfo();
  return [
    `base_dir = ${folder}/run`,
    `state_dir = ${folder}/state`,
    `log_path = ${folder}/dovecot.log`,
    'protocols = imap lmtp',
    'listen = 127.0.0.1',
    'disable_plaintext_auth = no',
    'auth_mechanisms = plain login',
    'auth_failure_delay = 0',
    'auth_username_format = %Lu',
    // No seconds of delay for an address that gave a wrong password once.
    'service anvil {\n  unix_listener anvil-auth-penalty {\n    mode = 0\n  }\n}',
    'mail_fsync = never',
    'first_valid_uid = 1',
    'first_valid_gid = 1',
    'mail_max_userip_connections = 100',
    'mail_location = maildir:~/Maildir',
    `passdb {\n  driver = passwd-file\n  args = scheme=PLAIN username_format=%u ${folder}/passwd\n}`,
    `userdb {\n  driver = static\n  args = uid=${mailUid} gid=${mailGid} home=${folder}/mail/%u\n}`,
    'namespace inbox {\n  inbox = yes\n  separator = /\n}',
    'service imap-login {',
    '  service_count = 0',
    isRoot ? '' : '  chroot =',
    `  inet_listener imap {\n    port = ${ports.imap}\n  }`,
    `  inet_listener imaps {\n    port = ${ports.imaps}\n    ssl = yes\n  }`,
    '}',
    `service lmtp {\n  inet_listener lmtp {\n    address = 127.0.0.1\n    port = ${ports.lmtp}\n  }`,
    isRoot ? '' : `  user = ${me.username}`,
    '}',
    'postmaster_address = postmaster@example.test',
    withTls ? `ssl = yes\nssl_cert = <${folder}/server.pem\nssl_key = <${folder}/server-key.pem` : 'ssl = no',
    ...(isRoot
      ? []
      : [
          `default_internal_user = ${me.username}`,
          `default_login_user = ${me.username}`,
          `default_internal_group = ${groupName(me.gid)}`,
          'service anvil {\n  chroot =\n}',
          'service stats {\n  chroot =\n}',
        ]),
  ];
}

function groupName(gid: number): string {
  return spawnSync('id', ['-gn'], { encoding: 'utf8' }).stdout.trim() || String(gid);
}

async function makeMaildir(...roots: string[]): Promise<void> {
  for (const root of roots) {
    await mkdir(root, { recursive: true });
    own(root);
  }
  const maildir = roots.at(-1) ?? '';
  for (const part of ['tmp', 'new', 'cur']) {
    await mkdir(path.join(maildir, part), { recursive: true });
    own(path.join(maildir, part));
  }
}

function own(file: string): void {
  if (isRoot) {
    chownSync(file, mailUid, mailGid);
  }
}

function maildirFile(file: string, folder: string): MaildirFile {
  const [base = '', flags = ''] = path.basename(file).split(':2,');
  return { path: file, folder, base, flags, seen: flags.includes('S') };
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function killIfAlive(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone already.
  }
}

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

/** The plainest IMAP client: one command at a time, until its tagged answer. Throws when one is refused. */
async function runCommands(port: number, user: string, password: string, commands: readonly string[]): Promise<string> {
  const socket = net.connect(port, '127.0.0.1');
  socket.setEncoding('latin1');
  let said = '';
  socket.on('data', (text: string) => {
    said += text;
  });
  let failure: Error | null = null;
  socket.on('error', (error) => {
    failure = error;
  });
  const answer = async (pattern: RegExp): Promise<string> => {
    for (;;) {
      const found = pattern.exec(said);
      if (found !== null) {
        return found[1] ?? '';
      }
      if (failure !== null || socket.destroyed) {
        throw failure ?? new Error(`The IMAP server went away:\n${said}`);
      }
      await pause(2);
    }
  };
  try {
    await answer(/^\* OK/m);
    const all = [`LOGIN "${user}" "${password}"`, ...commands, 'LOGOUT'];
    for (const [index, command] of all.entries()) {
      socket.write(`t${index} ${command}\r\n`);
      const status = await answer(new RegExp(`^t${index} (OK|NO|BAD)[^\\r]*\\r$`, 'm'));
      if (status !== 'OK') {
        throw new Error(`IMAP refused ${command}:\n${said}`);
      }
    }
    return said;
  } finally {
    socket.destroy();
  }
}
