// One message from bytes to its recorded outcome, inside the caller's transaction (CONTRACT §5; STYLE "record").
// The ledger makes it exactly-once: the same bytes, or the same place in the mailbox, are recorded one time only.

import { createHash } from 'node:crypto';
import type { Config, MailboxConfig } from '../config/config.ts';
import { type Decision, decide } from '../domain/decide.ts';
import type { InboundMessage, MailAddress } from '../domain/message.ts';
import { isSupportAddress } from '../domain/plus-address.ts';
import type { Person } from '../domain/ticket.ts';
import { findAgentByEmail } from '../store/agents.ts';
import type { Database } from '../store/database.ts';
import { addLocation, findIntakeByHash, type IntakeOutcome, recordIntake, setIntakeOutcome } from '../store/intake.ts';
import { addReference, putRawMessage } from '../store/messages.ts';
import { countAutoReplies } from '../store/outbox.ts';
import { addEntry, addEvent, addMentioned, createTicket, getTicketFacts, setStatus } from '../store/tickets.ts';
import { recordBounce } from './bounces.ts';
import { decisionPolicy, gatherFacts, soleSender } from './facts.ts';
import { type NotifyDeps, queueAgentReply, queueAutoReply, queueClientReplied } from './notify.ts';
import type { NotUnderstood, Understood } from './understand.ts';

export interface RecordDeps extends NotifyDeps {
  db: Database;
  config: Config;
  mailbox: MailboxConfig;
  plusSecret: string;
  /** Automatic replies owed since the sweep began; counted up here, against limits.autoRepliesPerSweep. */
  sweep: { autoReplies: number };
}

/** Where a message lies on the server. */
export interface Location {
  mailbox: string;
  folder: string;
  uidValidity: number;
  uid: number;
}

export interface Arrival {
  raw: Buffer;
  reading: Understood | NotUnderstood;
  /** null for a message that came on standard input. */
  location: Location | null;
  /** The ledger row of a held message that a person released, and whether past the rule that held it; null for one that comes in. */
  releases: { id: number; asTicket: boolean } | null;
}

export interface Recorded {
  outcome: IntakeOutcome;
  /** Number of the ticket that was made or joined. */
  number: string | null;
  sender: string | null;
  reasons: string[];
  /** Of the mails that it made due. */
  outboxIds: number[];
  /** Recorded before: nothing was done but to note this place. */
  duplicate: boolean;
}

/** Decides about a message and writes all that follows from it. @throws StoreError, TemporaryError */
export async function recordMessage(trx: Database, deps: RecordDeps, arrival: Arrival): Promise<Recorded> {
  const { raw, reading, location } = arrival;
  const now = deps.now().toISOString();
  const sha256 = createHash('sha256').update(raw).digest('hex');
  const known = arrival.releases === null ? await findIntakeByHash(trx, sha256) : undefined;
  if (known) {
    if (location) await addLocation(trx, location, known.id);
    return {
      outcome: known.outcome,
      number: null,
      sender: known.sender,
      reasons: ['known already'],
      outboxIds: [],
      duplicate: true,
    };
  }
  const rawMessageId = await putRawMessage(trx, raw, sha256, now);
  const result =
    'unreadable' in reading
      ? heldAs(reading.unreadable)
      : await recordUnderstood(trx, deps, reading, rawMessageId, arrival.releases?.asTicket === true);
  const outcome = {
    outcome: result.outcome,
    reason: result.reasons.join('; '),
    ticketId: result.ticketId,
    entryId: result.entryId,
  };
  if (arrival.releases !== null) {
    await setIntakeOutcome(trx, arrival.releases.id, outcome, now);
  } else {
    const intakeId = await recordIntake(
      trx,
      {
        ...outcome,
        ...ledgerFields(reading),
        sha256,
        mailbox: deps.mailbox.name,
        size: raw.length,
        rawMessageId,
        receivedAt: now,
      },
      now,
    );
    if (location) await addLocation(trx, location, intakeId);
  }
  const { number, reasons, outboxIds } = result;
  return { outcome: result.outcome, number, sender: senderOf(reading), reasons, outboxIds, duplicate: false };
}

interface Result {
  outcome: IntakeOutcome;
  number: string | null;
  ticketId: number | null;
  entryId: number | null;
  reasons: string[];
  outboxIds: number[];
}

function heldAs(...reasons: string[]): Result {
  return { outcome: 'quarantined', number: null, ticketId: null, entryId: null, reasons, outboxIds: [] };
}

