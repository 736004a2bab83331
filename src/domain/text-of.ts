// The text of a message, divided: what is new, all of it, and the signature.

import { htmlToText } from '../text/html.ts';
import { readHtmlLines } from '../text/html-quote.ts';
import { type TrimmedReply, trimReply } from '../text/trim.ts';
import { readForward } from './forward.ts';
import type { InboundMessage, MessageText } from './message.ts';

/**
 * The text part, or the HTML part's text where there is none. What is forwarded belongs to the body; quoted history and the
 * signature do not, unless nothing else is there. `fullBody` is all of it. `asReply`: it is known to be a reply, so that
 * what looks forwarded is history.
 */
export function readText(message: InboundMessage, options: { asReply: boolean } = { asReply: false }): MessageText {
  const { text, html } = chooseBodies(message);
  const fullBody = (text ?? htmlToText(html ?? '')).replace(/^\ufeff/, '').trim();
  if (fullBody === '') return { body: '', fullBody, signature: null };
  if (!options.asReply && readForward(message) !== null) return { body: fullBody, fullBody, signature: null };
  const author = message.from.length === 1 ? (message.from[0]?.name ?? '') : '';
  const fromText = text === null ? null : trimReply(text, { author });
  const isSettled = fromText?.cut && fromText.signature !== null;
  const fromHtml = html === null || isSettled ? null : trimHtml(html, author);
  const { visible, signature } = combine(fromText, fromHtml);
  return { body: visible.trim(), fullBody, signature };
}

/** The bodies that have words in them; a text part that is no form of the HTML part is put below it. */
function chooseBodies({ text, html }: InboundMessage): { text: string | null; html: string | null } {
  const hasWords = (body: string | null): body is string => body !== null && body.trim() !== '';
  if (!hasWords(text) || !hasWords(html))
    return { text: hasWords(text) ? text : null, html: hasWords(html) ? html : null };
  return isStub(text, html) ? { text: null, html: `${html}<p>${escapeHtml(text)}</p>` } : { text, html };
}

// A list's footer in a part of its own, or "This message needs a program that shows HTML".
const longestStub = 400;

function isStub(text: string, html: string): boolean {
  if (text.length > longestStub) return false;
  const shown = htmlToText(html);
  return shown.length > text.length * 2 && shareOf(text, shown) < 0.5;
}

/** Most of the words of the first are in the second: they are two forms of one text. */
function isWithin(part: string, whole: string): boolean {
  return shareOf(part, whole) >= 0.8;
}

function shareOf(part: string, whole: string): number {
  const wordsOf = (body: string): string[] => body.toLowerCase().match(/\p{L}{1,40}/gu) ?? [];
  const known = new Set(wordsOf(whole));
  const words = wordsOf(part);
  return words.length === 0 ? 1 : words.filter((word) => known.has(word)).length / words.length;
}

function escapeHtml(text: string): string {
  return text.trim().replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/\n/g, '<br>');
}

function trimHtml(html: string, author: string): TrimmedReply {
  const { text, marks } = readHtmlLines(html);
  return trimReply(text, { author, marks });
}

/** The text part is what people read; HTML tells more of the structure where the words tell nothing. */
function combine(fromText: TrimmedReply | null, fromHtml: TrimmedReply | null): TrimmedReply {
  if (fromText === null) return fromHtml ?? { visible: '', signature: null, cut: false };
  if (fromHtml === null) return fromText;
  if (!fromText.cut && fromHtml.cut && isWithin(fromHtml.visible, fromText.visible)) return fromHtml;
  if (fromText.signature !== null || fromHtml.signature === null) return fromText;
  const visible = withoutTail(fromText.visible, fromHtml.signature);
  return visible === null ? fromText : { ...fromText, visible, signature: fromHtml.signature };
}

const longestSignature = 4_000;
const mostSignatureLines = 200;

const squeezed = (text: string): string => text.replace(/[\s\u200b\ufeff*_>-]+/g, '');

/** The text without lines at its end that say the same as `tail`, however they are broken; null if it does not end so. */
function withoutTail(text: string, tail: string): string | null {
  const wanted = squeezed(tail);
  const lines = text.split('\n');
  let got = '';
  if (wanted.length > longestSignature) return null;
  for (let at = lines.length - 1; at > Math.max(0, lines.length - mostSignatureLines); at--) {
    got = squeezed(lines[at] ?? '') + got;
    if (got.length > wanted.length || !wanted.endsWith(got)) return null;
    if (got === wanted) {
      const visible = lines.slice(0, at).join('\n').trimEnd();
      return visible === '' ? null : visible.replace(/\n\s{0,3}--\s?$/, '').trimEnd();
    }
  }
  return null;
}
