import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import BetterSqlite from 'better-sqlite3';
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { migrations } from '../../migrations/index.ts';
import { ConfigError, RefusedError, StoreError, TemporaryError } from '../../src/errors.ts';
import { backupDatabase } from '../../src/store/backup.ts';
import {
  checkIntegrity,
  closeDatabase,
  type Database,
  openDatabase,
  savepoint,
  transaction,
} from '../../src/store/database.ts';
import { tryLock } from '../../src/store/lock.ts';
import { getMeta, getRunning, setRunning } from '../../src/store/meta.ts';
import { schemaVersion } from '../../src/store/schema.ts';
import { createTicket, getTicket, setStatus } from '../../src/store/tickets.ts';
import { newTicket, noon, tempFolder } from '../support/store.ts';

let folder: string;
let path: string;
const opened: Database[] = [];
beforeEach(() => {
  folder = tempFolder();
  path = join(folder, 'tkt.db');
});
afterEach(async () => {
  for (const db of opened.splice(0)) await closeDatabase(db);
  rmSync(folder, { recursive: true, force: true });
});

async function open(file = path): Promise<Database> {
  const db = await openDatabase({ path: file, now: () => new Date(noon) });
  opened.push(db);
  return db;
}

async function makeDatabase(file = path): Promise<void> {
  const db = await openDatabase({ path: file, now: () => new Date(noon) });
  await createTicket(db, newTicket(), noon);
  await closeDatabase(db);
}

const mode = (file: string) => (statSync(file).mode & 0o777).toString(8);
const pragma = async (db: Database, name: string) => {
  const { rows } = await sql.raw<Record<string, unknown>>(`pragma ${name}`).execute(db);
  return Object.values(rows[0] ?? {})[0];
};

test('the schema version is the number of migrations', () => {
  expect(schemaVersion).toBe(migrations.length);
});

test('a new database, its folders and its side files are for their owner alone, whatever the umask', async () => {
  const before = process.umask(0);
  try {
    const file = join(folder, 'a', 'b', 'tkt.db');
    const db = await open(file);
    await createTicket(db, newTicket(), noon);
    tryLock(file, 'poll')?.release();
    await backupDatabase(file, join(folder, 'copy.db'));
    expect([mode(join(folder, 'a')), mode(join(folder, 'a', 'b'))]).toEqual(['700', '700']);
    for (const made of [file, `${file}-wal`, `${file}-shm`, `${file}.poll.lock`, join(folder, 'copy.db')]) {
      expect([made, mode(made)]).toEqual([made, '600']);
    }
  } finally {
    process.umask(before);
  }
});

test('what a reader of a read-only database left beside it does not keep it read-only', async () => {
  await makeDatabase();
  for (const end of ['-wal', '-shm']) writeFileSync(path + end, '', { mode: 0o400 });
  const db = await open();
  expect([mode(`${path}-wal`), mode(`${path}-shm`)]).toEqual(['600', '600']);
  await createTicket(db, newTicket(), noon);
});

test('every connection has WAL, synchronous FULL, foreign keys and a busy timeout of 5 seconds', async () => {
  for (const _ of ['new', 'opened again']) {
    const db = await open();
    const settings = ['journal_mode', 'synchronous', 'foreign_keys', 'busy_timeout'];
    const values = await Promise.all(settings.map((name) => pragma(db, name)));
    expect(values).toEqual(['wal', 2, 1, 5000]);
  }
});

test('the secrets of an installation are made once and differ between two', async () => {
  const db = await open();
  const again = await open();
  const other = await open(join(folder, 'other.db'));
  expect(await getMeta(db, 'instance')).toMatch(/^[0-9a-f]{32}$/);
  expect(await getMeta(db, 'plus-secret')).toMatch(/^[0-9a-f]{64}$/);
  expect(await getMeta(again, 'plus-secret')).toBe(await getMeta(db, 'plus-secret'));
  expect(await getMeta(other, 'instance')).not.toBe(await getMeta(db, 'instance'));
});

