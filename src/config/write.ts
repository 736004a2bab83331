// Writes a configuration file: whole or not at all, and readable by its owner alone, as it may hold a password.

import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { PermissionError, RefusedError, StoreError } from '../errors.ts';
import { forTerminalLine } from '../text/terminal.ts';
import type { ConfigInput } from './schema.ts';

/**
 * Writes the file with mode 0600, in folders with mode 0700 where they are new. Throws RefusedError where there is one
 * already, unless `overwrite`; PermissionError and StoreError where it cannot be written.
 */
export function writeConfigFile(path: string, config: ConfigInput, overwrite: boolean): void {
  const temporary = `${path}.${process.pid}.new`;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writePrivately(temporary, `${JSON.stringify(config, null, 2)}\n`);
    // A link stays one: what it points at is what gets new contents.
    if (overwrite) renameSync(temporary, realPath(path));
    else linkSync(temporary, path);
  } catch (error) {
    throw translate(error, path);
  } finally {
    rmSync(temporary, { force: true });
  }
}

function writePrivately(path: string, text: string): void {
  // `wx`: what somebody else may have put there is not followed.
  const file = openSync(path, 'wx', 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function translate(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return error;
  const shown = forTerminalLine(path);
  if (error.code === 'EEXIST') return new RefusedError(`${shown} is there already; nothing was written`);
  if (error.code === 'EACCES' || error.code === 'EPERM' || error.code === 'EROFS') {
    return new PermissionError(`${shown} cannot be written (${error.code}); name another place with --file`);
  }
  return new StoreError(`${shown} cannot be written (${error.code})`, { cause: error });
}
