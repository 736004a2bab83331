// Content-Transfer-Encoding undone (RFC 2045 §6), as forgiving as mail is broken: nothing throws, garbage stays as it is.

const base64Value = new Int8Array(256).fill(-1);
for (const [index, character] of [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'].entries())
  base64Value[character.charCodeAt(0)] = index;
// The alphabet for URLs, which some mailers use.
base64Value[45] = 62;
base64Value[95] = 63;

/** The decoded content of a part. `encoding` is the field value in lower case; an unknown one leaves the bytes as they are. */
export function decodeContent(bytes: Buffer, encoding: string): Buffer {
  if (encoding === 'base64') return decodeBase64(bytes);
  if (encoding === 'quoted-printable') return decodeQuotedPrintable(bytes);
  if (/^x?-?uu(?:encode)?$/.test(encoding)) return decodeUuencoded(bytes);
  return bytes;
}

/**
 * The same in pieces, each good until the next one is asked for: of a large attachment no more than that need be in memory
 * at a time.
 */
export function* decodeInPieces(bytes: Buffer, encoding: string): Generator<Buffer> {
  const plain = encoding === 'base64' ? plainBase64(bytes) : null;
  if (plain === null) yield decodeContent(bytes, encoding);
  else yield* unpaddedPieces(plain);
}

/** Blocks with padding in the middle are read on; content that is plainly not base64 is given back as it is. */
export function decodeBase64(bytes: Buffer): Buffer {
  const end = footerStart(bytes);
  if (end === bytes.length || !looksLikeBase64(bytes.subarray(0, end))) return decodeWhole(bytes);
  return Buffer.concat([decodeWhole(bytes.subarray(0, end)), bytes.subarray(end)]);
}

function decodeWhole(bytes: Buffer): Buffer {
  const plain = plainBase64(bytes);
  if (plain !== null) return decodeUnpadded(plain);
  if (!looksLikeBase64(bytes)) return bytes;
  const out = Buffer.allocUnsafe(Math.ceil((bytes.length * 3) / 4) + 3);
  let length = 0;
  let bits = 0;
  let count = 0;
  for (const byte of bytes) {
    const value = base64Value[byte] ?? -1;
    if (value >= 0) {
      bits = (bits << 6) | value;
      count += 1;
      if (count === 4) {
        out[length] = bits >> 16;
        out[length + 1] = bits >> 8;
        out[length + 2] = bits;
        length += 3;
        bits = 0;
        count = 0;
      }
    } else if (byte === 61 /* = */ && count > 0) {
      length = endBlock(out, length, bits, count);
      bits = 0;
      count = 0;
    }
  }
  return out.subarray(0, endBlock(out, length, bits, count));
}

/** The bytes without their padding; null where there is padding before the end, or no base64 at all. */
function plainBase64(bytes: Buffer): Buffer | null {
  if (!looksLikeBase64(bytes)) return null;
  const padding = bytes.indexOf(61 /* = */);
  if (padding < 0) return bytes;
  // Node's decoder takes all that ours takes, but ends at the first padding.
  return isEnd(bytes, padding) ? bytes.subarray(0, padding) : null;
}

const pieceBytes = 64 * 1024;

function decodeUnpadded(bytes: Buffer): Buffer {
  if (bytes.length <= pieceBytes) return Buffer.from(bytes.toString('latin1'), 'base64');
  const out = Buffer.allocUnsafe(Math.ceil((bytes.length * 3) / 4));
  let length = 0;
  for (const piece of unpaddedPieces(bytes)) length += piece.copy(out, length);
  return out.subarray(0, length);
}

/** A piece at a time, as each becomes a string on its way: small ones take a quarter of the time, and are soon cleared away. */
function* unpaddedPieces(bytes: Buffer): Generator<Buffer> {
  let out = Buffer.allocUnsafe(Math.min(bytes.length + 3, pieceBytes));
  for (let start = 0; start < bytes.length; ) {
    const limit = Math.min(start + pieceBytes, bytes.length);
    let end = endOfLine(bytes, start, limit);
    let written = writeQuads(out, bytes.toString('latin1', start, end));
    if (written === null) {
      end = endOfQuads(bytes, start, limit);
      if (end - start > out.length) out = Buffer.allocUnsafe(end - start);
      written = out.write(bytes.toString('latin1', start, end), 'base64');
    }
    yield out.subarray(0, written);
    start = end;
  }
}

/** Behind the last line end up to `limit`, where the lines of nearly every mailer end in a whole block of four characters. */
function endOfLine(bytes: Buffer, start: number, limit: number): number {
  if (limit === bytes.length) return limit;
  const end = bytes.lastIndexOf(10, limit - 1) + 1;
  return end > start ? end : limit;
}

/**
 * How many bytes were written, null unless the text consists of whole blocks of four characters. Three characters more tell:
 * behind whole blocks they make two bytes, which whatever comes next is written over; behind others none or three.
 */
function writeQuads(out: Buffer, text: string): number | null {
  const length = out.write(`${text}AAA`, 'base64') - 2;
  return length % 3 === 0 ? length : null;
}

/** The last place up to `end` with a multiple of four characters of the alphabet before it; `end` itself where that is the last. */
function endOfQuads(bytes: Buffer, start: number, end: number): number {
  if (end === bytes.length) return end;
  let count = 0;
  for (let at = start; at < end; at += 1) if ((base64Value[bytes[at] ?? 0] ?? -1) >= 0) count += 1;
  let last = end;
  for (let over = count % 4; over > 0; ) {
    last -= 1;
    if ((base64Value[bytes[last] ?? 0] ?? -1) >= 0) over -= 1;
  }
  // Nothing but blank lines: what they divide is taken with what follows, twice as much each time.
  return last > start ? last : endOfQuads(bytes, start, Math.min(end + (end - start), bytes.length));
}

/** Nothing but padding and white space from there on. */
function isEnd(bytes: Buffer, from: number): boolean {
  if (bytes.length - from > 16) return false;
  return /^[=\s]*$/.test(bytes.toString('latin1', from));
}

const footerWords = /[a-z]{2} [a-z]{2}/i;

/** A list's footer put as plain text below base64 text: where it begins, or the length of the bytes. */
function footerStart(bytes: Buffer): number {
  for (let at = bytes.indexOf(61 /* = */); at >= 0; at = bytes.indexOf(61, at + 1)) {
    if (bytes[at + 1] !== 10 && bytes[at + 1] !== 13) continue;
    const tail = bytes.toString('latin1', at + 1, at + 600);
    return footerWords.test(tail) ? at + 1 : bytes.length;
  }
  return bytes.length;
}

function endBlock(out: Buffer, length: number, bits: number, count: number): number {
  if (count === 2) out[length] = bits >> 4;
  if (count === 3) {
    out[length] = bits >> 10;
    out[length + 1] = bits >> 2;
  }
  return length + Math.max(count - 1, 0);
}

const pureBase64 = /^[A-Za-z0-9+/=_\r\n-]*$/;

/** Text under a wrong label has spaces and punctuation all over its first lines. */
function looksLikeBase64(bytes: Buffer): boolean {
  const sample = bytes.subarray(0, 4_000);
  // Nearly all of it is, and there is nothing to count.
  if (pureBase64.test(sample.toString('latin1'))) return true;
  let good = 0;
  let bad = 0;
  for (let index = 0; index < sample.length; index += 1) {
    const byte = sample[index] ?? 0;
    const isLineSpace = byte === 10 || byte === 13 || ((byte === 32 || byte === 9) && isAtLineEdge(sample, index));
    if (isLineSpace) continue;
    if ((base64Value[byte] ?? -1) >= 0 || byte === 61) good += 1;
    else bad += 1;
  }
  return bad * 20 <= good;
}

function isAtLineEdge(bytes: Buffer, index: number): boolean {
  const [before, after] = [bytes[index - 1] ?? 10, bytes[index + 1] ?? 10];
  return before === 10 || before === 13 || after === 10 || after === 13;
}

function hexValue(byte: number | undefined): number {
  if (byte === undefined) return -1;
  if (byte >= 48 && byte <= 57) return byte - 48;
  if (byte >= 65 && byte <= 70) return byte - 55;
  return byte >= 97 && byte <= 102 ? byte - 87 : -1;
}

const isBlank = (byte: number | undefined): boolean => byte === 32 || byte === 9;

/** White space at line ends goes, soft line breaks go; an `=` that starts neither stays. */
export function decodeQuotedPrintable(bytes: Buffer): Buffer {
  const out = Buffer.allocUnsafe(bytes.length);
  let length = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === 10) {
      let end = length;
      if (out[end - 1] === 13 && bytes[at - 1] === 13) end -= 1;
      const hasReturn = end < length;
      // Only blanks that stood there as they are: an encoded one (=20) is meant.
      let back = at - (hasReturn ? 2 : 1);
      while (end > 0 && isBlank(bytes[back]) && isBlank(out[end - 1])) {
        end -= 1;
        back -= 1;
      }
      length = end;
      if (hasReturn) out[length++] = 13;
      out[length++] = 10;
    } else if (byte !== 61 /* = */) {
      out[length++] = byte;
    } else {
      const [high, low] = [hexValue(bytes[at + 1]), hexValue(bytes[at + 2])];
      if (high >= 0 && low >= 0) {
        out[length++] = high * 16 + low;
        at += 2;
      } else {
        const end = softBreakEnd(bytes, at + 1);
        if (end < 0) out[length++] = byte;
        else at = end - 1;
      }
    }
  }
  return out.subarray(0, length);
}

