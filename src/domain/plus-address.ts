// Signed plus-addresses, `support+TKT-2026-00042.0123456789abcdef@example.com`: a Reply-To that says which ticket an
// answer belongs to and proves that we gave it out (CONTRACT §5.5 (a)).

import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * Whom an address was given to: clients, or one agent by login. An answer to an agent's address is a comment, one to the
 * clients' address an email. It is signed but not shown.
 */
export type Audience = 'client' | `agent:${string}`;

export interface PlusAddress {
  /** Upper case, as tickets write it. */
  number: string;
  audience: Audience;
}

const macLength = 16; // hex digits: 64 bits, checked online only
const localPartMax = 64; // RFC 5321 §4.5.3.1.1

/** The part that is signed and shown: a number, a dot, the digits. Mail systems may change its case. */
const tag = /^([a-z][a-z0-9]{0,15}-\d{4}-\d{1,9})\.([0-9a-f]{16})$/i;

function macOf(secret: string, number: string, audience: Audience): string {
  const mac = createHmac('sha256', secret).update(`${number.toUpperCase()}\n${audience}`).digest('hex');
  return mac.slice(0, macLength);
}

function split(address: string): { local: string; domain: string } | null {
  const at = address.lastIndexOf('@');
  return at <= 0 ? null : { local: address.slice(0, at), domain: address.slice(at + 1) };
}

/** The address for answers about a ticket; null where its local part would pass the 64 octets of RFC 5321. */
export function formatPlusAddress(
  supportAddress: string,
  number: string,
  audience: Audience,
  secret: string,
): string | null {
  const parts = split(supportAddress);
  if (parts === null) return null;
  const local = `${parts.local}+${number.toUpperCase()}.${macOf(secret, number, audience)}`;
  return local.length > localPartMax ? null : `${local}@${parts.domain}`;
}

/**
 * What a signed plus-address of `supportAddress` says, or null: no such address, another mailbox, or a signature that
 * fits none of the `audiences`. The comparison takes the same time wherever the signatures differ.
 */
export function verifyPlusAddress(
  address: string,
  supportAddress: string,
  secret: string,
  audiences: readonly Audience[],
): PlusAddress | null {
  const given = split(address);
  const support = split(supportAddress);
  if (given === null || support === null || given.domain.toLowerCase() !== support.domain.toLowerCase()) return null;
  const prefix = `${support.local}+`;
  if (given.local.slice(0, prefix.length).toLowerCase() !== prefix.toLowerCase()) return null;
  const match = tag.exec(given.local.slice(prefix.length));
  const number = match?.[1]?.toUpperCase();
  const mac = match?.[2]?.toLowerCase();
  if (number === undefined || mac === undefined) return null;
  const audience = audiences.find((candidate) =>
    timingSafeEqual(Buffer.from(macOf(secret, number, candidate)), Buffer.from(mac)),
  );
  return audience === undefined ? null : { number, audience };
}

/** The first valid signed address among those that a mail was sent to, for any of the support addresses. */
export function findPlusAddress(
  addresses: readonly string[],
  supportAddresses: readonly string[],
  secret: string,
  audiences: readonly Audience[],
): PlusAddress | null {
  for (const address of addresses) {
    for (const supportAddress of supportAddresses) {
      const found = verifyPlusAddress(address, supportAddress, secret, audiences);
      if (found !== null) return found;
    }
  }
  return null;
}

/** Whether mail to this address comes to us: a support address in any case, with any `+tag`. */
export function isSupportAddress(address: string, supportAddresses: readonly string[]): boolean {
  const lower = address.toLowerCase();
  return supportAddresses.some((support) => {
    const parts = split(support.toLowerCase());
    if (parts === null) return false;
    if (lower === `${parts.local}@${parts.domain}`) return true;
    return lower.startsWith(`${parts.local}+`) && lower.slice(lower.lastIndexOf('@') + 1) === parts.domain;
  });
}
