// Raw bytes to an InboundMessage: header, text, attachments, reports. A reader of our own, because mail is read as it is really
// written: libraries throw on broken or huge trees, and keep one From of two (RELIABILITY §2, §3 rows 3, 15, 22).
// parse-structure.ts finds the parts, parse-body.ts the text among them.

import { createHash } from 'node:crypto';
import type { AttachedMessage, InboundMessage, MailAddress, MessageAttachment, ReportPart } from '../domain/message.ts';
import { NotMailError } from '../errors.ts';
import { cut, decodeCharset } from '../text/charset.ts';
import { decodeHeaderText } from '../text/encoded-word.ts';
import { inventFilename, safeFilename } from '../text/filename.ts';
import { parseMsgIds } from '../text/msg-id.ts';
import { nameOneAuthor, parseAddresses } from './address.ts';
import { type Body, divideParts, givenName, readBody } from './parse-body.ts';
import { decodeContent, decodeInPieces } from './parse-content.ts';
import { decodeFieldValue, fieldValue, readHeaderBlock, toHeaderFields } from './parse-header.ts';
import { type Part, readStructure, type Structure } from './parse-structure.ts';

export interface ParseLimits {
  /** Parts of the MIME tree; what comes after them is left out. */
  maxParts: number;
  /** UTF-16 units of text, and of HTML. */
  maxText: number;
}

const defaultLimits: ParseLimits = { maxParts: 10_000, maxText: 2_000_000 };
const maxSubject = 4_000;
const maxReportPart = 256_000;
const maxReportParts = 50;
const maxAttachedMessages = 10;
const maxAddresses = 1_000;

/** Nothing at all can be read: no bytes, or no header field among them. */
export class UnreadableMessage extends NotMailError {
  readonly reason: string;
  constructor(reason: string) {
    super(`This is no mail that can be read: ${reason}.`);
    this.reason = reason;
  }
  override get name(): string {
    return 'UnreadableMessage';
  }
}

/**
 * Reads a message. Whatever is broken is mended or left out and named in `defects`; time and memory are linear in its size.
 * Rejects with UnreadableMessage when there is not even one header field.
 */
export async function parseMessage(raw: Buffer, limits: Partial<ParseLimits> = {}): Promise<InboundMessage> {
  const effective = { ...defaultLimits, ...limits };
  const bytes = withLineFeeds(raw);
  const structure = readStructure(bytes, effective);
  const top = topPart(structure);
  const hint = charsetHint(structure);
  const { body, attached } = divideParts(structure.parts);
  const content = readBody(bytes, structure.parts, body, effective);
  const defects = [...structure.defects];
  if (content.isCut) defects.push(`text over the limit of ${effective.maxText} characters was left out`);
  const sources = listSources(bytes, structure.parts, attached, content);
  const ids = (name: string): string[] => parseMsgIds(allValues(top, name).join(' '));
  const addresses = (name: string): MailAddress[] => readAddresses(top, name, hint);
  return {
    sizeBytes: raw.length,
    headers: toHeaderFields(top.fields, hint),
    from: addresses('from'),
    isAuthorUnclear: !nameOneAuthor(allValues(top, 'from').map((value) => decodeFieldValue(value, hint))),
    sender: addresses('sender')[0] ?? null,
    replyTo: addresses('reply-to'),
    to: addresses('to'),
    cc: addresses('cc'),
    subject: readSubject(top, hint),
    messageId: ids('message-id')[0] ?? null,
    inReplyTo: ids('in-reply-to'),
    references: ids('references'),
    date: readDate(top),
    contentType: top.contentType,
    contentTypeParams: [...top.params],
    text: content.text,
    flowed: content.flowed,
    html: content.html,
    attachments: describeAttachments(sources, structure.parts, content.html),
    reportParts: readReports(bytes, attached),
    attachedMessages: readAttachedMessages(bytes, attached, effective),
    defects,
  };
}

/**
 * Reads a message once and gives the decoded content of the attachment at an `index` of `InboundMessage.attachments`, which
 * throws RangeError beyond the last: reading it anew for each would take hours where there are ten thousand.
 */
