// The mails of the fault plan: each carries a marker in its subject and body, by which it is found again in the tickets and
// at the SMTP server.

import { createHash } from 'node:crypto';
import { mail } from '../support/tkt.ts';
import type { Random } from './random.ts';

export type Kind = 'new' | 'reply' | 'automatic' | 'poison';

export interface MarkedMail {
  marker: string;
  kind: Kind;
  from: string;
  raw: Buffer;
  sha256: string;
  /** Whether an automatic reply is owed; null where that depends on what becomes of it. */
  owed: boolean | null;
}

/** A ticket that replies can join. */
export interface KnownTicket {
  number: string;
  from: string;
}

export const markerPattern = /MK[0-9]{6}X/;

let written = 0;

export interface MailOptions {
  /** What a reply names in its subject. */
  ticket?: KnownTicket;
  /** What a reply names in In-Reply-To: a mail of the same client. */
  answers?: MarkedMail;
  from?: string;
  /** Bytes, about. */
  size?: number;
  /** Which poison; without it each in turn. 0 is quickly read. */
  poison?: number;
}

/** A mail of that kind. A reply needs a ticket or a mail to answer. */
export function markedMail(kind: Kind, options: MailOptions = {}): MarkedMail {
  written += 1;
  const marker = `MK${String(written).padStart(6, '0')}X`;
  const from = options.ticket?.from ?? options.answers?.from ?? options.from ?? `client${written}@client.test`;
  const filler = 'All work and no play makes Jack a dull boy.\n'.repeat((options.size ?? 0) / 45);
  const fields = {
    From: `Client ${written} <${from}>`,
    Subject: options.ticket ? `Re: [${options.ticket.number}] ${marker}` : `Question ${marker}`,
    'Message-ID': `<${marker}@c.test>`,
    'In-Reply-To': options.answers ? `<${options.answers.marker}@c.test>` : '',
  };
  const raw = Buffer.from(textOf(kind, fields, `It does not work, says ${marker}.\n${filler}`, options.poison));
  return {
    marker,
    kind,
    from,
    raw,
    sha256: createHash('sha256').update(raw).digest('hex'),
    owed: kind === 'poison' ? null : kind === 'new',
  };
}

function textOf(kind: Kind, fields: Record<string, string>, body: string, which?: number): string {
  switch (kind) {
    case 'new':
    case 'reply':
      return mail(fields, body);
    case 'automatic':
      return mail({ ...fields, 'Auto-Submitted': 'auto-generated' }, body);
    case 'poison':
      return (poisons[(which ?? poisoned++) % poisons.length] ?? mail)(fields, body);
  }
}

/** What makes mail libraries throw, block or forget: the figures of docs/reliability.md. */
const poisons: ReadonlyArray<(fields: Record<string, string>, body: string) => string> = [
  (fields, body) => mail({ ...fields, From: '' }, body),
  (fields, body) => mail({ ...fields, 'X-Long': 'x '.repeat(600_000) }, body),
  (fields, body) => mail(html(fields), `${'<table><tr><td>'.repeat(5_000)}${body}`),
  (fields, body) => mail(multipart(fields), `${'--b\n\npart\n'.repeat(1_500)}${body}--b--\n`),
  (fields, body) => mail({ ...fields, ...nested(0) }, nestedParts(1_000, body)),
  (fields, body) =>
    mail({ ...fields, From: 'a@client.test, b@client.test', 'Content-Type': 'text/plain; charset=x-none' }, body),
];
/** How many were written: the turn of the next. */
let poisoned = 0;

const html = (fields: Record<string, string>) => ({ ...fields, 'MIME-Version': '1.0', 'Content-Type': 'text/html' });
const multipart = (fields: Record<string, string>) => ({
  ...fields,
  'MIME-Version': '1.0',
  'Content-Type': 'multipart/mixed; boundary=b',
});
const nested = (depth: number) => ({ 'MIME-Version': '1.0', 'Content-Type': `multipart/mixed; boundary=n${depth}` });

function nestedParts(depth: number, body: string): string {
  const heads = Array.from(
    { length: depth },
    (_, i) => `--n${i}\nContent-Type: multipart/mixed; boundary=n${i + 1}\n\n`,
  );
  return `${heads.join('')}--n${depth}\n\n${body}`;
}

/** `count` mails: 60 % new, 25 % replies, 10 % automatic, 5 % poison, in an order that the seed gives. */
export function mixedMails(random: Random, count: number, tickets: readonly KnownTicket[]): MarkedMail[] {
  return Array.from({ length: count }, () => {
    const share = random.next();
    const ticket = tickets[random.below(tickets.length)];
    if (share < 0.6 || (share < 0.85 && ticket === undefined)) return markedMail('new');
    if (share < 0.85 && ticket !== undefined) return markedMail('reply', { ticket });
    return markedMail(share < 0.95 ? 'automatic' : 'poison');
  });
}
