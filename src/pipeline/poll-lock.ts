// One poll a database. The kernel drops the lock with the process, so a killed poll never blocks the next one.

import { TemporaryError } from '../errors.ts';
import { type Database, transaction } from '../store/database.ts';
import { getRunning, setRunning, tryLock } from '../store/lock.ts';

/** @throws TemporaryError that says since when the other poll runs. */
export async function withPollLock<T>(
  { db, databasePath, now }: { db: Database; databasePath: string; now: () => Date },
  work: () => Promise<T>,
): Promise<T> {
  const lock = tryLock(databasePath, 'poll');
  if (!lock) {
    const other = await getRunning(db, 'poll');
    const since = other ? ` since ${other.since} (pid ${other.pid})` : '';
    throw new TemporaryError(`another poll of ${databasePath} is running${since}; this one leaves the work to it`);
  }
  try {
    const run = { pid: process.pid, since: now().toISOString() };
    await transaction(db, (trx) => setRunning(trx, 'poll', run));
    return await work();
  } finally {
    lock.release();
  }
}
