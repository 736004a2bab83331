// OutgoingMail → the bytes of an RFC 5322 message, by nodemailer's composer. Sending them is mail/send.ts.

import MailComposer from 'nodemailer/lib/mail-composer';
import { detectMimeType } from 'nodemailer/lib/mime-funcs';
import { cleanHeader } from '../domain/clean.ts';
import { cleanAttachment, isMailable, type OutgoingAttachment, type OutgoingMail } from '../domain/compose.ts';
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

function attachment(file: OutgoingAttachment) {
  return { ...cleanAttachment(file), contentDisposition: 'attachment', contentTransferEncoding: 'base64' };
}

/** The media type that goes with a file's name, `application/octet-stream` for an unknown one. */
export function contentTypeOf(filename: string): string {
  return detectMimeType(filename);
}
