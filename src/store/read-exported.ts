// Reads a ticket of an export, that of another program too.

import {
  categories,
  type DeliveryState,
  type Person,
  priorities,
  statuses,
  type TicketEvent,
  type Timestamp,
} from '../domain/ticket.ts';
import { RefusedError } from '../errors.ts';
import type {
  ExportedAgent,
  ExportedEntry,
  ExportedIntake,
  ExportedMail,
  ExportedReference,
  ExportedTicket,
} from './exported.ts';
import type { JsonReader } from './json-reader.ts';
import { type PackedMessage, packMessage } from './pack.ts';
import type { IntakeOutcome, MailKind } from './schema.ts';

const mailKinds: readonly MailKind[] = ['auto-reply', 'comment', 'assignment', 'client-replied'];
const outcomes: readonly IntakeOutcome[] = ['ticket', 'comment', 'bounce', 'ignored', 'quarantined', 'dropped'];
const states: readonly DeliveryState[] = ['queued', 'sending', 'sent', 'failed', 'bounced'];

/**
 * Checks a ticket and completes it: `number`, `subject` and `requester.email` must be there, and the time of its making;
 * anything else has a value that a new ticket would have. Throws RefusedError that names what is wrong.
 */
export function readTicket(json: JsonReader): ExportedTicket {
  const number = json.text('number');
  const [, year, seq] = /^[A-Z][A-Z0-9]{0,15}-(\d{4})-(\d{1,9})$/.exec(number) ?? [];
  if (year === undefined || seq === undefined) throw new RefusedError('number: expected one such as TKT-2026-00042');
  const createdAt = json.time('createdAt');
  const status = json.choice('status', statuses, 'open');
  const finished = status === 'resolved' || status === 'closed';
  const requester = readPerson(json.object('requester') ?? json);
  const assignee = json.object('assignee');
  const stored = json.object('stored');
  const entries = json.list('entries').map((entry) => readEntry(entry, createdAt));
  const participants = json.list('participants').map((person) => ({
    ...readPerson(person),
    role: person.choice('role', ['requester', 'cc', 'added'], 'added'),
    addedAt: person.time('addedAt', createdAt),
  }));
  const messages = [...(stored?.textMap('messages') ?? [])].map(readMessage);
  const mails = stored?.list('mails').map(readMail) ?? [];
  const there = new Set(messages.map(({ sha256 }) => sha256));
  for (const { message, messageId } of mails) {
    if (there.has(message)) continue;
    throw new RefusedError(`stored.mails: ${messageId} names a message that is not there`);
  }
  return {
    number,
    year: Number(year),
    seq: Number(seq),
    subject: json.text('subject'),
    status,
    priority: json.choice('priority', priorities, 'medium'),
    category: json.choice('category', categories, 'support'),
    requester,
    assignee: assignee?.text('login') ?? null,
    tags: json.texts('tags'),
    language: json.text('language', 'en'),
    mailbox: json.text('mailbox', 'default'),
    waitingOn: finished ? null : json.choice('waitingOn', ['staff', 'client'], 'staff'),
    waitingSince: finished ? null : json.time('waitingSince', createdAt),
    createdAt,
    updatedAt: json.time('updatedAt', createdAt),
    firstResponseAt: json.timeOrNull('firstResponseAt'),
    resolvedAt: json.timeOrNull('resolvedAt'),
    closedAt: json.timeOrNull('closedAt'),
    dueAt: json.timeOrNull('dueAt'),
    mergedInto: json.textOrNull('mergedInto'),
    entries,
    participants: participants.length > 0 ? participants : [{ ...requester, role: 'requester', addedAt: createdAt }],
    mentioned: json.list('mentioned').map(readPerson),
    events: json.list('events').map((event) => ({
      // The word of another version is kept as it is.
      type: event.text('type') as TicketEvent['type'],
      from: event.textOrNull('from'),
      to: event.textOrNull('to'),
      by: event.text('by', 'tkt'),
      at: event.time('at', createdAt),
    })),
    referenceId: stored?.textOrNull('referenceId') ?? null,
    relatedTo: stored?.textOrNull('relatedTo') ?? null,
    agents: readAgents(stored, assignee, entries, createdAt),
    references: stored?.list('references').map(readReference) ?? entries.flatMap(referencesOf),
    mails,
    intake: stored?.list('intake').map(readIntake) ?? [],
    messages,
  };
}

/** It must be what its hash says: the ledger would take it for another. */
function readMessage([sha256, text]: [string, string]): PackedMessage {
  const message = packMessage(Buffer.from(text, 'base64'));
  if (message.sha256 === sha256) return message;
  throw new RefusedError(`stored.messages.${sha256}: its bytes have the hash ${message.sha256}`);
}

function readPerson(json: JsonReader): Person {
  return { name: json.text('name', ''), email: json.text('email') };
}

