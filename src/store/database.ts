// The database: opened with the right settings and schema, or refused with the way to mend it; transactions.

import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Kysely, SqliteStatement } from 'kysely';
import { ConfigError, StoreError, TemporaryError } from '../errors.ts';
import { monotonicMs } from '../monotonic.ts';
import { alignModes, clearLeftovers, makeFolderOf, publish, refuseOddFile, statFile, writeBeside } from './files.ts';
import { makeLateIndexes } from './late-indexes.ts';
import { type Schema, schemaVersion } from './schema.ts';
import {
  type Access,
  busyTimeoutMs,
  configureForReading,
  configureForWriting,
  createKysely,
  isOurs,
  listDamage,
  markAsOurs,
  openedSchemaVersion,
  openMemory,
  openSqlite,
  type SqliteConnection,
  transactionControl,
} from './sqlite.ts';
import { isDamage, isUnwritable, restoreAdvice } from './sqlite-errors.ts';

/** The database, or the transaction that a function was given: queries take either. */
export type Database = Kysely<Schema>;

const connections = new WeakMap<Database, SqliteConnection>();
const transactions = new WeakSet<Database>();

/**
 * Opens the database file, made where there is none (mode 0600, new folders 0700) and brought to this program's schema.
 * Where it cannot be written (disk full or read-only) it is opened for reading, and every write throws why.
 * Throws StoreError for a file that is damaged, empty, foreign, newer than this program or a symbolic link;
 * PermissionError where the operating system refuses; TemporaryError where it stays locked.
 */
