// When a mail that could not be sent is tried again, and when it is given up.

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** Waits after the first, second, … failed attempt; the last one repeats. */
const waitsMs = [minuteMs, 5 * minuteMs, 30 * minuteMs, 2 * hourMs, 4 * hourMs];

/** The longest wait there is: a time of the next attempt further off than this was written by a clock that was wrong. */
export const longestWaitMs = 4 * hourMs;

/** How long a mail is tried after it was written: 5 days, as mail servers do (RFC 5321 §4.5.4.1). */
export const giveUpAfterMs = 5 * 24 * hourMs;

/** When to try again after `attempts` (1 or more) failed ones. */
export function nextAttemptAt(attempts: number, now: Date): Date {
  const wait = waitsMs[Math.min(Math.max(attempts, 1), waitsMs.length) - 1] ?? longestWaitMs;
  return new Date(now.getTime() + wait);
}

/** Whether a mail written at `createdAt` (ISO) that failed once more is now given up. */
export function isExpired(createdAt: string, now: Date): boolean {
  return now.getTime() - Date.parse(createdAt) >= giveUpAfterMs;
}
