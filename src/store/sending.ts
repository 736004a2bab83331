// What a run of sending does to the outbox: claims, finishes and takes back deliveries, and counts them.

import type { Expression, Selectable, SqlBool } from 'kysely';
import type { DeliveryState, Timestamp } from '../domain/ticket.ts';
import { inChunks } from './conditions.ts';
import type { Database } from './database.ts';
import type { OutgoingMessage } from './outbox.ts';
import type { OutboxTable } from './schema.ts';
import { statement } from './statement.ts';

/** A message with those of its deliveries that are to be tried now. */
export interface ClaimedMessage extends Omit<OutgoingMessage, 'recipients'> {
  outboxId: number;
  ticketNumber: string;
  createdAt: Timestamp;
  deliveries: Array<{
    id: number;
    recipient: string;
    /** This attempt included. */
    attempts: number;
  }>;
}

export interface ClaimOptions {
  /** Most messages. */
  limit: number;
  /** Only these deliveries. */
  ids?: readonly number[];
  /** Only the deliveries of these messages. */
  outboxIds?: readonly number[];
  /** Only what goes out from these support mailboxes; at least one. */
  mailboxes?: readonly string[];
  /** Later than any back-off ends: a next attempt after this was written by a clock that was wrong, and is due. */
  latest?: Timestamp;
  /** Also what a run that was killed left as `sending` (default). False while sends of our own are under way. */
  leftovers?: boolean;
}

/**
 * Marks what is due as `sending`, one attempt more, and gives it: public comments before what machines wrote, oldest first.
 * Call in a transaction, with the send lock held.
 */
export async function claimDue(db: Database, now: Timestamp, options: ClaimOptions): Promise<ClaimedMessage[]> {
  const due = await selectDue(db, now, options);
  const messages = new Map<number, ClaimedMessage>();
  for (const row of due) {
    const message = messages.get(row.outbox_id) ?? (await readMessage(db, row.outbox_id));
    messages.set(row.outbox_id, message);
    message.deliveries.push({ id: row.id, recipient: row.recipient, attempts: row.attempts + 1 });
  }
  for (const ids of inChunks(due.map((row) => row.id))) {
    await db
      .updateTable('delivery')
      .set((eb) => ({ state: 'sending', attempts: eb('attempts', '+', 1), updated_at: now }))
      .where('id', 'in', ids)
      .execute();
  }
  return [...messages.values()];
}

async function selectDue(db: Database, now: Timestamp, options: ClaimOptions) {
  const { limit, ids, outboxIds, mailboxes, latest, leftovers = true } = options;
  // The messages first, so that the limit does not cut one message in two.
  const due = db
    .selectFrom('delivery')
    .innerJoin('outbox', 'outbox.id', 'delivery.outbox_id')
    .where('dropped_at', 'is', null)
    .where((eb) => {
      const arrived = eb('next_attempt_at', '<=', now);
      const time = latest === undefined ? arrived : eb.or([arrived, eb('next_attempt_at', '>', latest)]);
      const queued: Expression<SqlBool> = eb.and([eb('state', '=', 'queued'), time]);
      return leftovers ? eb.or([queued, eb('state', '=', 'sending')]) : queued;
    })
    .$if(ids !== undefined, (query) => query.where('delivery.id', 'in', ids ?? []))
    .$if(outboxIds !== undefined, (query) => query.where('outbox.id', 'in', outboxIds ?? []))
    .$if(mailboxes !== undefined, (query) => query.where('outbox.mailbox', 'in', mailboxes ?? []));
  const first = due
    .select('outbox.id')
    .distinct()
    .select('outbox.automatic')
    .orderBy('outbox.automatic')
    .orderBy('outbox.id')
    .limit(limit);
  return due
    .where('outbox.id', 'in', db.selectFrom(first.as('first')).select('first.id'))
    .select(['delivery.id', 'delivery.outbox_id', 'delivery.recipient', 'delivery.attempts'])
    .orderBy('outbox.automatic')
    .orderBy('outbox.id')
    .orderBy('delivery.id')
    .execute();
}

const selectMessage = statement<{ outboxId: number }, Selectable<OutboxTable> & { number: string }>(
  (db, { outboxId }) =>
    db
      .selectFrom('outbox')
      .innerJoin('ticket', 'ticket.id', 'outbox.ticket_id')
      .selectAll('outbox')
      .select('ticket.number')
      .where('outbox.id', '=', outboxId)
      .compile(),
);

async function readMessage(db: Database, outboxId: number): Promise<ClaimedMessage> {
  const row = await selectMessage.one(db, { outboxId });
  return {
    outboxId,
    ticketId: row.ticket_id,
    ticketNumber: row.number,
    entryId: row.entry_id,
    kind: row.kind,
    messageId: row.message_id,
    mailbox: row.mailbox,
    envelopeFrom: row.envelope_from,
    subject: row.subject,
    rawMessageId: row.raw_message_id,
    automatic: row.automatic === 1,
    createdAt: row.created_at,
    deliveries: [],
  };
}

export interface DeliveryResult {
  state: DeliveryState;
  error: string | null;
  /** When to try again; null unless `queued`. */
  nextAttemptAt: Timestamp | null;
}

const updateDelivery = statement<DeliveryResult & { id: number; now: string }>((db, slots) =>
  db
    .updateTable('delivery')
    .set({ state: slots.state, error: slots.error, next_attempt_at: slots.nextAttemptAt, updated_at: slots.now })
    .where('id', '=', slots.id)
    .compile(),
);

export async function finishDelivery(
  db: Database,
  deliveryId: number,
  result: DeliveryResult,
  now: Timestamp,
): Promise<void> {
  await updateDelivery.run(db, { ...result, id: deliveryId, now });
}

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
