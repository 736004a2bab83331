// Tickets: made, found, read. What changes one is in ticket-changes.ts and entries.ts, lists are in list.ts.

import type { Selectable } from 'kysely';
import {
  type Category,
  type Person,
  type Priority,
  priorities,
  priorityRank,
  type Ticket,
  type TicketDetails,
  type TicketEvent,
  type Timestamp,
} from '../domain/ticket.ts';
import type { TicketRef } from '../domain/ticket-ref.ts';
import { RefusedError } from '../errors.ts';
import { inChunks, waiting } from './conditions.ts';
import type { Database } from './database.ts';
import { listEntries, type StoredEntry } from './entries.ts';
import { insertParticipants, listMentioned, listParticipants } from './participants.ts';
import { readRows } from './read-rows.ts';
import type { Schema, TicketTable } from './schema.ts';
import { insertion, statement } from './statement.ts';
import { addEvent } from './ticket-changes.ts';

export { addEntry, addFirstEntry, listEntries, type NewEntry, type StoredEntry } from './entries.ts';
export { addMentioned, addParticipant, listParticipants } from './participants.ts';
export {
  addEvent,
  addTag,
  assign,
  removeTag,
  setCategory,
  setPriority,
  setStatus,
} from './ticket-changes.ts';
export { getTicketFacts, type TicketFacts } from './ticket-facts.ts';

export interface NewTicket {
  /** Of the number: `TKT`. */
  prefix: string;
  subject: string;
  priority: Priority;
  category: Category;
  requester: Person;
  /** They take part from the start (role `cc`). */
  cc: readonly Person[];
  language: string;
  mailbox: string;
  /** The constant msg-id in References of every mail of the ticket, without angle brackets. */
  referenceId: string;
  /** Its first entry follows, by addFirstEntry: it is counted already. */
  withEntry?: boolean;
  /** Who owes the first word. */
  waitingOn: 'staff' | 'client';
  /** Id of a ticket that this one may have to do with: named to staff by an event. */
  relatedTo?: number;
  /** A login, an address, or `tkt`. */
  by: string;
}

const insertTicket = insertion('ticket', [
  ...(['number', 'year', 'seq', 'subject', 'status', 'priority_rank', 'category', 'requester_name'] as const),
  ...(['requester_email', 'language', 'mailbox', 'waiting_on', 'waiting_rank', 'waiting_since'] as const),
  ...(['created_at', 'updated_at', 'entry_count', 'reference_id', 'related_to_id'] as const),
]);
const nextNumber = statement<{ year: number }, { last: number }>((db, { year }) =>
  db
    .insertInto('ticket_counter')
    .values({ year, last: 1 })
    .onConflict((conflict) =>
      conflict.column('year').doUpdateSet((eb) => ({ last: eb('ticket_counter.last', '+', 1) })),
    )
    .returning('last')
    .compile(),
);

/** Makes a ticket, open, with the next number of the year (UTC) of `now`. Call in a transaction: a number is given once. */
export async function createTicket(
  db: Database,
  ticket: NewTicket,
  now: Timestamp,
): Promise<{ id: number; number: string }> {
  const year = new Date(now).getUTCFullYear();
  const { last: seq } = await nextNumber.one(db, { year });
  const number = `${ticket.prefix}-${year}-${String(seq).padStart(5, '0')}`;
  const id = await insertTicket(db, {
    number,
    year,
    seq,
    subject: ticket.subject,
    status: 'open',
    priority_rank: priorityRank(ticket.priority),
    category: ticket.category,
    requester_name: ticket.requester.name,
    requester_email: ticket.requester.email,
    language: ticket.language,
    mailbox: ticket.mailbox,
    ...waiting(ticket.waitingOn, now),
    created_at: now,
    updated_at: now,
    entry_count: ticket.withEntry ? 1 : 0,
    reference_id: ticket.referenceId,
    related_to_id: ticket.relatedTo ?? null,
  });
  await insertParticipants(db, id, ticket.requester, ticket.cc, now);
  await insertFirstEvents(db, id, number, ticket, now);
  return { id, number };
}

async function insertFirstEvents(
  db: Database,
  ticketId: number,
  number: string,
  ticket: NewTicket,
  now: Timestamp,
): Promise<void> {
  await addEvent(db, ticketId, { type: 'created', from: null, to: number, by: ticket.by, at: now });
  if (ticket.relatedTo === undefined) return;
  const related = await db
    .selectFrom('ticket')
    .select('number')
    .where('id', '=', ticket.relatedTo)
    .executeTakeFirstOrThrow();
  await addEvent(db, ticketId, { type: 'related', from: null, to: related.number, by: ticket.by, at: now });
}