const refused: Array<[what: string, make: () => Promise<void> | void, message: RegExp]> = [
  ['an empty file', () => writeFileSync(path, ''), /is empty.*To restore: remove/s],
  ['a text', () => writeFileSync(path, 'Dear Sir or Madam, '.repeat(1000)), /is damaged or no database.*To restore/s],
  ['a few bytes', () => writeFileSync(path, 'SQLite'), /is damaged or no database.*To restore/s],
  [
    'a database of another program',
    () => {
      new BetterSqlite(path).exec('create table song (title text)').close();
    },
    /not one of tkt/,
  ],
  [
    'a database with its end missing',
    async () => {
      await makeDatabase();
      truncateSync(path, 8192);
    },
    /is damaged.*To restore/s,
  ],
  [
    'a schema newer than this program',
    async () => {
      await makeDatabase();
      const raw = new BetterSqlite(path);
      raw.pragma(`user_version = ${schemaVersion + 1}`);
      raw.close();
    },
    /newer tkt \(schema \d+, this one knows \d+\)/,
  ],
  [
    'a symbolic link',
    async () => {
      await makeDatabase(join(folder, 'real.db'));
      symlinkSync(join(folder, 'real.db'), path);
    },
    /symbolic link/,
  ],
  ['a dangling symbolic link', () => symlinkSync(join(folder, 'nowhere.db'), path), /symbolic link/],
  [
    'a symbolic link in place of the WAL',
    async () => {
      await makeDatabase();
      symlinkSync(join(folder, 'nowhere'), `${path}-wal`);
    },
    /symbolic link/,
  ],
  ['a folder', () => mkdirSync(path), /is no file/],
  [
    'a WAL whose database is gone',
    async () => {
      await open();
      renameSync(path, join(folder, 'moved.db'));
    },
    /is missing, but .*-wal is there.*To restore/s,
  ],
];

test.each(refused)('%s is refused, named, and left as it was', async (_, make, message) => {
  await make();
  const before = existsSync(path) && statSync(path).isFile() ? readFileSync(path) : null;
  const error = await open().catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(StoreError);
  expect((error as Error).message).toMatch(message);
  expect((error as Error).message).toContain(path);
  if (before) expect(readFileSync(path).equals(before)).toBe(true);
  else expect(existsSync(path) && statSync(path).isFile()).toBe(false);
});

test('PostgreSQL is a matter of configuration, and makes no folder of that name', async () => {
  await expect(open('postgres://localhost/tkt')).rejects.toBeInstanceOf(ConfigError);
});

test('a database from before the last migration is brought up to date', async () => {
  const raw = new BetterSqlite(path);
  raw.pragma(`application_id = ${0x746b7400}`);
  raw.close();
  const db = await open();
  expect((await createTicket(db, newTicket(), noon)).number).toBe('TKT-2026-00001');
});

test('a damaged page is found by the check and reported by what reads it', async () => {
  await makeDatabase();
  const bytes = readFileSync(path);
  const raw = new BetterSqlite(path);
  const { page } = raw.prepare(`select rootpage as page from sqlite_master where name = 'ticket'`).get() as {
    page: number;
  };
  raw.close();
  bytes.fill(0xa5, (page - 1) * 4096, page * 4096);
  writeFileSync(path, bytes);
  const db = await open();
  expect(await checkIntegrity(db)).not.toEqual([]);
  await expect(getTicket(db, 1, noon)).rejects.toThrow(/damaged.*To restore/s);
  await expect(transaction(db, (trx) => createTicket(trx, newTicket(), noon))).rejects.toBeInstanceOf(StoreError);
});

test('a whole database passes the check', async () => {
  await makeDatabase();
  expect(await checkIntegrity(await open())).toEqual([]);
});

test('a row that names a missing one is found by the check', async () => {
  await makeDatabase();
  const raw = new BetterSqlite(path);
  raw.pragma('foreign_keys = off');
  raw.exec(`insert into event (ticket_id, type, by, at) values (99, 'created', 'tkt', 'now')`);
  raw.close();
  expect(await checkIntegrity(await open())).toEqual(['event row 2 names a missing row of ticket']);
});

test('a transaction is all or nothing', async () => {
  const db = await open();
  const failed = transaction(db, async (trx) => {
    await createTicket(trx, newTicket(), noon);
    throw new Error('half way');
  });
  await expect(failed).rejects.toThrow('half way');
  expect(await db.selectFrom('ticket').select('id').execute()).toEqual([]);
});

test('a savepoint that fails undoes its own step only', async () => {
  const db = await open();
  await transaction(db, async (trx) => {
    await createTicket(trx, newTicket({ subject: 'first' }), noon);
    const failed = savepoint(trx, async () => {
      await createTicket(trx, newTicket({ subject: 'second' }), noon);
      throw new Error('poison');
    });
    await expect(failed).rejects.toThrow('poison');
    await savepoint(trx, () => createTicket(trx, newTicket({ subject: 'third' }), noon));
  });
  const rows = await db.selectFrom('ticket').select(['number', 'subject']).orderBy('id').execute();
  expect(rows).toEqual([
    { number: 'TKT-2026-00001', subject: 'first' },
    { number: 'TKT-2026-00002', subject: 'third' },
  ]);
});

test('two transactions of one process wait for each other', async () => {
  const db = await open();
  const order: string[] = [];
  const step = (name: string) =>
    transaction(db, async (trx) => {
      order.push(`${name} begins`);
      await createTicket(trx, newTicket(), noon);
      order.push(`${name} ends`);
    });
  await Promise.all([step('a'), step('b')]);
  expect(order).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
});

