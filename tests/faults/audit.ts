// The invariants I1–I4 of docs/reliability.md, counted from outside: the database file, the Maildir, the SMTP server's log.

import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import BetterSqlite from 'better-sqlite3';
import type { MaildirFile } from '../support/dovecot.ts';
import { listSearchDamage } from '../support/search-index.ts';
import type { SinkMessage } from '../support/smtp-sink.ts';
import { type MarkedMail, markerPattern } from './mails.ts';
import type { Run } from './process.ts';
import type { Counts } from './report.ts';

/** What a database says of the mails that came in. */
export interface Records {
  /** By hash of the raw bytes: how often it opened a ticket, joined one, or is held. */
  tickets: Map<string, number>;
  comments: Map<string, number>;
  held: Map<string, number>;
  /** Hashes of all that the ledger has, whatever became of it. */
  known: Set<string>;
  /** Hashes of mails that an automatic reply is owed for. */
  owed: Set<string>;
  numbers: string[];
  damage: string[];
}

/** Without a database everything is empty. */
export function readRecords(database: string): Records {
  const nothing = { tickets: new Map(), comments: new Map(), held: new Map(), numbers: [], damage: [] };
  if (!existsSync(database)) return { ...nothing, known: new Set(), owed: new Set() };
  return lookInto(database, (db) => ({ ...readOutcomes(db), ...readWhole(db) }));
}

/** Reads a copy, so that looking changes nothing: a reader that closes the file would tidy up what a kill left. */
export function lookInto<T>(database: string, look: (db: Sqlite) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'tkt-look-'));
  const copy = join(folder, 'copy.db');
  for (const end of ['', '-wal']) if (existsSync(database + end)) copyFileSync(database + end, copy + end);
  const db = new BetterSqlite(copy);
  try {
    return look(db);
  } finally {
    db.close();
    rmSync(folder, { recursive: true });
  }
}

type Sqlite = InstanceType<typeof BetterSqlite>;

function readOutcomes(db: Sqlite): Omit<Records, 'damage' | 'numbers'> {
  const rows = (sql: string) => db.prepare<[], { sha256: string; first: number; outcome: string }>(sql).all();
  const entries = rows(
    `select raw_message.sha256, entry.id = (select min(id) from entry as other where other.ticket_id = entry.ticket_id) as first
     from entry join raw_message on raw_message.id = entry.raw_message_id where entry.type = 'email'`,
  );
  const intake = rows('select sha256, outcome from intake');
  const replies = rows(
    `select raw_message.sha256 from outbox join entry on entry.id = outbox.entry_id
     join raw_message on raw_message.id = entry.raw_message_id where outbox.kind = 'auto-reply'`,
  );
  return {
    tickets: countBy(entries.filter(({ first }) => first === 1)),
    comments: countBy(entries.filter(({ first }) => first === 0)),
    held: countBy(intake.filter(({ outcome }) => outcome === 'quarantined')),
    known: new Set(intake.map(({ sha256 }) => sha256)),
    owed: new Set(replies.map(({ sha256 }) => sha256)),
  };
}

function countBy(rows: ReadonlyArray<{ sha256: string }>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { sha256 } of rows) counts.set(sha256, (counts.get(sha256) ?? 0) + 1);
  return counts;
}

function readWhole(db: Sqlite): Pick<Records, 'damage' | 'numbers'> {
  const integrity = db.pragma('integrity_check', { simple: true });
  const damage = integrity === 'ok' ? [] : [`integrity_check: ${integrity}`];
  const foreign = db.pragma('foreign_key_check') as unknown[];
  if (foreign.length > 0) damage.push(`foreign_key_check: ${foreign.length} rows`);
  damage.push(...listSearchDamage(db));
  const raws = db.prepare<[], { sha256: string; encoding: string; bytes: Buffer }>(
    'select sha256, encoding, bytes from raw_message where id in (select raw_message_id from intake)',
  );
  for (const { sha256, encoding, bytes } of raws.iterate()) {
    const raw = encoding === 'brotli' ? brotliDecompressSync(bytes) : bytes;
    if (createHash('sha256').update(raw).digest('hex') !== sha256) damage.push(`raw message ${sha256} has other bytes`);
  }
  const numbers = db.prepare<[], { number: string }>('select number from ticket').all();
  return { damage, numbers: numbers.map(({ number }) => number) };
}

export interface Evidence {
  mails: readonly MarkedMail[];
  records: Records;
  /** What is in the mailbox now, and which mail each file is. */
  files: readonly MaildirFile[];
  fileOf: ReadonlyMap<string, MarkedMail>;
  sent: readonly SinkMessage[];
  runs: readonly Run[];
  database: string;
}

export interface AuditOptions {
  /** Mails that another client removed: they may be unknown, and their files gone. */
  removed?: ReadonlySet<MarkedMail>;
  /** False where the fault keeps \Seen from being set. */
  seen?: boolean;
  /** False where automatic replies are not sent, limited, or judged by the fault itself. */
  replies?: boolean;
  /** False leaves out the comparison with what tkt's own commands say, which costs more than all else. */
  commands?: boolean;
}

