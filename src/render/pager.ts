// Long text goes through $PAGER, on a terminal only (CONTRACT §2).

import { spawn } from 'node:child_process';
import type { Context } from '../context.ts';

// As git does: leave the screen alone, pass colours, quit when one screen holds it all.
const lessOptions = 'FRX';
// What a shell answers for a command that is not there, or may not be run.
const notRunnable = new Set([126, 127]);

/** Prints `text`, through the pager where one is wanted: PAGER set to nothing or to `cat` means none. A missing pager is no error. */
export async function page(context: Context, text: string): Promise<void> {
  const pager = context.env.PAGER?.trim() ?? null;
  const wanted = context.stdout.isTerminal && pager !== '' && pager !== 'cat' && context.env.TERM !== 'dumb';
  if (wanted && (await runPager(pager, text, context.env))) return;
  context.stdout.write(text);
}

/** Whether the pager (null: less, if it is there) took the text. A reader who quits early has seen enough: that counts. */
function runPager(pager: string | null, text: string, env: Context['env']): Promise<boolean> {
  return new Promise((resolve) => {
    const [file, args] = pager === null ? ['less', [`-${lessOptions}`]] : ['/bin/sh', ['-c', pager]];
    const child = spawn(file, args, { stdio: ['pipe', 'inherit', 'inherit'], env: { LESS: lessOptions, ...env } });
    // Ctrl-C belongs to the pager while it runs: ending before it would leave the terminal to both it and the shell.
    const ignore = () => {};
    process.on('SIGINT', ignore);
    const finish = (shown: boolean) => {
      process.off('SIGINT', ignore);
      resolve(shown);
    };
    child.once('error', () => finish(false));
    child.once('close', (code) => finish(!notRunnable.has(code ?? 0)));
    child.stdin.on('error', () => {});
    child.stdin.end(text);
  });
}