export function openAttachments(raw: Buffer, limits: Partial<ParseLimits> = {}): (index: number) => Buffer {
  const effective = { ...defaultLimits, ...limits };
  const bytes = withLineFeeds(raw);
  const { parts } = readStructure(bytes, effective);
  const { body, attached } = divideParts(parts);
  const sources = listSources(bytes, parts, attached, readBody(bytes, parts, body, effective));
  return (index) => {
    const source = sources[index];
    if (source === undefined) throw new RangeError(`The message has no attachment ${index + 1}.`);
    return source.content();
  };
}

/** Mail of old Macs has CR alone for line ends; a byte order mark in front is none of the message. */
function withLineFeeds(raw: Buffer): Buffer {
  const bytes = raw[0] === 0xef && raw[1] === 0xbb && raw[2] === 0xbf ? raw.subarray(3) : raw;
  const start = bytes.subarray(0, 4_096);
  if (start.includes(10) || !start.includes(13)) return bytes;
  // Byte by byte: as text it would take several times its size. CR LF is left to be read as it is.
  const lines = Buffer.from(bytes);
  for (let at = lines.indexOf(13); at >= 0; at = lines.indexOf(13, at + 1)) if (lines[at + 1] !== 10) lines[at] = 10;
  return lines;
}

function topPart({ parts }: Structure): Part {
  const top = parts[0];
  if (top === undefined || top.fields.length === 0) throw new UnreadableMessage('it has no header fields');
  return top;
}

/** The charset of the first text: what raw 8-bit header fields are most likely written in. */
function charsetHint({ parts }: Structure): string | null {
  const charset = parts.find((part) => part.params.has('charset'))?.params.get('charset') ?? null;
  return charset !== null && /^(?:utf-?8|us-ascii)$/i.test(charset) ? null : charset;
}

const allValues = (part: Part, name: string): string[] =>
  part.fields.filter((field) => field.name === name).map((field) => field.value);

function readAddresses(part: Part, name: string, hint: string | null): MailAddress[] {
  const values = allValues(part, name).map((value) => decodeFieldValue(value, hint));
  return values.flatMap(parseAddresses).slice(0, maxAddresses);
}

function readSubject(part: Part, hint: string | null): string {
  return cut(decodeHeaderText(decodeFieldValue(fieldValue(part.fields, 'subject').slice(0, 16_000), hint)), maxSubject);
}

function readDate(part: Part): string | null {
  const date = cut(decodeFieldValue(fieldValue(part.fields, 'date'), null).trim(), 200);
  return date === '' ? null : date;
}

/** An attachment that is not decoded yet. */
interface Source {
  part: Part;
  name: string;
  contentType: string;
  content(): Buffer;
  /** The content again, each piece good until the next. */
  pieces(): Iterable<Buffer>;
}

const contentOf = (bytes: Buffer, part: Part): Buffer =>
  decodeContent(bytes.subarray(part.start, part.end), part.encoding);

/** In document order; files uuencoded in a text stand where the text does. */
function listSources(bytes: Buffer, parts: readonly Part[], attached: readonly Part[], { uuencoded }: Body): Source[] {
  const isAttached = new Set(attached);
  const sources: Source[] = [];
  for (const part of parts) {
    for (const { name, content } of uuencoded.get(part.index) ?? [])
      sources.push({
        part,
        name: decodeFieldValue(name, null),
        contentType: 'application/octet-stream',
        content: () => content,
        pieces: () => [content],
      });
    if (!isAttached.has(part)) continue;
    sources.push({
      part,
      name: givenName(part),
      contentType: part.contentType,
      content: () => contentOf(bytes, part),
      pieces: () => decodeInPieces(bytes.subarray(part.start, part.end), part.encoding),
    });
  }
  return sources;
}

