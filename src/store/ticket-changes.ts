// What changes a ticket and leaves an event: each function writes both, or nothing where the value is that already.

import type { Updateable } from 'kysely';
import {
  type Category,
  type EventType,
  type Priority,
  priorities,
  priorityRank,
  type Status,
  type TicketEvent,
  type Timestamp,
} from '../domain/ticket.ts';
import { RefusedError } from '../errors.ts';
import { waiting } from './conditions.ts';
import type { Database } from './database.ts';
import type { TicketTable } from './schema.ts';
import { insertion } from './statement.ts';

/**
 * False when nothing changed. Entering resolved or closed sets that time, and nobody owes a word; leaving both clears the
 * times, and staff owes the next word.
 */
export async function setStatus(
  db: Database,
  ticketId: number,
  status: Status,
  by: string,
  now: Timestamp,
): Promise<boolean> {
  const ticket = await getRow(db, ticketId);
  if (ticket.status === status) return false;
  const finished = status === 'resolved' || status === 'closed';
  const reopened = !finished && ticket.waiting_on === null;
  await change(db, ticketId, now, {
    status,
    resolved_at: status === 'resolved' ? now : finished ? ticket.resolved_at : null,
    closed_at: status === 'closed' ? now : null,
    ...(finished && waiting(null, now)),
    ...(reopened && waiting('staff', now)),
  });
  await addEvent(db, ticketId, { type: 'status-changed', from: ticket.status, to: status, by, at: now });
  return true;
}

/** False when nothing changed. */
export async function setPriority(
  db: Database,
  ticketId: number,
  priority: Priority,
  by: string,
  now: Timestamp,
): Promise<boolean> {
  const before = priorities[(await getRow(db, ticketId)).priority_rank] ?? null;
  if (before === priority) return false;
  await change(db, ticketId, now, { priority_rank: priorityRank(priority) });
  await addEvent(db, ticketId, { type: 'priority-changed', from: before, to: priority, by, at: now });
  return true;
}

/** False when nothing changed. */
export async function setCategory(
  db: Database,
  ticketId: number,
  category: Category,
  by: string,
  now: Timestamp,
): Promise<boolean> {
  const { category: before } = await getRow(db, ticketId);
  if (before === category) return false;
  await change(db, ticketId, now, { category });
  await addEvent(db, ticketId, { type: 'category-changed', from: before, to: category, by, at: now });
  return true;
}

/** Gives the ticket to an agent, or to nobody with null. False when nothing changed. */
export async function assign(
  db: Database,
  ticketId: number,
  agent: { id: number; login: string } | null,
  by: string,
  now: Timestamp,
): Promise<boolean> {
  const { assignee_id: before } = await getRow(db, ticketId);
  if (before === (agent?.id ?? null)) return false;
  const previous = await db.selectFrom('agent').select('login').where('id', '=', before).executeTakeFirst();
  await change(db, ticketId, now, { assignee_id: agent?.id ?? null });
  const values = { from: previous?.login ?? null, to: agent?.login ?? null };
  await addEvent(db, ticketId, { type: 'assigned', ...values, by, at: now });
  return true;
}

/** False when the ticket has the tag. */
export async function addTag(
  db: Database,
  ticketId: number,
  tag: string,
  by: string,
  now: Timestamp,
): Promise<boolean> {
  const result = await db
    .insertInto('ticket_tag')
    .values({ ticket_id: ticketId, name: tag })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  if (!result.numInsertedOrUpdatedRows) return false;
  await addEvent(db, ticketId, { type: 'tag-added', from: null, to: tag, by, at: now });
  return true;
}

/** False when the ticket does not have the tag. */
export async function removeTag(
  db: Database,
  ticketId: number,
  tag: string,
  by: string,
  now: Timestamp,
): Promise<boolean> {
  const result = await db
    .deleteFrom('ticket_tag')
    .where('ticket_id', '=', ticketId)
    .where('name', '=', tag)
    .executeTakeFirst();
  if (result.numDeletedRows === 0n) return false;
  await addEvent(db, ticketId, { type: 'tag-removed', from: tag, to: null, by, at: now });
  return true;
}

const insertEvent = insertion('event', ['ticket_id', 'type', 'from_value', 'to_value', 'by', 'at']);

/** Writes the event; its time is the ticket's `updatedAt` from then on. */
export async function addEvent(db: Database, ticketId: number, event: TicketEvent): Promise<void> {
  const { type, from, to, by, at } = event;
  await insertEvent(db, { ticket_id: ticketId, type, from_value: from, to_value: to, by, at });
  if (type !== ('created' satisfies EventType)) await change(db, ticketId, at, {});
}

async function change(db: Database, ticketId: number, now: Timestamp, values: Updateable<TicketTable>): Promise<void> {
  await db
    .updateTable('ticket')
    .set({ ...values, updated_at: now })
    .where('id', '=', ticketId)
    .execute();
}

async function getRow(db: Database, ticketId: number) {
  const row = await db
    .selectFrom('ticket')
    .select(['status', 'priority_rank', 'category', 'assignee_id', 'waiting_on', 'resolved_at'])
    .where('id', '=', ticketId)
    .executeTakeFirst();
  if (!row) throw new RefusedError('There is no such ticket.');
  return row;
}
