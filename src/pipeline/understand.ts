// From raw bytes to everything that tkt makes of a message without asking the store: parsed, classified, divided.
// Pure but for the parsing, and plain data on the way out, so that it can run in a worker that is stopped when it takes too long.

import { readBounce } from '../domain/bounce.ts';
import { classifyMessage } from '../domain/classify.ts';
import { readForward } from '../domain/forward.ts';
import type { BounceReport, Classification, ForwardedMessage, InboundMessage, MessageText } from '../domain/message.ts';
import { mayRespond } from '../domain/responder.ts';
import { markSignatureImages } from '../domain/signature-images.ts';
import { readText } from '../domain/text-of.ts';
import { parseMessage, UnreadableMessage } from '../mail/parse.ts';
import { type OriginalMail, readOriginal } from './original.ts';

/** Who we are, to know our own mail when it comes back. */
export interface OwnIdentity {
  /** The support addresses, lower case. */
  addresses: string[];
  /** The value of our X-Tkt-Loop field. */
  instance: string;
}

export interface Understood {
  /** Its `text` and `html` are left out: `text` beside it has what was made of them. */
  message: InboundMessage;
  classification: Classification;
  bounce: BounceReport | null;
  response: { respond: boolean; reasons: string[] };
  text: MessageText;
  /** The text read as that of a reply; null where that is the same. */
  replyText: MessageText | null;
  forwarded: ForwardedMessage | null;
  /** What was forwarded, as a mail of its own; null where that has no sender to speak of. */
  original: OriginalMail | null;
}

/** A message that could not be read: it is held, with the reason. */
export interface NotUnderstood {
  unreadable: string;
  /** What its header says, where that much could be read. */
  header?: InboundMessage;
}

/** Reads one message. Never throws for what is in it. */
export async function understand(raw: Buffer, own: OwnIdentity): Promise<Understood | NotUnderstood> {
  let message: InboundMessage;
  try {
    message = await parseMessage(raw);
  } catch (error) {
    if (error instanceof UnreadableMessage) return { unreadable: error.message };
    throw error;
  }
  const classification = classifyMessage(message, own);
  const forwarded = readForward(message);
  // What forwards nothing reads the same as a reply.
  const text = readText(message, { asReply: forwarded === null });
  const attachments = markSignatureImages(message, text);
  return {
    classification,
    bounce: classification.class === 'bounce' ? readBounce(message) : null,
    response: mayRespond(message, classification, own),
    text,
    replyText: forwarded && readText(message, { asReply: true }),
    forwarded,
    original: forwarded && (await readOriginal(message, forwarded, own)),
    message: { ...message, attachments, text: null, html: null, reportParts: [], attachedMessages: [] },
  };
}
