// Gathers what the rules need to know of the store and the configuration about one message. Reads only.

import type { Config } from '../config/config.ts';
import { readDmarc } from '../domain/authentication.ts';
import type { DecisionFacts, DecisionPolicy } from '../domain/decide.ts';
import { type InboundMessage, soleAuthor } from '../domain/message.ts';
import { type Audience, findPlusAddress } from '../domain/plus-address.ts';
import type { KnownReference, TicketRef } from '../domain/thread.ts';
import type { Agent } from '../domain/ticket.ts';
import { findAgentByEmail } from '../store/agents.ts';
import type { Database } from '../store/database.ts';
import { findReferences } from '../store/messages.ts';
import { findTicketId, listParticipants } from '../store/tickets.ts';
import { findTicketNumbers } from '../text/subject.ts';
import type { OwnIdentity, Understood } from './understand.ts';

/** References that are looked up at most: a hostile References field has thousands. */
const maxReferences = 50;

/** Our own addresses, lower case: every support address, what we send from, and what we log in as. */
export function ownIdentity(config: Config, instance: string): OwnIdentity {
  const addresses = new Set<string>();
  for (const { address, smtp, imap } of config.mailboxes) {
    addresses.add(address.toLowerCase());
    if (smtp) addresses.add(smtp.from.toLowerCase());
    if (imap?.auth?.username.includes('@')) addresses.add(imap.auth.username.toLowerCase());
  }
  return { addresses: [...addresses], instance };
}

export function decisionPolicy(config: Config, asTicket: boolean): DecisionPolicy {
  return {
    strangers: config.strangers,
    automaticMail: config.automaticMail,
    forwardedByAgent: config.forwardedByAgent,
    maxMessageBytes: config.limits.maxMessageBytes,
    asTicket,
  };
}

export interface FactSources {
  db: Database;
  config: Config;
  plusSecret: string;
}

/** The facts of CONTRACT §5 for one message. */
export async function gatherFacts(sources: FactSources, understood: Understood): Promise<DecisionFacts> {
  const { db, config } = sources;
  const { message } = understood;
  const sender = soleSender(message);
  const references = await knownReferences(db, [...message.inReplyTo, ...message.references.toReversed()]);
  const [sameMessageId = null] = await knownReferences(db, message.messageId === null ? [] : [message.messageId]);
  const subjectTickets = await ticketsInSubject(db, message.subject);
  const agent: Agent | null = sender === null ? null : ((await findAgentByEmail(db, sender)) ?? null);
  const named = new Set([...references, ...subjectTickets].map(({ ticketId }) => ticketId));
  const participants = new Map<number, Set<string>>();
  for (const ticketId of named) {
    const people = await listParticipants(db, ticketId);
    participants.set(ticketId, new Set(people.map(({ email }) => email)));
  }
  return {
    sender,
    verified: readDmarc(message, config.trustedAuthservId),
    agent,
    plusAddress: config.plusAddressing ? await signedRecipient(sources, message) : null,
    references,
    subjectTickets,
    participants,
    classification: understood.classification,
    bounce: understood.bounce,
    response: understood.response,
    original: understood.original,
    sameMessageId,
  };
}

/** The one From address in lower case, or null. */
export function soleSender(message: InboundMessage): string | null {
  return soleAuthor(message)?.address.toLowerCase() ?? null;
}

async function knownReferences(db: Database, messageIds: readonly string[]): Promise<KnownReference[]> {
  const ids = [...new Set(messageIds)].slice(0, maxReferences);
  if (ids.length === 0) return [];
  const found = await findReferences(db, ids);
  return ids.flatMap((id) =>
    found
      .filter(({ messageId }) => messageId === id)
      .map(({ ticketNumber, ...reference }) => ({ ...reference, number: ticketNumber })),
  );
}

/** Numbers that are looked up at most: a hostile subject has a hundred. */
const maxNumbers = 20;

async function ticketsInSubject(db: Database, subject: string): Promise<TicketRef[]> {
  const tickets: TicketRef[] = [];
  for (const { prefix, year, seq } of findTicketNumbers(subject).slice(0, maxNumbers)) {
    const found = await findTicketId(db, { year, seq });
    if (found && 'id' in found && found.number.startsWith(`${prefix}-`))
      tickets.push({ ticketId: found.id, number: found.number });
  }
  return tickets;
}

// Where a mail server writes the address that it really delivered to, before the header fields of the sender.
const recipientFields = new Set(['delivered-to', 'x-original-to', 'envelope-to', 'x-envelope-to']);

async function signedRecipient(
  { db, config, plusSecret }: FactSources,
  message: InboundMessage,
): Promise<(TicketRef & { audience: Audience }) | null> {
  const delivered = message.headers.filter(({ name }) => recipientFields.has(name)).map(({ value }) => value.trim());
  const recipients = [...delivered, ...[...message.to, ...message.cc].map(({ address }) => address)];
  const sender = soleSender(message);
  const agent = sender === null ? undefined : await findAgentByEmail(db, sender);
  const found = findPlusAddress(
    recipients,
    config.mailboxes.map(({ address }) => address),
    plusSecret,
    agent ? ['client', `agent:${agent.login}`] : ['client'],
  );
  if (!found) return null;
  const [ticket] = await ticketsInSubject(db, found.number);
  return ticket ? { ...ticket, audience: found.audience } : null;
}
