// Addresses that mail came back from for good: marked at the delivery that bounced, until somebody writes from there.

import { sql } from 'kysely';
import type { Timestamp } from '../domain/ticket.ts';
import { lowerEquals } from './conditions.ts';
import type { Database } from './database.ts';
import { statement } from './statement.ts';

/** The delivery came back. `permanent`: its recipient is not to be had, as opposed to not now. */
export async function markBounced(
  db: Database,
  deliveryId: number,
  bounce: { error: string; permanent: boolean },
  now: Timestamp,
): Promise<void> {
  const { error, permanent } = bounce;
  await db
    .updateTable('delivery')
    .set({ state: 'bounced', error, next_attempt_at: null, unreachable: permanent ? 1 : 0, updated_at: now })
    .where('id', '=', deliveryId)
    .execute();
}

const selectUnreachable = statement<{ address: string }, { id: number }>((db, { address }) =>
  db
    .selectFrom('delivery')
    .select('id')
    .where('unreachable', '=', sql.lit(1))
    .where(lowerEquals('recipient', address))
    .compile(),
);

/** Whether mail to that address (in any case) bounced for good and nobody has written from there since. */
export async function isUnreachable(db: Database, address: string): Promise<boolean> {
  return (await selectUnreachable.first(db, { address })) !== undefined;
}

/** Somebody wrote from that address: it may be had again. */
export async function clearUnreachable(db: Database, address: string): Promise<void> {
  // Nearly always there is nothing to clear, and looking costs less than writing nothing.
  for (const { id } of await selectUnreachable.all(db, { address })) {
    await db.updateTable('delivery').set({ unreachable: 0 }).where('id', '=', id).execute();
  }
}