test('who reads outside of a transaction waits for its end, and sees nothing that was undone', async () => {
  await makeDatabase();
  const db = await open();
  const reads: Array<Promise<string>> = [];
  const failed = transaction(db, async (trx) => {
    await setStatus(trx, 1, 'closed', 'tkt', noon);
    reads.push(
      getTicket(db, 1, noon).then((ticket) => ticket.status),
      getTicket(trx, 1, noon).then((ticket) => ticket.status),
    );
    await sleep(5);
    throw new Error('half way');
  });
  await expect(failed).rejects.toThrow('half way');
  expect(await Promise.all(reads)).toEqual(['open', 'closed']);
});

test('a database that stays locked is temporary trouble', async () => {
  const db = await open();
  await sql`pragma busy_timeout = 50`.execute(db);
  const raw = new BetterSqlite(path);
  raw.exec('begin immediate');
  try {
    await expect(transaction(db, async () => {})).rejects.toBeInstanceOf(TemporaryError);
    await expect(transaction(db, async () => {})).rejects.toThrow(`${path} is locked`);
  } finally {
    raw.close();
  }
  expect((await createTicket(db, newTicket(), noon)).number).toBe('TKT-2026-00001');
});

test('a full disk undoes the whole transaction, and nothing is written by itself after that', async () => {
  const db = await open();
  const pages = Number(await pragma(db, 'page_count'));
  await pragma(db, `max_page_count = ${pages + 2}`);
  const subject = 'long '.repeat(4000);
  const errors: unknown[] = [];
  const run = transaction(db, async (trx) => {
    for (let index = 0; index < 3; index++) {
      await savepoint(trx, () => createTicket(trx, newTicket({ subject }), noon)).catch((error) => errors.push(error));
    }
    throw errors[0];
  });
  await expect(run).rejects.toThrow(/no space left/);
  for (const error of errors) expect(error).toBeInstanceOf(StoreError);
  expect(await db.selectFrom('ticket').select('id').execute()).toEqual([]);
  await pragma(db, 'max_page_count = 100000');
  expect((await createTicket(db, newTicket(), noon)).number).toBe('TKT-2026-00001');
});

test('a transaction that SQLite rolled back by itself lets nothing more be written', async () => {
  const db = await open();
  const statement = sql`insert or rollback into meta (key, value) values ('instance', 'twice')`;
  const errors: unknown[] = [];
  const run = transaction(db, async (trx) => {
    await createTicket(trx, newTicket(), noon);
    await savepoint(trx, () => statement.execute(trx)).catch((error) => errors.push(error));
    await savepoint(trx, () => createTicket(trx, newTicket(), noon)).catch((error) => errors.push(error));
  });
  await expect(run).rejects.toThrow(/UNIQUE/);
  expect(errors).toHaveLength(2);
  expect(await db.selectFrom('ticket').select('id').execute()).toEqual([]);
  expect((await createTicket(db, newTicket(), noon)).number).toBe('TKT-2026-00001');
});

test('a backup never overwrites a file, and leaves nothing when it fails', async () => {
  await makeDatabase();
  const copy = join(folder, 'copy.db');
  await backupDatabase(path, copy);
  await expect(backupDatabase(path, copy)).rejects.toBeInstanceOf(RefusedError);
  await expect(backupDatabase(join(folder, 'none.db'), join(folder, 'x.db'))).rejects.toBeInstanceOf(StoreError);
  await expect(backupDatabase(path, join(folder, 'no', 'such', 'x.db'))).rejects.toBeInstanceOf(StoreError);
  const db = await open(copy);
  expect((await getTicket(db, 1, noon)).number).toBe('TKT-2026-00001');
  expect(existsSync(join(folder, 'x.db'))).toBe(false);
});

test('who is at work is noted', async () => {
  const db = await open();
  expect(await getRunning(db, 'poll')).toBeUndefined();
  await setRunning(db, 'poll', { pid: 1, since: noon });
  await setRunning(db, 'poll', { pid: 2, since: noon });
  expect(await getRunning(db, 'poll')).toEqual({ pid: 2, since: noon });
});

test('a lock file that is a symbolic link is refused', () => {
  symlinkSync(join(folder, 'elsewhere'), `${path}.poll.lock`);
  expect(() => tryLock(path, 'poll')).toThrow(StoreError);
});

test('a copy that was restored under a running WAL is not mixed with it', async () => {
  await makeDatabase();
  const copy = join(folder, 'copy.db');
  await backupDatabase(path, copy);
  rmSync(path);
  copyFileSync(copy, path);
  const db = await open();
  expect((await createTicket(db, newTicket(), noon)).number).toBe('TKT-2026-00002');
  expect(await checkIntegrity(db)).toEqual([]);
});
