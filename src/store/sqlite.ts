// The dialect: everything that only SQLite understands (but its errors: sqlite-errors.ts and import-constraints.ts, its full
// text: search-index.ts, and indexes that are made later: late-indexes.ts).
// Kysely talks to better-sqlite3 through `SqliteConnection`, which keeps prepared statements and translates what is thrown.

import { readFileSync, statSync } from 'node:fs';
import BetterSqlite from 'better-sqlite3';
import { type Kysely, type SqliteStatement, sql } from 'kysely';
import { StoreError } from '../errors.ts';
import type { Schema } from './schema.ts';
import { errorCode, translateError } from './sqlite-errors.ts';

/** How long a statement waits for another process that is writing. */
export const busyTimeoutMs = 5000;

/** `tkt\0`, in the header of every database of ours (PRAGMA application_id). */
const applicationId = 0x746b7400;

/** Statements kept prepared; lists of values of changing length make new ones, so there is a bound. */
const preparedLimit = 200;

/**
 * `write` is the ordinary way. The others read where it fails: `alone` keeps the index of the WAL in memory (a full disk has
 * no room for the shared one), `read` uses the one that is there, `copy` reads the whole file into memory (on a medium
 * that nobody can write to SQLite has no index at all) and knows nothing of a WAL.
 */
export type Access = 'write' | 'alone' | 'read' | 'copy';

/** Larger files are not read into memory. */
const largestCopyBytes = 512 * 1024 * 1024;

/** Opens a database file that is there already; never makes one. Throws what SQLite throws, translated. */
export function openSqlite(path: string, access: Access = 'write'): SqliteConnection {
  try {
    const options = { timeout: busyTimeoutMs, fileMustExist: true, readonly: access === 'read' };
    const raw = access === 'copy' ? new BetterSqlite(readWhole(path)) : new BetterSqlite(path, options);
    return new SqliteConnection(raw, path);
  } catch (error) {
    throw translateError(error, path);
  }
}

function readWhole(path: string): Buffer {
  if (statSync(path).size > largestCopyBytes) throw new StoreError(`${path} is too large to be read into memory.`);
  const bytes = readFileSync(path);
  setJournalVersion(bytes, 1);
  return bytes;
}

/**
 * Sets the read and write version in the header of a database file (sqlite.org/fileformat2.html §1.3.3): 2 for WAL from the
 * first opening on, 1 for a rollback journal, the only kind that can be in memory.
 */
function setJournalVersion(bytes: Buffer, version: 1 | 2): void {
  bytes[18] = version;
  bytes[19] = version;
}

/** A database in memory, to make the bytes of a new one from. */
export function openMemory(): SqliteConnection {
  try {
    return new SqliteConnection(new BetterSqlite(':memory:'), ':memory:');
  } catch (error) {
    throw translateError(error, ':memory:');
  }
}

/** What Kysely's dialect needs of a database, with prepared statements kept and errors translated. */
export class SqliteConnection {
  readonly path: string;
  /** Thrown when something is written through a connection that could only be opened for reading. */
  readOnlyReason: unknown = null;
  readonly #raw: BetterSqlite.Database;
  readonly #prepared = new Map<string, SqliteStatement>();
  /** Why SQLite rolled a transaction back by itself (disk full, I/O error). */
  #lost: unknown = null;

  constructor(raw: BetterSqlite.Database, path: string) {
    this.#raw = raw;
    this.path = path;
  }

  close(): void {
    this.#prepared.clear();
    this.#raw.close();
  }

