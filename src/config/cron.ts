// The line for a crontab.

import { shellWord } from './permissions.ts';

/** The five time fields for an interval: the nearest that cron can do evenly, not more often than was asked for. */
export function cronTimes(intervalSeconds: number): string {
  const minutes = Math.max(1, Math.ceil(intervalSeconds / 60));
  if (minutes <= 30) {
    const step = [1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30].find((divisor) => divisor >= minutes) ?? 30;
    return step === 1 ? '* * * * *' : `*/${step} * * * *`;
  }
  const hours = Math.ceil(minutes / 60);
  const step = [1, 2, 3, 4, 6, 8, 12].find((divisor) => divisor >= hours);
  if (step === undefined) return '0 0 * * *';
  return step === 1 ? '0 * * * *' : `0 */${step} * * *`;
}

/** The whole line. `words` is the command with its arguments; cron takes a bare % for the end of the line. */
export function formatCronLine(intervalSeconds: number, words: readonly string[]): string {
  const command = words.map(shellWord).join(' ').replaceAll('%', '\\%');
  return `${cronTimes(intervalSeconds)} ${command}`;
}
