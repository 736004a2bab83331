// Which parts of a message are its text, and which are attachments; and the text of several parts made one.

import { isUtf8 } from 'node:buffer';

import { cut, decodeCharset } from '../text/charset.ts';
import { unflow } from '../text/flowed.ts';
import { htmlToText } from '../text/html.ts';
import { decodeContent } from './parse-content.ts';
import type { Part } from './parse-structure.ts';
import { takeUuencoded, type UuencodedFile } from './parse-uuencode.ts';

export interface BodyLimits {
  /** UTF-16 units of text, and as many of HTML. */
  maxText: number;
}

export interface Body {
  text: string | null;
  html: string | null;
  flowed: boolean;
  /** Files that stood uuencoded in the text, by the index of their part. */
  uuencoded: Map<number, UuencodedFile[]>;
  isCut: boolean;
}

/** Text and HTML of one place in the message: a part, or the alternatives of one. */
interface Slot {
  order: number;
  branch: number;
  text: string | null;
  html: string | null;
}

/** The name that a part was given, undecoded paths and all; '' for none. */
export function givenName(part: Part): string {
  const name =
    part.dispositionParams.get('filename') ||
    part.dispositionParams.get('name') ||
    part.params.get('name') ||
    part.params.get('filename') ||
    '';
  // filename='report.pdf', of scripts that take the other quotation mark
  return /^'([^']+)'$/.exec(name)?.[1] ?? name;
}

// Text of a kind that nobody knows is text (RFC 2046 §4.1.4); not calendars, cards and tables, which are files to people.
const isText =
  /^text\/(?!(?:calendar|x-?v(?:card|calendar)|vcard|directory|csv|tab-separated-values|rfc822-headers|css|(?:java|ecma)script|xml|vtt)$)/;

/** The leaf parts, divided. A text part with a name is a file, unless it is the first text and nothing says attachment. */
export function divideParts(parts: readonly Part[]): { body: Part[]; attached: Part[] } {
  const leaves = parts.filter((part) => !part.hasChildren);
  const body: Part[] = [];
  const attached: Part[] = [];
  for (const part of leaves) (isBody(part, body, parts) ? body : attached).push(part);
  // `Content-Disposition: attachment` on the only text, without a name: some forms and scanners write so. Or text of a rare kind.
  const lone =
    body.length > 0 ? undefined : attached.find((part) => isText.test(part.contentType) && givenName(part) === '');
  if (lone) {
    body.push(lone);
    attached.splice(attached.indexOf(lone), 1);
  }
  return { body, attached };
}

function isBody(part: Part, before: readonly Part[], parts: readonly Part[]): boolean {
  if (part.contentType !== 'text/plain' && part.contentType !== 'text/html') return false;
  if (part.disposition === 'attachment') return false;
  if (givenName(part) === '') return true;
  const isAlternative = parts[part.parent]?.contentType === 'multipart/alternative';
  return isAlternative || before.length === 0;
}

/** Decodes and joins the text parts: alternatives count once, blank ones not at all. */
export function readBody(raw: Buffer, parts: readonly Part[], body: readonly Part[], limits: BodyLimits): Body {
  const result: Body = { text: null, html: null, flowed: false, uuencoded: new Map(), isCut: false };
  const slots = new Map<number, Slot[]>();
  const { owner, branch } = findAlternatives(parts);
  const add = (index: number, content: Pick<Slot, 'text' | 'html'>): void => {
    const key = owner[index] ?? -1;
    const slot = { order: index, branch: branch[index] ?? index, ...content };
    const list = slots.get(key);
    if (list) list.push(slot);
    else slots.set(key, [slot]);
  };
  let left = limits.maxText;
  for (const part of body) {
    const content = readTextPart(raw, part, Math.max(left, 0), result);
    left -= content.length;
    if (content.trim() !== '')
      add(part.index, part.contentType === 'text/html' ? { text: null, html: content } : { text: content, html: null });
  }
  const alternatives = [...slots.keys(), ...parts.map((part) => part.index)].filter(
    (key) => key >= 0 && isAlternative(parts[key]),
  );
  for (const key of [...new Set(alternatives)].sort((a, b) => b - a)) {
    const chosen = chooseAlternative(slots.get(key) ?? []);
    if (chosen.text !== null || chosen.html !== null) add(key, chosen);
  }
  return { ...result, ...combine(slots.get(-1) ?? []) };
}

