// The text of a message, divided: what is new, all of it, and the signature.

import { htmlToText } from '../text/html.ts';
import { readHtmlLines } from '../text/html-quote.ts';
import { labelText } from '../text/quote-lines.ts';
import { composeReply, divideReply, showsHistory, type TrimmedReply, trimReply } from '../text/trim.ts';
import { readForward } from './forward.ts';
import type { InboundMessage, MessageText } from './message.ts';
import { labelShownText, shownText } from './shown-text.ts';

/**
 * The text part, or the HTML part's text where there is none. What is forwarded belongs to the body; quoted history and the
 * signature do not, unless nothing else is there. `fullBody` is all of it. `asReply`: it is known to be a reply, so that
 * what looks forwarded is history.
 */
export function readText(message: InboundMessage, options: { asReply: boolean } = { asReply: false }): MessageText {
  const { text, html } = chooseBodies(message);
  const isShown = html === message.html || text !== null;
  const fullBody = (isShown ? shownText(message) : htmlToText(html ?? '')).replace(/^\ufeff/, '').trim();
  if (fullBody === '') return { body: '', fullBody, signature: null };
  if (!options.asReply && readForward(message) !== null) return { body: fullBody, fullBody, signature: null };
  const author = message.from.length === 1 ? (message.from[0]?.name ?? '') : '';
  const fromText = text === null ? null : trimText(message, author);
  const isSigned = fromText !== null && fromText.signature !== null;
  const fromHtml = html === null || (fromText?.cut && isSigned) ? null : trimHtml(html, author, isSigned);
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

/** The text part of a message, whose lines readForward has labelled already. */
function trimText(message: InboundMessage, author: string): TrimmedReply {
  const text = shownText(message);
  // A byte order mark is a character of the first line here, and to readForward none.
  return text.startsWith('\ufeff')
    ? trimReply(text, { author })
    : composeReply(divideReply(labelShownText(message)), author);
}

/** Null where it tells nothing more: beside a signed text part, only history does. */
function trimHtml(html: string, author: string, isSigned: boolean): TrimmedReply | null {
  const { text, marks } = readHtmlLines(html);
  const reply = divideReply(labelText(text, marks));
  return isSigned && !showsHistory(reply) ? null : composeReply(reply, author);
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
