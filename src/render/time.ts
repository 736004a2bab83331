// Times as a person reads them: how long ago, in one unit.

import type { Timestamp } from '../domain/ticket.ts';

const minuteMs = 60_000;
const steps: ReadonlyArray<readonly [suffix: string, ms: number]> = [
  ['y', 365 * 24 * 60 * minuteMs],
  ['w', 7 * 24 * 60 * minuteMs],
  ['d', 24 * 60 * minuteMs],
  ['h', 60 * minuteMs],
  ['m', minuteMs],
];

/** The time between `at` and `now` in its largest whole unit, `3h`; `0m` under a minute. Weeks begin at two. */
export function formatAge(at: Timestamp, now: Date): string {
  const elapsedMs = Math.abs(now.getTime() - Date.parse(at));
  for (const [suffix, ms] of steps) {
    if (elapsedMs >= (suffix === 'w' ? 2 * ms : ms)) return `${Math.floor(elapsedMs / ms)}${suffix}`;
  }
  return '0m';
}

/** `3h ago`, `just now`, and `in 3h` for what is to come. */
export function formatAgo(at: Timestamp, now: Date): string {
  const age = formatAge(at, now);
  if (age === '0m') return 'just now';
  return Date.parse(at) > now.getTime() ? `in ${age}` : `${age} ago`;
}
