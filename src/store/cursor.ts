// How far each folder of a mailbox has been read.

import type { Timestamp } from '../domain/ticket.ts';
import type { Database } from './database.ts';

export interface Cursor {
  mailbox: string;
  folder: string;
  uidValidity: number;
  highestUid: number;
}

export interface StoredCursor extends Cursor {
  firstSweepAt: Timestamp;
  lastSweepAt: Timestamp;
}

export async function getCursor(db: Database, mailbox: string, folder: string): Promise<StoredCursor | undefined> {
  return db
    .selectFrom('cursor')
    .select([
      'mailbox',
      'folder',
      'uidvalidity as uidValidity',
      'highest_uid as highestUid',
      'first_sweep_at as firstSweepAt',
      'last_sweep_at as lastSweepAt',
    ])
    .where('mailbox', '=', mailbox)
    .where('folder', '=', folder)
    .executeTakeFirst();
}

/** Sets the cursor of a folder; the time of its first sweep stays. */
export async function putCursor(db: Database, cursor: Cursor, now: Timestamp): Promise<void> {
  const { mailbox, folder, uidValidity, highestUid } = cursor;
  const values = { uidvalidity: uidValidity, highest_uid: highestUid, last_sweep_at: now };
  await db
    .insertInto('cursor')
    .values({ mailbox, folder, ...values, first_sweep_at: now })
    .onConflict((conflict) => conflict.columns(['mailbox', 'folder']).doUpdateSet(values))
    .execute();
}