const isAlternative = (part: Part | undefined): boolean => part?.contentType === 'multipart/alternative';

/** For each part the nearest multipart/alternative around it (-1 for none), and its ancestor right below that one. */
function findAlternatives(parts: readonly Part[]): { owner: number[]; branch: number[] } {
  const owner: number[] = [];
  const branch: number[] = [];
  for (const { index, parent } of parts) {
    const isDirect = parent < 0 || isAlternative(parts[parent]);
    owner.push(parent < 0 ? -1 : isAlternative(parts[parent]) ? parent : (owner[parent] ?? -1));
    branch.push(isDirect ? index : (branch[parent] ?? index));
  }
  return { owner, branch };
}

/** The first plain text and the richest, that is last, HTML (RFC 2046 §5.1.4). */
function chooseAlternative(slots: readonly Slot[]): Pick<Slot, 'text' | 'html'> {
  const branches = new Map<number, Slot[]>();
  for (const slot of slots) {
    const list = branches.get(slot.branch);
    if (list) list.push(slot);
    else branches.set(slot.branch, [slot]);
  }
  const choices = [...branches.values()].map(combine);
  return {
    text: choices.find(({ text }) => text !== null)?.text ?? null,
    html: choices.findLast(({ html }) => html !== null)?.html ?? null,
  };
}

/** Several texts below each other. Where some are text and others HTML, each gets the form it lacks, so that nothing is missing in either. */
function combine(slots: readonly Slot[]): Pick<Slot, 'text' | 'html'> {
  const ordered = [...slots].sort((a, b) => a.order - b.order);
  const isMixed = ordered.some(({ text }) => text === null) && ordered.some(({ html }) => html === null);
  const hasText = isMixed || ordered.some(({ text }) => text !== null);
  const hasHtml = isMixed || ordered.some(({ html }) => html !== null);
  const joinTexts = (): string => ordered.map(({ text, html }) => text ?? htmlToText(html ?? '')).join('\n');
  const joinHtmls = (): string => ordered.map(({ text, html }) => html ?? textToHtml(text ?? '')).join('\n');
  return { text: hasText ? joinTexts() : null, html: hasHtml ? joinHtmls() : null };
}

function textToHtml(text: string): string {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return `<div style="white-space: pre-wrap">${escaped}</div>`;
}

// <meta charset="gb2312"> <meta http-equiv="Content-Type" content="text/html; charset=gb2312"> <?xml version="1.0" encoding="koi8-r"?>
const metaCharset = /(?:<meta[^>]{1,200}charset|<\?xml[^>]{1,60}encoding)\s{0,3}=\s{0,3}["']?([a-z0-9_-]{1,40})/i;

/** A few words labelled base64 decode to garbage: then they were not encoded. */
function decodeText(bytes: Buffer, part: Part): Buffer {
  const decoded = decodeContent(bytes, part.encoding);
  const isShort = part.encoding === 'base64' && bytes.length < 200;
  return isShort && /^(?:utf-?8|us-ascii|)$/i.test(part.params.get('charset') ?? '') && !isUtf8(decoded)
    ? bytes
    : decoded;
}

function readTextPart(raw: Buffer, part: Part, limit: number, result: Body): string {
  const decoded = decodeText(raw.subarray(part.start, part.end), part);
  const isPlain = part.contentType === 'text/plain';
  const { rest, files } = isPlain ? takeUuencoded(decoded) : { rest: decoded, files: [] };
  if (files.length > 0) result.uuencoded.set(part.index, files);
  // Four bytes make one character at most in every charset but UTF-7 and the like; more need not be decoded.
  const bytes = rest.subarray(0, limit * 4);
  const label = part.params.get('charset') ?? '';
  const meta = isPlain ? null : (metaCharset.exec(bytes.toString('latin1', 0, 4_000))?.[1] ?? null);
  const whole = decodeCharset(bytes, label, meta).replace(/\r\n?/g, '\n').replaceAll('\u0000', '');
  const text = cut(whole, limit);
  if (text.length < whole.length || bytes.length < rest.length) result.isCut = true;
  if (!isPlain || part.params.get('format')?.toLowerCase() !== 'flowed') return text;
  result.flowed = true;
  return unflow(text, part.params.get('delsp')?.toLowerCase() === 'yes');
}
