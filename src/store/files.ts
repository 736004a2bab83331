// The files around a database: modes (0600, folders that we make 0700), no symbolic links, and new files that appear
// whole or not at all. Nothing here opens a database file that may be in use: closing it would drop SQLite's locks.

import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  type Stats,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { StoreError } from '../errors.ts';
import { errorCode, translateError } from './sqlite-errors.ts';

/** What is at that path, the link itself where it is one; null for nothing. */
export function statFile(path: string): Stats | null {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) ?? null;
  } catch (error) {
    throw translateError(error, path);
  }
}

/** Throws StoreError where the path is a symbolic link or no plain file. */
export function refuseOddFile(path: string, stats = statFile(path)): void {
  if (stats?.isSymbolicLink()) {
    throw new StoreError(`${path} is a symbolic link, which could lead anywhere. Name the file itself.`);
  }
  if (stats && !stats.isFile()) throw new StoreError(`${path} is no file. Name a database file.`);
}

/**
 * Gives the files beside a database its mode where they may not be written and it may: what a reader made while the
 * database was read-only stays so, and SQLite then refuses to write for ever.
 */
export function alignModes(path: string, beside: readonly string[]): void {
  const mode = (statFile(path)?.mode ?? 0) & 0o777;
  for (const file of beside) {
    const stats = statFile(file);
    if (!stats?.isFile() || (mode & ~stats.mode & 0o222) === 0) continue;
    try {
      chmodSync(file, mode);
    } catch {
      // Somebody else's file: what SQLite says of it is said in time.
    }
  }
}

/** Makes the folder of a file, for this user alone, where it is missing. */
export function makeFolderOf(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  } catch (error) {
    throw translateError(error, path);
  }
}

/** Makes an empty file for this user alone; false where there is one already, which is left alone and not opened. */
export function makePrivateFile(path: string): boolean {
  try {
    closeSync(openSync(path, 'wx', 0o600));
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw translateError(error, path);
  }
}

/** Writes all of `bytes` to a new private file beside `path` and returns its name. */
export function writeBeside(path: string, bytes: Uint8Array): string {
  const file = temporaryName(path);
  try {
    const descriptor = openSync(file, 'wx', 0o600);
    try {
      let written = 0;
      while (written < bytes.length) written += writeSync(descriptor, bytes, written);
    } finally {
      closeSync(descriptor);
    }
    return file;
  } catch (error) {
    removeFile(file);
    throw translateError(error, path);
  }
}

/**
 * Gives a finished file its final name, on disk before it returns. False where that name is taken: the file is removed
 * then, and what has the name is not touched.
 */
export function publish(file: string, path: string): boolean {
  try {
    sync(file);
    linkSync(file, path);
    sync(dirname(path));
    return true;
  } catch (error) {
    // ENOENT: whoever was first has cleared our file away.
    if (errorCode(error) === 'EEXIST' || (errorCode(error) === 'ENOENT' && statFile(path))) return false;
    throw translateError(error, path);
  } finally {
    removeFile(file);
  }
}

/** Removes what runs that were killed while they wrote a new file left beside it. */
export function clearLeftovers(path: string): void {
  const prefix = `${basename(path)}.new-`;
  try {
    for (const name of readdirSync(dirname(path))) {
      if (name.startsWith(prefix)) removeFile(join(dirname(path), name));
    }
  } catch {
    // A folder that cannot be listed or written: they do no harm.
  }
}

/** Nothing happens where there is no such file. */
export function removeFile(path: string): void {
  rmSync(path, { force: true });
}

export function temporaryName(path: string): string {
  return `${path}.new-${randomBytes(6).toString('hex')}`;
}

function sync(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
