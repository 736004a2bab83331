// Writes files whose names came by mail: only into one folder, never over anything, readable by their owner alone
// (RELIABILITY §3 row 19).

import { closeSync, constants, mkdirSync, openSync, realpathSync, statSync, unlinkSync, writeSync } from 'node:fs';
import { extname, join, resolve } from 'node:path';
import { PermissionError, RefusedError, StoreError, type TktError } from '../errors.ts';

/** Bytes that a name may have on every file system in use. */
const maxNameBytes = 255;
const maxAttempts = 100_000;

/** Makes the folder if it is absent. The function it gives writes one file and returns its path, the folder as it was named. */
export function openSaveFolder(cwd: string, folder: string): (name: string, content: Uint8Array) => string {
  const real = explain(folder, () => {
    mkdirSync(resolve(cwd, folder), { recursive: true, mode: 0o700 });
    return realpathSync(resolve(cwd, folder));
  });
  if (!statSync(real).isDirectory()) throw new RefusedError(`${folder} is no folder: name another one for --save`);
  // The numbers that names have come to: of ten thousand files of one name none is to try those of all before it.
  const numbers = new Map<string, number>();
  return (name, content) => {
    const safe = safeName(name);
    const { written, number } = explain(folder, () => writeNew(real, safe, content, numbers.get(safe) ?? 0));
    numbers.set(safe, number + 1);
    return join(folder, written);
  };
}

/** A name without a path, hidden start or control characters, whatever it was before: cleaned first, judged afterwards. */
export function safeName(name: string): string {
  const cleaned = name
    .replace(/[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]/g, '')
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029/\\]/g, '_')
    .trim()
    .replace(/^\.+/, '_');
  return cleaned === '' ? 'attachment' : cleaned;
}

// O_EXCL fails for whatever is there, a dangling symbolic link too: nothing is written over and no link is followed.
function writeNew(
  folder: string,
  name: string,
  content: Uint8Array,
  firstNumber: number,
): { written: string; number: number } {
  for (let number = firstNumber; number < firstNumber + maxAttempts; number += 1) {
    const candidate = numbered(name, number);
    const path = join(folder, candidate);
    const fd = openNew(path);
    if (fd === null) continue;
    try {
      for (let offset = 0; offset < content.length; ) offset += writeSync(fd, content, offset);
    } catch (error) {
      unlinkSync(path);
      throw error;
    } finally {
      closeSync(fd);
    }
    return { written: candidate, number };
  }
  throw new RefusedError(`there are ${maxAttempts} files named like ${name} already: choose another folder`);
}

function openNew(path: string): number | null {
  try {
    return openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return null;
    throw error;
  }
}

/** `log.txt`, `log (1).txt`, `log (2).txt`, none longer than a file system takes. */
function numbered(name: string, number: number): string {
  const extension = extname(name).length <= 20 ? extname(name) : '';
  const suffix = `${number === 0 ? '' : ` (${number})`}${extension}`;
  const stem = name.slice(0, name.length - extension.length);
  return cutToBytes(stem, maxNameBytes - Buffer.byteLength(suffix)) + suffix;
}

function cutToBytes(text: string, bytes: number): string {
  let cut = '';
  let length = 0;
  for (const character of text) {
    length += Buffer.byteLength(character);
    if (length > bytes) break;
    cut += character;
  }
  return cut;
}

function explain<Result>(folder: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw translate(folder, error as NodeJS.ErrnoException);
  }
}

function translate(folder: string, error: NodeJS.ErrnoException): TktError | Error {
  switch (error.code) {
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new PermissionError(`cannot write into ${folder}: ${error.code}; choose a folder that is yours`, {
        cause: error,
      });
    case 'EEXIST':
    case 'ENOTDIR':
    case 'ELOOP':
      return new RefusedError(`${folder} is no folder: name another one for --save`, { cause: error });
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EIO':
      return new StoreError(`cannot write into ${folder}: ${error.message}; make room, then try again`, {
        cause: error,
      });
    default:
      return error;
  }
}
