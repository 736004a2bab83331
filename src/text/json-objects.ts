// Cuts a stream of bytes into the JSON objects in it: of an array, of lines (ndjson), or of one object; indented or not.

const quote = 0x22;
const backslash = 0x5c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
// What may stand between objects: space, tab, LF, CR, comma, brackets of an array, and the byte order mark.
const between = new Set([0x20, 0x09, 0x0a, 0x0d, 0x2c, 0x5b, 0x5d, 0xef, 0xbb, 0xbf]);

/** The text of each object, in order. Throws SyntaxError for what is no object and for one that does not end. */
export async function* splitJsonObjects(input: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const parts: Uint8Array[] = [];
  let depth = 0;
  let inText = false;
  let escaped = false;
  let count = 0;
  for await (const piece of input) {
    const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
    let start = 0;
    for (let at = 0; at < bytes.length; at += 1) {
      const byte = bytes[at] as number;
      if (inText) {
        // Most of such a file is text, which indexOf passes over at the speed of memory.
        const from: number = escaped ? at + 1 : at;
        const end = bytes.indexOf(quote, from);
        const last = end < 0 ? bytes.length : end;
        escaped = countBackslashes(bytes, from, last) % 2 === 1;
        if (end >= 0 && !escaped) inText = false;
        at = last;
        if (end >= 0) escaped = false;
      } else if (byte === quote && depth > 0) {
        inText = true;
      } else if (byte === openBrace) {
        if (depth === 0) start = at;
        depth += 1;
      } else if (byte === closeBrace && depth > 0) {
        depth -= 1;
        if (depth > 0) continue;
        const last = bytes.subarray(start, at + 1);
        yield parts.length === 0 ? last.toString('utf8') : Buffer.concat([...parts, last]).toString('utf8');
        count += 1;
        parts.length = 0;
      } else if (depth === 0 && !between.has(byte)) {
        throw new SyntaxError(`expected a JSON object after ${count} of them`);
      }
    }
    // A stream may use the memory of its pieces again.
    if (depth > 0) parts.push(Buffer.from(bytes.subarray(start)));
  }
  if (depth > 0) throw new SyntaxError(`the JSON object after ${count} of them has no end`);
}

/** How many of them stand right before `end`, not further back than `from`. */
function countBackslashes(bytes: Buffer, from: number, end: number): number {
  let start = end;
  while (start > from && bytes[start - 1] === backslash) start -= 1;
  return end - start;
}
