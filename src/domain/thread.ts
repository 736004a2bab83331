// Which ticket a message belongs to (CONTRACT §5.5, §5.6). Pure: the pipeline gathers the facts, this decides.
// A guessable thing (a number, a Message-ID that others saw) counts only from a participant; an unguessable one speaks for itself.

import type { Audience } from './plus-address.ts';
import type { Agent } from './ticket.ts';

/** A Message-ID that the store knows, in the order the message names them: In-Reply-To, then References newest first. */
export interface KnownReference {
  messageId: string;
  /** `ours`: 128 random bits, made by us. `theirs`: a mail received on the ticket; anybody may have seen or guessed it. */
  kind: 'ours' | 'theirs';
  ticketId: number;
  number: string;
  /** Who our mail went to, lower case; empty for the constant reference of a ticket. */
  sentTo: string[];
}

export interface TicketRef {
  ticketId: number;
  number: string;
}

export interface ThreadFacts {
  /** The one From address, lower case; null when there is none or there are several: then the message is nobody's. */
  sender: string | null;
  /** DMARC, from a trusted Authentication-Results; false means that the sender is not who From says. */
  verified: boolean | null;
  /** The agent whose address the sender is. */
  agent: Agent | null;
  /** A signed plus-address of ours among the recipients. `audience` says whom it was given to. */
  plusAddress: (TicketRef & { audience: Audience }) | null;
  references: KnownReference[];
  /** Tickets whose number the subject names, in order. */
  subjectTickets: TicketRef[];
  /** By ticket id: the addresses that take part, lower case. */
  participants: Map<number, Set<string>>;
}

export type ThreadDecision =
  | { kind: 'joins'; ticket: TicketRef; as: 'email' | 'comment'; evidence: string[] }
  /** `named` is a ticket that the message points at without the right to join it. */
  | { kind: 'new'; named: TicketRef | null; evidence: string[] };

/** Decides between the ticket that a message joins and a new one. First match wins. */
export function findThread(facts: ThreadFacts): ThreadDecision {
  if (facts.sender === null) {
    return {
      kind: 'new',
      named: firstNamed(facts),
      evidence: ['the mail has no single From address, so it is nobody’s'],
    };
  }
  return byPlusAddress(facts) ?? byOurReference(facts) ?? byParticipant(facts, facts.sender);
}

function byPlusAddress(facts: ThreadFacts): ThreadDecision | null {
  const plus = facts.plusAddress;
  if (!plus) return null;
  const evidence = [`sent to the signed address of ${plus.number}`];
  if (facts.agent === null) return { kind: 'joins', ticket: plus, as: 'email', evidence };
  const toAgentAlone = plus.audience === `agent:${facts.agent.login}`;
  return asAgent(
    facts,
    facts.agent,
    plus,
    evidence,
    toAgentAlone && `that address was given to ${facts.agent.login} alone`,
  );
}

function byOurReference(facts: ThreadFacts): ThreadDecision | null {
  const ours = facts.references.filter((reference) => reference.kind === 'ours');
  const first = ours[0];
  if (!first) return null;
  const evidence = [`answers our mail <${first.messageId}> on ${first.number}`];
  const agent = facts.agent;
  if (agent === null) return { kind: 'joins', ticket: first, as: 'email', evidence };
  const toAgentAlone = ours.some(
    ({ ticketId, sentTo }) =>
      ticketId === first.ticketId && sentTo.length === 1 && sentTo[0] === agent.email.toLowerCase(),
  );
  return asAgent(facts, agent, first, evidence, toAgentAlone && `which was sent to ${agent.login} alone`);
}

/**
 * What an agent writes goes out in our name, and From alone, which anyone can write, does not show that they wrote it: their
 * mail server must vouch for it, or the mail answers what was given to that agent and to nobody else, which `given` then
 * says (CVE-2026-47123 is the other way).
 */
function asAgent(
  { verified }: ThreadFacts,
  { login }: Agent,
  ticket: TicketRef,
  evidence: string[],
  given: string | false,
): ThreadDecision {
  if (verified !== false && (given || verified)) {
    evidence.push(given || `DMARC shows that ${login} wrote it`);
    return { kind: 'joins', ticket, as: 'comment', evidence };
  }
  evidence.push(`From is ${login}’s address, but nothing shows that ${login} wrote it`);
  return { kind: 'joins', ticket, as: 'email', evidence };
}

function byParticipant(facts: ThreadFacts, sender: string): ThreadDecision {
  const evidence: string[] = [];
  const takesPart = (ticketId: number): boolean =>
    facts.verified !== false && (facts.agent !== null || (facts.participants.get(ticketId)?.has(sender) ?? false));
  const why = facts.verified === false ? `DMARC failed for ${sender}` : `${sender} is no participant of it`;

  for (const reference of facts.references) {
    if (takesPart(reference.ticketId)) {
      evidence.push(`answers <${reference.messageId}> on ${reference.number}, and ${sender} takes part in it`);
      return { kind: 'joins', ticket: reference, as: 'email', evidence };
    }
    evidence.push(`answers <${reference.messageId}> on ${reference.number}, but ${why}`);
  }
  for (const ticket of facts.subjectTickets) {
    if (takesPart(ticket.ticketId)) {
      evidence.push(`Subject names ${ticket.number}, and ${sender} takes part in it`);
      return { kind: 'joins', ticket, as: 'email', evidence };
    }
    evidence.push(`Subject names ${ticket.number}, but ${why}`);
  }
  return { kind: 'new', named: firstNamed(facts), evidence };
}

function firstNamed(facts: ThreadFacts): TicketRef | null {
  return facts.references[0] ?? facts.subjectTickets[0] ?? null;
}