async function recordUnderstood(
  trx: Database,
  deps: RecordDeps,
  reading: Understood,
  rawMessageId: number,
  asTicket: boolean,
): Promise<Result> {
  const facts = await gatherFacts({ db: trx, config: deps.config, plusSecret: deps.plusSecret }, reading);
  const decision = decide(reading.message, facts, decisionPolicy(deps.config, asTicket));
  const known = new Set(facts.references.map(({ messageId }) => messageId));
  const work = { reading, rawMessageId, verified: facts.verified, known };
  switch (decision.outcome) {
    case 'ignore':
      return { ...heldAs(...decision.reasons), outcome: 'ignored' };
    case 'quarantine':
      return heldAs(...decision.reasons);
    case 'bounce': {
      const ticket = await recordBounce(trx, decision.report, deps.now().toISOString());
      const reasons = ticket ? decision.reasons : [...decision.reasons, 'about no mail of ours that is known'];
      return { ...heldAs(...reasons), outcome: 'bounce', ticketId: ticket?.id ?? null };
    }
    case 'comment':
      return recordJoining(trx, deps, work, decision);
    case 'ticket':
      return recordTicket(trx, deps, work, decision);
  }
}

interface Work {
  reading: Understood;
  rawMessageId: number;
  verified: boolean | null;
  /** Those of the msg-ids that the message names that were known before it. */
  known: ReadonlySet<string>;
}

/** Longest subject kept on a ticket; the entry has all of it. */
const maxSubject = 1_000;
/** People Cc'd on a first mail who take part from then on; more than this is a mailing, not a conversation. */
const maxCcParticipants = 20;

async function recordTicket(
  trx: Database,
  deps: RecordDeps,
  work: Work,
  decision: Extract<Decision, { outcome: 'ticket' }>,
): Promise<Result> {
  const { message } = work.reading;
  const requester = personOf(message.from[0] ?? { name: '', address: '' });
  const now = deps.now();
  const cc = strangersAmong(message.cc, deps.config).filter(({ email }) => email !== requester.email);
  const ticket = await createTicket(
    trx,
    {
      prefix: deps.config.tickets.prefix,
      subject: message.subject.slice(0, maxSubject) || '(no subject)',
      priority: deps.config.tickets.defaultPriority,
      category: deps.mailbox.category,
      requester,
      cc: cc.slice(0, maxCcParticipants),
      language: languageOf(message),
      mailbox: deps.mailbox.name,
      referenceId: deps.newReference(deps.mailbox),
      waitingOn: 'staff',
      by: requester.email,
    },
    now.toISOString(),
  );
  const entryId = await addMailEntry(trx, work, ticket.id, { type: 'email', author: requester, agentId: null }, now);
  await addMentioned(trx, ticket.id, [...cc.slice(maxCcParticipants), ...strangersAmong(message.to, deps.config)]);
  if (decision.named) {
    const related = {
      type: 'related' as const,
      from: null,
      to: decision.named.number,
      by: 'tkt',
      at: now.toISOString(),
    };
    await addEvent(trx, ticket.id, related);
  }
  const reasons = [...decision.reasons];
  let outboxIds: number[] = [];
  if (decision.respond) {
    const limit = await replyLimit(trx, deps, requester.email);
    if (limit === null) {
      deps.sweep.autoReplies++;
      outboxIds = await queueAutoReply(trx, deps, ticket.id, { entryId });
    } else {
      reasons.push(limit);
    }
  }
  return { outcome: 'ticket', number: ticket.number, ticketId: ticket.id, entryId, reasons, outboxIds };
}

async function recordJoining(
  trx: Database,
  deps: RecordDeps,
  work: Work,
  decision: Extract<Decision, { outcome: 'comment' }>,
): Promise<Result> {
  const { message, classification } = work.reading;
  const { ticketId, number } = decision.ticket;
  const now = deps.now();
  const author = personOf(message.from[0] ?? { name: '', address: '' });
  const agent = decision.as === 'comment' ? await findAgentByEmail(trx, soleSender(message) ?? '') : undefined;
  const entryId = await addMailEntry(
    trx,
    work,
    ticketId,
    agent
      ? { type: 'comment', author: { name: agent.name, email: agent.email }, agentId: agent.id }
      : { type: 'email', author, agentId: null },
    now,
  );
  const before = await getTicketFacts(trx, ticketId);
  const others = strangersAmong([...message.to, ...message.cc], deps.config).filter(
    ({ email }) => !before.participants.some((participant) => participant.email === email),
  );
  await addMentioned(trx, ticketId, others);
  let outboxIds: number[];
  if (agent) {
    outboxIds = await queueAgentReply(trx, deps, ticketId, entryId);
  } else {
    const ended = before.status === 'resolved' || before.status === 'closed';
    if (ended && !classification.automatic && deps.config.reopenOnReply) {
      await setStatus(trx, ticketId, 'open', author.email, now.toISOString());
    }
    outboxIds = await queueClientReplied(trx, deps, ticketId, entryId);
  }
  return { outcome: 'comment', number, ticketId, entryId, reasons: decision.reasons, outboxIds };
}

