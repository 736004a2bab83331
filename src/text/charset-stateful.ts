// Charsets of seven bits that switch between alphabets: ISO-2022-JP, -KR and -CN, HZ, UTF-7. In linear time; nothing throws.

import { isAscii } from 'node:buffer';

import iconv from 'iconv-lite';

// Their bytes are ASCII, so the test for UTF-8 says nothing about them.
export const stateful = new Set([
  'iso2022jp',
  'iso2022jp1',
  'iso2022jp2',
  'iso2022jpms',
  'csiso2022jp',
  'iso2022kr',
  'iso2022cn',
  'hzgb2312',
  'utf7',
  'unicode11utf7',
]);
/** `charset` is one of `stateful`. */
export function decodeStateful(bytes: Uint8Array, charset: string): string {
  if (charset.includes('utf7')) return decodeUtf7(bytes);
  if (charset === 'iso2022kr') return decodeShifted(bytes, 0x0e, 0x0f, 'cp949');
  if (charset === 'iso2022cn') return decodeShifted(bytes, 0x0e, 0x0f, 'gb18030');
  if (charset === 'hzgb2312') return decodeHz(bytes);
  if (!bytes.includes(0x1b) && !isAscii(bytes)) return iconv.decode(bytes, 'cp932');
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

/** ISO-2022-KR (RFC 1557) and ISO-2022-CN (RFC 1922): between SO and SI, pairs of bytes without their high bit. */
function decodeShifted(bytes: Uint8Array, on: number, off: number, charset: string): string {
  const plain: number[] = [];
  let isShifted = false;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    // The designation of the character set, ESC $ ) C, says what is known.
    if (byte === 0x1b && bytes[at + 1] === 0x24) at += 3;
    else if (byte === on) isShifted = true;
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
