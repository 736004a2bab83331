// Bytes to text, whatever their label says: valid UTF-8 wins over a wrong label, labels mean what browsers take them for,
// an unknown one degrades. The result is well-formed UTF-16. Nothing here throws (RELIABILITY §3 row 22).

import { isAscii, isUtf8 } from 'node:buffer';

import iconv from 'iconv-lite';

// What a label is taken for: the superset that senders really use (WHATWG Encoding §4.2, and names seen in mail).
const aliases = new Map<string, string>([
  ['gb2312', 'gb18030'],
  ['gb231280', 'gb18030'],
  ['gbk', 'gb18030'],
  ['cp936', 'gb18030'],
  ['chinese', 'gb18030'],
  ['euccn', 'gb18030'],
  ['ksc56011987', 'cp949'],
  ['ksc5601', 'cp949'],
  ['ksc56011989', 'cp949'],
  ['korean', 'cp949'],
  ['euckr', 'cp949'],
  ['uhc', 'cp949'],
  ['windows949', 'cp949'],
  ['iso88591', 'windows1252'],
  ['iso8859115', 'iso885915'],
  ['latin1', 'windows1252'],
  ['usascii', 'windows1252'],
  ['ascii', 'windows1252'],
  ['ansix341968', 'windows1252'],
  ['ansi', 'windows1252'],
  ['iso88599', 'windows1254'],
  ['latin5', 'windows1254'],
  ['iso885911', 'windows874'],
  ['tis620', 'windows874'],
  ['big5', 'big5hkscs'],
  ['xxbig5', 'big5hkscs'],
  ['cnbig5', 'big5hkscs'],
  ['shiftjis', 'cp932'],
  ['sjis', 'cp932'],
  ['xsjis', 'cp932'],
  ['mskanji', 'cp932'],
  ['windows31j', 'cp932'],
  ['iso88598i', 'iso88598'],
  ['iso88598e', 'iso88598'],
  ['macintosh', 'macroman'],
  ['macce', 'maccenteuro'],
  ['maccentraleurope', 'maccenteuro'],
  ['macjapanese', 'cp932'],
  ['macchinesesimp', 'gb18030'],
  ['macchinesetrad', 'big5hkscs'],
  ['mackorean', 'cp949'],
  ['unicode11utf8', 'utf8'],
  ['xunknown', ''],
  ['unknown8bit', ''],
  ['default', ''],
  ['8bit', ''],
  ['binary', ''],
  ['none', ''],
  // Codecs of the library that are no charsets.
  ['base64', ''],
  ['hex', ''],
  ['utf7imap', ''],
]);

// Their bytes are ASCII, so the test for UTF-8 says nothing about them.
const stateful = new Set([
  'iso2022jp',
  'iso2022jp1',
  'iso2022jp2',
  'iso2022jpms',
  'csiso2022jp',
  'iso2022kr',
  'hzgb2312',
  'utf7',
  'unicode11utf7',
]);
const wide = new Set(['utf16', 'utf16le', 'utf16be', 'ucs2', 'utf32', 'utf32le', 'utf32be']);
const eastAsian = new Set(['gb18030', 'cp949', 'big5hkscs', 'cp932', 'eucjp']);

/** `ISO-8859-1*en`, `"utf-8"`, `charset=utf8` and the like to one spelling, then to the charset that is meant; '' for none. */
function canonicalCharset(label: string): string {
  const name = label
    .slice(0, 100)
    .toLowerCase()
    .replace(/^charset=/, '')
    .replace(/\*.*$/, '')
    .replace(/[^a-z0-9]/g, '')
    .replace(/^cs(?=iso|ks)/, '')
    .replace(/^x(?=windows|cp\d|gb|euc|iso|mac)/, '')
    .replace(/^(?:dos|ibm)(?=\d)/, 'cp')
    .replace(/^utf8mb\d$/, 'utf8');
  return (
    aliases.get(name) ?? name.replace(/^(?:cp|win|microsoftcp)(125\d)$/, 'windows$1').replace(/^unicode(?=utf)/, '')
  );
}

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

function decodeStateful(bytes: Uint8Array, charset: string): string {
  if (charset.includes('utf7')) return decodeUtf7(bytes);
  if (charset === 'iso2022kr') return decodeShifted(bytes, 0x0e, 0x0f, 'cp949');
  if (charset === 'hzgb2312') return decodeHz(bytes);
  try {
    // Encoded words that follow each other leave an escape right behind another, which the decoder takes for an error.
    const text = Buffer.from(bytes)
      .toString('latin1')
      .replace(/\u001b\([BJ](?=\u001b)/g, '');
    return new TextDecoder('iso-2022-jp').decode(Buffer.from(text, 'latin1'));
  } catch {
    // A Node.js built without full ICU.
    return Buffer.from(bytes).toString('latin1');
  }
}

const base64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** UTF-7 (RFC 2152), in linear time: between + and the first character outside base64 stand UTF-16 units. */
function decodeUtf7(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString('latin1');
  const units: number[] = [];
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] !== '+') {
      units.push(text.charCodeAt(at));
      continue;
    }
    const start = at + 1;
    let bits = 0;
    let count = 0;
    for (at = start; at < text.length; at += 1) {
      const value = base64.indexOf(text[at] ?? '');
      if (value < 0) break;
      bits = ((bits << 6) | value) & 0x3fffff;
      count += 6;
      if (count < 16) continue;
      count -= 16;
      units.push((bits >> count) & 0xffff);
    }
    if (at === start && text[at] === '-') units.push(0x2b);
    else if (text[at] !== '-') at -= 1;
  }
  let out = '';
  for (let from = 0; from < units.length; from += 8_192) out += String.fromCharCode(...units.slice(from, from + 8_192));
  return out;
}

/** ISO-2022-KR (RFC 1557): between SO and SI, pairs of bytes without their high bit. */
function decodeShifted(bytes: Uint8Array, on: number, off: number, charset: string): string {
  const plain: number[] = [];
  let isShifted = false;
  // The designation of the character set, ESC $ ) C, says what is known.
  const start = bytes[0] === 0x1b ? 4 : 0;
  for (const byte of bytes.subarray(start)) {
    if (byte === on) isShifted = true;
    else if (byte === off || byte === 10) {
      isShifted = false;
      if (byte === 10) plain.push(byte);
    } else plain.push(isShifted && byte > 32 ? byte | 0x80 : byte);
  }
  return iconv.decode(Uint8Array.from(plain), charset);
}

/** HZ (RFC 1843): ~{ … ~} around pairs of bytes without their high bit. */
function decodeHz(bytes: Uint8Array): string {
  const text = Buffer.from(bytes)
    .toString('latin1')
    .replace(/~\{/g, '\u000e')
    .replace(/~\}/g, '\u000f')
    .replace(/~\r?\n/g, '')
    .replace(/~~/g, '~');
  return decodeShifted(Buffer.from(text, 'latin1'), 0x0e, 0x0f, 'gb18030');
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
