// What a run of sending does to the outbox beside claiming and finishing: taking back, and counting.

import type { DeliveryState, Timestamp } from '../domain/ticket.ts';
import { inChunks } from './conditions.ts';
import type { Database } from './database.ts';

/** Puts back what a killed run left as `sending`: it may have been sent, so it counts as tried. Needs the send lock. */
export async function requeueLeftovers(db: Database, now: Timestamp): Promise<void> {
  await db
    .updateTable('delivery')
    .set({ state: 'queued', updated_at: now })
    .where('state', '=', 'sending')
    .where('dropped_at', 'is', null)
    .execute();
}

/** Puts claimed deliveries back: due, and not counted as tried. `error` says why, where there is something to say. */
export async function releaseDeliveries(
  db: Database,
  ids: readonly number[],
  error: string | null,
  now: Timestamp,
): Promise<void> {
  for (const chunk of inChunks(ids)) {
    await db
      .updateTable('delivery')
      .set((eb) => ({ state: 'queued', attempts: eb('attempts', '-', 1), updated_at: now }))
      .$if(error !== null, (query) => query.set({ error }))
      .where('id', 'in', chunk)
      .where('state', '=', 'sending')
      .execute();
  }
}

export interface DeliveryCounts {
  sent: number;
  /** Failed or bounced. */
  failed: number;
  /** Queued, or being sent. */
  queued: number;
}

/** How the deliveries of these messages stand. */
export async function countDeliveries(db: Database, outboxIds: readonly number[]): Promise<DeliveryCounts> {
  const counts: DeliveryCounts = { sent: 0, failed: 0, queued: 0 };
  for (const chunk of inChunks(outboxIds)) {
    const rows = await db
      .selectFrom('delivery')
      .select((eb) => ['state', eb.fn.countAll<number>().as('count')])
      .where('outbox_id', 'in', chunk)
      .groupBy('state')
      .execute();
    for (const { state, count } of rows) counts[standing(state)] += count;
  }
  return counts;
}

/** How many deliveries of each support mailbox wait: those due by then, or all. */
export async function countWaiting(db: Database, dueBy?: Timestamp): Promise<Map<string, number>> {
  const rows = await db
    .selectFrom('delivery')
    .innerJoin('outbox', 'outbox.id', 'delivery.outbox_id')
    .select((eb) => ['outbox.mailbox', eb.fn.countAll<number>().as('count')])
    .where('delivery.state', 'in', ['queued', 'sending'])
    .where('delivery.dropped_at', 'is', null)
    .$if(dueBy !== undefined, (query) => query.where('delivery.next_attempt_at', '<=', dueBy ?? ''))
    .groupBy('outbox.mailbox')
    .execute();
  return new Map(rows.map(({ mailbox, count }) => [mailbox, count]));
}

function standing(state: DeliveryState): keyof DeliveryCounts {
  if (state === 'sent') return 'sent';
  return state === 'queued' || state === 'sending' ? 'queued' : 'failed';
}
