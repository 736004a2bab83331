// The outbox: each outgoing message once, with a delivery for every recipient. Sending and back-off are the pipeline's.

import type { Expression, Selectable, SqlBool } from 'kysely';
import type { DeliveryState, Timestamp } from '../domain/ticket.ts';
import { inChunks, lowerEquals } from './conditions.ts';
import type { Database } from './database.ts';
import type { MailKind, OutboxTable } from './schema.ts';
import { insertion, statement } from './statement.ts';

export type { MailKind } from './schema.ts';

/** A complete message that is to be sent. `messageId` is without angle brackets. */
export interface OutgoingMessage {
  ticketId: number;
  entryId: number | null;
  kind: MailKind;
  messageId: string;
  /** The name of the support mailbox that it goes out from. */
  mailbox: string;
  /** Address of the envelope; '' is the null reverse-path. */
  envelopeFrom: string;
  subject: string;
  rawMessageId: number;
  automatic: boolean;
  recipients: readonly string[];
}

const insertMessage = insertion('outbox', [
  ...(['ticket_id', 'entry_id', 'kind', 'message_id', 'mailbox', 'envelope_from', 'subject'] as const),
  ...(['raw_message_id', 'automatic', 'created_at'] as const),
]);
const insertDelivery = insertion('delivery', [
  ...(['outbox_id', 'recipient', 'state', 'attempts', 'next_attempt_at', 'updated_at'] as const),
]);

/** Puts a message into the outbox, due at once. Returns the id of the message; its deliveries have ids of their own. */
export async function enqueue(db: Database, message: OutgoingMessage, now: Timestamp): Promise<number> {
  const id = await insertMessage(db, {
    ticket_id: message.ticketId,
    entry_id: message.entryId,
    kind: message.kind,
    message_id: message.messageId,
    mailbox: message.mailbox,
    envelope_from: message.envelopeFrom,
    subject: message.subject,
    raw_message_id: message.rawMessageId,
    automatic: message.automatic ? 1 : 0,
    created_at: now,
  });
  for (const recipient of new Set(message.recipients)) {
    const fresh = { state: 'queued', attempts: 0, next_attempt_at: now, updated_at: now } as const;
    await insertDelivery(db, { outbox_id: id, recipient, ...fresh });
  }
  return id;
}

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

/** A row of `tkt outbox --json`, and when it came. */
export interface OutboxItem {
  /** Of the delivery: a message to two people is two rows. */
  id: number;
  /** Number of the ticket. */
  ticket: string;
  to: string;
  subject: string;
  kind: MailKind;
  state: DeliveryState;
  attempts: number;
  nextAttemptAt: Timestamp | null;
  error: string | null;
  createdAt: Timestamp;
}

/** What has not reached its recipient (queued, sending, failed, bounced), oldest first; with `all` everything. What was dropped is left out. */
export async function listDeliveries(db: Database, options: { all?: boolean } = {}): Promise<OutboxItem[]> {
  return db
    .selectFrom('delivery')
    .innerJoin('outbox', 'outbox.id', 'delivery.outbox_id')
    .innerJoin('ticket', 'ticket.id', 'outbox.ticket_id')
    .select([
      'delivery.id',
      'ticket.number as ticket',
      'delivery.recipient as to',
      'outbox.subject',
      'outbox.kind',
      'delivery.state',
      'delivery.attempts',
      'delivery.next_attempt_at as nextAttemptAt',
      'delivery.error',
      'outbox.created_at as createdAt',
    ])
    .where('delivery.dropped_at', 'is', null)
    .$if(!options.all, (query) => query.where('delivery.state', 'in', ['queued', 'sending', 'failed', 'bounced']))
    .orderBy('delivery.id')
    .execute();
}