function describeAttachments(
  sources: readonly Source[],
  parts: readonly Part[],
  html: string | null,
): MessageAttachment[] {
  if (sources.length === 0) return [];
  const shown = new Set<string>();
  for (const match of (html ?? '').matchAll(/cid:([^"'\s>)]{1,300})/gi)) shown.add(decodeCid(match[1] ?? ''));
  return sources.map(({ part, name, contentType, content, pieces }, index) => {
    const contentId =
      fieldValue(part.fields, 'content-id')
        .replace(/^[\s<]+|[\s>]+$/g, '')
        .slice(0, 300) || null;
    const isRelated = parts[part.parent]?.contentType === 'multipart/related' && contentType.startsWith('image/');
    return {
      filename: safeFilename(name) || safeFilename(otherName(part, content)) || inventFilename(contentType, index + 1),
      contentType,
      ...measure(pieces()),
      contentId,
      inline: contentId !== null && (shown.has(contentId) || (isRelated && part.disposition !== 'attachment')),
    };
  });
}

function measure(pieces: Iterable<Buffer>): Pick<MessageAttachment, 'size' | 'sha256'> {
  const hash = createHash('sha256');
  let size = 0;
  for (const piece of pieces) {
    hash.update(piece);
    size += piece.length;
  }
  return { size, sha256: hash.digest('hex') };
}

/** In HTML a Content-ID is written as a URL (RFC 2392). */
function decodeCid(cid: string): string {
  try {
    return decodeURIComponent(cid);
  } catch {
    return cid;
  }
}

/** A name for a part that was given none: the subject of an attached message, the end of a Content-Location. */
function otherName(part: Part, content: () => Buffer): string {
  if (isMessage(part)) {
    const bytes = content();
    const { fields } = readHeaderBlock(bytes.subarray(0, 65_536), 0, Math.min(bytes.length, 65_536));
    const subject = cut(decodeHeaderText(decodeFieldValue(fieldValue(fields, 'subject'), null)), 100);
    return subject === '' ? '' : `${subject.replace(/[\\/]/g, '_')}.eml`;
  }
  const location = decodeFieldValue(fieldValue(part.fields, 'content-location'), null);
  return /^[^?#]{0,500}\/?[^/?#]{1,200}\.[a-z0-9]{1,5}$/i.test(location) ? location : '';
}

const isMessage = ({ contentType }: Part): boolean =>
  contentType === 'message/rfc822' || contentType === 'message/global';

// What rules read inside: reports (RFC 6522, RFC 3464, RFC 8098, RFC 5965), messages and headers they return, invitations.
const report =
  /^(?:message\/(?:rfc822|global|partial|(?:global-)?delivery-status|(?:global-)?disposition-notification|feedback-report|rfc822-headers|global-headers)|text\/(?:rfc822-headers|calendar))$/;

function readReports(bytes: Buffer, attached: readonly Part[]): ReportPart[] {
  const parts = attached.filter((part) => report.test(part.contentType));
  return parts.slice(0, maxReportParts).map((part) => {
    const content = contentOf(bytes, part).subarray(0, maxReportPart);
    const text = decodeCharset(content, part.params.get('charset') ?? null)
      .replace(/\r\n?/g, '\n')
      .replaceAll('\u0000', '');
    return { contentType: part.contentType, content: text };
  });
}

function readAttachedMessages(bytes: Buffer, attached: readonly Part[], limits: ParseLimits): AttachedMessage[] {
  return attached
    .filter(isMessage)
    .slice(0, maxAttachedMessages)
    .map((part) => {
      const inner = contentOf(bytes, part);
      const structure = readStructure(inner, limits);
      const top = structure.parts[0];
      if (top === undefined || top.fields.length === 0) return null;
      const hint = charsetHint(structure);
      const { text, html } = readBody(inner, structure.parts, divideParts(structure.parts).body, limits);
      const messageId = parseMsgIds(fieldValue(top.fields, 'message-id'))[0] ?? null;
      const from = readAddresses(top, 'from', hint);
      return { from, subject: readSubject(top, hint), date: readDate(top), messageId, text, html };
    })
    .filter((message) => message !== null);
}
