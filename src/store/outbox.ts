// The outbox: each outgoing message once, with a delivery for every recipient. Sending and back-off are the pipeline's.

import type { DeliveryState, Timestamp } from '../domain/ticket.ts';
import { inChunks, lowerEquals } from './conditions.ts';
import type { Database } from './database.ts';
import type { MailKind } from './schema.ts';
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
