// The database: opened with the right settings and schema, or refused with the way to mend it.

import { resolve } from 'node:path';
import { ConfigError, StoreError } from '../errors.ts';
import { alignModes, clearLeftovers, makeFolderOf, publish, refuseOddFile, statFile, writeBeside } from './files.ts';
import { connectionOf, type Database, openHandle } from './handle.ts';
import { makeLateIndexes } from './late-indexes.ts';
import { schemaVersion } from './schema.ts';
import {
  type Access,
  configureForReading,
  configureForWriting,
  isOurs,
  listDamage,
  markAsOurs,
  openedSchemaVersion,
  openMemory,
  openSqlite,
  type SqliteConnection,
} from './sqlite.ts';
import { isDamage, isUnwritable, restoreAdvice } from './sqlite-errors.ts';
import { transaction } from './transaction.ts';

export { connectionOf, type Database, prepare } from './handle.ts';
export {
  isTransaction,
  keepSavepointsInMemory,
  readTransaction,
  savepoint,
  takeTurns,
  transaction,
} from './transaction.ts';

export interface OpenOptions {
  path: string;
  now: () => Date;
  /** Hears what takes long, and how far it is; '' when it is done. */
  progress?: (line: string) => void;
}

/**
 * Opens the database file, made where there is none (mode 0600, new folders 0700) and brought to this program's schema.
 * Where it cannot be written (disk full or read-only) it is opened for reading, and every write throws why.
 * Throws StoreError for a file that is damaged, empty, foreign, newer than this program or a symbolic link;
 * PermissionError where the operating system refuses; TemporaryError where it stays locked.
 */
export async function openDatabase(options: OpenOptions): Promise<Database> {
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
  const db = openHandle(connection);
  try {
    await checkSchema(db, connection, options);
    return db;
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** An empty database in memory, for a command that only asks what would be if there were nothing yet. */
export async function openMemoryDatabase(now: () => Date): Promise<Database> {
  const connection = openMemory();
  const db = openHandle(connection);
  await checkSchema(db, connection, { now });
  return db;
}

/** Closes the file; the last one to close it leaves no -wal behind. */
export async function closeDatabase(db: Database): Promise<void> {
  // Kysely's own end would only close it, too, and many a handle has never made one.
  connectionOf(db).close();
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

/** The file of an open database. */
export function databasePath(db: Database): string {
  return connectionOf(db).path;
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
  const db = openHandle(connection);
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

async function checkSchema(
  db: Database,
  connection: SqliteConnection,
  { now, progress = () => {} }: Omit<OpenOptions, 'path'>,
): Promise<void> {
  const version = openedSchemaVersion(connection);
  if (version === schemaVersion) return makeLateIndexes(db, progress);
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
