// A copy of the database while others use it.

import { resolve } from 'node:path';
import { RefusedError, StoreError } from '../errors.ts';
import { foreignError } from './database.ts';
import {
  clearLeftovers,
  makePrivateFile,
  publish,
  refuseOddFile,
  removeFile,
  statFile,
  temporaryName,
} from './files.ts';
import { copyInto, isOurs, openSqlite } from './sqlite.ts';

/**
 * Writes a copy of the database at `path` to `file`, consistent while others write, mode 0600, and there only when whole.
 * Copying it back to the place of the database restores it. Throws RefusedError where there is such a file.
 */
export async function backupDatabase(path: string, file: string): Promise<void> {
  const source = resolve(path);
  const target = resolve(file);
  if (statFile(target))
    throw new RefusedError(`${file} is there already; a backup never overwrites. Name another file.`);
  refuseOddFile(source);
  if (!statFile(source)) throw new StoreError(`${source} is missing: there is nothing to back up.`);
  const connection = openSqlite(source);
  const copy = temporaryName(target);
  try {
    if (!isOurs(connection)) throw foreignError(source);
    makePrivateFile(copy);
    copyInto(connection, copy);
    if (!publish(copy, target)) throw new RefusedError(`${file} is there already; a backup never overwrites.`);
    clearLeftovers(target);
  } finally {
    connection.close();
    removeFile(copy);
  }
}
