// Encoded words of header fields (RFC 2047) as they are really written: split inside characters, with spaces in them,
// without white space between them, in quotes, cut off, in an unknown charset.

import { decodeCharset } from './charset.ts';

// =?utf-8?Q?Caf=C3=A9?=  =?iso-8859-1*fr?q?...?=  =?UTF-8?B?w6k?=
// The text may hold spaces (against the standard, but seen) and question marks, not the end mark.
const encodedWord = /=\?([^?\s]{1,60})\?([bBqQ])\?((?:[^?=]|=(?!\?[^=])|\?(?!=)){0,8000})\?=/g;
// A last word whose end mark was lost: `=?UTF-8?B?aGVsbG8`
const cutWord = /=\?([^?\s]{1,60})\?([bBqQ])\?([^?\s]{2,8000})(\?)?$/;

interface Word {
  charset: string;
  bytes: Buffer;
}

/** A header value, decoded. White space between two encoded words goes (§6.2); all else stays as it is. */
export function decodeEncodedWords(value: string): string {
  if (!value.includes('=?')) return value;
  const pieces: Array<string | Word> = [];
  let at = 0;
  for (const match of value.matchAll(encodedWord)) {
    const between = value.slice(at, match.index);
    if (between.trim() !== '' || pieces.length === 0) pieces.push(between);
    pieces.push(readWord(match[1] ?? '', match[2] ?? '', match[3] ?? ''));
    at = match.index + match[0].length;
  }
  const rest = value.slice(at);
  const tail = cutWord.exec(rest.slice(-8100));
  if (tail && rest.length <= 8100) {
    const before = rest.slice(0, tail.index);
    if (before.trim() !== '' || pieces.length === 0) pieces.push(before);
    pieces.push(readWord(tail[1] ?? '', tail[2] ?? '', tail[3] ?? ''));
  } else pieces.push(rest);
  return joinWords(pieces);
}

function readWord(charset: string, encoding: string, text: string): Word {
  // Words that were joined by a careless mailer have padding in the middle.
  const blocks = text.split(/=+/).map((block) => Buffer.from(block, 'base64'));
  const bytes = encoding.toLowerCase() === 'b' ? Buffer.concat(blocks) : decodeQ(text);
  return { charset: charset.replace(/\*.*$/, '').toLowerCase(), bytes };
}

function decodeQ(text: string): Buffer {
  const bytes = Buffer.from(text.replaceAll('_', ' '), 'utf8');
  if (!bytes.includes(0x3d)) return bytes;
  const latin1 = bytes
    .toString('latin1')
    .replace(/=([0-9a-fA-F]{2})/g, (_whole, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(latin1, 'latin1');
}

/** Words of one charset that follow each other are one run of bytes: a character may be split between them. */
function joinWords(pieces: ReadonlyArray<string | Word>): string {
  let text = '';
  let run: Buffer[] = [];
  let charset = '';
  const flush = (): void => {
    if (run.length > 0) text += decodeCharset(Buffer.concat(run), charset);
    run = [];
  };
  for (const piece of pieces) {
    if (typeof piece === 'string' || (piece.charset !== charset && run.length > 0)) flush();
    if (typeof piece === 'string') text += piece;
    else {
      charset = piece.charset;
      run.push(piece.bytes);
    }
  }
  flush();
  return text;
}

/** One line for people: decoded, every control character and run of white space a single space, trimmed. */
export function decodeHeaderText(value: string): string {
  return decodeEncodedWords(value)
    .replace(/[\s\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ')
    .trim();
}