  prepare(text: string): SqliteStatement {
    const known = this.#prepared.get(text);
    if (known) return known;
    const statement = this.#translating(() => this.#raw.prepare<unknown[]>(text));
    const guarded: SqliteStatement = {
      reader: statement.reader,
      all: (parameters) => this.#guard(() => statement.all(...parameters)),
      run: (parameters) => {
        if (text === 'rollback' && this.#lost !== null) return this.#forgetLost();
        return this.#guard(() => statement.run(...parameters));
      },
      iterate: (parameters) => this.#guard(() => statement.iterate(...parameters)),
    };
    if (this.#prepared.size >= preparedLimit) this.#prepared.clear();
    this.#prepared.set(text, guarded);
    return guarded;
  }

  /**
   * Runs a statement that writes a million rows: without the care that each takes otherwise, so that it may only be run
   * within `guarded`. Gives the row id.
   */
  bulk(text: string): (values: readonly unknown[]) => number {
    const statement = this.#translating(() => this.#raw.prepare<unknown[]>(text));
    return (values) => Number(statement.run(...values).lastInsertRowid);
  }

  /** Takes the care of a single statement for all that `work` runs. */
  guarded<T>(work: () => T): T {
    return this.#guard(work);
  }

  /** What `work` reads is of one moment. */
  reading<T>(work: () => T): T {
    if (this.#raw.inTransaction) return work();
    this.run('begin');
    try {
      return work();
    } finally {
      this.run('commit');
    }
  }

  /** Runs a PRAGMA and gives its single value. */
  pragma(text: string): unknown {
    return this.#guard(() => this.#raw.pragma(text, { simple: true }));
  }

  /** Runs statements that give nothing back. */
  run(text: string): void {
    this.#guard(() => this.#raw.exec(text));
  }

  /** The bytes of a file for this database, in WAL mode. */
  serialize(): Buffer {
    const bytes = this.#guard(() => this.#raw.serialize());
    setJournalVersion(bytes, 2);
    return bytes;
  }

  #guard<T>(work: () => T): T {
    // After an automatic rollback each statement that follows would commit by itself, and half a message would stay.
    if (this.#lost !== null) throw this.#lost;
    const inTransaction = this.#raw.inTransaction;
    try {
      return this.#translating(work);
    } catch (error) {
      if (inTransaction && !this.#raw.inTransaction) this.#lost = error;
      throw error;
    }
  }

  #translating<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (this.readOnlyReason !== null && errorCode(error).startsWith('SQLITE_READONLY')) throw this.readOnlyReason;
      throw translateError(error, this.path);
    }
  }

  #forgetLost(): { changes: number; lastInsertRowid: number } {
    this.#lost = null;
    return { changes: 0, lastInsertRowid: 0 };
  }
}

/** Settings of a connection that is to be written through. WAL would run with synchronous NORMAL if not told otherwise. */
export function configureForWriting(connection: SqliteConnection): void {
  connection.run('pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on');
  // Damaged pages are noticed earlier, at next to no cost.
  connection.run('pragma cell_size_check = on');
  // In pages. What a sweep writes is copied from the WAL into the database a few times, not every 4 MB.
  connection.run('pragma wal_autocheckpoint = 8000');
  // In kB. The bytes of messages would push the pages of the indexes out of SQLite's 2 MB all the time.
  connection.run('pragma cache_size = -16000');
}

/** Settings of a connection that only reads. */
export function configureForReading(connection: SqliteConnection, access: Access): void {
  if (access === 'alone') connection.pragma('locking_mode = exclusive');
  connection.pragma('query_only = on');
}

/** Marks a new database as ours. */
export function markAsOurs(connection: SqliteConnection): void {
  connection.pragma(`application_id = ${applicationId}`);
}

export function isOurs(connection: SqliteConnection): boolean {
  return connection.pragma('application_id') === applicationId;
}

/** The number of migrations that the database has been through. */
export async function readSchemaVersion(db: Kysely<Schema>): Promise<number> {
  const { rows } = await sql<{ user_version: number }>`pragma user_version`.execute(db);
  return rows[0]?.user_version ?? 0;
}

/** The same of a connection that nothing runs on yet, without the time that a first query takes. */
export function openedSchemaVersion(connection: SqliteConnection): number {
  return Number(connection.pragma('user_version'));
}

/** Part of the transaction around it. */
export async function writeSchemaVersion(db: Kysely<Schema>, version: number): Promise<void> {
  await sql.raw(`pragma user_version = ${Math.trunc(version)}`).execute(db);
}

/** What integrity_check and foreign_key_check find, in words; empty when all is well. */
export async function listDamage(db: Kysely<Schema>): Promise<string[]> {
  const integrity = await sql<{ integrity_check: string }>`pragma integrity_check`.execute(db);
  const damage = integrity.rows.map((row) => row.integrity_check).filter((line) => line !== 'ok');
  const foreign = await sql<{ table: string; rowid: number; parent: string }>`pragma foreign_key_check`.execute(db);
  for (const row of foreign.rows) damage.push(`${row.table} row ${row.rowid} names a missing row of ${row.parent}`);
  return damage;
}

/** Writes a compact copy, consistent even while others write, into `file`, which must be empty. */
export function copyInto(connection: SqliteConnection, file: string): void {
  connection.prepare('vacuum into ?').run([file]);
}

/** The query plan, one line a step: for tests. */
export function explainQueryPlan(connection: SqliteConnection, text: string, values: readonly unknown[]): string[] {
  const rows = connection.prepare(`explain query plan ${text}`).all(values) as Array<{ detail: string }>;
  return rows.map(({ detail }) => detail);
}
