// Our own msg-ids: unguessable, so that an answer to one proves that its writer got our mail (CONTRACT §4, §5.5).
// All ids are without angle brackets (RFC 5322 §3.6.4).

/** Gives `count` random bytes; the context's, so that tests can pin it. */
export type RandomBytes = (count: number) => Buffer;

const idBytes = 16; // 128 bits

/** A new msg-id, `<32 hex digits>.tkt@<domain>`. `domain` is that of the support address. */
export function newMessageId(randomBytes: RandomBytes, domain: string): string {
  return `${randomBytes(idBytes).toString('hex')}.tkt@${domain}`;
}

/**
 * The constant reference of a new ticket: first in References of every mail about it, so that clients show them as one
 * thread though each was a mail of its own. As unguessable as a Message-ID, because it looks like one to what reads it.
 */
export function newTicketReference(randomBytes: RandomBytes, domain: string): string {
  return `${randomBytes(idBytes).toString('hex')}.ticket.tkt@${domain}`;
}

/** The domain of an addr-spec in lower case; `localhost` for something without one. */
export function domainOf(address: string): string {
  const domain = address.slice(address.lastIndexOf('@') + 1).toLowerCase();
  return /^[a-z0-9-]+(?:\.[a-z0-9-]+)*$/.test(domain) && address.includes('@') ? domain : 'localhost';
}

// Stricter than RFC 5322 §3.6.4 (no quoted strings), laxer on what is seen in the wild (`:` and `;` on the left).
// The ends are bounded so that no id makes a line of more than 998 octets.
const strictMessageId =
  /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.:;-]{1,400}@(?:[A-Za-z0-9!#$%&'*+/=?^_`{|}~.:-]{1,400}|\[[\x21-\x5a\x5e-\x7e]{1,400}\])$/;

/** Whether an id from a mail may go into In-Reply-To or References of ours (RELIABILITY rule on header injection). */
export function isStrictMessageId(id: string): boolean {
  // Some programs decode an encoded word wherever it stands, within an id too.
  return strictMessageId.test(id) && !id.includes('=?');
}

/** Octets that the ids of References take at most, brackets and spaces included. */
export const referencesMaxBytes = 4000;
const firstIdsKept = 4;

/**
 * The ids for References (RFC 5322 §3.6.4), oldest first: the ticket's constant reference, the first ids and the newest,
 * as many as fit, the id that is answered last. Ids that are not strict are left out, each id is there once.
 */
export function chooseReferences(referenceId: string, ids: readonly string[], inReplyTo: string | null): string[] {
  const unique = new Set(ids.filter((id) => isStrictMessageId(id) && id !== referenceId && id !== inReplyTo));
  const middle = [...unique];
  const head = [referenceId];
  const tail = inReplyTo !== null && isStrictMessageId(inReplyTo) ? [inReplyTo] : [];
  let room = referencesMaxBytes - sizeOf(head) - sizeOf(tail);
  const fits = (id: string): boolean => {
    room -= id.length + 3;
    return room >= 0;
  };
  const first = middle.slice(0, firstIdsKept).filter(fits);
  const newest: string[] = [];
  for (const id of middle.slice(firstIdsKept).reverse()) {
    if (!fits(id)) break;
    newest.unshift(id);
  }
  return [...head, ...first, ...newest, ...tail];
}

function sizeOf(ids: readonly string[]): number {
  return ids.reduce((sum, id) => sum + id.length + 3, 0);
}
