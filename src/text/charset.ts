// Bytes to text, whatever their label says: valid UTF-8 wins over a wrong label, labels mean what browsers take them for,
// an unknown one degrades. The result is well-formed UTF-16. Nothing here throws (RELIABILITY §3 row 22).

import { isAscii, isUtf8 } from 'node:buffer';

import iconv from 'iconv-lite';

import { canonicalCharset } from './charset-names.ts';
import { decodeStateful, stateful } from './charset-stateful.ts';

const wide = new Set(['utf16', 'utf16le', 'utf16be', 'ucs2', 'utf32', 'utf32le', 'utf32be']);
const eastAsian = new Set(['gb18030', 'cp949', 'big5hkscs', 'cp932', 'eucjp']);

/**
 * The text of `bytes`. `label` is the charset as the message names it, '' or null for none; `hint` is tried where that
 * names none that is known (headers: the charset of the body).
 */
export function decodeCharset(bytes: Uint8Array, label: string | null, hint: string | null = null): string {
  const charset = canonicalCharset(label ?? '');
  const bom = byteOrderMark(bytes, charset);
  if (bom !== null) return wellFormed(iconv.decode(bytes, bom));
  if (stateful.has(charset) && (isAscii(bytes) || !isUtf8(bytes))) return wellFormed(decodeStateful(bytes, charset));
  if (wide.has(charset) && looksWide(bytes))
    return wellFormed(iconv.decode(bytes, charset.startsWith('utf16') || charset === 'ucs2' ? 'utf-16' : charset));
  if (isAscii(bytes)) return decodeAscii(bytes);
  if (isMeantAsUtf8(bytes, charset)) return decodeUtf8(bytes);
  const known = [charset, canonicalCharset(hint ?? '')].find(
    (name) => name !== '' && name !== 'utf8' && !wide.has(name) && iconv.encodingExists(name),
  );
  if (known === 'windows1252') return decodeWestern(bytes);
  if (known !== undefined) return wellFormed(iconv.decode(bytes, known));
  return isMostlyUtf8(bytes) ? decodeUtf8(bytes) : iconv.decode(bytes, guessCharset(bytes));
}

const leastCyrillic = 12;

/**
 * Russian text without a label has hardly a letter of ASCII; of Cyrillic letters most are small, which windows-1251 has
 * at E0 to FF and KOI8-R at C0 to DF. Anything else without label is taken for Western.
 */
function guessCharset(bytes: Uint8Array): string {
  let ascii = 0;
  let low = 0;
  let high = 0;
  let other = 0;
  for (const byte of bytes.subarray(0, 4_000)) {
    if (byte >= 0xe0) high += 1;
    else if (byte >= 0xc0) low += 1;
    else if (byte >= 0x80 && byte !== 0xa8 && byte !== 0xb8 && byte !== 0xa3 && byte !== 0xb3) other += 1;
    else if ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a) ascii += 1;
  }
  const letters = low + high;
  if (letters < leastCyrillic || letters < ascii * 2 || other * 10 > letters) return 'windows1252';
  return high > low ? 'windows1251' : 'koi8r';
}

/** windows-1252, which is Latin-1 but for 32 characters: where none of them stands, Node reads it in a tenth of the time. */
function decodeWestern(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  return /[\u0080-\u009f]/.test(text) ? iconv.decode(bytes, 'windows1252') : text;
}

const lossyUtf8 = new TextDecoder('utf-8', { ignoreBOM: false });
const decodeUtf8 = (bytes: Uint8Array): string => lossyUtf8.decode(bytes);

function byteOrderMark(bytes: Uint8Array, charset: string): string | null {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 'utf8';
  // ÿþ may begin a text of Latin-1 as well: UTF-16 has zero bytes, or says what it is.
  if (bytes.length % 2 === 1 || !(wide.has(charset) || bytes.includes(0))) return null;
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  return bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : null;
}

// Labelled UTF-16 by senders who convert to UTF-8 or ASCII for transport: real UTF-16 has zero bytes or no valid UTF-8.
const looksWide = (bytes: Uint8Array): boolean => bytes.includes(0) || !isUtf8(bytes);

/** ASCII, or ISO-2022-JP that is labelled as such: mailers of Japan leave the label out. */
function decodeAscii(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  return /\u001b\$[@B]/.test(text) && text.includes('\u001b(') ? decodeStateful(bytes, 'iso2022jp') : text;
}

/** Chinese, Japanese and Korean text of a few characters may happen to be valid UTF-8 of two bytes each. */
function isMeantAsUtf8(bytes: Uint8Array, charset: string): boolean {
  const whole = withoutCutCharacter(bytes);
  if (!isUtf8(whole)) return false;
  if (isAscii(whole)) return charset === 'utf8';
  if (!eastAsian.has(charset)) return true;
  let twoBytes = 0;
  for (const byte of whole) {
    if (byte >= 0xe0) return true;
    if (byte >= 0xc2) twoBytes += 1;
  }
  return twoBytes >= 3;
}

/** The bytes without the start of a UTF-8 character that was cut at the end. */
function withoutCutCharacter(bytes: Uint8Array): Uint8Array {
  for (let back = 1; back <= 3 && back <= bytes.length; back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte >= 0xc0) return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? bytes.subarray(0, -back) : bytes;
    if (byte < 0x80) return bytes;
  }
  return bytes;
}

/** More whole UTF-8 characters than stray bytes: damaged UTF-8 rather than something else. */
function isMostlyUtf8(bytes: Uint8Array): boolean {
  let whole = 0;
  let stray = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte < 0x80) continue;
    const more = byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : byte >= 0xc2 ? 1 : 0;
    let found = 0;
    while (found < more && ((bytes[at + 1 + found] ?? 0) & 0xc0) === 0x80) found += 1;
    if (more > 0 && found === more) {
      whole += 1;
      at += more;
    } else stray += 1;
  }
  return whole > stray;
}

const loneSurrogate = /\p{Surrogate}/gu;

/** Text without lone surrogates, which no UTF-8 can say. */
export function wellFormed(text: string): string {
  return text.replace(loneSurrogate, '\ufffd');
}

/** The first `limit` UTF-16 units, without half a character at the end. */
export function cut(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const last = text.charCodeAt(limit - 1);
  return text.slice(0, last >= 0xd800 && last < 0xdc00 ? limit - 1 : limit);
}
