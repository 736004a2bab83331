// OutgoingMail → the bytes of an RFC 5322 message. What must be encoded, quoted or folded is nodemailer's work; the frame
// around it, the same in nearly every mail, is put together here: its composer takes ten times as long, and keeps the
// transaction of a new ticket open. Sending is mail/send.ts.

import * as base64 from 'nodemailer/lib/base64';
import { detectMimeType, foldLines, hasLongerLines, isPlainText } from 'nodemailer/lib/mime-funcs';
import MimeNode from 'nodemailer/lib/mime-node';
import * as qp from 'nodemailer/lib/qp';
import { cleanHeader } from '../domain/clean.ts';
import { cleanAttachment, isMailable, type OutgoingAttachment, type OutgoingMail } from '../domain/compose.ts';
import type { MailAddress } from '../domain/message.ts';

/** A body part: header fields without the empty line, and content in its transfer encoding, one character an octet. */
interface Part {
  header: string[];
  content: string;
}

/** RFC 5322 §2.1.1 and RFC 2045 §6.7: 76 characters and less are safe everywhere. */
const lineLength = 76;

// Nothing of it is in a message; without one, nodemailer asks the system for random bytes each time.
const baseBoundary = 'unused';
const encoder = new MimeNode(undefined, { baseBoundary });

/**
 * The complete message: CRLF line ends, multipart/alternative of text and HTML, within multipart/mixed where there are
 * attachments (in the order given). Header values are cleaned here once more: this is the last place before the wire.
 * Throws for an address that is not of the plain form; compose has left those out.
 */
export function buildMessage(mail: OutgoingMail): Buffer {
  const words = multipart('alternative', boundaryOf(mail, 1), [
    textPart('text/plain', mail.text),
    textPart('text/html', mail.html),
  ]);
  const files = mail.attachments.map(attachmentPart);
  const whole = files.length === 0 ? words : multipart('mixed', boundaryOf(mail, 2), [words, ...files]);
  const header = [...headerOf(mail), 'MIME-Version: 1.0', ...whole.header];
  return Buffer.from(format({ ...whole, header }), 'latin1');
}

function headerOf(mail: OutgoingMail): string[] {
  const fields = [addressField('From', [mail.from]), addressField('To', mail.to), addressField('Cc', mail.cc)];
  if (mail.replyTo !== null) fields.push(addressField('Reply-To', [mail.replyTo]));
  fields.push(textField('Subject', mail.subject));
  // RFC 5322 §3.3 has no zone names but for the obsolete syntax.
  fields.push(`Date: ${mail.date.toUTCString().replace('GMT', '+0000')}`);
  fields.push(idField('Message-ID', [mail.messageId]));
  if (mail.inReplyTo !== null) fields.push(idField('In-Reply-To', [mail.inReplyTo]));
  fields.push(idField('References', mail.references));
  fields.push(...mail.headers.map(([name, value]) => textField(name, value)));
  return fields.filter((field) => field !== '');
}

function addressField(name: string, addresses: readonly MailAddress[]): string {
  return addresses.length === 0 ? '' : fold(`${name}: ${addresses.map(formatAddress).join(', ')}`);
}

// One word or several, which need neither quotes nor encoding (RFC 5322 §3.2.5).
const plainPhrase = /^[\w ]+$/;

function formatAddress({ name, address }: MailAddress): string {
  if (!isMailable(address)) throw new Error(`not an address that mail may leave for: ${JSON.stringify(address)}`);
  const clean = cleanHeader(name);
  if (clean === '') return address;
  if (plainPhrase.test(clean)) return `${clean} <${address}>`;
  // An object, never a string: nothing here is read as a list of addresses again.
  return encoder.encodeHeaderValue('To', { name: clean, address });
}

function idField(name: string, ids: readonly string[]): string {
  return ids.length === 0 ? '' : fold(`${name}: ${ids.map((id) => `<${id}>`).join(' ')}`);
}

// Printable ASCII. A quote, or what could be read as an encoded word, is left to nodemailer, which encodes it.
const plainValue = /^[ !#-<>-~]+$/;

function textField(name: string, value: string): string {
  const clean = cleanHeader(value);
  if (clean === '') return '';
  return fold(`${name}: ${plainValue.test(clean) ? clean : encoder.encodeHeaderValue(name, clean)}`);
}

function fold(field: string): string {
  return field.length < lineLength ? field : foldLines(field, lineLength);
}

// `=_` stands neither in quoted-printable nor in base64 (RFC 2045 §6.7, RFC 2046 §5.1.1); the rest is as unguessable as the id.
function boundaryOf(mail: OutgoingMail, part: number): string {
  return `=_${mail.messageId.slice(0, 16)}_${part}`;
}

function multipart(subtype: 'alternative' | 'mixed', boundary: string, parts: readonly Part[]): Part {
  const content = parts.map((part) => `--${boundary}\r\n${format(part)}\r\n`).join('');
  const header = [`Content-Type: multipart/${subtype}; boundary="${boundary}"`];
  return { header, content: `${content}--${boundary}--\r\n` };
}

function format({ header, content }: Part): string {
  return `${header.join('\r\n')}\r\n\r\n${content}`;
}

function textPart(type: 'text/plain' | 'text/html', text: string): Part {
  const isSevenBit = isPlainText(text) && !hasLongerLines(text, lineLength);
  const encoding = isSevenBit ? '7bit' : new MimeNode(type, { baseBoundary }).setContent(text).getTransferEncoding();
  return {
    header: [`Content-Type: ${type}; charset=utf-8`, `Content-Transfer-Encoding: ${encoding}`],
    content: encodeText(text, encoding),
  };
}

function encodeText(text: string, encoding: string | false): string {
  if (encoding === 'base64') return encodeBytes(Buffer.from(text));
  return withReturns(encoding === 'quoted-printable' ? qp.wrap(qp.encode(text), lineLength) : text);
}

function encodeBytes(content: Buffer): string {
  return base64.wrap(base64.encode(content), lineLength);
}

function withReturns(text: string): string {
  return text.replace(/\r?\n/g, '\r\n');
}

function attachmentPart(file: OutgoingAttachment): Part {
  const { filename, contentType, content } = cleanAttachment(file);
  // A part of something: as a message of its own it would get a Date and a Message-ID.
  const node = new MimeNode('multipart/mixed', { baseBoundary }).createChild(contentType, { filename });
  node.setHeader('Content-Transfer-Encoding', 'base64');
  node.setHeader('Content-Disposition', 'attachment');
  return { header: [node.buildHeaders()], content: encodeBytes(content) };
}

/** The media type that goes with a file's name, `application/octet-stream` for an unknown one. */
export function contentTypeOf(filename: string): string {
  return detectMimeType(filename);
}
