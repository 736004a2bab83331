// What SQLite and the file system throw, as errors of ours that name the file and the remedy.

import { accessSync, constants } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { PermissionError, StoreError, TemporaryError } from '../errors.ts';

/** Turns an error of SQLite into one of ours that names the file and the remedy. Others are returned as they are. */
export function translateError(error: unknown, path: string): unknown {
  const code = errorCode(error);
  const options = { cause: error };
  if (/^SQLITE_(BUSY|LOCKED)/.test(code)) {
    return new TemporaryError(
      `${path} is locked: another process has been writing to it for too long. Try again.`,
      options,
    );
  }
  // Between the opening and a list, an import dropped what it makes at its end (late-indexes.ts).
  if (code === 'SQLITE_ERROR' && error instanceof Error && error.message.startsWith('no such index')) {
    return new TemporaryError(`${path}: an import has just begun. Try again.`, options);
  }
  if (code === 'SQLITE_FULL' || code === 'ENOSPC') {
    return new StoreError(`${path}: no space left on the disk. Nothing was changed; make room and try again.`, options);
  }
  if (/^SQLITE_(CORRUPT|NOTADB)/.test(code))
    return new StoreError(`${path} is damaged or no database. ${restoreAdvice(path)}`, options);
  if (/^SQLITE_READONLY/.test(code) || code === 'EROFS') {
    return new StoreError(`${path} cannot be written: the file, its folder or the disk is read-only.`, options);
  }
  if (/^SQLITE_(PERM|AUTH)/.test(code) || code === 'EACCES' || code === 'EPERM') {
    return new PermissionError(`${path}: permission denied. Run tkt as the user that owns the database.`, options);
  }
  if (code.startsWith('SQLITE_CANTOPEN') || code === 'ENOENT') {
    if (!mayRead(path)) {
      return new PermissionError(`${path}: permission denied. Run tkt as the user that owns the database.`, options);
    }
    return new StoreError(
      `${path} cannot be opened for writing. Check that its folder is there, yours, and not on a read-only disk.`,
      options,
    );
  }
  if (/^SQLITE_IOERR/.test(code) || /^E(IO|NOTDIR|ISDIR|MFILE|NFILE|NAMETOOLONG|LOOP|DQUOT|XDEV|EXIST)$/.test(code)) {
    return new StoreError(
      `${path}: the disk failed (${code}). Check it, and that there is room, then try again.`,
      options,
    );
  }
  if (code === 'ERR_DLOPEN_FAILED' || (error instanceof Error && 'tries' in error)) return notBuilt(options);
  return error;
}

/** An install script that was not run, or a Node of another version than the one it was run with. */
function notBuilt(options: ErrorOptions): StoreError {
  const folder = dirname(createRequire(import.meta.url).resolve('better-sqlite3/package.json'));
  return new StoreError(
    `the SQLite library (better-sqlite3) was not built for this Node, ${process.version}. To build it: cd ${folder} && npm run install`,
    options,
  );
}

/** The database file itself is bad. */
export function isDamage(error: unknown): boolean {
  return error instanceof StoreError && /^SQLITE_(CORRUPT|NOTADB)/.test(errorCode(error.cause));
}

/** The file may be good, but it or the disk cannot be written. */
export function isUnwritable(error: unknown): boolean {
  return error instanceof StoreError && /^SQLITE_(READONLY|CANTOPEN|IOERR|FULL)/.test(errorCode(error.cause));
}

/** How to get back from a damaged database: a stale WAL beside a restored file would damage that one too. */
export function restoreAdvice(path: string): string {
  return `To restore: remove ${path}-wal and ${path}-shm, then copy your last backup (tkt backup) to ${path}.`;
}

/** False only where the operating system says that we may not. */
function mayRead(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch (error) {
    return errorCode(error) !== 'EACCES';
  }
}

/** `SQLITE_FULL`, `ENOENT`…; '' for what has none. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
