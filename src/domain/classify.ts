// What kind of sender a message had: ourselves, a mail server, a program, a list, or a person. The first class that
// matches wins. Whether it may be answered is another question (responder.ts).

import { automaticRules, bulkRules, listEvidence } from './automatic.ts';
import { findBounceEvidence } from './bounce-evidence.ts';
import { type Classification, headerValues, type InboundMessage } from './message.ts';

/** Who we are: what marks a message as our own. */
export interface OwnIdentity {
  /** The support addresses, in lower case. */
  addresses: string[];
  /** The value of our `X-Tkt-Loop` field. */
  instance: string;
}

/** `Support+Billing@Example.com` to `support@example.com`. */
function withoutTag(address: string): string {
  const lower = address.toLowerCase();
  const at = lower.lastIndexOf('@');
  const plus = lower.indexOf('+');
  return plus > 0 && plus < at ? lower.slice(0, plus) + lower.slice(at) : lower;
}

/** Whether an address is one of ours, in any case and with any +tag. */
export function isOwnAddress(address: string, own: OwnIdentity): boolean {
  return own.addresses.includes(address.toLowerCase()) || own.addresses.includes(withoutTag(address));
}

/** Why a message is our own, in words, or null. */
export function findOwnEvidence(message: InboundMessage, own: OwnIdentity): string | null {
  if (own.instance !== '' && headerValues(message, 'x-tkt-loop').some((value) => value.trim() === own.instance))
    return 'our own loop mark (X-Tkt-Loop)';
  const address = message.from.find((from) => isOwnAddress(from.address, own))?.address;
  return address === undefined ? null : `sent from our own address ${address}`;
}

/** The class of a message, with what told it, strongest first. `personal` has no evidence. */
export function classifyMessage(message: InboundMessage, own: OwnIdentity): Classification {
  const ours = findOwnEvidence(message, own);
  if (ours !== null) return { class: 'own', automatic: true, evidence: [ours] };
  const bounce = findBounceEvidence(message);
  if (bounce !== null) return { class: 'bounce', automatic: true, evidence: [bounce] };
  const automatic = listEvidence(automaticRules, message);
  const bulk = listEvidence(bulkRules, message);
  if (automatic.length > 0) return { class: 'automatic', automatic: true, evidence: [...automatic, ...bulk] };
  if (bulk.length > 0) return { class: 'bulk', automatic: true, evidence: bulk };
  return { class: 'personal', automatic: false, evidence: [] };
}