export async function openDatabase(options: { path: string; now: () => Date }): Promise<Database> {
  if (/^postgres(ql)?:/i.test(options.path)) {
    throw new ConfigError(['database: expected a SQLite file; this version of tkt has no PostgreSQL yet']);
  }
  const path = resolve(options.path);
  for (const file of [path, ...companions(path)]) refuseOddFile(file);
  if (!statFile(path)) await createDatabase(path, options.now().toISOString());
  alignModes(path, companions(path));
  const stats = statFile(path);
  if (stats?.size === 0) throw new StoreError(`${path} is empty: no database of tkt. ${restoreAdvice(path)}`);
  // A second name is what a run leaves that was killed right after it had made the database.
  if (stats && stats.nlink > 1) clearLeftovers(path);

  const connection = connect(path);
  const db = createKysely(connection);
  connections.set(db, connection);
  try {
    await checkSchema(db, connection, options.now);
    return db;
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** An empty database in memory, for a command that only asks what would be if there were nothing yet. */
export async function openMemoryDatabase(now: () => Date): Promise<Database> {
  const connection = openMemory();
  const db = createKysely(connection);
  connections.set(db, connection);
  await checkSchema(db, connection, now);
  return db;
}

/** Closes the file; the last one to close it leaves no -wal behind. */
export async function closeDatabase(db: Database): Promise<void> {
  await db.destroy();
  // Kysely closes only what it has queried.
  connections.get(db)?.close();
}

/**
 * Runs `work` in one write transaction: committed, on disk, when it resolves; rolled back when it throws. The lock is
 * taken at the start. Inside, use the `trx` given and no other handle (that would wait for ever), and wait for no network.
 * Inside a transaction it is part of that one.
 */
export async function transaction<T>(db: Database, work: (trx: Database) => Promise<T>): Promise<T> {
  if (transactions.has(db)) return work(db);
  return db.connection().execute(async (trx) => {
    const connection = connections.get(db);
    if (connection) connections.set(trx, connection);
    await begin(trx, connection);
    transactions.add(trx);
    try {
      const result = await work(trx);
      await transactionControl.commit.execute(trx);
      return result;
    } catch (error) {
      await transactionControl.rollback.execute(trx).catch(() => {});
      throw error;
    } finally {
      transactions.delete(trx);
    }
  });
}

const writerStepMs = 20;

/**
 * Takes the write lock, waiting as long for another process as any statement does, but in steps: SQLite's own wait holds
 * the thread, and a signal that comes meanwhile would be heard only after it.
 */
async function begin(trx: Database, connection: SqliteConnection | undefined): Promise<void> {
  const until = monotonicMs() + busyTimeoutMs;
  for (;;) {
    connection?.pragma('busy_timeout = 0');
    try {
      await transactionControl.begin.execute(trx);
      return;
    } catch (error) {
      if (!(error instanceof TemporaryError) || monotonicMs() >= until) throw error;
    } finally {
      connection?.pragma(`busy_timeout = ${busyTimeoutMs}`);
    }
    await sleep(writerStepMs);
  }
}

/**
 * Keeps in memory what savepoints may put back: for work in small steps, as each is a few pages, which SQLite would write to
 * a file one by one.
 */
export function keepSavepointsInMemory(db: Database): void {
  connectionOf(db).run('pragma temp_store = memory');
}

/**
 * A step of a transaction that can fail alone: what it wrote is undone when `work` throws, which is thrown on.
 * A StoreError from it means that the whole transaction is gone: let it pass, later writes throw it again.
 */
export async function savepoint<T>(trx: Database, work: () => Promise<T>): Promise<T> {
  const connection = connectionOf(trx);
  connection.prepare('savepoint step').run([]);
  try {
    const result = await work();
    connection.prepare('release step').run([]);
    return result;
  } catch (error) {
    try {
      connection.prepare('rollback to step').run([]);
      connection.prepare('release step').run([]);
    } catch {
      // The reason is in `error` already.
    }
    throw error;
  }
}

/** What is wrong inside the database, a line each; [] when it is whole. Reads all of it. */
export async function checkIntegrity(db: Database): Promise<string[]> {
  try {
    return await listDamage(db);
  } catch (error) {
    if (isDamage(error)) return [(error as Error).message];
    throw error;
  }
}

/** Whether this is the handle of a transaction that is under way. */
export function isTransaction(db: Database): boolean {
  return transactions.has(db);
}

/** A statement of plain SQL, prepared once: for what runs a million times. Inside a transaction it is part of it. */
export function prepare(db: Database, text: string): SqliteStatement {
  return connectionOf(db).prepare(text);
}

/** What `work` reads, by several statements, is of one moment. */
export function readTransaction<T>(db: Database, work: () => T): T {
  return connectionOf(db).reading(work);
}

/** The connection behind a database, for what only SQLite has. */
export function connectionOf(db: Database): SqliteConnection {
  const connection = connections.get(db);
  if (!connection) throw new Error('expected a database that was opened, or a transaction of one');
  return connection;
}

/** The file of an open database. */
export function databasePath(db: Database): string {
  return connections.get(db)?.path ?? '';
}

/**
 * Makes the file whole under another name and gives it its own at the end, so that a kill leaves none or a good one,
 * and of two that start at once one wins and both go on with its file.
 */
async function createDatabase(path: string, now: string): Promise<void> {
  makeFolderOf(path);
  const orphan = findOrphan(path);
  if (orphan && !statFile(path)) {
    throw new StoreError(`${path} is missing, but ${orphan} is there: a database was here. ${restoreAdvice(path)}`);
  }
  const { migrate } = await import('./migrate.ts');
  const connection = openMemory();
  const db = createKysely(connection);
  let bytes: Buffer;
  try {
    markAsOurs(connection);
    await transaction(db, (trx) => migrate(trx, now));
    bytes = connection.serialize();
  } finally {
    connection.close();
  }
  publish(writeBeside(path, bytes), path);
  clearLeftovers(path);
}

/** What lies beside a database though that is missing: one was here, and no new one may take its place. */
export function findOrphan(path: string): string | undefined {
  return companions(path).find((file) => statFile(file));
}

function companions(path: string): string[] {
  return [`${path}-wal`, `${path}-shm`, `${path}-journal`];
}

/** The connection, for writing if that can be, else for reading if that can be. */
function connect(path: string): SqliteConnection {
  let reason: unknown;
  for (const access of ['write', 'alone', 'read', 'copy'] satisfies Access[]) {
    if (access === 'copy' && (statFile(`${path}-wal`)?.size ?? 0) > 0) break;
    try {
      return tryConnect(path, access, reason);
    } catch (error) {
      reason ??= error;
      if (!isUnwritable(error)) break;
    }
  }
  throw reason;
}

function tryConnect(path: string, access: Access, reason: unknown): SqliteConnection {
  const connection = openSqlite(path, access);
  try {
    if (access !== 'write') configureForReading(connection, access);
    if (!isOurs(connection)) throw foreignError(path);
    if (access === 'write') configureForWriting(connection);
    // A query_only connection says SQLITE_READONLY to writes; the user is told what stood in the way at first.
    connection.readOnlyReason = reason ?? null;
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

async function checkSchema(db: Database, connection: SqliteConnection, now: () => Date): Promise<void> {
  const version = openedSchemaVersion(connection);
  if (version === schemaVersion) return makeLateIndexes(db);
  if (version > schemaVersion) {
    throw new StoreError(
      `${connection.path} was written by a newer tkt (schema ${version}, this one knows ${schemaVersion}). Install that version.`,
    );
  }
  const { migrate } = await import('./migrate.ts');
  await transaction(db, (trx) => migrate(trx, now().toISOString()));
}

export function foreignError(path: string): StoreError {
  return new StoreError(`${path} is a SQLite database, but not one of tkt. Name another file for the database.`);
}
