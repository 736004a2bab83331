// What tkt makes of a message and why, by the functions that poll uses; changes nothing.

import { hash } from 'node:crypto';
import type { Config } from '../config/config.ts';
import { decide } from '../domain/decide.ts';
import type { AttachmentInfo, Person } from '../domain/ticket.ts';
import type { Database } from '../store/database.ts';
import { findIntakeByHash } from '../store/intake.ts';
import { decisionPolicy, gatherFacts } from './facts.ts';
import type { Reader } from './guard.ts';
import type { NotUnderstood, Understood } from './understand.ts';

/** One object of `explain --json` (CONTRACT §2). */
export interface Explanation {
  file: string;
  from: Person;
  subject: string;
  messageId: string | null;
  class: string;
  automatic: boolean;
  mayRespond: boolean;
  body: string;
  fullBody: string;
  signature: string | null;
  forwarded: { comment: string; from: Person; subject: string | null; date: string | null; body: string } | null;
  bounce: {
    recipients: Array<{ address: string; status: string | null; action: string }>;
    originalMessageId: string | null;
  } | null;
  attachments: Array<Omit<AttachmentInfo, 'id'>>;
  outcome: 'ticket' | 'comment' | 'bounce' | 'ignore' | 'quarantine';
  /** Number of the ticket that it would join. */
  ticket: string | null;
  reasons: string[];
}

export interface ExplainDeps {
  db: Database;
  config: Config;
  plusSecret: string;
  reader: Reader;
}

/** What the message is called in the answer; `asReply` shows its text as that of a reply. */
export interface ExplainOptions {
  file: string;
  asReply?: boolean;
}

export async function explainMessage(deps: ExplainDeps, raw: Buffer, options: ExplainOptions): Promise<Explanation> {
  const reading = await deps.reader.read(raw);
  return explainReading(deps, reading, hash('sha256', raw, 'hex'), options);
}

/** The same of a message that was read; `sha256` is that of its bytes. */
export async function explainReading(
  deps: Omit<ExplainDeps, 'reader'>,
  reading: Understood | NotUnderstood,
  sha256: string,
  { file, asReply = false }: ExplainOptions,
): Promise<Explanation> {
  if ('unreadable' in reading) return unreadable(file, reading);
  const facts = await gatherFacts(deps, reading);
  const decision = decide(reading.message, facts, decisionPolicy(deps.config, false));
  const known = await findIntakeByHash(deps.db, sha256);
  return {
    file,
    ...described(reading, asReply, decision.outcome === 'ticket' ? decision.respond : facts.response.respond),
    outcome: decision.outcome,
    ticket: decision.outcome === 'comment' ? decision.ticket.number : null,
    reasons: [
      ...(known ? [`known already (${known.outcome}): poll would do nothing; a new mail like it:`] : []),
      ...decision.reasons,
      ...reading.message.defects,
    ],
  };
}

function described(reading: Understood, asReply: boolean, mayRespond: boolean) {
  const { message, classification, forwarded, bounce } = reading;
  const text = asReply ? (reading.replyText ?? reading.text) : reading.text;
  const [from] = message.from;
  return {
    from: { name: from?.name ?? '', email: from?.address ?? '' },
    subject: message.subject,
    messageId: message.messageId === null ? null : `<${message.messageId}>`,
    class: classification.class,
    automatic: classification.automatic,
    mayRespond,
    body: text.body,
    fullBody: text.fullBody,
    signature: text.signature,
    forwarded: forwarded && {
      ...forwarded,
      from: { name: forwarded.from?.name ?? '', email: forwarded.from?.address ?? '' },
    },
    bounce: bounce && {
      recipients: bounce.recipients.map(({ address, status, action }) => ({ address, status, action })),
      originalMessageId: bounce.originalMessageId === null ? null : `<${bounce.originalMessageId}>`,
    },
    attachments: message.attachments.map(({ filename, contentType, size, sha256, inline, signature = false }) => ({
      filename,
      contentType,
      size,
      sha256,
      inline,
      signature,
    })),
  };
}

function unreadable(file: string, { unreadable: reason, header }: NotUnderstood): Explanation {
  const [from] = header?.from ?? [];
  return {
    file,
    from: { name: from?.name ?? '', email: from?.address ?? '' },
    subject: header?.subject ?? '',
    messageId: header?.messageId ? `<${header.messageId}>` : null,
    class: 'unreadable',
    automatic: false,
    mayRespond: false,
    body: '',
    fullBody: '',
    signature: null,
    forwarded: null,
    bounce: null,
    attachments: [],
    outcome: 'quarantine',
    ticket: null,
    reasons: [reason],
  };
}
