// A ticket as `tkt export` writes it and `tkt import` reads it: the JSON of `show`, and under `stored` what else is kept of it.

import type { DeliveryState, Participant, Person, Ticket, TicketEvent, Timestamp } from '../domain/ticket.ts';
import type { PackedMessage } from './pack.ts';
import type { IntakeOutcome, MailKind } from './schema.ts';

/** Of what is derived (`overdue`, `entryCount`, the deliveries of an entry) only the export speaks. */
export interface ExportedTicket extends Omit<Ticket, 'overdue' | 'entryCount' | 'assignee'> {
  assignee: string | null;
  year: number;
  seq: number;
  entries: ExportedEntry[];
  participants: ExportedParticipant[];
  mentioned: Person[];
  events: TicketEvent[];
  /** The msg-id that every mail of the ticket refers to, without angle brackets; null for one to be made. */
  referenceId: string | null;
  /** Number of a ticket that it may have to do with. */
  relatedTo: string | null;
  /** The agents that the ticket or its entries name. */
  agents: ExportedAgent[];
  /** The msg-ids by which mail finds the ticket, without angle brackets. `entry` is the id of one of its entries. */
  references: ExportedReference[];
  /** What went out, or waits to. */
  mails: ExportedMail[];
  /** The ledger of what came in. */
  intake: ExportedIntake[];
  /** The raw messages that entries, mails and ledger name by the hash of their bytes. */
  messages: PackedMessage[];
}

export interface ExportedParticipant extends Participant {
  addedAt: Timestamp;
}

export interface ExportedAgent extends Person {
  login: string;
  createdAt: Timestamp;
  removedAt: Timestamp | null;
}

export interface ExportedEntry {
  id: number | null;
  type: 'email' | 'comment' | 'note';
  author: Person & { login: string | null };
  body: string;
  fullBody: string;
  signature: string | null;
  subject: string;
  /** Without angle brackets. */
  messageId: string | null;
  automatic: boolean;
  verified: boolean | null;
  createdAt: Timestamp;
  /** The hash of its raw message; null where there is none. */
  message: string | null;
  attachments: ExportedAttachment[];
}

export interface ExportedAttachment {
  id: number | null;
  filename: string;
  contentType: string;
  size: number;
  sha256: string;
  inline: boolean;
  signature: boolean;
  contentId: string | null;
}

export interface ExportedReference {
  messageId: string;
  entry: number | null;
  kind: 'ours' | 'theirs';
  sentTo: string | null;
  mailKind: MailKind | null;
}

export interface ExportedMail {
  entry: number | null;
  kind: MailKind;
  messageId: string;
  mailbox: string;
  envelopeFrom: string;
  subject: string;
  message: string;
  automatic: boolean;
  createdAt: Timestamp;
  deliveries: ExportedDelivery[];
}

export interface ExportedDelivery {
  to: string;
  state: DeliveryState;
  attempts: number;
  nextAttemptAt: Timestamp | null;
  error: string | null;
  at: Timestamp;
  droppedAt: Timestamp | null;
  unreachable: boolean;
}

export interface ExportedIntake {
  sha256: string;
  mailbox: string;
  messageId: string | null;
  sender: string;
  subject: string;
  /** Bytes. */
  size: number;
  outcome: IntakeOutcome;
  reason: string | null;
  entry: number | null;
  message: string | null;
  receivedAt: Timestamp;
  decidedAt: Timestamp;
  locations: ExportedLocation[];
}

export interface ExportedLocation {
  mailbox: string;
  folder: string;
  uidValidity: number;
  uid: number;
  marked: boolean;
}
