// What tkt is measured against: mailboxes in a Dovecot, an SMTP sink, and folders with a configuration and a database.

import { type ChildProcess, spawn } from 'node:child_process';
import { chownSync, cpSync, linkSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type Dovecot, startDovecot } from '../../tests/support/dovecot.ts';
import { type Run, type RunOptions, run } from './process.ts';

/** The built tkt; scripts/bench.mjs says where it is. */
export const tktScript = process.env.TKT_SCRIPT ?? 'dist/tkt.js';

const password = 'secret';
const mailboxCount = 60;

/** Mail servers, and a folder that goes with them. */
export interface Desk {
  folder: string;
  dovecot: Dovecot;
  /** A mailbox of its own with these files in it, unread, and so many small mails that were read before them. */
  fillMailbox(mails: string, read?: number): string;
  /** An installation that reads this mailbox; `database` is copied into it. */
  install(options: InstallOptions): Installation;
  close(): Promise<void>;
}

export interface InstallOptions {
  user: string;
  imapPort?: number;
  /** null: nothing is sent. */
  smtpPort: number | null;
  database?: string;
}

export interface Installation {
  folder: string;
  database: string;
  tkt(args: readonly string[], options?: RunOptions): Promise<Run>;
}

export async function openDesk(): Promise<Desk> {
  const names = Array.from({ length: mailboxCount }, (_, index) => `box${index}@example.test`);
  const folder = mkdtempSync(join(tmpdir(), 'tkt-bench-'));
  const dovecot = await startDovecot({ users: Object.fromEntries(names.map((name) => [name, password])) });
  let installed = 0;
  return {
    folder,
    dovecot,
    fillMailbox(mails, read = 0) {
      const user = names.shift();
      if (user === undefined) throw new Error('the bench has more runs than mailboxes');
      const maildir = join(dovecot.folder, 'mail', user, 'Maildir');
      fillWithRead(join(maildir, 'cur'), read);
      linkAll(mails, join(maildir, 'new'));
      return user;
    },
    install: ({ user, imapPort, smtpPort, database }) => {
      const home = join(folder, `desk${installed++}`);
      mkdirSync(home);
      const file = join(home, 'tkt.db');
      if (database !== undefined) cpSync(database, file);
      const config = {
        ...{ enabled: true, supportEmail: 'support@example.test', database: file },
        imap: { host: '127.0.0.1', port: imapPort ?? dovecot.imapPort, username: user, password, useSsl: false },
        ...(smtpPort === null ? {} : { smtp: { host: '127.0.0.1', port: smtpPort, useTls: false } }),
        limits: { autoRepliesPerHour: 100000, autoRepliesPerSweep: 100000, maxMessageBytes: 64 * 1024 * 1024 },
      };
      const configFile = join(home, 'tkt.config.json');
      writeFileSync(configFile, JSON.stringify(config), { mode: 0o600 });
      const env = { HOME: home, TKT_CONFIG: configFile, TKT_AGENT: 'ann', NO_COLOR: '1' };
      return {
        folder: home,
        database: file,
        tkt: (args, options = {}) =>
          run(process.execPath, [tktScript, ...args], { cwd: home, ...options, env: { ...env, ...options.env } }),
      };
    },
    async close() {
      await dovecot.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Writes mails into a folder, a file each, as a Maildir names them. Gives their size in bytes. */
export function writeMails(folder: string, mails: Iterable<Buffer>): number {
  mkdirSync(folder, { recursive: true });
  let bytes = 0;
  let count = 0;
  for (const mail of mails) {
    const file = join(folder, `1790000000.M${String(count).padStart(6, '0')}P1Q${count}.bench`);
    writeMail(file, mail);
    bytes += mail.length;
    count += 1;
  }
  return bytes;
}

/** ext4 allows 65,000. */
const linksOfAFile = 50_000;

/** Old mails with the flag \\Seen: names of one file, as the content does not matter. */
function fillWithRead(folder: string, count: number): void {
  const name = (index: number) => join(folder, `1780000000.M${index}P1Q${index}.old:2,S`);
  for (let index = 0; index < count; index++) {
    const first = index - (index % linksOfAFile);
    if (index > first) linkSync(name(first), name(index));
    else writeMail(name(index), Buffer.from('From: a@client.test\r\nSubject: old\r\n\r\nDone.\r\n'));
  }
}

function writeMail(file: string, mail: Buffer): void {
  writeFileSync(file, mail);
  // Dovecot refuses to be root.
  if (process.getuid?.() === 0) chownSync(file, 5000, 5000);
}

/** Flags are in file names, so several mailboxes can share the files. */
function linkAll(from: string, to: string): void {
  for (const name of readdirSync(from)) linkSync(join(from, name), join(to, name));
}

/** How long mbsync takes to fetch a mailbox into an empty one. */
export async function runMbsync(desk: Desk, user: string, port = desk.dovecot.imapPort): Promise<Run> {
  const folder = mkdtempSync(join(desk.folder, 'mbsync-'));
  const file = join(folder, 'mbsyncrc');
  writeFileSync(
    file,
    [
      ...['IMAPStore far', 'Host 127.0.0.1', `Port ${port}`, `User ${user}`, `Pass ${password}`],
      ...['SSLType None', 'AuthMechs LOGIN', '', 'MaildirStore near', `Path ${folder}/`, `Inbox ${folder}/inbox`, ''],
      ...[
        'Channel all',
        'Far :far:',
        'Near :near:',
        'Patterns INBOX',
        'Sync Pull',
        'Create Near',
        `SyncState ${folder}/`,
        '',
      ],
    ].join('\n'),
  );
  const result = await run('mbsync', ['-q', '-c', file, 'all'], { env: { HOME: folder } });
  rmSync(folder, { recursive: true });
  return result;
}

/** The SMTP sink in a process of its own; `delayMs` for each mail. */
export async function startSink(delayMs = 0): Promise<{ port: number; stop(): void }> {
  const script = join(dirname(fileURLToPath(import.meta.url)), 'sink-process.js');
  const child: ChildProcess = spawn(process.execPath, [script, String(delayMs)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  if (!child.stdout) throw new Error('the sink has no output');
  for await (const line of createInterface({ input: child.stdout }))
    return { port: Number(line), stop: () => child.kill() };
  throw new Error('the sink did not start');
}
