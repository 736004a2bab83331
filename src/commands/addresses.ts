// Addresses on the command line.

import type { Context } from '../context.ts';
import { isSupportAddress } from '../domain/plus-address.ts';
import type { Person } from '../domain/ticket.ts';
import { RefusedError, UsageError } from '../errors.ts';

// `Ann Lee <ann@example.com>` or `ann@example.com`
const withName = /^\s*(.*?)\s*<([^<>\s]+)>\s*$/;
const addrSpec = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*$/;

/** Somebody given as `ADDRESS` or `NAME <ADDRESS>`. @throws UsageError that names the option. */
export function parsePerson(option: string, text: string): Person {
  const match = withName.exec(text.slice(0, 500));
  const email = (match?.[2] ?? text).trim();
  if (!addrSpec.test(email) || email.startsWith('.') || email.includes('..') || email.includes('.@')) {
    throw new UsageError(
      `${option}: ${JSON.stringify(text)} is no address; expected ann@example.com or "Ann Lee <ann@example.com>"`,
    );
  }
  const name = (match?.[1] ?? '').replace(/^"(.*)"$/, '$1');
  return { name, email: email.toLowerCase() };
}

/** Throws RefusedError for an address whose mail comes to us, with any `+tag`; `why` says what is needed in its place. */
export function refuseSupportAddress(context: Context, email: string, why: string): void {
  const own = context.config().mailboxes.map(({ address }) => address);
  if (isSupportAddress(email, own)) throw new RefusedError(`${email} is a support address: ${why}`);
}
