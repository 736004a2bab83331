// What the rules of intake and of outgoing mail ask of a ticket.

import { type Selectable, sql } from 'kysely';
import {
  type Category,
  type Participant,
  type Person,
  type Priority,
  priorities,
  type Status,
} from '../domain/ticket.ts';
import { RefusedError } from '../errors.ts';
import type { StoredAgent } from './agents.ts';
import type { Database } from './database.ts';
import { listParticipants } from './participants.ts';
import type { TicketTable } from './schema.ts';
import { statement } from './statement.ts';

/** What the rules of intake and of outgoing mail need to know of a ticket, without its texts. */
export interface TicketFacts {
  id: number;
  number: string;
  status: Status;
  priority: Priority;
  category: Category;
  subject: string;
  language: string;
  mailbox: string;
  requester: Person;
  /** Who is to be told; null also where that agent was removed, who still stands on the ticket. */
  assignee: StoredAgent | null;
  /** Without angle brackets, as are all ids here. */
  referenceId: string;
  participants: Participant[];
  /** Of the client's last mail that has one, those of people before those of machines. */
  lastClientMessageId: string | null;
  /** msg-ids on the ticket that clients may see, oldest first: of a long one the first 10 and the newest 90. */
  references: string[];
}

type TicketRow = Selectable<TicketTable> & { [Column in 'login' | 'name' | 'email']: string | null };

const selectTicket = statement<{ id: number }, TicketRow>((db, { id }) =>
  db
    .selectFrom('ticket')
    .leftJoin('agent', (join) => join.onRef('agent.id', '=', 'ticket.assignee_id').on('agent.removed_at', 'is', null))
    .selectAll('ticket')
    .select(['agent.login', 'agent.name', 'agent.email'])
    .where('ticket.id', '=', id)
    .compile(),
);

/** Throws RefusedError where there is no such ticket. */
export async function getTicketFacts(db: Database, id: number): Promise<TicketFacts> {
  const row = await selectTicket.first(db, { id });
  if (!row) throw new RefusedError('There is no such ticket.');
  const { assignee_id: agentId, login, name, email } = row;
  return {
    id,
    number: row.number,
    status: row.status,
    priority: priorities[row.priority_rank] ?? 'medium',
    category: row.category,
    subject: row.subject,
    language: row.language,
    mailbox: row.mailbox,
    requester: { name: row.requester_name, email: row.requester_email },
    assignee: agentId === null || login === null ? null : { id: agentId, login, name: name ?? '', email: email ?? '' },
    referenceId: row.reference_id,
    participants: await listParticipants(db, id),
    lastClientMessageId: await findLastClientMessageId(db, id),
    references: await listMessageIds(db, id),
  };
}

const lastClientMessageId = statement<{ ticketId: number }, { message_id: string | null }>((db, { ticketId }) =>
  db
    .selectFrom('entry')
    .select('message_id')
    .where('ticket_id', '=', ticketId)
    .where('type', '=', 'email')
    .where('message_id', 'is not', null)
    .orderBy('automatic')
    .orderBy('id', 'desc')
    .limit(sql.lit(1))
    .compile(),
);

async function findLastClientMessageId(db: Database, ticketId: number): Promise<string | null> {
  return (await lastClientMessageId.first(db, { ticketId }))?.message_id ?? null;
}

type MessageIdRow = { id: number; message_id: string };

function selectMessageIds(order: 'asc' | 'desc', limit: number) {
  return statement<{ ticketId: number }, MessageIdRow>((db, { ticketId }) =>
    db
      .selectFrom('reference')
      .select(['id', 'message_id'])
      .where('ticket_id', '=', ticketId)
      // Not those of mail to agents: whoever answers one of these speaks as that agent, so no client may come to know them.
      .where((eb) => eb.or([eb('mail_kind', 'is', null), eb('mail_kind', 'in', ['auto-reply', 'comment'])]))
      .orderBy('id', order)
      .limit(sql.lit(limit))
      .compile(),
  );
}

const newestIds = selectMessageIds('desc', 90);
const oldestIds = selectMessageIds('asc', 10);

async function listMessageIds(db: Database, ticketId: number): Promise<string[]> {
  const newest = await newestIds.all(db, { ticketId });
  const oldest = newest.length < 90 ? [] : await oldestIds.all(db, { ticketId });
  const all = new Map([...oldest, ...newest.reverse()].map((row) => [row.id, row.message_id]));
  return [...new Set(all.values())];
}
