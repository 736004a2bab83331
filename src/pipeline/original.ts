// A forwarded mail judged as if it had come by itself: by the same rules, over what the forward shows of it.

import { classifyMessage, isOwnAddress, type OwnIdentity } from '../domain/classify.ts';
import type { Classification, ForwardedMessage, InboundMessage, MailAddress, MessageText } from '../domain/message.ts';
import { mayRespond } from '../domain/responder.ts';
import { readText } from '../domain/text-of.ts';
import { normalizeAddress } from '../mail/address.ts';
import { parseMessage, UnreadableMessage } from '../mail/parse.ts';
import { trimReply } from '../text/trim.ts';

export interface OriginalMail {
  /** As the forward names them: nothing but the word of the forwarder stands for it. */
  from: MailAddress;
  subject: string;
  /** Without angle brackets; known of attached mails alone. */
  messageId: string | null;
  classification: Classification;
  response: { respond: boolean; reasons: string[] };
  text: MessageText;
  /** What the forwarder wrote above it, their signature apart; null for nothing but that. */
  comment: { visible: string; signature: string | null } | null;
}

/** Null where the forward names no sender that could be written to, or where that is ourselves or the forwarder. */
export async function readOriginal(
  message: InboundMessage,
  forwarded: ForwardedMessage,
  own: OwnIdentity,
): Promise<OriginalMail | null> {
  const address = normalizeAddress(forwarded.from?.address ?? '');
  if (address === null || isOwnAddress(address, own)) return null;
  if (message.from.some((sender) => sender.address.toLowerCase() === address.toLowerCase())) return null;
  const from = { name: forwarded.from?.name ?? '', address };
  const subject = forwarded.subject ?? message.subject;
  const attached = await readAttached(message, address);
  const original: InboundMessage = {
    ...message,
    // Of an inline forward nothing is left of the header but what these say.
    headers: attached?.headers ?? [],
    from: [from],
    sender: null,
    replyTo: attached?.replyTo ?? [],
    subject,
    messageId: attached?.messageId ?? null,
    inReplyTo: [],
    references: [],
    contentType: attached?.contentType ?? 'text/plain',
    contentTypeParams: attached?.contentTypeParams ?? [],
    text: forwarded.body,
    html: null,
    attachments: [],
    reportParts: [],
    attachedMessages: [],
  };
  const classification = classifyMessage(original, own);
  return {
    from,
    subject,
    messageId: original.messageId,
    classification,
    response: mayRespond(original, classification, own),
    text: readText(original),
    comment: readComment(forwarded.comment, message.from[0]?.name ?? ''),
  };
}

/** A comment that opens with the delimiter of RFC 3676 §4.3 is a signature that the mail program put there by itself. */
function readComment(comment: string, author: string): OriginalMail['comment'] {
  if (comment.trim() === '' || /^\s*--\s*(?:\n|$)/.test(comment)) return null;
  const { visible, signature } = trimReply(comment, { author });
  return { visible, signature };
}

/** The attached mail of that sender, which has its whole header. */
async function readAttached(message: InboundMessage, address: string): Promise<InboundMessage | null> {
  const part = message.reportParts.find(({ contentType }) => contentType === 'message/rfc822');
  if (part === undefined) return null;
  try {
    const attached = await parseMessage(Buffer.from(part.content));
    return attached.from.some((sender) => sender.address === address) ? attached : null;
  } catch (error) {
    if (error instanceof UnreadableMessage) return null;
    throw error;
  }
}