export interface Audit {
  counts: Counts;
  problems: string[];
}

/** Judges the state after the last clean poll. */
export function audit(evidence: Evidence, options: AuditOptions = {}): Audit {
  const { mails, records } = evidence;
  const problems = [...records.damage];
  const counts: Counts = { in: 0, tickets: 0, comments: 0, held: 0, lost: 0, doubled: 0, owed: 0, sent: 0, extra: 0 };
  for (const mail of mails) {
    const tickets = records.tickets.get(mail.sha256) ?? 0;
    const comments = records.comments.get(mail.sha256) ?? 0;
    const held = records.held.get(mail.sha256) ?? 0;
    const total = tickets + comments + held;
    if (total === 0 && options.removed?.has(mail)) continue;
    counts.in++;
    counts.tickets += tickets;
    counts.comments += comments;
    counts.held += held;
    if (total === 0) problems.push(`${mail.marker} (${mail.kind}) is lost`);
    if (total === 0) counts.lost++;
    if (total > 1)
      problems.push(`${mail.marker} (${mail.kind}): ${tickets} tickets, ${comments} comments, ${held} held`);
    counts.doubled += Math.max(0, total - 1);
    if (mail.kind === 'reply' && comments === 0 && total === 1)
      problems.push(`${mail.marker}, a reply, joined no ticket`);
  }
  if (new Set(records.numbers).size !== records.numbers.length) problems.push('two tickets have one number');
  problems.push(...findMailboxProblems(evidence, options), ...findLeftovers(evidence.database));
  if (options.replies !== false) {
    const arrived = mails.filter((mail) => records.known.has(mail.sha256) || !options.removed?.has(mail));
    problems.push(...countReplies({ ...evidence, mails: arrived }, counts));
  }
  return { counts, problems };
}

/** I2, which holds at any moment: what is \Seen is recorded. */
export function findUnrecorded({ files, fileOf, records }: Pick<Evidence, 'files' | 'fileOf' | 'records'>): string[] {
  const seen = files.filter((file) => file.seen).map(({ base }) => fileOf.get(base));
  const unknown = seen.filter((mail) => mail !== undefined && !records.known.has(mail.sha256));
  return unknown.map((mail) => `${mail?.marker} is \\Seen and not recorded`);
}

function findMailboxProblems(evidence: Evidence, { removed, seen = true }: AuditOptions): string[] {
  const { files, fileOf } = evidence;
  const problems = findUnrecorded(evidence);
  const there = new Set(files.map(({ base }) => base));
  for (const [base, mail] of fileOf) {
    if (!there.has(base) && !removed?.has(mail)) problems.push(`the file of ${mail.marker} is gone from the mailbox`);
  }
  if (seen) {
    for (const file of files)
      if (!file.seen) problems.push(`${fileOf.get(file.base)?.marker ?? file.base} is not \\Seen`);
  }
  return problems;
}

/** Beside the database lie its WAL and the locks, and nothing that a killed process forgot. */
function findLeftovers(database: string): string[] {
  const folder = dirname(database);
  const name = basename(database);
  const files = existsSync(folder) ? readdirSync(folder).filter((file) => file.startsWith(name)) : [];
  const expected = /^(-wal|-shm|\.(poll|send)\.lock(-journal)?)?$/;
  return files.filter((file) => !expected.test(file.slice(name.length))).map((file) => `left behind: ${file}`);
}

/** I3. A copy is explained by a kill of the run that sent it, or by an answer that the server never gave. */
function countReplies({ mails, records, sent, runs }: Evidence, counts: Counts): string[] {
  const problems: string[] = [];
  const copiesOf = new Map<string, SinkMessage[]>();
  for (const message of sent.filter((one) => one.header('Auto-Submitted') === 'auto-replied')) {
    const marker = markerPattern.exec(message.header('Subject') ?? '')?.[0] ?? '';
    copiesOf.set(marker, [...(copiesOf.get(marker) ?? []), message]);
  }
  for (const mail of mails) {
    const copies = copiesOf.get(mail.marker) ?? [];
    const owed = records.owed.has(mail.sha256);
    if (mail.owed !== null && mail.owed !== owed) problems.push(`${mail.marker}: a reply is ${owed ? '' : 'not '}owed`);
    counts.owed += owed ? 1 : 0;
    counts.sent += copies.length;
    if (owed && copies.length === 0) problems.push(`${mail.marker}: the reply that is owed never went out`);
    const needless = owed ? copies.slice(0, -1).filter((copy) => !isExplained(copy, runs)) : copies;
    counts.extra += needless.length;
    if (needless.length > 0) problems.push(`${mail.marker}: ${copies.length} copies of its reply`);
    if (new Set(copies.map((copy) => copy.header('Message-ID'))).size > 1) {
      problems.push(`${mail.marker}: copies of its reply have several Message-IDs`);
    }
  }
  return problems;
}

function isExplained(copy: SinkMessage, runs: readonly Run[]): boolean {
  const at = copy.at.getTime();
  return !copy.acknowledged || runs.some((run) => run.signal !== null && run.startedAt <= at && at <= run.endedAt);
}
