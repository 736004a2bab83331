// A mail as an entry of a ticket, and the people that it names.

import type { Config } from '../config/config.ts';
import type { InboundMessage, MailAddress, MessageText } from '../domain/message.ts';
import { isSupportAddress } from '../domain/plus-address.ts';
import type { EntryType, Person } from '../domain/ticket.ts';
import type { Database } from '../store/database.ts';
import { addReference } from '../store/messages.ts';
import { markRepeatedImages } from '../store/signature-images.ts';
import { addEntry, addFirstEntry } from '../store/tickets.ts';
import type { Understood } from './understand.ts';

/** A message on its way to becoming an entry. */
export interface MailWork {
  reading: Understood;
  rawMessageId: number;
  /** DMARC of its sender. */
  verified: boolean | null;
  /** Those of the msg-ids that the message names that were known before it. */
  known: ReadonlySet<string>;
}

export interface EntryWriter {
  type: EntryType;
  author: Person;
  agentId: number | null;
}

/** What of the mail the entry holds, where that is not the mail itself. */
export interface EntryContent {
  text: MessageText;
  subject: string;
  messageId: string | null;
  automatic: boolean;
  verified: boolean | null;
}

export interface MailEntry {
  ticketId: number;
  writer: EntryWriter;
  now: Date;
  /** Default: the mail's own. */
  content?: EntryContent | undefined;
  /** The ticket was made with it. */
  first?: boolean;
}

/** Adds the entry with the attachments and the msg-ids of the mail; gives its id. */
export async function addMailEntry(
  trx: Database,
  work: MailWork,
  { ticketId, writer, now, content = contentOf(work), first = false }: MailEntry,
): Promise<number> {
  const { message } = work.reading;
  const { text, subject, messageId, automatic, verified } = content;
  const add = first ? addFirstEntry : addEntry;
  const entry = await add(
    trx,
    {
      ...writer,
      ...text,
      ticketId,
      subject,
      messageId,
      automatic,
      verified,
      rawMessageId: work.rawMessageId,
      attachments: message.attachments,
    },
    now.toISOString(),
  );
  if (message.attachments.some(({ inline }) => inline)) await markRepeatedImages(trx, entry.id, writer.author.email);
  for (const id of messageIdsOf(work, content)) {
    const reference = {
      messageId: id,
      ticketId,
      entryId: entry.id,
      kind: 'theirs' as const,
      sentTo: [],
      mailKind: null,
    };
    await addReference(trx, reference);
  }
  return entry.id;
}

function contentOf({ reading, verified }: MailWork): EntryContent {
  const { message, text, classification } = reading;
  const { subject, messageId } = message;
  return { text, subject, messageId, automatic: classification.automatic, verified };
}

/** The msg-ids by which the ticket is known because of this mail. */
export function messageIdsOf({ reading, known }: MailWork, { messageId }: Pick<EntryContent, 'messageId'>): string[] {
  return [...new Set([...(messageId === null ? [] : [messageId]), ...referencesOf(reading.message, known)])];
}

/** Parents remembered of one mail at most. */
const maxParents = 10;

/**
 * The msg-ids by which later mails may name this one: its own, and the parents that never came to us, as when two mails
 * answer one that was sent to others only, or when a reply overtakes the mail that it answers.
 */
function referencesOf(message: InboundMessage, known: ReadonlySet<string>): string[] {
  const parents = [...message.inReplyTo, ...message.references.toReversed()].filter((id) => !known.has(id));
  return [...(message.messageId ? [message.messageId] : []), ...parents.slice(0, maxParents)];
}

/** People to be known by the ticket: not us. At most 200, whatever the mail says. */
export function strangersAmong(addresses: MailAddress[], config: Config): Person[] {
  const support = config.mailboxes.map(({ address }) => address);
  const people = new Map<string, Person>();
  for (const address of addresses.slice(0, 200)) {
    const person = personOf(address);
    if (!isSupportAddress(person.email, support)) people.set(person.email, person);
  }
  return [...people.values()];
}

export function personOf({ name, address }: MailAddress): Person {
  return { name, email: address.toLowerCase() };
}
