// Address fields (RFC 5322 §3.4) read with suspicion: structure first, encoded words after, and only an addr-spec that is
// a strict dot-atom@domain counts (RELIABILITY §3 rows 3 and 4).

import { domainToASCII } from 'node:url';

import type { MailAddress } from '../domain/message.ts';
import { cut } from '../text/charset.ts';
import { decodeHeaderText } from '../text/encoded-word.ts';
import { rememberLast } from '../text/remember-last.ts';

const maxField = 200_000;
const maxAddresses = 1_000;
const maxName = 200;

const dotAtom = /^[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,64}(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,64}){0,32}$/i;
const domainName =
  /^(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.){0,60}[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * An addr-spec in the one form that tkt compares and writes: local part as written, domain in lower case and ASCII
 * (IDN as ACE). Null for anything else: quoted local parts with spaces, address literals, two @, comments, UTF-8 local parts.
 */
export function normalizeAddress(address: string): string | null {
  const at = address.lastIndexOf('@');
  const local = unquote(address.slice(0, Math.max(at, 0)));
  const domain = asciiDomain(address.slice(at + 1).replace(/\.$/, ''));
  if (local.length > 64 || !dotAtom.test(local) || domain === null) return null;
  return `${local}@${domain}`;
}

// "john.smith"@example.com needs no quotes and is the same mailbox.
const unquote = (local: string): string => /^"([^"\\]*)"$/.exec(local)?.[1] ?? local;

function asciiDomain(domain: string): string | null {
  const lower = domain.toLowerCase();
  if (domainName.test(lower)) return lower;
  // Only letters, digits, hyphens and dots of other scripts: domainToASCII would also decode %61 and number forms of IP addresses.
  if (lower.length > 253 || !/^[\p{L}\p{M}\p{N}.-]+$/u.test(lower) || /^[\x00-\x7f]*$/.test(lower)) return null;
  const ascii = domainToASCII(lower);
  // Full-width letters become ASCII ones: a DMARC check of what is written looks at another domain than the one we would read.
  return domainName.test(ascii) && /(?:^|\.)xn--/.test(ascii) ? ascii : null;
}

/** What one mailbox of a field said, before it is known to be a usable address. */
interface RawMailbox {
  phrase: string;
  /** What was in angle brackets; null where there were none. */
  angle: string | null;
  comment: string;
  /** The text outside brackets and comments, words joined as an addr-spec would be. */
  bare: string;
}

/**
 * Every mailbox of an address field that has a strict address, members of groups included, in order. `value` is unfolded
 * and not decoded. Mailboxes without a usable address are left out; two in one field are two.
 */
export function parseAddresses(value: string): MailAddress[] {
  const addresses: MailAddress[] = [];
  let lead = '';
  for (const mailbox of splitMailboxes(value.slice(0, maxField)).mailboxes) {
    const spec = mailbox.angle ?? mailbox.bare;
    // `Doe, John <john@example.com>` without quotes: what comes before the comma is the start of the name.
    if (!spec.includes('@') && (mailbox.angle ?? '') === '') {
      lead = mailbox.phrase.trim() === '' ? '' : `${lead}${mailbox.phrase.trim()}, `;
      continue;
    }
    const address = normalizeAddress(
      spec
        .replace(/^<+|>+$/g, '')
        .replace(/^mailto:/i, '')
        .trim(),
    );
    const name = mailbox.angle === null ? mailbox.comment : mailbox.phrase.trim() || mailbox.comment;
    if (address !== null) addresses.push({ name: displayName(lead + name, address), address });
    lead = '';
    if (addresses.length >= maxAddresses) break;
  }
  return addresses;
}

/**
 * Whether the From fields of a message say beyond doubt who wrote it: one field, with one mailbox. Not so where another
 * reader may see somebody else in it, be it a server that checks DMARC: `"a b"@evil.test, ann@example.com` has two mailboxes
 * though only one of them has an address that we would use.
 */
export function nameOneAuthor(fields: readonly string[]): boolean {
  const [value = '', ...others] = fields;
  if (others.length > 0 || value.length > maxField) return false;
  const { mailboxes, isGroup, isBroken } = splitMailboxes(value);
  const last = mailboxes.at(-1);
  const names = mailboxes.slice(0, -1);
  const isName = ({ angle, bare }: RawMailbox) => angle === null && !bare.includes('@');
  // A name with a comma that should be quoted stands before brackets.
  const isOne = last !== undefined && names.every(isName) && (names.length === 0 || last.angle !== null);
  return isOne && !isGroup && !(isBroken && value.indexOf('@') !== value.lastIndexOf('@'));
}

function displayName(name: string, address: string): string {
  const decoded = decodeHeaderText(name);
  const unquoted = (/^"([^"]*)"$/.exec(decoded)?.[1] ?? decoded).trim();
  // Outlook writes 'ann@example.com' <ann@example.com> for people it knows no name of.
  return cut(unquoted.toLowerCase() === `'${address.toLowerCase()}'` ? address : unquoted, maxName);
}

// An encoded word whose text has a comma or a semicolon: one word all the same. With < > @ in it, it is none.
const encodedWord = /=\?[^?\s<>@]{1,60}\?[bBqQ]\?[^?<>@]{0,2000}\?=/y;

