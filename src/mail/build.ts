// OutgoingMail → the bytes of an RFC 5322 message, by nodemailer's composer. Sending them is mail/send.ts.

import MailComposer from 'nodemailer/lib/mail-composer';
import { cleanHeader } from '../domain/clean.ts';
import { isMailable, type OutgoingAttachment, type OutgoingMail } from '../domain/compose.ts';
import type { MailAddress } from '../domain/message.ts';

/**
 * The complete message: CRLF line ends, multipart/alternative of text and HTML, within multipart/mixed where there are
 * attachments (in the order given). Header values are cleaned here once more: this is the last place before the wire.
 * Throws for an address that is not of the plain form; compose has left those out.
 */
export async function buildMessage(mail: OutgoingMail): Promise<Buffer> {
  const composer = new MailComposer({
    from: address(mail.from),
    to: mail.to.map(address),
    cc: mail.cc.map(address),
    ...(mail.replyTo === null ? {} : { replyTo: address(mail.replyTo) }),
    subject: cleanHeader(mail.subject),
    messageId: `<${mail.messageId}>`,
    ...(mail.inReplyTo === null ? {} : { inReplyTo: `<${mail.inReplyTo}>` }),
    ...(mail.references.length === 0 ? {} : { references: mail.references.map((id) => `<${id}>`) }),
    date: mail.date,
    headers: mail.headers.map(([key, value]) => ({ key, value: cleanHeader(value) })),
    text: mail.text,
    html: mail.html,
    attachments: mail.attachments.map(attachment),
    newline: 'win',
    disableUrlAccess: true,
    disableFileAccess: true,
  });
  return await composer.compile().build();
}

// Objects, never strings: nothing here is read as a list of addresses again.
function address({ name, address: spec }: MailAddress): { name: string; address: string } {
  if (!isMailable(spec)) throw new Error(`not an address that mail may leave for: ${JSON.stringify(spec)}`);
  return { name: cleanHeader(name), address: spec };
}

const mediaType = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/i;
const fileNameMax = 200;

function attachment({ filename, contentType, content }: OutgoingAttachment) {
  return {
    filename: cleanHeader(filename, fileNameMax).replace(/[/\\]/g, '_') || 'attachment',
    // A message or multipart may not be base64 (RFC 2046 §5.2.1) and would have its line ends changed: as a plain file
    // its bytes arrive as they are.
    contentType:
      mediaType.test(contentType) && !/^(?:message|multipart)\//i.test(contentType)
        ? contentType
        : 'application/octet-stream',
    contentDisposition: 'attachment',
    contentTransferEncoding: 'base64',
    content,
  };
}
