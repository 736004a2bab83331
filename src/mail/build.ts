// OutgoingMail → the bytes of an RFC 5322 message, by nodemailer's composer. Sending them is mail/send.ts.

import * as base64 from 'nodemailer/lib/base64';
import MailComposer from 'nodemailer/lib/mail-composer';
import { detectMimeType } from 'nodemailer/lib/mime-funcs';
import type MimeNode from 'nodemailer/lib/mime-node';
import * as qp from 'nodemailer/lib/qp';
import { cleanHeader } from '../domain/clean.ts';
import { cleanAttachment, isMailable, type OutgoingAttachment, type OutgoingMail } from '../domain/compose.ts';
import type { MailAddress } from '../domain/message.ts';

/**
 * The complete message: CRLF line ends, multipart/alternative of text and HTML, within multipart/mixed where there are
 * attachments (in the order given). Header values are cleaned here once more: this is the last place before the wire.
 * Throws for an address that is not of the plain form; compose has left those out.
 */
export function buildMessage(mail: OutgoingMail): Buffer {
  return assemble(treeOf(mail));
}

/** The MIME tree of a message, header fields and all. */
export function treeOf(mail: OutgoingMail): MimeNode {
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
    // As unguessable as the id; nodemailer would ask the system for random bytes for each part.
    baseBoundary: mail.messageId.slice(0, 16),
    newline: 'win',
    disableUrlAccess: true,
    disableFileAccess: true,
  });
  return composer.compile();
}

/**
 * The bytes of a tree, the same as nodemailer's own `build` makes of it. That goes through several streams and turns of the
 * event loop for each part, which costs more than all else that a new ticket takes, and keeps its transaction open.
 */
export function assemble(tree: MimeNode): Buffer {
  return Buffer.from(assembleNode(tree), 'latin1');
}

function assembleNode(node: MimeNode): string {
  const header = `${node.buildHeaders()}\r\n\r\n`;
  if (!node.multipart) return header + encodeContent(node);
  const parts = node.childNodes.map((child) => `--${node.boundary}\r\n${assembleNode(child)}`);
  return `${header}${parts.join('\r\n')}\r\n--${node.boundary}--\r\n`;
}

function encodeContent(node: MimeNode): string {
  const content = Buffer.from((node.content ?? '') as string | Buffer);
  switch (node.getTransferEncoding()) {
    case 'base64':
      return base64.wrap(base64.encode(content), lineLength);
    case 'quoted-printable':
      return withReturns(qp.wrap(qp.encode(content), lineLength));
    default:
      return withReturns(content.toString('latin1'));
  }
}

function withReturns(text: string): string {
  return text.replace(/\r?\n/g, '\r\n');
}

/** RFC 2045 §6.7 and §6.8. */
const lineLength = 76;

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