/** How many deliveries wait to be sent, and how many of them are due. */
export async function countQueued(db: Database, now: Timestamp): Promise<{ queued: number; due: number }> {
  const row = await db
    .selectFrom('delivery')
    .select((eb) => [
      eb.fn.countAll<number>().as('queued'),
      eb.fn.countAll<number>().filterWhere('next_attempt_at', '<=', now).as('due'),
    ])
    .where('state', 'in', ['queued', 'sending'])
    .where('dropped_at', 'is', null)
    .executeTakeFirstOrThrow();
  return row;
}

/** Makes unsent deliveries due now, failed ones too. Returns the ids that were; the others are sent, dropped or unknown. */
export async function retryDeliveries(db: Database, ids: readonly number[] | 'all', now: Timestamp): Promise<number[]> {
  return changeUnsent(db, ids, { state: 'queued', next_attempt_at: now, updated_at: now });
}

/**
 * Gives unsent deliveries up: they read as failed on the ticket and leave the list. Bounced ones leave it as they are.
 * Returns the ids that were.
 */
export async function dropDeliveries(db: Database, ids: readonly number[], now: Timestamp): Promise<number[]> {
  const values = {
    state: 'failed',
    next_attempt_at: null,
    error: 'dropped',
    dropped_at: now,
    updated_at: now,
  } as const;
  return [...(await changeUnsent(db, ids, values)), ...(await dismissBounced(db, ids, now))];
}

async function dismissBounced(db: Database, ids: readonly number[], now: Timestamp): Promise<number[]> {
  const dismissed: number[] = [];
  for (const chunk of inChunks(ids)) {
    const rows = await db
      .updateTable('delivery')
      .set({ dropped_at: now })
      .where('state', '=', 'bounced')
      .where('dropped_at', 'is', null)
      .where('id', 'in', chunk)
      .returning('id')
      .execute();
    dismissed.push(...rows.map((row) => row.id));
  }
  return dismissed;
}

async function changeUnsent(
  db: Database,
  ids: readonly number[] | 'all',
  values: { state: 'queued' | 'failed'; next_attempt_at: string | null; updated_at: string },
): Promise<number[]> {
  const update = db
    .updateTable('delivery')
    .set(values)
    .where('state', 'in', ['queued', 'failed'])
    .where('dropped_at', 'is', null)
    .returning('id');
  const changed: number[] = [];
  const runs = ids === 'all' ? [update] : [...inChunks(ids)].map((chunk) => update.where('id', 'in', chunk));
  for (const run of runs) changed.push(...(await run.execute()).map((row) => row.id));
  return changed;
}

const autoRepliesSince = statement<{ recipient: string; since: string }, { count: number }>(
  (db, { recipient, since }) =>
    db
      .selectFrom('delivery')
      .innerJoin('outbox', 'outbox.id', 'delivery.outbox_id')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where(lowerEquals('delivery.recipient', recipient))
      .where('outbox.kind', '=', 'auto-reply')
      .where('outbox.created_at', '>=', since)
      .compile(),
);

/** How many auto-replies were owed to this address (in any case) since then, sent or not. */
export async function countAutoReplies(db: Database, recipient: string, since: Timestamp): Promise<number> {
  return (await autoRepliesSince.one(db, { recipient, since })).count;
}

/** A message that we sent, by its Message-ID. */
export interface SentMessage {
  outboxId: number;
  ticketId: number;
  entryId: number | null;
  kind: MailKind;
  deliveries: Array<{ id: number; recipient: string; state: DeliveryState }>;
}

/** For bounces. `messageId` is without angle brackets. */
export async function findDeliveryByMessageId(db: Database, messageId: string): Promise<SentMessage | undefined> {
  const row = await db
    .selectFrom('outbox')
    .select(['id', 'ticket_id', 'entry_id', 'kind'])
    .where('message_id', '=', messageId)
    .executeTakeFirst();
  if (!row) return undefined;
  const deliveries = await db
    .selectFrom('delivery')
    .select(['id', 'recipient', 'state'])
    .where('outbox_id', '=', row.id)
    .orderBy('id')
    .execute();
  return { outboxId: row.id, ticketId: row.ticket_id, entryId: row.entry_id, kind: row.kind, deliveries };
}