export interface TicketKey {
  id: number;
  number: string;
}

/** The ticket that a reference names; the numbers it could be, newest first, where several years have that last part. */
export async function findTicketId(
  db: Database,
  ref: TicketRef,
): Promise<TicketKey | { ambiguous: string[] } | undefined> {
  const [first, ...others] = await readRows<TicketKey>(
    db,
    'select id, number from ticket where seq = ? and year = coalesce(?, year) order by year desc',
    [ref.seq, ref.year ?? null],
  );
  if (first && others.length > 0) return { ambiguous: [first, ...others].map((row) => row.number) };
  return first;
}

/** Throws RefusedError where there is no such ticket. `now` tells whether it is overdue. */
export async function getTicket(db: Database, id: number, now: Timestamp): Promise<Ticket> {
  const [ticket] = await readTickets(db, [id], now);
  if (!ticket) throw new RefusedError('There is no such ticket.');
  return ticket;
}

/** The tickets with these ids, in their order; those that do not exist are left out. Entries are not read. */
export async function readTickets(db: Database, ids: readonly number[], now: Timestamp): Promise<Ticket[]> {
  const tickets: Ticket[] = [];
  for (const chunk of inChunks(ids)) {
    const rows = await readRows<TicketRow>(db, selectTickets, [JSON.stringify(chunk)]);
    const byId = new Map(rows.map((row) => [row.id, toTicket(row, now)]));
    await fillTags(db, byId);
    for (const id of chunk) {
      const ticket = byId.get(id);
      if (ticket) tickets.push(ticket);
    }
  }
  return tickets;
}

const selectTickets = `
  select ticket.*, agent.login, agent.name, agent.email, target.number as merged_into
  from ticket
  left join agent on agent.id = ticket.assignee_id
  left join ticket as target on target.id = ticket.merged_into_id
  where ticket.id in (select value from json_each(?))`;

const selectTags = `
  select ticket_id, name from ticket_tag
  where ticket_id in (select value from json_each(?)) order by ticket_id, name`;

async function fillTags(db: Database, tickets: Map<number, Ticket>): Promise<void> {
  const ids = JSON.stringify([...tickets.keys()]);
  for (const row of await readRows<Schema['ticket_tag']>(db, selectTags, [ids])) {
    tickets.get(row.ticket_id)?.tags.push(row.name);
  }
}

type TicketRow = Selectable<TicketTable> & {
  login: string | null;
  name: string | null;
  email: string | null;
  merged_into: string | null;
};

function toTicket(row: TicketRow, now: Timestamp): Ticket {
  const { login, name, email } = row;
  return {
    number: row.number,
    subject: row.subject,
    status: row.status,
    priority: priorities[row.priority_rank] ?? 'medium',
    category: row.category,
    requester: { name: row.requester_name, email: row.requester_email },
    assignee: login === null ? null : { login, name: name ?? '', email: email ?? '' },
    tags: [],
    language: row.language,
    mailbox: row.mailbox,
    waitingOn: row.waiting_on,
    waitingSince: row.waiting_since,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    firstResponseAt: row.first_response_at,
    resolvedAt: row.resolved_at,
    closedAt: row.closed_at,
    dueAt: row.due_at,
    overdue: row.due_at !== null && row.due_at < now && row.waiting_on !== null,
    mergedInto: row.merged_into,
    entryCount: row.entry_count,
  };
}

/** A ticket with all that `show` prints; entries carry the ids that `show --raw` needs. */
export interface StoredTicketDetails extends TicketDetails {
  entries: StoredEntry[];
}

/** Throws RefusedError where there is no such ticket. */
export async function getTicketDetails(db: Database, id: number, now: Timestamp): Promise<StoredTicketDetails> {
  const ticket = await getTicket(db, id, now);
  return {
    ...ticket,
    entries: await listEntries(db, id),
    participants: await listParticipants(db, id),
    mentioned: await listMentioned(db, id),
    events: await listEvents(db, id),
  };
}

/** Oldest first. */
export async function listEvents(db: Database, ticketId: number): Promise<TicketEvent[]> {
  const text = 'select type, from_value as "from", to_value as "to", by, at from event where ticket_id = ? order by id';
  return readRows(db, text, [ticketId]);
}
