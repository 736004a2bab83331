// Content-Type and Content-Disposition: a value and its parameters (RFC 2045 §5, RFC 2183), with the charsets and
// continuations of RFC 2231, the encoded words that many write instead, and what is neither.

import { decodeCharset } from '../text/charset.ts';
import { decodeEncodedWords } from '../text/encoded-word.ts';
import { decodeFieldValue } from './parse-header.ts';

export interface ParameterizedValue {
  /** In lower case, without comments. */
  value: string;
  /** Names in lower case, in order; decoded. */
  params: Map<string, string>;
}

const maxLength = 64_000;
const maxParams = 200;

/** Reads a field value given as bytes-as-characters. `hint` is the charset of raw 8-bit values. */
export function parseParameterized(field: string, hint: string | null = null): ParameterizedValue {
  const pieces = splitAtSemicolons(field.slice(0, maxLength));
  // text/plain charset=utf-8: the semicolon is forgotten now and then.
  const first = (pieces.shift() ?? '').replace(/\([^)]{0,200}\)/g, '').trim();
  const [value = '', ...rest] = first.split(/\s+/);
  // Content-Disposition: filename="my report.pdf"
  if (value.includes('=')) pieces.unshift(first);
  else pieces.unshift(...rest.slice(0, maxParams));
  const simple = new Map<string, string>();
  const sections = new Map<string, Section[]>();
  for (const piece of pieces.slice(0, maxParams)) {
    const equals = piece.indexOf('=');
    if (equals < 1) continue;
    const name = piece.slice(0, equals).trim().toLowerCase();
    const text = unquote(piece.slice(equals + 1).trim());
    // filename*=utf-8''a%20b  filename*0=first  filename*1*=second%20part
    const section = /^([^*]{1,60})(?:\*(\d{1,3}))?(\*)?$/.exec(name);
    if (section?.[1] === undefined) continue;
    if (section[2] === undefined && section[3] === undefined) {
      if (!simple.has(name)) simple.set(name, text);
    } else {
      const list = sections.get(section[1]) ?? [];
      list.push({ index: Number(section[2] ?? 0), isEncoded: section[3] !== undefined, text });
      sections.set(section[1], list);
    }
  }
  const params = new Map<string, string>();
  for (const [name, text] of simple) params.set(name, decodeSimple(text, hint));
  for (const [name, list] of sections) {
    const joined = joinSections(list, hint);
    if (joined !== '') params.set(name, joined);
  }
  return { value: value.includes('=') ? '' : value.toLowerCase(), params };
}

interface Section {
  index: number;
  isEncoded: boolean;
  text: string;
}

/** Cuts at semicolons outside quotes. A quote that is never closed ends at the next semicolon. */
function splitAtSemicolons(text: string): string[] {
  if (!text.includes('"')) return text.split(';');
  const pieces: string[] = [];
  let from = 0;
  let at = 0;
  let quotesClose = true;
  while (at < text.length) {
    const character = text[at];
    if (character === '"' && quotesClose) {
      const end = closingQuote(text, at);
      quotesClose = end >= 0;
      at = end < 0 ? at + 1 : end + 1;
    } else {
      if (character === ';') {
        pieces.push(text.slice(from, at));
        from = at + 1;
      }
      at += 1;
    }
  }
  pieces.push(text.slice(from));
  return pieces;
}

function closingQuote(text: string, open: number): number {
  for (let at = open + 1; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === '"') return at;
  }
  return -1;
}

function unquote(text: string): string {
  if (!text.startsWith('"')) return text;
  const end = closingQuote(text, 0);
  const inner = end < 0 ? text.slice(1) : text.slice(1, end);
  // A path of Windows is written without doubling its backslashes: only quotes and backslashes are escaped.
  return inner.replace(/\\(["\\])/g, '$1');
}

// name==?koi8-r?B?89DJ08/LLmRvYw==?=  name="=?utf-8?Q?a?= =?utf-8?Q?b?="  name="=?utf-8?Q?a?=.pdf"
function decodeSimple(text: string, hint: string | null): string {
  return decodeEncodedWords(decodeFieldValue(text, hint));
}

function joinSections(list: Section[], hint: string | null): string {
  list.sort((a, b) => a.index - b.index);
  const charset = list[0]?.isEncoded ? (/^([^']{0,60})'[^']{0,30}'/.exec(list[0].text)?.[1] ?? null) : null;
  const bytes = list.map(({ isEncoded, text }, index) => {
    const content = isEncoded && index === 0 ? text.replace(/^[^']{0,60}'[^']{0,30}'/, '') : text;
    return Buffer.from(isEncoded ? decodePercent(content) : content, 'latin1');
  });
  const joined = decodeCharset(Buffer.concat(bytes), charset, hint);
  // Sections that hold encoded words: against the standard, but Outlook and others did so.
  return joined.includes('=?') ? decodeEncodedWords(joined) : joined;
}

const decodePercent = (text: string): string =>
  text.replace(/%([0-9a-fA-F]{2})/g, (_whole, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
