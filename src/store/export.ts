// Tickets with everything that is stored of them, as JSON that SQLite itself puts together: for `tkt export`. With a million
// tickets, rows made into objects and objects into text would take most of the time.

import { type Database, prepare } from './database.ts';
import { listTicketIds, type TicketFilter } from './list.ts';
import { type Encoding, unpackBytes } from './pack.ts';

/** A ticket as it is exported (exported.ts says what is in it). */
export interface ExportRecord {
  number: string;
  /** Of an ExportedTicket, but without the member `messages` of `stored`, which is the last: `…,"intake":[]}}`. */
  json: string;
  /** Hash and row of each raw message that it names. They are read one by one, as they may be large. */
  messages: Array<{ sha256: string; id: number }>;
}

/** A raw message that came from or went to a client. */
export interface ExportedMail {
  id: number;
  /** The address for the envelope line of an mbox; '' where there is none. */
  from: string;
  at: string;
}

const flag = (condition: string) => `json(iif(${condition}, 'true', 'false'))`;
const list = (value: string, rest: string) => `(select json_group_array(${value}) from ${rest})`;

const attachments = list(
  `json_object('id', a.id, 'filename', a.filename, 'contentType', a.content_type, 'size', a.size, 'sha256', a.sha256,
    'inline', ${flag('a.inline')}, 'signature', ${flag('a.signature')}, 'contentId', a.content_id) order by a.position`,
  'attachment a where a.entry_id = e.id',
);

// To a reader of the ticket, what is on its way is not there yet.
const deliveries = list(
  `json_object('to', d.recipient, 'state', iif(d.state = 'sending', 'queued', d.state), 'attempts', d.attempts,
    'error', d.error, 'at', d.updated_at) order by d.id`,
  'outbox o join delivery d on d.outbox_id = o.id where o.entry_id = e.id',
);

const entries = list(
  `json_object('id', e.id, 'type', e.type,
    'author', json_object('name', e.author_name, 'email', e.author_email,
      'login', (select login from agent where agent.id = e.agent_id)),
    'body', e.body, 'fullBody', e.full_body, 'signature', e.signature, 'subject', e.subject,
    'messageId', '<' || e.message_id || '>', 'automatic', ${flag('e.automatic')},
    'verified', iif(e.verified is null, null, ${flag('e.verified')}),
    'attachments', ${attachments}, 'deliveries', ${deliveries}, 'createdAt', e.created_at,
    'message', (select sha256 from raw_message r where r.id = e.raw_message_id)) order by e.id`,
  'entry e where e.ticket_id = t.id',
);

const participants = list(
  `json_object('name', p.name, 'email', p.email, 'role', p.role, 'addedAt', p.added_at) order by p.id`,
  'participant p where p.ticket_id = t.id',
);

const mentioned = list(
  `json_object('name', m.name, 'email', m.email) order by m.email`,
  'mentioned m where m.ticket_id = t.id',
);

const events = list(
  `json_object('type', v.type, 'from', v.from_value, 'to', v.to_value, 'by', v.by, 'at', v.at) order by v.id`,
  'event v where v.ticket_id = t.id',
);

const agents = list(
  `json_object('login', g.login, 'name', g.name, 'email', g.email, 'createdAt', g.created_at, 'removedAt', g.removed_at)
    order by g.id`,
  `agent g where g.id in (select agent_id from entry e where e.ticket_id = t.id union select t.assignee_id)`,
);

const references = list(
  `json_object('messageId', f.message_id, 'entry', f.entry_id, 'kind', f.kind, 'sentTo', f.sent_to,
    'mailKind', f.mail_kind) order by f.id`,
  'reference f where f.ticket_id = t.id',
);

const mailDeliveries = list(
  `json_object('to', d.recipient, 'state', d.state, 'attempts', d.attempts, 'nextAttemptAt', d.next_attempt_at,
    'error', d.error, 'at', d.updated_at, 'droppedAt', d.dropped_at, 'unreachable', ${flag('d.unreachable')})
    order by d.id`,
  'delivery d where d.outbox_id = o.id',
);

const mails = list(
  `json_object('entry', o.entry_id, 'kind', o.kind, 'messageId', o.message_id, 'mailbox', o.mailbox,
    'envelopeFrom', o.envelope_from, 'subject', o.subject, 'message', r.sha256, 'automatic', ${flag('o.automatic')},
    'createdAt', o.created_at, 'deliveries', ${mailDeliveries}) order by o.id`,
  'outbox o join raw_message r on r.id = o.raw_message_id where o.ticket_id = t.id',
);

