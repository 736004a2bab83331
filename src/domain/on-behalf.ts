// In whose name a forwarded mail opens a ticket. Staff who forward a client's mail to the support address mean the client;
// but From is written by anybody, and whoever could speak as staff here could open tickets, and have mail sent, in any name.

import type { Classification, MailAddress } from './message.ts';
import type { Agent } from './ticket.ts';

export interface ForwardFacts {
  agent: Agent | null;
  /** DMARC by a trusted Authentication-Results. */
  verified: boolean | null;
  classification: Classification;
  /** The forwarded mail; null where the message is no forward, or names nobody who could be written to. */
  original: { from: MailAddress; response: { respond: boolean; reasons: string[] } } | null;
}

/** `onBehalfOf` is null where the ticket is the sender's own; `evidence` is '' where there is nothing to say. */
export function findOriginalSender(
  { agent, verified, classification, original }: ForwardFacts,
  forwardedByAgent: 'requester' | 'agent',
): { onBehalfOf: MailAddress | null; evidence: string } {
  const nobody = (evidence: string) => ({ onBehalfOf: null, evidence });
  if (agent === null || original === null) return nobody('');
  const { login } = agent;
  const { address } = original.from;
  if (forwardedByAgent === 'agent')
    return nobody(`${login} forwards a mail of ${address}; forwardedByAgent is "agent"`);
  if (classification.automatic) return nobody(`a machine of ${login} forwards a mail of ${address}`);
  if (verified !== true) {
    const why = `nothing verifies that ${login} sent it (DMARC, trustedAuthservId)`;
    return nobody(`it forwards a mail of ${address}, but ${why}`);
  }
  return { onBehalfOf: original.from, evidence: `${login} forwards a mail of ${address}: the ticket is theirs` };
}