/** Where there is no list of them, as `show` has none: those who are named. */
function readAgents(
  stored: JsonReader | null,
  assignee: JsonReader | null,
  entries: readonly ExportedEntry[],
  createdAt: Timestamp,
): ExportedAgent[] {
  if (stored) {
    return stored.list('agents').map((agent) => ({
      login: agent.text('login'),
      ...readPerson(agent),
      createdAt: agent.time('createdAt', createdAt),
      removedAt: agent.timeOrNull('removedAt'),
    }));
  }
  const named = assignee ? [{ login: assignee.text('login'), ...readPerson(assignee) }] : [];
  for (const { author } of entries) if (author.login !== null) named.push({ ...author, login: author.login });
  return named.map(({ login, name, email }) => ({ login, name, email, createdAt, removedAt: null }));
}

function readEntry(json: JsonReader, createdAt: Timestamp): ExportedEntry {
  const author = json.object('author');
  const body = json.text('body', '');
  return {
    id: json.countOrNull('id'),
    type: json.choice('type', ['email', 'comment', 'note'], 'email'),
    author: {
      name: author?.text('name', '') ?? '',
      email: author?.text('email', '') ?? '',
      login: author?.textOrNull('login') ?? null,
    },
    body,
    fullBody: json.text('fullBody', body),
    signature: json.textOrNull('signature'),
    subject: json.text('subject', ''),
    messageId: json.textOrNull('messageId')?.replace(/^<|>$/g, '') ?? null,
    automatic: json.flagOrNull('automatic') ?? false,
    verified: json.flagOrNull('verified'),
    createdAt: json.time('createdAt', createdAt),
    message: json.textOrNull('message'),
    attachments: json.list('attachments').map((attachment) => ({
      id: attachment.countOrNull('id'),
      filename: attachment.text('filename'),
      contentType: attachment.text('contentType', 'application/octet-stream'),
      size: attachment.countOrNull('size') ?? 0,
      sha256: attachment.text('sha256', ''),
      inline: attachment.flagOrNull('inline') ?? false,
      signature: attachment.flagOrNull('signature') ?? false,
      contentId: attachment.textOrNull('contentId'),
    })),
  };
}

/** A mail that a client answers names the msg-id of the entry, by which the answer finds the ticket. */
function referencesOf({ id, type, messageId }: ExportedEntry): ExportedReference[] {
  if (messageId === null || type === 'note') return [];
  return [{ messageId, entry: id, kind: 'theirs', sentTo: null, mailKind: null }];
}

function readReference(json: JsonReader): ExportedReference {
  const mailKind = json.textOrNull('mailKind');
  return {
    messageId: json.text('messageId'),
    entry: json.countOrNull('entry'),
    kind: json.choice('kind', ['ours', 'theirs']),
    sentTo: json.textOrNull('sentTo'),
    mailKind: mailKind === null ? null : json.choice('mailKind', mailKinds),
  };
}

function readMail(json: JsonReader): ExportedMail {
  return {
    entry: json.countOrNull('entry'),
    kind: json.choice('kind', mailKinds),
    messageId: json.text('messageId'),
    mailbox: json.text('mailbox'),
    envelopeFrom: json.text('envelopeFrom'),
    subject: json.text('subject'),
    message: json.text('message'),
    automatic: json.flagOrNull('automatic') ?? false,
    createdAt: json.time('createdAt'),
    deliveries: json.list('deliveries').map((delivery) => ({
      to: delivery.text('to'),
      state: delivery.choice('state', states),
      attempts: delivery.countOrNull('attempts') ?? 0,
      nextAttemptAt: delivery.timeOrNull('nextAttemptAt'),
      error: delivery.textOrNull('error'),
      at: delivery.time('at'),
      droppedAt: delivery.timeOrNull('droppedAt'),
      unreachable: delivery.flagOrNull('unreachable') ?? false,
    })),
  };
}

function readIntake(json: JsonReader): ExportedIntake {
  return {
    sha256: json.text('sha256'),
    mailbox: json.text('mailbox'),
    messageId: json.textOrNull('messageId'),
    sender: json.text('sender'),
    subject: json.text('subject'),
    size: json.countOrNull('size') ?? 0,
    outcome: json.choice('outcome', outcomes),
    reason: json.textOrNull('reason'),
    entry: json.countOrNull('entry'),
    message: json.textOrNull('message'),
    receivedAt: json.time('receivedAt'),
    decidedAt: json.time('decidedAt'),
    locations: json.list('locations').map((location) => ({
      mailbox: location.text('mailbox'),
      folder: location.text('folder'),
      uidValidity: location.countOrNull('uidValidity') ?? 0,
      uid: location.countOrNull('uid') ?? 0,
      marked: location.flagOrNull('marked') ?? true,
    })),
  };
}