const locations = list(
  `json_object('mailbox', l.mailbox, 'folder', l.folder, 'uidValidity', l.uidvalidity, 'uid', l.uid,
    'marked', ${flag('l.seen_marked')}) order by l.mailbox, l.folder, l.uidvalidity, l.uid`,
  'intake_location l where l.intake_id = i.id',
);

const intake = list(
  `json_object('sha256', i.sha256, 'mailbox', i.mailbox, 'messageId', i.message_id, 'sender', i.sender,
    'subject', i.subject, 'size', i.size, 'outcome', i.outcome, 'reason', i.reason, 'entry', i.entry_id,
    'message', (select sha256 from raw_message r where r.id = i.raw_message_id),
    'receivedAt', i.received_at, 'decidedAt', i.decided_at, 'locations', ${locations}) order by i.id`,
  'intake i where i.ticket_id = t.id',
);

// JSON objects of SQLite have the order in which their members are given.
const ticket = `json_object(
  'number', t.number, 'subject', t.subject, 'status', t.status,
  'priority', case t.priority_rank when 0 then 'low' when 1 then 'medium' when 2 then 'high' else 'urgent' end,
  'category', t.category, 'requester', json_object('name', t.requester_name, 'email', t.requester_email),
  'assignee', (select json_object('login', login, 'name', name, 'email', email) from agent where id = t.assignee_id),
  'tags', ${list('g.name order by g.name', 'ticket_tag g where g.ticket_id = t.id')},
  'language', t.language, 'mailbox', t.mailbox, 'waitingOn', t.waiting_on, 'waitingSince', t.waiting_since,
  'createdAt', t.created_at, 'updatedAt', t.updated_at, 'firstResponseAt', t.first_response_at,
  'resolvedAt', t.resolved_at, 'closedAt', t.closed_at, 'dueAt', t.due_at,
  'overdue', ${flag('t.due_at is not null and t.due_at < ? and t.waiting_on is not null')},
  'mergedInto', (select number from ticket x where x.id = t.merged_into_id), 'entryCount', t.entry_count,
  'entries', ${entries}, 'participants', ${participants}, 'mentioned', ${mentioned}, 'events', ${events},
  'stored', json_object('referenceId', t.reference_id,
    'relatedTo', (select number from ticket x where x.id = t.related_to_id),
    'agents', ${agents}, 'references', ${references}, 'mails', ${mails}, 'intake', ${intake}))`;

const messages = `(select json_group_array(json_object('sha256', r.sha256, 'id', r.id) order by r.sha256) from raw_message r
  where r.id in (
    select raw_message_id from entry e where e.ticket_id = t.id
    union select raw_message_id from outbox o where o.ticket_id = t.id
    union select raw_message_id from intake i where i.ticket_id = t.id))`;

const exportQuery = `select t.number as number, ${ticket} as json, ${messages} as messages
  from json_each(?) as wanted cross join ticket t on t.id = wanted.value`;

/** The tickets that the filter takes, in the order in which they came. Memory holds their row ids, and a hundred of them. */
export function* exportTickets(db: Database, filter: TicketFilter): Generator<ExportRecord> {
  const statement = prepare(db, exportQuery);
  for (const ids of listTicketIds(db, filter, 100)) {
    const rows = statement.all([filter.now, JSON.stringify(ids)]) as Array<
      Record<'number' | 'json' | 'messages', string>
    >;
    for (const { number, json, messages: named } of rows) yield { number, json, messages: JSON.parse(named) };
  }
}

// What went to staff is about the ticket, not part of it.
const mailQuery = `select id, sender as "from", at from (
    select e.raw_message_id as id, e.author_email as sender, e.created_at as at, 0 as rank, e.id as position
      from json_each(?) as wanted cross join entry e on e.ticket_id = wanted.value
      where e.raw_message_id is not null and e.type = 'email'
    union all
    select o.raw_message_id, o.envelope_from, o.created_at, 1, o.id
      from json_each(?) as wanted cross join outbox o on o.ticket_id = wanted.value
      where o.kind in ('comment', 'auto-reply'))
  order by at, rank, position`;

/** The mails of each of these tickets, ticket by ticket, oldest first. */
export function* exportMails(db: Database, filter: TicketFilter): Generator<ExportedMail> {
  const statement = prepare(db, mailQuery);
  for (const ids of listTicketIds(db, filter, 100)) {
    for (const id of ids) yield* statement.all([`[${id}]`, `[${id}]`]) as ExportedMail[];
  }
}

/** The true bytes of a raw message. */
export function readRawBytes(db: Database, id: number): Buffer {
  const rows = prepare(db, 'select encoding, bytes from raw_message where id = ?').all([id]);
  const [row] = rows as Array<{ encoding: Encoding; bytes: Buffer }>;
  if (!row) throw new Error(`raw message ${id} is missing`);
  return unpackBytes(row);
}
