// Which of our mails a delivery report is about: the Message-ID of the returned mail.

import type { InboundMessage } from './message.ts';

const idField = /^(?:>\s?)?[ \t]{0,4}(?:x-)?(?:original-)?message-id[ \t]{0,4}:[ \t]*(?:\n[ \t]+)?<([^<>\s]{1,250})>/im;
const returnedPart = /^(?:message\/(?:rfc822|rfc822-headers|global|global-headers|partial)|text\/rfc822-headers?)/;

/** The header of a message that is text: up to the first blank line, at most 32 kB. */
function headerBlock(content: string): string {
  const text = content.slice(0, 32_000).replace(/^[\s]+/, '');
  const end = text.indexOf('\n\n');
  return end < 0 ? text : text.slice(0, end + 1);
}

/**
 * From the returned mail or its header, attached or in the text (`returned`), then from the report's own fields, then
 * from the thread it claims to be in (Exchange and Gmail name the mail in In-Reply-To). Without angle brackets.
 */
export function findOriginalMessageId(message: InboundMessage, returned: string, notice = ''): string | null {
  for (const part of message.reportParts) {
    if (!returnedPart.test(part.contentType)) continue;
    const id = idField.exec(headerBlock(part.content))?.[1];
    if (id !== undefined) return id;
  }
  const inText = idField.exec(returned.slice(0, 40_000))?.[1];
  if (inText !== undefined) return inText;
  for (const part of message.reportParts) {
    const id = part.contentType.startsWith('message/') ? idField.exec(part.content.slice(0, 40_000))?.[1] : undefined;
    if (id !== undefined) return id;
  }
  // PMDF and its heirs: "This report relates to a message you sent with the following header fields:   Message-id: <…>"
  const inNotice = idField.exec(notice.slice(0, 20_000))?.[1];
  if (inNotice !== undefined) return inNotice;
  return message.inReplyTo[0] ?? message.references.at(-1) ?? null;
}
