// A lock between processes that the kernel drops with the process, however that ends: a write transaction held open on a
// small side database, `<database>.<name>.lock`. The file stays and means nothing by itself.

import { resolve } from 'node:path';
import { StoreError, TemporaryError } from '../errors.ts';
import { makeFolderOf, makePrivateFile, refuseOddFile } from './files.ts';
import { openSqlite, type SqliteConnection } from './sqlite.ts';
import { isDamage } from './sqlite-errors.ts';

export { getRunning, type Run, setRunning } from './meta.ts';

export interface Lock {
  /** Lets the next one in. A second call does nothing. */
  release(): void;
}

/**
 * Takes the lock of that name beside a database, or gives null at once where another process, or this one, has it.
 * Throws StoreError or PermissionError where the file cannot be made.
 */
export function tryLock(databasePath: string, name: 'poll' | 'send'): Lock | null {
  const path = `${resolve(databasePath)}.${name}.lock`;
  makeFolderOf(path);
  refuseOddFile(path);
  makePrivateFile(path);
  const connection = openSqlite(path);
  try {
    connection.pragma('busy_timeout = 0');
    connection.prepare('begin immediate').run([]);
  } catch (error) {
    connection.close();
    if (error instanceof TemporaryError) return null;
    if (isDamage(error)) throw new StoreError(`${path} is damaged. Remove it: there is nothing in a lock file.`);
    throw error;
  }
  return heldBy(connection);
}

function heldBy(connection: SqliteConnection): Lock {
  return { release: () => connection.close() };
}