async function addMailEntry(
  trx: Database,
  { reading, rawMessageId, verified, known }: Work,
  ticketId: number,
  writer: { type: 'email' | 'comment'; author: Person; agentId: number | null },
  now: Date,
): Promise<number> {
  const { message, text, classification } = reading;
  const entry = await addEntry(
    trx,
    {
      ...writer,
      ticketId,
      body: text.body,
      fullBody: text.fullBody,
      signature: text.signature,
      subject: message.subject,
      messageId: message.messageId,
      automatic: classification.automatic,
      verified,
      rawMessageId,
      attachments: message.attachments,
    },
    now.toISOString(),
  );
  for (const messageId of referencesOf(message, known)) {
    const reference = { messageId, ticketId, entryId: entry.id, kind: 'theirs' as const, sentTo: [], mailKind: null };
    await addReference(trx, reference);
  }
  return entry.id;
}

/** Parents remembered of one mail at most. */
const maxParents = 10;

/**
 * The msg-ids by which later mails may name this one: its own, and the parents that never came to us, as when two mails
 * answer one that was sent to others only, or when a reply overtakes the mail that it answers.
 */
function referencesOf(message: InboundMessage, known: ReadonlySet<string>): string[] {
  const parents = [...message.inReplyTo, ...message.references.toReversed()].filter((id) => !known.has(id));
  const ids = new Set([...(message.messageId ? [message.messageId] : []), ...parents.slice(0, maxParents)]);
  return [...ids];
}

/** Why no automatic reply may go to that address now; null when one may (RELIABILITY §3 row 9). */
async function replyLimit(trx: Database, deps: RecordDeps, recipient: string): Promise<string | null> {
  const { autoRepliesPerHour, autoRepliesPerSweep } = deps.config.limits;
  if (deps.sweep.autoReplies >= autoRepliesPerSweep) return `no automatic reply: ${autoRepliesPerSweep} in this sweep`;
  const since = (hours: number) => new Date(deps.now().getTime() - hours * 3_600_000).toISOString();
  if ((await countAutoReplies(trx, recipient, since(1))) >= autoRepliesPerHour) {
    return `no automatic reply: ${autoRepliesPerHour} went to ${recipient} within the hour`;
  }
  if ((await countAutoReplies(trx, recipient, since(24))) >= autoRepliesPerHour * 2) {
    return `no automatic reply: ${autoRepliesPerHour * 2} went to ${recipient} within the day`;
  }
  return null;
}

/** People to be known by the ticket: not us. At most 200, whatever the mail says. */
function strangersAmong(addresses: MailAddress[], config: Config): Person[] {
  const support = config.mailboxes.map(({ address }) => address);
  const people = new Map<string, Person>();
  for (const address of addresses.slice(0, 200)) {
    const person = personOf(address);
    if (!isSupportAddress(person.email, support)) people.set(person.email, person);
  }
  return [...people.values()];
}

function personOf({ name, address }: MailAddress): Person {
  return { name, email: address.toLowerCase() };
}

function languageOf(message: InboundMessage): string {
  const field = message.headers.find(({ name }) => name === 'content-language')?.value ?? '';
  return /^\s*([a-z]{2,3})(?![a-z])/i.exec(field)?.[1]?.toLowerCase() ?? 'en';
}

function senderOf(reading: Understood | NotUnderstood): string | null {
  return 'unreadable' in reading ? null : (reading.message.from[0]?.address ?? null);
}

function ledgerFields(reading: Understood | NotUnderstood) {
  return 'unreadable' in reading
    ? { messageId: null, sender: '', subject: '' }
    : { messageId: reading.message.messageId, sender: senderOf(reading) ?? '', subject: reading.message.subject };
}
