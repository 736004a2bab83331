// The fields of a delivery status notification (RFC 3464 §2.3), read as they are really written: groups without a blank
// line between them, addresses in angle brackets, a missing type, an Action of one's own.

import { deriveStatus, findStatus, statusDetail } from './bounce-status.ts';
import type { BounceReport } from './message.ts';

export type BounceRecipient = BounceReport['recipients'][number];

const maxRecipients = 200;
const maxDiagnosticLength = 500;

/** One line, cut: for people, and small enough to store. */
export function oneLine(text: string, maxLength = maxDiagnosticLength): string {
  return text
    .slice(0, maxLength * 4)
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, maxLength);
}

/**
 * `rfc822; Ann@Example.com` (RFC 3464 §2.1.2) to `ann@example.com`. Null for what is no address: an X.400 name, a
 * user name without domain.
 */
function parseRecipient(value: string): string | null {
  const typed = /^\s*[\w-]{1,20}\s*;/.exec(value);
  let address = (typed ? value.slice(typed[0].length) : value).trim();
  const bracketed = /<([^<>\s]+)>/.exec(address);
  if (bracketed?.[1] !== undefined) address = bracketed[1];
  const quoted = /^<?("[^"@]{1,64}"@[^\s<>,;]{1,255})/.exec(address)?.[1];
  address = quoted ?? (address.split(/\s/)[0] ?? '').replace(/^["'<]+|["'>,;]+$/g, '');
  // A source route (RFC 5321 §4.1.1.3) leaves before its last colon.
  address = address.slice(address.lastIndexOf(':') + 1).toLowerCase();
  return address.includes('@') && !address.endsWith('@') && !address.startsWith('/') && address.length <= 320
    ? address
    : null;
}

function parseAction(value: string | undefined, status: string | null): BounceRecipient['action'] {
  const action = (value ?? '').trim().toLowerCase();
  if (/^(?:delay|defer|warn)/.test(action)) return 'delayed';
  if (action.startsWith('deliver')) return 'delivered';
  if (action.startsWith('relay')) return 'relayed';
  if (action.startsWith('expand')) return 'expanded';
  return action === '' && status?.startsWith('2') ? 'delivered' : 'failed';
}

/**
 * Postfix and others write 5.0.0 where the server's own answer says more, and 5.1.1 for whatever recipient was refused:
 * what the server said, a code of the same class, wins.
 */
function preferStatus(told: string | null, said: string | null): string | null {
  if (told === null || said === null || said[0] !== told[0]) return told ?? said;
  const saysMore = statusDetail(said) > statusDetail(told) || (told === '5.1.1' && statusDetail(said) === 2);
  return saysMore ? said : told;
}

type Fields = Map<string, string>;

function readRecipients(fields: Fields): BounceRecipient[] {
  const diagnostic = fields.get('diagnostic-code');
  const told = /(?<![\d.])[245]\.\d{1,3}\.\d{1,3}/.exec(fields.get('status') ?? '')?.[0] ?? null;
  const said = diagnostic === undefined ? null : findStatus(diagnostic);
  const action = parseAction(fields.get('action'), preferStatus(told, said));
  const recipient = {
    status: preferStatus(told, said) ?? deriveStatus(diagnostic ?? '', action === 'delayed'),
    action,
    diagnostic: diagnostic === undefined ? null : oneLine(diagnostic.replace(/^\s*[\w-]{1,20}\s*;/, '')),
  };
  // The original recipient is whom the mail was sent to, the final one whom an alias made of it. Reports mix them up,
  // so both are given; one of them is the delivery that failed.
  const addresses = ['final-recipient', 'original-recipient', 'x-actual-recipient']
    .slice(0, fields.has('final-recipient') || fields.has('original-recipient') ? 2 : 3)
    .map((name) => parseRecipient(fields.get(name) ?? ''))
    .filter((address) => address !== null);
  return [...new Set(addresses)].map((address) => ({ address, ...recipient }));
}

const fieldLine = /^([A-Za-z][A-Za-z0-9-]{0,60})[ \t]{0,4}:(.*)$/;

/** Splits into groups: at a blank line, and where a field comes a second time. */
function* listGroups(content: string): Generator<Fields> {
  let fields: Fields = new Map();
  let last: string | null = null;
  for (const line of content.split('\n')) {
    const match = fieldLine.exec(line.slice(0, 4_000).trimEnd());
    if (line.trim() === '') {
      if (fields.size > 0) yield fields;
      fields = new Map();
      last = null;
    } else if (/^[ \t]/.test(line) && last !== null) {
      const folded = `${fields.get(last) ?? ''} ${line.trim()}`;
      if (folded.length <= 8_000) fields.set(last, folded);
    } else if (match?.[1] !== undefined) {
      last = match[1].toLowerCase();
      if (fields.has(last) && last.endsWith('-recipient')) {
        yield fields;
        fields = new Map();
      }
      if (!fields.has(last)) fields.set(last, (match[2] ?? '').trim());
    } else {
      last = null;
    }
  }
  if (fields.size > 0) yield fields;
}

/**
 * The recipients of a `message/delivery-status` part, or of its fields standing in a text. Empty when there are none.
 * A group counts only with a recipient and an Action or a Status (RFC 3464 §2.3: both are required).
 */
export function parseStatusFields(content: string): BounceRecipient[] {
  const found = new Map<string, BounceRecipient>();
  for (const fields of listGroups(content)) {
    if (!fields.has('action') && !fields.has('status') && !fields.has('diagnostic-code')) continue;
    for (const recipient of readRecipients(fields)) {
      if (!found.has(recipient.address)) found.set(recipient.address, recipient);
    }
    if (found.size >= maxRecipients) break;
  }
  return [...found.values()];
}
