// Who may read and write the files that hold secrets, or name commands to run.

import type { Stats } from 'node:fs';
import { userInfo } from 'node:os';
import { forTerminalLine } from '../text/terminal.ts';

type Ownership = Pick<Stats, 'mode' | 'uid' | 'isFile'>;

/** A path as a word of a shell command, and fit for a terminal. */
export function shellWord(path: string): string {
  const shown = forTerminalLine(path);
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(shown) ? shown : `'${shown.replaceAll("'", "'\\''")}'`;
}

/** Why a file with a secret in it must not be used, with the `chmod` to run; null where its owner alone can read it. */
export function refuseShared(path: string, stats: Ownership, holds: string): string | null {
  // A pipe or a device (/dev/fd/3) is nobody's file, and Windows has no modes.
  if (!stats.isFile() || process.getuid === undefined || (stats.mode & 0o077) === 0) return null;
  const mode = (stats.mode & 0o777).toString(8).padStart(4, '0');
  const uid = process.getuid();
  // Only its owner can mend it, and with 600 only its owner can read it.
  const chown = uid === 0 || stats.uid === uid ? '' : `chown ${userName()} ${shellWord(path)} && `;
  const shown = forTerminalLine(path);
  return `${shown}: it holds ${holds} and others can read it (mode ${mode}); run: ${chown}chmod 600 ${shellWord(path)}`;
}

/** Why a configuration must not be used that everybody can write, as it names commands to run; null where not. */
export function refuseWritable(path: string, stats: Ownership): string | null {
  if (!stats.isFile() || process.getuid === undefined || (stats.mode & 0o002) === 0) return null;
  return `${forTerminalLine(path)}: everybody can write to it; run: chmod o-w ${shellWord(path)}`;
}

/**
 * Whether a file that was merely found in the current folder belongs to somebody else, who could make us run commands
 * that way: not to this user, not to root, and not to the person behind sudo.
 */
export function isForeign(stats: Pick<Stats, 'uid'>, env: Readonly<Record<string, string | undefined>>): boolean {
  if (process.getuid === undefined || stats.uid === 0 || stats.uid === process.getuid()) return false;
  return !(process.getuid() === 0 && env.SUDO_UID === String(stats.uid));
}

function userName(): string {
  try {
    return shellWord(userInfo().username);
  } catch {
    return String(process.getuid?.() ?? '');
  }
}
