// Entries of a ticket with their attachments, and what adding one does to the ticket.

import type { Selectable } from 'kysely';
import type { MessageAttachment } from '../domain/message.ts';
import type { AttachmentInfo, Delivery, Entry, EntryType, Person, Timestamp } from '../domain/ticket.ts';
import { RefusedError } from '../errors.ts';
import { waiting } from './conditions.ts';
import type { Database } from './database.ts';
import { readRows } from './read-rows.ts';
import type { AttachmentTable, DeliveryTable, EntryTable } from './schema.ts';
import { insertion, statement } from './statement.ts';

export interface NewEntry {
  ticketId: number;
  type: EntryType;
  author: Person;
  /** The agent who wrote it. */
  agentId: number | null;
  body: string;
  fullBody: string;
  signature: string | null;
  subject: string;
  /** Without angle brackets. */
  messageId: string | null;
  automatic: boolean;
  verified: boolean | null;
  rawMessageId: number | null;
  /** In the order of the raw message. */
  attachments: readonly MessageAttachment[];
}

export interface StoredAttachment extends AttachmentInfo {
  entryId: number;
  /** Which attachment of the raw message it is, from 0. */
  position: number;
  contentId: string | null;
  rawMessageId: number | null;
}

export interface StoredEntry extends Entry {
  ticketId: number;
  rawMessageId: number | null;
}

const insertEntry = insertion('entry', [
  ...(['ticket_id', 'type', 'agent_id', 'author_name', 'author_email', 'message_id', 'automatic', 'verified'] as const),
  ...(['raw_message_id', 'created_at', 'subject', 'signature', 'body', 'full_body'] as const),
]);
const insertAttachment = insertion('attachment', [
  ...(['entry_id', 'position', 'filename', 'content_type', 'size', 'sha256', 'content_id'] as const),
  ...(['inline', 'signature'] as const),
]);
const countEntry = statement<
  { ticketId: number; now: string; respondedAt: string | null },
  { waiting_on: 'staff' | 'client' | null }
>((db, slots) =>
  db
    .updateTable('ticket')
    .set((eb) => ({
      entry_count: eb('entry_count', '+', 1),
      updated_at: slots.now,
      first_response_at: eb.fn.coalesce('first_response_at', slots.respondedAt),
    }))
    .where('id', '=', slots.ticketId)
    .returning('waiting_on')
    .compile(),
);

/**
 * Adds an entry. The ticket, unless resolved or closed, then waits on staff (after a client's mail, not an automatic one) or
 * on the client (after a public comment); who waited already keeps their time. The first public comment is the first response.
 */
export async function addEntry(db: Database, entry: NewEntry, now: Timestamp): Promise<{ id: number }> {
  const added = await addFirstEntry(db, entry, now);
  await noteEntry(db, entry, now);
  return added;
}

/** Adds the entry that a ticket was made with: the ticket is as it should be. */
export async function addFirstEntry(db: Database, entry: NewEntry, now: Timestamp): Promise<{ id: number }> {
  const id = await insertEntry(db, {
    ticket_id: entry.ticketId,
    type: entry.type,
    agent_id: entry.agentId,
    author_name: entry.author.name,
    author_email: entry.author.email,
    message_id: entry.messageId,
    automatic: entry.automatic ? 1 : 0,
    verified: entry.verified === null ? null : Number(entry.verified),
    raw_message_id: entry.rawMessageId,
    created_at: now,
    subject: entry.subject,
    signature: entry.signature,
    body: entry.body,
    full_body: entry.fullBody,
  });
  await insertAttachments(db, id, entry.attachments);
  return { id };
}

async function insertAttachments(
  db: Database,
  entryId: number,
  attachments: readonly MessageAttachment[],
): Promise<void> {
  for (const [position, attachment] of attachments.entries()) {
    await insertAttachment(db, { entry_id: entryId, ...attachmentRow(attachment, position) });
  }
}

/** The columns of an attachment that come from the message. */
export function attachmentRow(attachment: MessageAttachment, position: number) {
  return {
    position,
    filename: attachment.filename,
    content_type: attachment.contentType,
    size: attachment.size,
    sha256: attachment.sha256,
    content_id: attachment.contentId,
    inline: attachment.inline ? 1 : 0,
    signature: attachment.signature ? 1 : 0,
  };
}

async function noteEntry(db: Database, entry: NewEntry, now: Timestamp): Promise<void> {
  const owed = owesNextWord(entry);
  const respondedAt = entry.type === 'comment' ? now : null;
  const { waiting_on: before } = await countEntry.one(db, { ticketId: entry.ticketId, now, respondedAt });
  if (owed === null || before === null || before === owed) return;
  await db.updateTable('ticket').set(waiting(owed, now)).where('id', '=', entry.ticketId).execute();
}

