// What becomes of a message: CONTRACT §5 as one function over gathered facts. First match wins.
// `poll`, `receive` and `explain` all call it, so that what explain says is what poll does.

import type { BounceReport, Classification, InboundMessage, MailAddress } from './message.ts';
import { type ForwardFacts, findOriginalSender } from './on-behalf.ts';
import { findThread, type ThreadFacts, type TicketRef } from './thread.ts';

export interface DecisionFacts extends ThreadFacts, ForwardFacts {
  classification: Classification;
  bounce: BounceReport | null;
  /** From responder.ts: whether an automatic answer is safe, and why not. */
  response: { respond: boolean; reasons: string[] };
  /** The ticket on which its Message-ID was named before, by another message: that proves nothing and suppresses nothing. */
  sameMessageId?: TicketRef | null;
}

/** The parts of the configuration that decide. */
export interface DecisionPolicy {
  strangers: 'new' | 'quarantine';
  automaticMail: 'ticket' | 'ignore';
  /** In whose name a mail that an agent forwards opens a ticket. */
  forwardedByAgent: 'requester' | 'agent';
  /** Bytes. */
  maxMessageBytes: number;
  /** A person wants a ticket of a held message, whatever held it: only the right to join one is still asked for. */
  asTicket: boolean;
}

export type Decision =
  | { outcome: 'ignore'; reasons: string[] }
  | { outcome: 'bounce'; report: BounceReport; reasons: string[] }
  | { outcome: 'quarantine'; reasons: string[] }
  | { outcome: 'comment'; ticket: TicketRef; as: 'email' | 'comment'; reasons: string[] }
  | {
      outcome: 'ticket';
      respond: boolean;
      named: TicketRef | null;
      /** Who wrote the mail that an agent forwarded: the ticket is theirs. */
      onBehalfOf: MailAddress | null;
      reasons: string[];
    };

/** `reasons` are for people: the rule that decided comes first. */
export function decide(message: InboundMessage, facts: DecisionFacts, policy: DecisionPolicy): Decision {
  const decision = decideAlone(message, facts, policy);
  const twin = facts.sameMessageId;
  const known = twin ? [`its Message-ID is known already, from ${twin.number}`] : [];
  // What makes a mail automatic is also why it is not answered: said once.
  return { ...decision, reasons: [...new Set([...decision.reasons, ...known])] };
}

function decideAlone(message: InboundMessage, facts: DecisionFacts, policy: DecisionPolicy): Decision {
  const { classification } = facts;
  const early = policy.asTicket ? null : decideBeforeThreads(message, facts, policy);
  if (early !== null) return early;

  const thread = findThread(facts);
  if (thread.kind === 'joins') {
    return {
      outcome: 'comment',
      ticket: thread.ticket,
      as: thread.as,
      reasons: [...thread.evidence, ...classification.evidence],
    };
  }
  if (classification.automatic && policy.automaticMail === 'ignore' && !policy.asTicket) {
    return { outcome: 'ignore', reasons: ['automaticMail is "ignore"', ...classification.evidence] };
  }
  if (thread.named && policy.strangers === 'quarantine' && !policy.asTicket) {
    return { outcome: 'quarantine', reasons: [...thread.evidence, 'strangers is "quarantine"'] };
  }
  const nobody = facts.sender === null;
  const { onBehalfOf, evidence } = findOriginalSender(facts, policy.forwardedByAgent);
  const response = onBehalfOf && facts.original ? facts.original.response : facts.response;
  return {
    outcome: 'ticket',
    respond: response.respond && !nobody && facts.verified !== false,
    named: thread.named,
    onBehalfOf,
    reasons: [
      ...(thread.evidence.length > 0 ? thread.evidence : ['names no ticket']),
      ...(evidence === '' ? [] : [evidence]),
      ...classification.evidence,
      ...(response.respond ? [] : response.reasons),
      ...(facts.verified === false ? ['no automatic reply: DMARC failed, the sender may be forged'] : []),
    ],
  };
}

/** What needs no thread to be decided: too large, our own, a report, from nobody. */
function decideBeforeThreads(message: InboundMessage, facts: DecisionFacts, policy: DecisionPolicy): Decision | null {
  const { classification } = facts;
  if (message.sizeBytes > policy.maxMessageBytes) {
    return {
      outcome: 'quarantine',
      reasons: [`${message.sizeBytes} bytes are over limits.maxMessageBytes (${policy.maxMessageBytes})`],
    };
  }
  if (classification.class === 'own') return { outcome: 'ignore', reasons: classification.evidence };
  if (classification.class === 'bounce') {
    const report = facts.bounce ?? { recipients: [], originalMessageId: null };
    return { outcome: 'bounce', report, reasons: classification.evidence };
  }
  if (message.from.length === 0) {
    return { outcome: 'quarantine', reasons: ['no sender: there is no From address that could be answered'] };
  }
  return null;
}
