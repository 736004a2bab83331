// Tickets of an export as packed values, for the thread that reads them to hand to the one that writes them.

import type { Person, TicketEvent } from '../domain/ticket.ts';
import type {
  ExportedAgent,
  ExportedAttachment,
  ExportedDelivery,
  ExportedEntry,
  ExportedIntake,
  ExportedLocation,
  ExportedMail,
  ExportedParticipant,
  ExportedReference,
  ExportedTicket,
} from './exported.ts';
import type { PackedMessage } from './pack.ts';
import { type PackedValues, Packer, type Passage, Unpacker } from './packed-values.ts';

/** Takes tickets until they are asked for. */
export class TicketPacker {
  readonly #packer = new Packer();
  #count = 0;

  add(ticket: ExportedTicket): void {
    this.#packer.part(passTicket, ticket);
    this.#count += 1;
  }

  take(): PackedTickets {
    const count = this.#count;
    this.#count = 0;
    return { count, values: this.#packer.take() };
  }

  /** Values that have been read, to use their memory again. */
  giveBack(values: PackedValues): void {
    this.#packer.giveBack(values);
  }
}

export interface PackedTickets {
  count: number;
  values: PackedValues;
}

/** One at a time, so that of the others only the packed values are in memory. */
export function* unpackTickets({ count, values }: PackedTickets): Generator<ExportedTicket> {
  const unpacker = new Unpacker(values);
  for (let at = 0; at < count; at += 1) yield unpacker.part(passTicket);
}

// One function both ways, so that they cannot differ.

function passTicket(passage: Passage, ticket: ExportedTicket | undefined): ExportedTicket {
  return {
    number: passage.text(ticket?.number),
    year: passage.number(ticket?.year),
    seq: passage.number(ticket?.seq),
    subject: passage.text(ticket?.subject),
    status: passage.text(ticket?.status),
    priority: passage.text(ticket?.priority),
    category: passage.text(ticket?.category),
    requester: passPerson(passage, ticket?.requester),
    assignee: passage.textOrNull(ticket?.assignee),
    tags: passage.list(ticket?.tags, passText),
    language: passage.text(ticket?.language),
    mailbox: passage.text(ticket?.mailbox),
    waitingOn: passage.textOrNull(ticket?.waitingOn),
    waitingSince: passage.textOrNull(ticket?.waitingSince),
    createdAt: passage.text(ticket?.createdAt),
    updatedAt: passage.text(ticket?.updatedAt),
    firstResponseAt: passage.textOrNull(ticket?.firstResponseAt),
    resolvedAt: passage.textOrNull(ticket?.resolvedAt),
    closedAt: passage.textOrNull(ticket?.closedAt),
    dueAt: passage.textOrNull(ticket?.dueAt),
    mergedInto: passage.textOrNull(ticket?.mergedInto),
    entries: passage.list(ticket?.entries, passEntry),
    participants: passage.list(ticket?.participants, passParticipant),
    mentioned: passage.list(ticket?.mentioned, passPerson),
    events: passage.list(ticket?.events, passEvent),
    referenceId: passage.textOrNull(ticket?.referenceId),
    relatedTo: passage.textOrNull(ticket?.relatedTo),
    agents: passage.list(ticket?.agents, passAgent),
    references: passage.list(ticket?.references, passReference),
    mails: passage.list(ticket?.mails, passMail),
    intake: passage.list(ticket?.intake, passIntake),
    messages: passage.list(ticket?.messages, passMessage),
  };
}

function passText(passage: Passage, text: string | undefined): string {
  return passage.text(text);
}

function passPerson(passage: Passage, person: Person | undefined): Person {
  return { name: passage.text(person?.name), email: passage.text(person?.email) };
}

function passParticipant(passage: Passage, participant: ExportedParticipant | undefined): ExportedParticipant {
  return {
    name: passage.text(participant?.name),
    email: passage.text(participant?.email),
    role: passage.text(participant?.role),
    addedAt: passage.text(participant?.addedAt),
  };
}

function passEvent(passage: Passage, event: TicketEvent | undefined): TicketEvent {
  return {
    type: passage.text(event?.type),
    from: passage.textOrNull(event?.from),
    to: passage.textOrNull(event?.to),
    by: passage.text(event?.by),
    at: passage.text(event?.at),
  };
}

function passAgent(passage: Passage, agent: ExportedAgent | undefined): ExportedAgent {
  return {
    login: passage.text(agent?.login),
    name: passage.text(agent?.name),
    email: passage.text(agent?.email),
    createdAt: passage.text(agent?.createdAt),
    removedAt: passage.textOrNull(agent?.removedAt),
  };
}

function passEntry(passage: Passage, entry: ExportedEntry | undefined): ExportedEntry {
  return {
    id: passage.numberOrNull(entry?.id),
    type: passage.text(entry?.type),
    author: passAuthor(passage, entry?.author),
    body: passage.text(entry?.body),
    fullBody: passage.text(entry?.fullBody),
    signature: passage.textOrNull(entry?.signature),
    subject: passage.text(entry?.subject),
    messageId: passage.textOrNull(entry?.messageId),
    automatic: passage.flag(entry?.automatic),
    verified: passage.flagOrNull(entry?.verified),
    createdAt: passage.text(entry?.createdAt),
    message: passage.textOrNull(entry?.message),
    attachments: passage.list(entry?.attachments, passAttachment),
  };
}

function passAuthor(passage: Passage, author: ExportedEntry['author'] | undefined): ExportedEntry['author'] {
  return {
    name: passage.text(author?.name),
    email: passage.text(author?.email),
    login: passage.textOrNull(author?.login),
  };
}

function passAttachment(passage: Passage, attachment: ExportedAttachment | undefined): ExportedAttachment {
  return {
    id: passage.numberOrNull(attachment?.id),
    filename: passage.text(attachment?.filename),
    contentType: passage.text(attachment?.contentType),
    size: passage.number(attachment?.size),
    sha256: passage.text(attachment?.sha256),
    inline: passage.flag(attachment?.inline),
    signature: passage.flag(attachment?.signature),
    contentId: passage.textOrNull(attachment?.contentId),
  };
}

function passReference(passage: Passage, reference: ExportedReference | undefined): ExportedReference {
  return {
    messageId: passage.text(reference?.messageId),
    entry: passage.numberOrNull(reference?.entry),
    kind: passage.text(reference?.kind),
    sentTo: passage.textOrNull(reference?.sentTo),
    mailKind: passage.textOrNull(reference?.mailKind),
  };
}

function passMail(passage: Passage, mail: ExportedMail | undefined): ExportedMail {
  return {
    entry: passage.numberOrNull(mail?.entry),
    kind: passage.text(mail?.kind),
    messageId: passage.text(mail?.messageId),
    mailbox: passage.text(mail?.mailbox),
    envelopeFrom: passage.text(mail?.envelopeFrom),
    subject: passage.text(mail?.subject),
    message: passage.text(mail?.message),
    automatic: passage.flag(mail?.automatic),
    createdAt: passage.text(mail?.createdAt),
    deliveries: passage.list(mail?.deliveries, passDelivery),
  };
}

function passDelivery(passage: Passage, delivery: ExportedDelivery | undefined): ExportedDelivery {
  return {
    to: passage.text(delivery?.to),
    state: passage.text(delivery?.state),
    attempts: passage.number(delivery?.attempts),
    nextAttemptAt: passage.textOrNull(delivery?.nextAttemptAt),
    error: passage.textOrNull(delivery?.error),
    at: passage.text(delivery?.at),
    droppedAt: passage.textOrNull(delivery?.droppedAt),
    unreachable: passage.flag(delivery?.unreachable),
  };
}

function passIntake(passage: Passage, line: ExportedIntake | undefined): ExportedIntake {
  return {
    sha256: passage.text(line?.sha256),
    mailbox: passage.text(line?.mailbox),
    messageId: passage.textOrNull(line?.messageId),
    sender: passage.text(line?.sender),
    subject: passage.text(line?.subject),
    size: passage.number(line?.size),
    outcome: passage.text(line?.outcome),
    reason: passage.textOrNull(line?.reason),
    entry: passage.numberOrNull(line?.entry),
    message: passage.textOrNull(line?.message),
    receivedAt: passage.text(line?.receivedAt),
    decidedAt: passage.text(line?.decidedAt),
    locations: passage.list(line?.locations, passLocation),
  };
}

function passLocation(passage: Passage, location: ExportedLocation | undefined): ExportedLocation {
  return {
    mailbox: passage.text(location?.mailbox),
    folder: passage.text(location?.folder),
    uidValidity: passage.number(location?.uidValidity),
    uid: passage.number(location?.uid),
    marked: passage.flag(location?.marked),
  };
}

function passMessage(passage: Passage, message: PackedMessage | undefined): PackedMessage {
  return {
    sha256: passage.text(message?.sha256),
    size: passage.number(message?.size),
    encoding: passage.text(message?.encoding),
    bytes: passage.bytes(message?.bytes),
  };
}