/** Where the next line starts, when only blanks follow up to the end of the line; -1 otherwise. */
function softBreakEnd(bytes: Buffer, from: number): number {
  let at = from;
  while (isBlank(bytes[at]) && at - from < 200) at += 1;
  if (at >= bytes.length) return at;
  if (bytes[at] === 13) at += bytes[at + 1] === 10 ? 1 : 0;
  else if (bytes[at] !== 10) return -1;
  return at + 1;
}

/** `begin 644 name` … `end`; without a begin line, all lines are content. */
export function decodeUuencoded(bytes: Buffer): Buffer {
  const out = Buffer.allocUnsafe(bytes.length + 3);
  let length = 0;
  let at = 0;
  const begin = bytes
    .subarray(0, 2_000)
    .toString('latin1')
    .search(/^begin(?:-base64)? [0-7]{3,4} /m);
  if (begin >= 0) at = nextLine(bytes, begin);
  while (at < bytes.length) {
    const next = nextLine(bytes, at);
    const count = ((bytes[at] ?? 32) - 32) & 63;
    if (count === 0 || bytes.subarray(at, at + 3).toString('latin1') === 'end') break;
    const lineEnd = Math.min(next, at + 1 + Math.ceil(count / 3) * 4);
    let written = 0;
    for (let group = at + 1; group < lineEnd && written < count; group += 4) {
      const bits = [0, 1, 2, 3].reduce((sum, index) => (sum << 6) | (((bytes[group + index] ?? 32) - 32) & 63), 0);
      for (let shift = 16; shift >= 0 && written < count; shift -= 8, written += 1) {
        if (length < out.length) out[length++] = (bits >> shift) & 255;
      }
    }
    at = next;
  }
  return out.subarray(0, length);
}

function nextLine(bytes: Buffer, from: number): number {
  const newline = bytes.indexOf(10, from);
  return newline < 0 ? bytes.length : newline + 1;
}
