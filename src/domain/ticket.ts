// What a ticket is: the closed sets of its fields and the values that commands print.
// These shapes are the JSON of CONTRACT §2 and so part of what users rely on; ids of rows are the store's business.

export const statuses = ['open', 'pending', 'resolved', 'closed'] as const;
export type Status = (typeof statuses)[number];

/** Lowest first; the index is the rank that lists sort by. */
export const priorities = ['low', 'medium', 'high', 'urgent'] as const;
export type Priority = (typeof priorities)[number];

export const categories = ['support', 'bug', 'feature', 'billing', 'general'] as const;
export type Category = (typeof categories)[number];

/** Times are ISO 8601 in UTC with milliseconds, `2026-11-22T08:41:07.123Z`, so that they sort as text. */
export type Timestamp = string;

/** Somebody by mail. `name` is '' when the header gave none; `email` is a bare addr-spec, domain in lower case. */
export interface Person {
  name: string;
  email: string;
}

/** Somebody of the staff. */
export interface Agent extends Person {
  login: string;
}

export interface Ticket {
  number: string;
  subject: string;
  status: Status;
  priority: Priority;
  category: Category;
  requester: Person;
  assignee: Agent | null;
  tags: string[];
  /** The language that the client is written to, a primary subtag of RFC 5646 (`en`). */
  language: string;
  /** The name of the support mailbox that it came through. */
  mailbox: string;
  /** Who owes the next word; null once resolved or closed. */
  waitingOn: 'staff' | 'client' | null;
  waitingSince: Timestamp | null;
  createdAt: Timestamp;
  updatedAt: Timestamp;
  firstResponseAt: Timestamp | null;
  resolvedAt: Timestamp | null;
  closedAt: Timestamp | null;
  dueAt: Timestamp | null;
  overdue: boolean;
  /** Number of the ticket that this one was merged into. */
  mergedInto: string | null;
  entryCount: number;
}

/** `email`: from a client. `comment`: by staff, public. `note`: by staff, internal. */
export type EntryType = 'email' | 'comment' | 'note';

export interface AttachmentInfo {
  id: number;
  /** Safe to show and to write: no path separators, no control characters, never empty. */
  filename: string;
  contentType: string;
  /** Bytes after decoding. */
  size: number;
  /** Lower-case hex. */
  sha256: string;
  /** Shown in the text rather than offered as a file. */
  inline: boolean;
  /** A logo or the like of its sender's signature, not something that they sent. */
  signature: boolean;
}

export type DeliveryState = 'queued' | 'sending' | 'sent' | 'failed' | 'bounced';

/** What became of one copy of an outgoing message, for one recipient. */
export interface Delivery {
  to: string;
  state: DeliveryState;
  attempts: number;
  error: string | null;
  /** When it last changed state. */
  at: Timestamp;
}

export interface Entry {
  id: number;
  type: EntryType;
  author: { name: string; email: string; login: string | null };
  /** Visible text: no quoted history, no signature. */
  body: string;
  /** All of the text. */
  fullBody: string;
  signature: string | null;
  subject: string;
  /** With angle brackets, as in the header field; null where the mail had none. */
  messageId: string | null;
  /** Made by a machine (RFC 3834). */
  automatic: boolean;
  /** DMARC by a trusted Authentication-Results field; null when nothing is known. */
  verified: boolean | null;
  attachments: AttachmentInfo[];
  deliveries: Delivery[];
  createdAt: Timestamp;
}

/** `from` and `to` are field values as text; null where there was or is none. `by` is a login, an address, or `tkt`. */
export interface TicketEvent {
  type: EventType;
  from: string | null;
  to: string | null;
  by: string;
  at: Timestamp;
}

export type EventType =
  | 'created'
  | 'status-changed'
  | 'priority-changed'
  | 'category-changed'
  | 'assigned'
  | 'tag-added'
  | 'tag-removed'
  | 'participant-added'
  | 'delivery-failed'
  | 'delivery-bounced'
  | 'delivery-delayed'
  /** The mail that opened the ticket names several senders, or one that is not plain. */
  | 'sender-unclear'
  | 'related';

/** `role` tells why they hear of the ticket (CONTRACT §5.5). */
export interface Participant extends Person {
  role: 'requester' | 'cc' | 'added';
}

/** One ticket with all that `show` prints. */
export interface TicketDetails extends Ticket {
  entries: Entry[];
  participants: Participant[];
  /** People Cc'd on later mails: they take no part until staff adds them. */
  mentioned: Person[];
  events: TicketEvent[];
}

/** The rank by which lists sort, 0 for low to 3 for urgent. */
export function priorityRank(priority: Priority): number {
  return priorities.indexOf(priority);
}
