// Which images of a mail are no more than its sender's signature: logos, portraits, icons of networks. A mark for whoever
// shows the ticket, so when in doubt an image counts as sent on purpose. Images that come again and again are the store's.

import { type HtmlTag, renderHtml } from '../text/html.ts';
import { isSignatureElement } from '../text/html-quote.ts';
import { type InboundMessage, isSmallInlineImage, type MessageAttachment, type MessageText } from './message.ts';

/** More images than this are looked at no further. */
const maxImages = 50;

/** The attachments of `message`, whose text was divided into `text`, with `signature` set where that is what they are. */
export function markSignatureImages(message: InboundMessage, text: MessageText): MessageAttachment[] {
  const { attachments, html } = message;
  const isCandidate = attachments.some(isSmallInlineImage);
  if (html === null || !isCandidate) return attachments;
  const signed = findSignedImages(html, text);
  return attachments.map((attachment) =>
    isSmallInlineImage(attachment) && signed.has(attachment.contentId ?? '')
      ? { ...attachment, signature: true }
      : attachment,
  );
}

/** Content-IDs of images inside an element that signs, or between the first and the last word of the signature. */
function findSignedImages(html: string, { body, signature }: MessageText): Set<string> {
  const signed = new Set<string>();
  let signatureDepth: number | null = null;
  const { text, marks } = renderHtml<`cid:${string}`>(html, {
    mark(tag) {
      if (signatureDepth !== null && tag.depth <= signatureDepth) signatureDepth = null;
      if (signatureDepth === null && isSignatureElement(tag)) signatureDepth = tag.depth;
      const contentId = contentIdOf(tag);
      if (contentId === null) return null;
      if (signatureDepth !== null) signed.add(contentId);
      return `cid:${contentId}`;
    },
  });
  const range = findSignature(squeeze(text), body, signature);
  if (range === null) return signed;
  for (const { kind, start } of marks.slice(0, maxImages)) {
    const at = squeeze(text.slice(0, start)).length;
    if (at > range.start && at <= range.end) signed.add(kind.slice('cid:'.length));
  }
  return signed;
}

// <img src="cid:image001.png@01D7A1B2.C3D4E5F6">, as a URL (RFC 2392)
function contentIdOf({ name, attributes }: HtmlTag): string | null {
  const source = name === 'img' ? (attributes.get('src') ?? '') : '';
  if (!/^cid:/i.test(source)) return null;
  const id = source.slice('cid:'.length, 400);
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
}

const squeeze = (text: string): string => text.replace(/[\s\u200b\ufeff*_>-]+/g, '');

/** Where the signature is in the squeezed text, below the author's words: it may be in the history as well. */
function findSignature(text: string, body: string, signature: string | null): { start: number; end: number } | null {
  const wanted = squeeze(signature ?? '');
  if (wanted === '') return null;
  const words = squeeze(body).slice(-40);
  const from = text.indexOf(words);
  const start = text.indexOf(wanted.slice(0, 40), from < 0 ? 0 : from + words.length);
  return start < 0 ? null : { start, end: start + wanted.length };
}
