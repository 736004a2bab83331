// The first schema. Times are ISO text in UTC with milliseconds, booleans 0 and 1, msg-ids without angle brackets.
// Tables and indexes are plain SQL; the full-text part at the end is SQLite's own (FTS5).

import { randomBytes } from 'node:crypto';
import { type Kysely, sql } from 'kysely';

/** As IN with more than two values, for which SQLite makes a table of them whenever a row is written. */
function oneOf(column: string, values: string[]): string {
  return values.map((value) => `${column} = '${value}'`).join(' or ');
}

const tables = [
  `create table meta (key text primary key, value text not null)`,
  `create table run (name text primary key, pid integer not null, since text not null)`,

  `create table agent (
    id integer primary key,
    login text not null unique,
    name text not null,
    email text not null,
    created_at text not null,
    removed_at text
  )`,
  `create unique index agent_email on agent (lower(email)) where removed_at is null`,

  `create table ticket_counter (year integer primary key, last integer not null)`,

  // What is resolved or closed waits on nobody: lists of unfinished tickets ask for waiting_rank < 2 and so read one range
  // of an index that is in the default order already. It is no generated column: SQLite would not read that from the index.
  `create table ticket (
    id integer primary key,
    number text not null,
    year integer not null,
    seq integer not null,
    subject text not null,
    status text not null check (${oneOf('status', ['open', 'pending', 'resolved', 'closed'])}),
    priority_rank integer not null check (priority_rank between 0 and 3),
    category text not null,
    requester_name text not null,
    requester_email text not null,
    assignee_id integer references agent (id),
    language text not null,
    mailbox text not null,
    waiting_on text check (waiting_on in ('staff', 'client')),
    waiting_rank integer not null,
    waiting_since text,
    created_at text not null,
    updated_at text not null,
    first_response_at text,
    resolved_at text,
    closed_at text,
    due_at text,
    merged_into_id integer references ticket (id),
    entry_count integer not null default 0,
    reference_id text not null,
    related_to_id integer references ticket (id),
    check (waiting_rank = case waiting_on when 'staff' then 0 when 'client' then 1 else 2 end),
    check ((status in ('open', 'pending')) = (waiting_on is not null)),
    check ((waiting_on is null) = (waiting_since is null))
  )`,
  // The number is its prefix, and these two.
  `create unique index ticket_seq on ticket (seq, year)`,
  // Behind each the row id. What src/store/list-filter.ts looks up:
  `create index ticket_order on ticket (waiting_rank, priority_rank desc, waiting_since)`,
  `create index ticket_status on ticket (status, waiting_rank, priority_rank desc, waiting_since)`,
  `create index ticket_assignee on ticket (assignee_id, waiting_rank, priority_rank desc, waiting_since)`,
  `create index ticket_category on ticket (category, waiting_rank, priority_rank desc, waiting_since)`,
  `create index ticket_priority on ticket (priority_rank, waiting_rank, waiting_since)`,
  `create index ticket_created on ticket (status, created_at)`,
  `create index ticket_updated on ticket (status, updated_at)`,
  `create index ticket_requester on ticket (lower(requester_email), waiting_rank)`,
  `create index ticket_due on ticket (due_at, waiting_rank) where due_at is not null`,
  // And besides, what src/store/list-order.ts sorts by. A new ticket is in few of the partial ones.
  `create index ticket_number on ticket (status, year, seq)`,
  `create index ticket_subject on ticket (subject, waiting_rank)`,
  `create index ticket_entries on ticket (entry_count, waiting_rank)`,
  `create index ticket_language on ticket (language, status)`,
  `create index ticket_mailbox on ticket (mailbox, status)`,
  `create index ticket_waiting on ticket (waiting_since, waiting_rank) where waiting_since is not null`,
  `create index ticket_response on ticket (first_response_at, waiting_rank) where first_response_at is not null`,
  `create index ticket_resolved on ticket (resolved_at, waiting_rank) where resolved_at is not null`,
  `create index ticket_closed on ticket (closed_at, waiting_rank) where closed_at is not null`,

  // To count a million tickets takes a tenth of a second.
  `create table ticket_count (status text primary key, tickets integer not null) without rowid`,
  `create trigger ticket_count_insert after insert on ticket begin
    insert into ticket_count (status, tickets) values (new.status, 1)
      on conflict do update set tickets = tickets + 1;
  end`,
  `create trigger ticket_count_update after update of status on ticket begin
    update ticket_count set tickets = tickets - 1 where status = old.status;
    insert into ticket_count (status, tickets) values (new.status, 1)
      on conflict do update set tickets = tickets + 1;
  end`,
  `create trigger ticket_count_delete after delete on ticket begin
    update ticket_count set tickets = tickets - 1 where status = old.status;
  end`,

  `create table ticket_tag (
    ticket_id integer not null references ticket (id),
    name text not null,
    primary key (ticket_id, name)
  )`,
  `create index ticket_tag_name on ticket_tag (name, ticket_id)`,

  `create table participant (
    id integer primary key,
    ticket_id integer not null references ticket (id),
    email text not null,
    name text not null,
    role text not null check (${oneOf('role', ['requester', 'cc', 'added'])}),
    added_at text not null,
    unique (ticket_id, email)
  )`,
  `create table mentioned (
    ticket_id integer not null references ticket (id),
    email text not null,
    name text not null,
    primary key (ticket_id, email)
  )`,
  `create table event (
    id integer primary key,
    ticket_id integer not null references ticket (id),
    type text not null,
    from_value text,
    to_value text,
    by text not null,
    at text not null
  )`,
  `create index event_ticket on event (ticket_id, id)`,

  // The ledger knows every message that came by its hash, so that nothing has to look for one here.
  `create table raw_message (
    id integer primary key,
    sha256 text not null,
    size integer not null,
    encoding text not null check (encoding in ('identity', 'brotli')),
    created_at text not null,
    bytes blob not null
  )`,

  // The long columns come last, so that reading the others does not walk through their overflow pages.
  `create table entry (
    id integer primary key,
    ticket_id integer not null references ticket (id),
    type text not null check (${oneOf('type', ['email', 'comment', 'note'])}),
    agent_id integer references agent (id),
    author_name text not null,
    author_email text not null,
    message_id text,
    automatic integer not null,
    verified integer,
    raw_message_id integer references raw_message (id),
    created_at text not null,
    subject text not null,
    signature text,
    body text not null,
    full_body text not null
  )`,
  `create index entry_ticket on entry (ticket_id, id)`,

  `create table attachment (
    id integer primary key,
    entry_id integer not null references entry (id),
    position integer not null,
    filename text not null,
    content_type text not null,
    size integer not null,
    sha256 text not null,
    content_id text,
    inline integer not null,
    signature integer not null,
    unique (entry_id, position)
  )`,

  `create index attachment_inline on attachment (sha256) where inline = 1`,

  `create table reference (
    id integer primary key,
    message_id text not null,
    ticket_id integer not null references ticket (id),
    entry_id integer references entry (id),
    kind text not null check (kind in ('ours', 'theirs')),
    sent_to text,
    mail_kind text
  )`,
  `create index reference_message on reference (message_id)`,
  `create index reference_ticket on reference (ticket_id, id)`,

  `create table outbox (
    id integer primary key,
    ticket_id integer not null references ticket (id),
    entry_id integer references entry (id),
    kind text not null,
    message_id text not null unique,
    mailbox text not null,
    envelope_from text not null,
    subject text not null,
    raw_message_id integer not null references raw_message (id),
    automatic integer not null,
    created_at text not null
  )`,
  `create index outbox_entry on outbox (entry_id)`,
  `create index outbox_ticket on outbox (ticket_id)`,

  `create table delivery (
    id integer primary key,
    outbox_id integer not null references outbox (id),
    recipient text not null,
    state text not null check (${oneOf('state', ['queued', 'sending', 'sent', 'failed', 'bounced'])}),
    attempts integer not null default 0,
    next_attempt_at text,
    error text,
    updated_at text not null,
    dropped_at text,
    unreachable integer not null default 0,
    unique (outbox_id, recipient)
  )`,
  `create index delivery_due on delivery (state, next_attempt_at)`,
  `create index delivery_recipient on delivery (lower(recipient))`,
  `create index delivery_unreachable on delivery (lower(recipient)) where unreachable = 1`,

  `create table intake (
    id integer primary key,
    sha256 text not null unique,
    mailbox text not null,
    message_id text,
    sender text not null,
    subject text not null,
    size integer not null,
    outcome text not null
      check (${oneOf('outcome', ['ticket', 'comment', 'bounce', 'ignored', 'quarantined', 'dropped'])}),
    reason text,
    ticket_id integer references ticket (id),
    entry_id integer references entry (id),
    raw_message_id integer references raw_message (id),
    received_at text not null,
    decided_at text not null
  )`,
  `create index intake_ticket on intake (ticket_id) where ticket_id is not null`,
  `create index intake_quarantined on intake (id) where outcome = 'quarantined'`,

  // A place without an intake row was listed by a sweep that did not get to it: the next one takes it, read or not.
  `create table intake_location (
    mailbox text not null,
    folder text not null,
    uidvalidity integer not null,
    uid integer not null,
    intake_id integer references intake (id),
    seen_marked integer not null default 0,
    primary key (mailbox, folder, uidvalidity, uid)
  )`,
  `create index intake_location_intake on intake_location (intake_id) where intake_id is not null`,
  `create index intake_location_unmarked on intake_location (mailbox, folder, uidvalidity, uid) where seen_marked = 0`,

  `create table cursor (
    mailbox text not null,
    folder text not null,
    uidvalidity integer not null,
    highest_uid integer not null,
    first_sweep_at text not null,
    last_sweep_at text not null,
    primary key (mailbox, folder)
  )`,
];