function owesNextWord(entry: NewEntry): 'staff' | 'client' | null {
  if (entry.type === 'comment') return 'client';
  return entry.type === 'email' && !entry.automatic ? 'staff' : null;
}

/** Throws RefusedError where there is no such entry. */
export async function getEntry(db: Database, entryId: number): Promise<StoredEntry> {
  const [entry] = await readEntries(db, 'entry.id', entryId);
  if (!entry) throw new RefusedError(`There is no entry ${entryId}.`);
  return entry;
}

/** All entries of a ticket, oldest first. */
export async function listEntries(db: Database, ticketId: number): Promise<StoredEntry[]> {
  return readEntries(db, 'entry.ticket_id', ticketId);
}

/** The newest entry that is not internal; undefined where there is none. */
export async function findLastPublicEntry(db: Database, ticketId: number): Promise<StoredEntry | undefined> {
  const newest = await db
    .selectFrom('entry')
    .select('id')
    .where('ticket_id', '=', ticketId)
    .where('type', '!=', 'note')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return newest && getEntry(db, newest.id);
}

/** All attachments of a ticket, oldest first. */
export async function listAttachments(db: Database, ticketId: number): Promise<StoredAttachment[]> {
  return readAttachments(db, 'entry.ticket_id', ticketId);
}

type EntryKey = 'entry.id' | 'entry.ticket_id';

async function readEntries(db: Database, key: EntryKey, value: number): Promise<StoredEntry[]> {
  const rows = await readRows<Selectable<EntryTable> & { login: string | null }>(
    db,
    `select entry.*, agent.login from entry left join agent on agent.id = entry.agent_id
    where ${key} = ? order by entry.id`,
    [value],
  );
  const attachments = groupBy(await readAttachments(db, key, value), (attachment) => attachment.entryId);
  const deliveries = groupBy(await readDeliveries(db, key, value), (delivery) => delivery.entryId);
  return rows.map((row) => ({
    ...toEntry(row),
    author: { name: row.author_name, email: row.author_email, login: row.login },
    attachments: (attachments.get(row.id) ?? []).map(toAttachmentInfo),
    deliveries: (deliveries.get(row.id) ?? []).map(({ delivery }) => delivery),
  }));
}

async function readAttachments(db: Database, key: EntryKey, value: number): Promise<StoredAttachment[]> {
  const rows = await readRows<Selectable<AttachmentTable> & { raw_message_id: number | null }>(
    db,
    `select attachment.*, entry.raw_message_id from attachment join entry on entry.id = attachment.entry_id
    where ${key} = ? order by attachment.entry_id, attachment.position`,
    [value],
  );
  return rows.map((row) => ({
    id: row.id,
    entryId: row.entry_id,
    position: row.position,
    filename: row.filename,
    contentType: row.content_type,
    size: row.size,
    sha256: row.sha256,
    contentId: row.content_id,
    inline: row.inline === 1,
    signature: row.signature === 1,
    rawMessageId: row.raw_message_id,
  }));
}

async function readDeliveries(
  db: Database,
  key: EntryKey,
  value: number,
): Promise<Array<{ entryId: number; delivery: Delivery }>> {
  const rows = await readRows<Selectable<DeliveryTable> & { entry_id: number }>(
    db,
    `select delivery.*, entry.id as entry_id
    from delivery join outbox on outbox.id = delivery.outbox_id join entry on entry.id = outbox.entry_id
    where ${key} = ? order by delivery.id`,
    [value],
  );
  return rows.map((row) => ({
    entryId: row.entry_id,
    delivery: {
      to: row.recipient,
      // To a reader of the ticket, on its way is not there yet.
      state: row.state === 'sending' ? 'queued' : row.state,
      attempts: row.attempts,
      error: row.error,
      at: row.updated_at,
    },
  }));
}

function toEntry(row: Selectable<EntryTable>): Omit<StoredEntry, 'author' | 'attachments' | 'deliveries'> {
  return {
    id: row.id,
    ticketId: row.ticket_id,
    rawMessageId: row.raw_message_id,
    type: row.type,
    body: row.body,
    fullBody: row.full_body,
    signature: row.signature,
    subject: row.subject,
    messageId: row.message_id === null ? null : `<${row.message_id}>`,
    automatic: row.automatic === 1,
    verified: row.verified === null ? null : row.verified === 1,
    createdAt: row.created_at,
  };
}

function toAttachmentInfo(attachment: StoredAttachment): AttachmentInfo {
  const { id, filename, contentType, size, sha256, inline, signature } = attachment;
  return { id, filename, contentType, size, sha256, inline, signature };
}

function groupBy<T>(items: readonly T[], key: (item: T) => number): Map<number, T[]> {
  const groups = new Map<number, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return groups;
}
