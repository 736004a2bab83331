// The text of a comment or a new ticket: -m, -F, standard input, or an editor (CONTRACT §1).

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Context } from '../context.ts';
import { RefusedError, systemReason, UsageError } from '../errors.ts';
import { readStdin } from '../process-context.ts';

export interface TextFlags {
  message?: string;
  file?: string;
}

/** What the argument after a ticket or the options is for. */
export const dashArgument = '- reads the text from standard input';

/** `flags` with what `tkt comment 42 -` means: the same as `-F -`. Throws UsageError for any other word. */
export function withDash<Flags extends TextFlags>(dash: string | undefined, flags: Flags): Flags {
  if (dash === undefined) return flags;
  if (dash !== '-') {
    throw new UsageError(
      `unexpected ${JSON.stringify(dash)}: give the text with -m TEXT, or - to read it from standard input`,
    );
  }
  if (flags.file !== undefined && flags.file !== '-') throw new UsageError('- and -F say the same: give one of them');
  return { ...flags, file: '-' };
}

/** What follows this line in the editor is not part of the text, as in `git commit --verbose`. */
const scissors = '# ------------------------ >8 ------------------------';

/** @param template shown in the editor below the scissors line. Gives '' where there is no text at all. */
export async function readText(context: Context, flags: TextFlags, template: () => Promise<string>): Promise<string> {
  if (flags.message !== undefined && flags.file !== undefined)
    throw new UsageError('-m and -F say the same: give one of them');
  if (flags.message !== undefined) return tidy(flags.message);
  if (flags.file !== undefined) return tidy(readFile(flags.file));
  if (!context.stdin.isTTY) return tidy(decode(readStdin()));
  if (!context.stdout.isTerminal) throw new UsageError('no text: give it with -m TEXT, -F FILE or on standard input');
  const written = tidy(edit(context, await template()));
  if (written === '') throw new RefusedError('the text is empty: nothing was done');
  return written;
}

function readFile(file: string): string {
  if (file === '-') return decode(readStdin());
  try {
    return decode(readFileSync(file));
  } catch (error) {
    throw new RefusedError(`cannot read ${file}: ${systemReason(error)}`, { cause: error });
  }
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

/** Line ends as \n, no blank lines around. */
function tidy(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(/^(?:[ \t]*\n)+/, '')
    .trimEnd();
}

function edit(context: Context, template: string): string {
  const editor = context.env.VISUAL || context.env.EDITOR || 'vi';
  const folder = mkdtempSync(join(tmpdir(), 'tkt-'));
  const file = join(folder, 'COMMENT.txt');
  try {
    const below = `\n\n${scissors}\n# Nothing from the line above on is sent. An empty text aborts.\n${template}`;
    writeFileSync(file, below, { mode: 0o600 });
    // Through a shell, since EDITOR may hold arguments; the file is an argument of its own.
    const { status, error } = spawnSync('/bin/sh', ['-c', `${editor} "$1"`, 'sh', file], { stdio: 'inherit' });
    if (error || status !== 0) {
      throw new RefusedError(
        `the editor (${editor}) ended with ${error?.message ?? `code ${status}`}: nothing was done`,
      );
    }
    const written = readFileSync(file, 'utf8');
    const cut = written.indexOf(scissors);
    return cut === -1 ? written : written.slice(0, cut);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