/**
 * A full-text index without a copy of the text, kept in step with its table by triggers: but for rows that the transaction
 * itself is going to index, all at once (src/store/search-index.ts).
 */
function searchIndex(table: string, columns: string[]): string[] {
  const list = columns.join(', ');
  const isIndexed = (row: 'old' | 'new') =>
    `not exists (select 1 from search_later where name = '${table}' and ${row}.id > after_id)`;
  const values = (row: 'old' | 'new') => columns.map((column) => `${row}.${column}`).join(', ');
  const name = `${table}_search`;
  const add = `insert into ${name} (rowid, ${list}) values (new.id, ${values('new')});`;
  const remove = `insert into ${name} (${name}, rowid, ${list}) values ('delete', old.id, ${values('old')});`;
  return [
    `create virtual table ${name} using fts5 (
      ${list}, content='${table}', content_rowid='id', tokenize='unicode61 remove_diacritics 2'
    )`,
    `create trigger ${name}_insert after insert on ${table} when ${isIndexed('new')} begin ${add} end`,
    `create trigger ${name}_delete after delete on ${table} when ${isIndexed('old')} begin ${remove} end`,
    `create trigger ${name}_update after update of ${list} on ${table} when ${isIndexed('old')}
      begin ${remove} ${add} end`,
  ];
}

const search = [
  // Rows above these ids are indexed at the end of the transaction, which leaves nothing in here.
  `create table search_later (name text primary key, after_id integer not null) without rowid`,
  ...searchIndex('ticket', ['number', 'subject']),
  ...searchIndex('participant', ['name', 'email']),
  ...searchIndex('entry', ['subject', 'body', 'signature', 'author_name', 'author_email']),
];

export async function up(db: Kysely<unknown>, now: string): Promise<void> {
  for (const statement of [...tables, ...search]) await sql.raw(statement).execute(db);
  const values = [
    ['created-at', now],
    // Marks our own mail, so that two instances that answer each other notice.
    ['instance', randomBytes(16).toString('hex')],
    // Signs plus-addresses.
    ['plus-secret', randomBytes(32).toString('hex')],
  ];
  for (const [key, value] of values) await sql`insert into meta (key, value) values (${key}, ${value})`.execute(db);
}
