// A mail forwarded as an attachment (message/rfc822): read from its text as far as From, Subject, Date and the first text part.

import { decodeCharset } from '../text/charset.ts';
import { decodeHeaderText } from '../text/encoded-word.ts';
import { htmlToText } from '../text/html.ts';
import { readPerson } from './forward-people.ts';
import type { ForwardedMessage, InboundMessage } from './message.ts';

/** The first attached message of a mail that is no report, or null. `comment` is the text of the mail around it. */
export function readAttachedForward(message: InboundMessage, comment: string): ForwardedMessage | null {
  // A bounce and a read receipt carry the mail they are about (RFC 6522); nobody forwarded it.
  if (message.contentType === 'multipart/report') return null;
  if (
    message.reportParts.some(({ contentType }) => /delivery-status|disposition-notification|feedback/.test(contentType))
  )
    return null;
  const part = message.reportParts.find(({ contentType }) => contentType === 'message/rfc822');
  if (part === undefined) return null;
  const { fields, body } = divide(part.content);
  const from = fields.get('from');
  if (from === undefined) return null;
  return {
    comment: comment.trim(),
    from: readPerson(decodeHeaderText(from)),
    subject: fields.has('subject') ? decodeHeaderText(fields.get('subject') ?? '') : null,
    date: fields.get('date')?.trim() ?? null,
    body: readTextPart(fields, body, 0).trim(),
  };
}

/** Header fields (the first of a name counts, names in lower case, values unfolded) and what follows the blank line. */
function divide(content: string): { fields: Map<string, string>; body: string } {
  const text = content.replace(/\r\n?/g, '\n').replace(/^\n+/, '');
  const blank = text.indexOf('\n\n');
  const head = blank < 0 ? text : text.slice(0, blank);
  const fields = new Map<string, string>();
  for (const line of head.replace(/\n[ \t]+/g, ' ').split('\n')) {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(colon, 0)).trim().toLowerCase();
    if (name !== '' && !fields.has(name)) fields.set(name, line.slice(colon + 1).trim());
  }
  return { fields, body: blank < 0 ? '' : text.slice(blank + 2) };
}

const deepest = 8;
const mostParts = 50;

function readTextPart(fields: ReadonlyMap<string, string>, body: string, depth: number): string {
  const contentType = fields.get('content-type') ?? 'text/plain';
  const type = (contentType.split(';', 1)[0] ?? '').trim().toLowerCase();
  if (type.startsWith('multipart/')) return depth < deepest ? readMultipart(contentType, body, depth) : '';
  if (!type.startsWith('text/') || /^attachment/i.test(fields.get('content-disposition') ?? '')) return '';
  const text = decode(fields.get('content-transfer-encoding') ?? '', parameter(contentType, 'charset'), body);
  return type === 'text/html' ? htmlToText(text) : text;
}

/** The first part that has text, a plain one before an HTML one. */
function readMultipart(contentType: string, body: string, depth: number): string {
  const boundary = parameter(contentType, 'boundary');
  if (boundary === null) return '';
  const parts = `\n${body}`
    .split(`\n--${boundary}`, mostParts)
    .slice(1)
    .map((part) => divide(part.replace(/^[^\n]*\n/, '')));
  const isHtml = (fields: ReadonlyMap<string, string>): number =>
    Number(/^\s*text\/html/i.test(fields.get('content-type') ?? ''));
  for (const part of parts.sort((a, b) => isHtml(a.fields) - isHtml(b.fields))) {
    const text = readTextPart(part.fields, part.body, depth + 1);
    if (text.trim() !== '') return text;
  }
  return '';
}

function parameter(value: string, name: string): string | null {
  const match = new RegExp(`;\\s{0,9}${name}\\s{0,9}=\\s{0,9}(?:"([^"]{1,200})"|([^\\s;]{1,200}))`, 'i').exec(
    value.slice(0, 2_000),
  );
  return match?.[1] ?? match?.[2] ?? null;
}

function decode(encoding: string, charset: string | null, body: string): string {
  switch (encoding.trim().toLowerCase()) {
    case 'base64':
      return decodeCharset(Buffer.from(body, 'base64'), charset);
    case 'quoted-printable': {
      const bytes = body
        .replace(/[ \t]+\n/g, '\n')
        .replace(/=\n/g, '')
        .replace(/=([0-9a-f]{2})/gi, (_whole, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
      return decodeCharset(Buffer.from(bytes, 'latin1'), charset);
    }
    default:
      return body;
  }
}
