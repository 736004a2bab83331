// One poll a database. The kernel drops the lock with the process, so a killed poll never blocks the next one.

import { TemporaryError } from '../errors.ts';
import { type Database, transaction } from '../store/database.ts';
import { getRunning, type Run, setRunning, tryLock } from '../store/lock.ts';

export interface PollPlace {
  databasePath: string;
  database(): Promise<Database>;
  now(): Date;
}

/**
 * Runs `work` as the only poll, and tells it of the one before. The lock comes before all else, so that whoever is turned away has loaded and opened next
 * to nothing: cron may start many at once. @throws TemporaryError that says since when the other poll runs.
 */
export async function withPollLock<T>(
  { database, databasePath, now }: PollPlace,
  work: (before: Run | undefined) => Promise<T>,
): Promise<T> {
  const lock = tryLock(databasePath, 'poll');
  if (!lock) {
    const other = await getRunning(await database(), 'poll');
    const since = other ? ` since ${other.since} (pid ${other.pid})` : '';
    throw new TemporaryError(`another poll of ${databasePath} is running${since}; this one leaves the work to it`);
  }
  try {
    const db = await database();
    const before = await getRunning(db, 'poll');
    const run = { pid: process.pid, since: now().toISOString() };
    await transaction(db, (trx) => setRunning(trx, 'poll', run));
    return await work(before);
  } finally {
    lock.release();
  }
}
