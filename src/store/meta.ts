// Facts about the installation, and who is at work on it.

import type { Timestamp } from '../domain/ticket.ts';
import type { Database } from './database.ts';
import { readRow } from './read-rows.ts';

/** `instance` marks our own mail (32 hex digits); `plus-secret` signs plus-addresses (64 hex digits). */
export async function getMeta(db: Database, key: 'instance' | 'plus-secret' | 'created-at'): Promise<string> {
  const row = await readRow<{ value: string }>(db, 'select value from meta where key = ?', [key]);
  if (!row) throw new Error(`the database has no ${key}`);
  return row.value;
}

export interface Run {
  pid: number;
  since: Timestamp;
}

/** Notes who holds the lock of that name, for the message that others get. */
export async function setRunning(db: Database, name: 'poll' | 'send', run: Run): Promise<void> {
  await db
    .insertInto('run')
    .values({ name, ...run })
    .onConflict((conflict) => conflict.column('name').doUpdateSet(run))
    .execute();
}

/** The last one that held the lock; whether it still does, only the lock tells. */
export async function getRunning(db: Database, name: 'poll' | 'send'): Promise<Run | undefined> {
  return db.selectFrom('run').select(['pid', 'since']).where('name', '=', name).executeTakeFirst();
}
