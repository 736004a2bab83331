// The row types of every table, in the words of the database. They stay inside src/store: each function there turns rows
// into values of the domain. Times are ISO text in UTC with milliseconds; booleans are 0 and 1.

import type { Generated } from 'kysely';
import type { Category, DeliveryState, EntryType, EventType, Participant, Status } from '../domain/ticket.ts';
import type { Encoding } from './pack.ts';

/** How many migrations there are; here, so that opening a current database does not load them. */
export const schemaVersion = 1;

/** What a mail of ours is for. */
export type MailKind = 'auto-reply' | 'comment' | 'assignment' | 'client-replied';

/** What became of a message that came in. */
export type IntakeOutcome = 'ticket' | 'comment' | 'bounce' | 'ignored' | 'quarantined' | 'dropped';

export interface AgentTable {
  id: Generated<number>;
  login: string;
  name: string;
  email: string;
  created_at: string;
  /** Set when the agent left: the row stays for the entries they wrote. */
  removed_at: string | null;
}

export interface TicketTable {
  id: Generated<number>;
  number: string;
  year: number;
  seq: number;
  subject: string;
  status: Status;
  /** Index into `priorities`: 0 low … 3 urgent. */
  priority_rank: number;
  category: Category;
  requester_name: string;
  requester_email: string;
  assignee_id: number | null;
  language: string;
  mailbox: string;
  waiting_on: 'staff' | 'client' | null;
  /** 0 waits on staff, 1 on the client, 2 on nobody: the first key of the default order. */
  waiting_rank: number;
  waiting_since: string | null;
  created_at: string;
  updated_at: string;
  first_response_at: string | null;
  resolved_at: string | null;
  closed_at: string | null;
  due_at: string | null;
  merged_into_id: number | null;
  entry_count: number;
  /** The constant msg-id in References of every mail of the ticket, without angle brackets. */
  reference_id: string;
  related_to_id: number | null;
}

export interface EntryTable {
  id: Generated<number>;
  ticket_id: number;
  type: EntryType;
  agent_id: number | null;
  author_name: string;
  author_email: string;
  /** Without angle brackets. */
  message_id: string | null;
  automatic: number;
  verified: number | null;
  raw_message_id: number | null;
  created_at: string;
  subject: string;
  signature: string | null;
  body: string;
  full_body: string;
}

export interface RawMessageTable {
  id: Generated<number>;
  sha256: string;
  size: number;
  encoding: Encoding;
  created_at: string;
  bytes: Uint8Array;
}

export interface AttachmentTable {
  id: Generated<number>;
  entry_id: number;
  /** Which attachment of the raw message it is, from 0. */
  position: number;
  filename: string;
  content_type: string;
  size: number;
  sha256: string;
  content_id: string | null;
  inline: number;
  /** 1: a logo or the like of its sender's signature. */
  signature: number;
}

export interface ReferenceTable {
  id: Generated<number>;
  message_id: string;
  ticket_id: number;
  entry_id: number | null;
  kind: 'ours' | 'theirs';
  /** Recipients of a mail of ours, comma-separated. */
  sent_to: string | null;
  mail_kind: MailKind | null;
}

export interface OutboxTable {
  id: Generated<number>;
  ticket_id: number;
  entry_id: number | null;
  kind: MailKind;
  message_id: string;
  mailbox: string;
  /** '' is the null reverse-path. */
  envelope_from: string;
  subject: string;
  raw_message_id: number;
  automatic: number;
  created_at: string;
}

export interface DeliveryTable {
  id: Generated<number>;
  outbox_id: number;
  recipient: string;
  state: DeliveryState;
  attempts: number;
  next_attempt_at: string | null;
  error: string | null;
  updated_at: string;
  /** Staff gave it up: no longer listed, no longer sent. */
  dropped_at: string | null;
  /** 1: it bounced for good, and nobody has written from that address since. */
  unreachable: Generated<number>;
}

export interface IntakeTable {
  id: Generated<number>;
  sha256: string;
  mailbox: string;
  message_id: string | null;
  /** Address of the sender, '' where the message had none. */
  sender: string;
  subject: string;
  size: number;
  outcome: IntakeOutcome;
  reason: string | null;
  ticket_id: number | null;
  entry_id: number | null;
  raw_message_id: number | null;
  received_at: string;
  decided_at: string;
}

export interface IntakeLocationTable {
  mailbox: string;
  folder: string;
  uidvalidity: number;
  uid: number;
  /** null: listed by a sweep that did not get to it. */
  intake_id: number | null;
  /** 1 once the server was told (\Seen, moved or deleted). */
  seen_marked: number;
}

export interface CursorTable {
  mailbox: string;
  folder: string;
  uidvalidity: number;
  highest_uid: number;
  first_sweep_at: string;
  last_sweep_at: string;
}

export interface Schema {
  agent: AgentTable;
  ticket: TicketTable;
  ticket_counter: { year: number; last: number };
  ticket_tag: { ticket_id: number; name: string };
  participant: {
    id: Generated<number>;
    ticket_id: number;
    email: string;
    name: string;
    role: Participant['role'];
    added_at: string;
  };
  mentioned: { ticket_id: number; email: string; name: string };
  event: {
    id: Generated<number>;
    ticket_id: number;
    type: EventType;
    from_value: string | null;
    to_value: string | null;
    by: string;
    at: string;
  };
  raw_message: RawMessageTable;
  entry: EntryTable;
  attachment: AttachmentTable;
  reference: ReferenceTable;
  outbox: OutboxTable;
  delivery: DeliveryTable;
  intake: IntakeTable;
  intake_location: IntakeLocationTable;
  cursor: CursorTable;
  run: { name: string; pid: number; since: string };
  meta: { key: string; value: string };
}