// What has no meaning to a list of mailboxes, up to what may have one.
const plainRun = /[^,;("<>:=]+/y;

interface Division {
  mailboxes: RawMailbox[];
  /** Group syntax (RFC 5322 §3.4): `Team: ann@example.com;` */
  isGroup: boolean;
  /** A quote, a comment or a bracket is opened and not closed, or the other way round. */
  isBroken: boolean;
}

/** Cuts a field at its top-level commas and semicolons; comments nest, quotes hide everything. One pass. From is asked for twice. */
const splitMailboxes = rememberLast((value: string): Division => {
  const mailboxes: RawMailbox[] = [];
  let isGroup = false;
  let isBroken = false;
  const lastSemicolon = value.lastIndexOf(';');
  let current: RawMailbox = { phrase: '', angle: null, comment: '', bare: '' };
  const finish = (): void => {
    if (current.phrase.trim() !== '' || current.angle !== null || current.bare !== '') mailboxes.push(current);
    current = { phrase: '', angle: null, comment: '', bare: '' };
  };
  // What is opened and never closed is a character like any other, and so is all of its kind after it: one search is enough.
  let quotesClose = true;
  let commentsClose = true;
  for (let at = 0; at < value.length; ) {
    const character = value[at] ?? '';
    if (character === ',' || character === ';') {
      finish();
      at += 1;
    } else if (character === '(' && commentsClose) {
      const comment = readComment(value, at);
      commentsClose = comment !== null;
      if (current.comment === '') current.comment = comment?.text ?? '';
      at = comment?.end ?? at + 1;
    } else if (character === '"' && quotesClose) {
      const quoted = readQuoted(value, at);
      quotesClose = quoted !== null;
      const end = quoted?.end ?? at + 1;
      current.phrase += quoted?.text ?? '';
      current.bare += value.slice(at, end);
      at = end;
    } else if (character === '<') {
      // A second bracket in one mailbox is a second mailbox: which one is meant, nobody can tell.
      if (current.angle !== null) finish();
      const end = closingBracket(value, at);
      isBroken ||= end === value.length;
      current.angle = withoutRoute(value.slice(at + 1, end));
      at = end + 1;
    } else if (character === ':' && current.angle === null && !current.bare.includes('@')) {
      // The name of a group: `Undisclosed recipients:;`, `Team: ann@example.com, bob@example.com;`
      isGroup ||= lastSemicolon > at;
      current = { phrase: '', angle: null, comment: '', bare: '' };
      at += 1;
    } else {
      const pattern = character === '=' ? encodedWord : plainRun;
      pattern.lastIndex = at;
      const text = pattern.exec(value)?.[0] ?? character;
      isBroken ||= text === '>';
      current.phrase += text;
      current.bare += pattern === plainRun ? text.replace(/\s+/g, '') : text;
      at += text.length;
    }
  }
  finish();
  return {
    mailboxes: mailboxes.flatMap(separateAddresses).map((mailbox) => ({ ...mailbox, bare: bareAddress(mailbox) })),
    isGroup,
    isBroken: isBroken || !quotesClose || !commentsClose,
  };
});

/** `ann@example.com bob@example.com`: the comma was forgotten. Both count, so nobody is taken for the other. */
function separateAddresses(mailbox: RawMailbox): RawMailbox[] {
  const words = mailbox.phrase.trim().split(/\s+/);
  // Not where quotes made one word of them: "ann@example.com eve"@evil.test is no address of Ann's.
  if (
    mailbox.angle !== null ||
    mailbox.bare.includes('"') ||
    words.length < 2 ||
    !words.every((word) => word.includes('@'))
  )
    return [mailbox];
  return words.map((word) => ({ phrase: word, angle: null, comment: '', bare: word }));
}

/** `ann@example.com` alone, or with words around it that make it none. */
function bareAddress({ phrase, bare }: RawMailbox): string {
  const words = phrase.trim().split(/\s+/);
  const withAt = words.filter((word) => word.includes('@'));
  // `ann@example . com`: blanks around a dot (RFC 5322 §4.4) join, so that the first word is not the address.
  const isSpread = words.some((word, at) => {
    const before = words[at - 1] ?? '';
    return before.includes('@') && (word.startsWith('.') || before.endsWith('.'));
  });
  // `Ann Lee ann@example.com`: seen without brackets; one address, so it is plain what is meant.
  return words.length > 1 && withAt.length === 1 && !bare.includes('"') && !isSpread
    ? (withAt[0] ?? '')
    : words.length > 1
      ? phrase.trim()
      : bare;
}

function closingBracket(value: string, open: number): number {
  const end = value.indexOf('>', open);
  return end < 0 ? value.length : end;
}

// <@relay.example,@other.example:ann@example.com> (RFC 5322 §4.4)
const withoutRoute = (angle: string): string =>
  angle
    .trim()
    .replace(/^@[^:<>]{1,500}:/, '')
    .trim();

function readQuoted(value: string, open: number): { text: string; end: number } | null {
  let text = '';
  let at = open + 1;
  for (; at < value.length && value[at] !== '"'; at += 1) {
    if (value[at] === '\\' && at + 1 < value.length) at += 1;
    text += value[at];
  }
  return at < value.length ? { text, end: at + 1 } : null;
}

function readComment(value: string, open: number): { text: string; end: number } | null {
  let depth = 0;
  let text = '';
  for (let at = open; at < value.length; at += 1) {
    const character = value[at] ?? '';
    if (character === '\\') {
      at += 1;
      text += value[at] ?? '';
    } else if (character === ')' && depth === 1) return { text: text.trim(), end: at + 1 };
    else {
      if (character === '(') depth += 1;
      if (character === ')') depth -= 1;
      if (!(character === '(' && depth === 1)) text += character;
    }
  }
  return null;
}
