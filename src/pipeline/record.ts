// One message from bytes to its recorded outcome, inside the caller's transaction (CONTRACT §5; STYLE "record").
// The ledger makes it exactly-once: the same bytes, or the same place in the mailbox, are recorded one time only.

import type { Config, MailboxConfig } from '../config/config.ts';
import { type Decision, decide } from '../domain/decide.ts';
import type { InboundMessage } from '../domain/message.ts';
import { findAgentByEmail } from '../store/agents.ts';
import { clearUnreachable } from '../store/bounced.ts';
import type { Database } from '../store/database.ts';
import { addLocation, findIntakeByHash, type IntakeOutcome, recordIntake, setIntakeOutcome } from '../store/intake.ts';
import { putRawMessage } from '../store/messages.ts';
import { addMentioned, getTicketFacts, setStatus } from '../store/tickets.ts';
import { recordBounce } from './bounces.ts';
import { decisionPolicy, gatherFacts, soleSender } from './facts.ts';
import type { Taken } from './guard.ts';
import { addMailEntry, type EntryWriter, type MailWork, personOf, strangersAmong } from './mail-entry.ts';
import { type NotifyDeps, queueAgentReply, queueClientReplied } from './notify.ts';
import { recordTicket } from './record-ticket.ts';
import type { NotUnderstood, Understood } from './understand.ts';

export interface RecordDeps extends NotifyDeps {
  db: Database;
  config: Config;
  mailbox: MailboxConfig;
  plusSecret: string;
  /** Automatic replies owed since the sweep began; counted up here, against limits.autoRepliesPerSweep. */
  sweep: { autoReplies: number };
}

/** A held message that a person lets in. */
export interface Release {
  /** Of its line in the ledger. */
  id: number;
  rawMessageId: number;
  /** Past the rule that held it. */
  asTicket: boolean;
}

/** Where a message lies on the server. */
export interface Location {
  mailbox: string;
  folder: string;
  uidValidity: number;
  uid: number;
}

export type Arrival = Incoming | Released;

/** A message that comes in. */
interface Incoming extends Taken {
  /** null for a message that came on standard input. */
  location: Location | null;
  releases: null;
}

interface Released {
  reading: Taken['reading'];
  releases: Release;
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
  return arrival.releases === null
    ? recordIncoming(trx, deps, arrival)
    : recordReleased(trx, deps, arrival.reading, arrival.releases);
}

async function recordIncoming(trx: Database, deps: RecordDeps, arrival: Incoming): Promise<Recorded> {
  const { reading, packed, location } = arrival;
  const now = deps.now().toISOString();
  const known = await findIntakeByHash(trx, packed.sha256);
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
  const rawMessageId = await putRawMessage(trx, packed, now);
  const result = await recordReading(trx, deps, reading, rawMessageId, false);
  const intakeId = await recordIntake(
    trx,
    {
      ...ledgerOutcome(result),
      ...ledgerFields(reading),
      sha256: packed.sha256,
      mailbox: deps.mailbox.name,
      size: packed.size,
      rawMessageId,
      receivedAt: now,
    },
    now,
  );
  if (location) await addLocation(trx, location, intakeId);
  return toRecorded(result, reading);
}

/** Its bytes are stored, and its line is in the ledger. */
async function recordReleased(
  trx: Database,
  deps: RecordDeps,
  reading: Taken['reading'],
  { id, rawMessageId, asTicket }: Release,
): Promise<Recorded> {
  const result = await recordReading(trx, deps, reading, rawMessageId, asTicket);
  await setIntakeOutcome(trx, id, ledgerOutcome(result), deps.now().toISOString());
  return toRecorded(result, reading);
}

async function recordReading(
  trx: Database,
  deps: RecordDeps,
  reading: Taken['reading'],
  rawMessageId: number,
  asTicket: boolean,
): Promise<Result> {
  if ('unreadable' in reading) return heldAs(reading.unreadable);
  return recordUnderstood(trx, deps, reading, rawMessageId, asTicket);
}

function ledgerOutcome({ outcome, reasons, ticketId, entryId }: Result) {
  return { outcome, reason: reasons.join('; '), ticketId, entryId };
}

function toRecorded({ outcome, number, reasons, outboxIds }: Result, reading: Taken['reading']): Recorded {
  return { outcome, number, sender: senderOf(reading), reasons, outboxIds, duplicate: false };
}

/** What became of an understood message. */
export interface Result {
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
  const { sender, verified } = facts;
  if (sender !== null && verified !== false && !facts.classification.automatic) await clearUnreachable(trx, sender);
  const work: MailWork = { reading, rawMessageId, verified, known };
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

async function recordJoining(
  trx: Database,
  deps: RecordDeps,
  work: MailWork,
  decision: Extract<Decision, { outcome: 'comment' }>,
): Promise<Result> {
  const { message, classification } = work.reading;
  const { ticketId, number } = decision.ticket;
  const now = deps.now();
  const author = personOf(message.from[0] ?? { name: '', address: '' });
  const agent = decision.as === 'comment' ? await findAgentByEmail(trx, soleSender(message) ?? '') : undefined;
  const writer: EntryWriter = agent
    ? { type: 'comment', author: { name: agent.name, email: agent.email }, agentId: agent.id }
    : { type: 'email', author, agentId: null };
  const entryId = await addMailEntry(trx, work, { ticketId, writer, now });
  const before = await getTicketFacts(trx, ticketId);
  const others = strangersAmong([...message.to, ...message.cc], deps.config).filter(
    ({ email }) => !before.participants.some((participant) => participant.email === email),
  );
  await addMentioned(trx, ticketId, others);
  let outboxIds: number[];
  if (agent) {
    outboxIds = await queueAgentReply(trx, deps, before, entryId);
  } else {
    const ended = before.status === 'resolved' || before.status === 'closed';
    if (ended && !classification.automatic && deps.config.reopenOnReply) {
      await setStatus(trx, ticketId, 'open', author.email, now.toISOString());
    }
    outboxIds = await queueClientReplied(trx, deps, before, entryId);
  }
  return { outcome: 'comment', number, ticketId, entryId, reasons: decision.reasons, outboxIds };
}

function senderOf(reading: Understood | NotUnderstood): string | null {
  return headerOf(reading)?.from[0]?.address ?? null;
}

function ledgerFields(reading: Understood | NotUnderstood) {
  const header = headerOf(reading);
  return { messageId: header?.messageId ?? null, sender: senderOf(reading) ?? '', subject: header?.subject ?? '' };
}

function headerOf(reading: Understood | NotUnderstood): InboundMessage | undefined {
  return 'unreadable' in reading ? reading.header : reading.message;
}
