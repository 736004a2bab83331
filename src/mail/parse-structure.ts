// The MIME tree of a message, found in one pass over its bytes: lines that start with -- are looked up among the boundaries
// that are open, so neither depth nor number of parts costs more than their bytes. Parts are ranges; nothing is decoded.

import { type HeaderBlock, type RawField, readHeaderBlock } from './parse-header.ts';
import { parseParameterized } from './parse-params.ts';

export interface Part {
  index: number;
  /** -1 for the message itself. */
  parent: number;
  fields: RawField[];
  /** `type/subtype` in lower case; text/plain (message/rfc822 in a digest) where there is none. */
  contentType: string;
  params: Map<string, string>;
  /** Lower case: `base64`, `quoted-printable`, `7bit`… */
  encoding: string;
  /** Lower case: `attachment`, `inline`, '' for none. */
  disposition: string;
  dispositionParams: Map<string, string>;
  /** The body: bytes from `start` up to `end`. */
  start: number;
  end: number;
  hasChildren: boolean;
}

export interface Structure {
  /** In document order: a part comes after the one that holds it. The first is the message itself. */
  parts: Part[];
  defects: string[];
}

export interface StructureLimits {
  maxParts: number;
}

const maxBoundaryLine = 4_000;
/** RFC 2046 §5.1.1 allows 70. Looking for one of thousands of dashes among dashes takes the product of both lengths. */
const maxBoundary = 250;
const maxGuesses = 20;
const guessWindow = 65_536;

/** Finds the parts. Never throws; a message without any structure is one part. */
export function readStructure(raw: Buffer, limits: StructureLimits): Structure {
  return new StructureReader(raw, limits).read();
}

interface OpenMultipart {
  part: Part;
  boundary: string;
  isClosed: boolean;
}

class StructureReader {
  private readonly parts: Part[] = [];
  private readonly defects: string[] = [];
  private readonly open: OpenMultipart[] = [];
  /** Those of `open` by boundary, innermost last: nested multiparts may share one. */
  private readonly byBoundary = new Map<string, OpenMultipart[]>();
  private guesses = 0;
  private readonly raw: Buffer;
  private readonly limits: StructureLimits;

  constructor(raw: Buffer, limits: StructureLimits) {
    this.raw = raw;
    this.limits = limits;
  }

  read(): Structure {
    const { raw } = this;
    let at = this.startPart(0, null);
    while (this.open.length > 0 && at < raw.length) {
      const lineStart = this.nextDashes(at);
      if (lineStart < 0) break;
      const newline = raw.indexOf(10, lineStart);
      const next = newline < 0 ? raw.length : newline + 1;
      const found = this.findDelimiter(lineStart, next);
      at = next;
      if (found === null) continue;
      if (this.parts.length >= this.limits.maxParts && !found.isClose) {
        this.defects.push(`more than ${this.limits.maxParts} parts: the rest was left out`);
        this.endParts(lineStart, null);
        return this.finish(lineStart);
      }
      this.endParts(lineStart, found.multipart);
      found.multipart.isClosed = found.isClose;
      if (!found.isClose) at = this.startPart(next, found.multipart.part);
    }
    return this.finish(raw.length);
  }

  /** The next line at or after `at`, itself the start of a line, that begins with two dashes. */
  private nextDashes(at: number): number {
    if (this.raw[at] === 45 && this.raw[at + 1] === 45) return at;
    // Dashes are looked for rather than line ends: base64 has many of these and none of those.
    for (let from = at; ; ) {
      const found = this.raw.indexOf('--', from, 'latin1');
      if (found < 0 || this.raw[found - 1] === 10) return found;
      from = this.raw.indexOf(10, found) + 1;
      if (from === 0) return -1;
    }
  }

  private findDelimiter(lineStart: number, next: number): { multipart: OpenMultipart; isClose: boolean } | null {
    if (next - lineStart > maxBoundaryLine || this.raw[lineStart] !== 45 || this.raw[lineStart + 1] !== 45) return null;
    const line = this.raw.toString('latin1', lineStart + 2, next).replace(/[\r\n]+$/, '');
    const exact = this.byBoundary.get(line)?.at(-1) ?? this.byBoundary.get(line.trimEnd())?.at(-1);
    if (exact) return { multipart: exact, isClose: false };
    const trimmed = line.trimEnd();
    if (!trimmed.endsWith('--')) return null;
    const body = trimmed.slice(0, -2);
    const closed = this.byBoundary.get(body)?.at(-1) ?? this.byBoundary.get(body.trimEnd())?.at(-1);
    return closed ? { multipart: closed, isClose: true } : null;
  }

  /** Ends the parts that are open inside `multipart` (all of them for null): their content ends before the line at `lineStart`. */
  private endParts(lineStart: number, multipart: OpenMultipart | null): void {
    const end = this.contentEnd(lineStart);
    const last = this.parts.at(-1);
    if (last && last.end < 0) last.end = Math.max(end, last.start);
    while (this.open.length > 0 && this.open.at(-1) !== multipart) {
      const inner = this.open.pop();
      if (!inner) break;
      if (inner.part.end < 0) inner.part.end = Math.max(end, inner.part.start);
      const sharing = this.byBoundary.get(inner.boundary);
      sharing?.pop();
      if (sharing?.length === 0) this.byBoundary.delete(inner.boundary);
    }
  }

  /** The line break before a delimiter belongs to it (RFC 2046 §5.1.1). */
  private contentEnd(lineStart: number): number {
    let end = lineStart;
    if (end > 0 && this.raw[end - 1] === 10) end -= 1;
    if (end > 0 && end < lineStart && this.raw[end - 1] === 13) end -= 1;
    return end;
  }

  /** Reads the header at `at`; returns where the body starts. */
  private startPart(at: number, parent: Part | null): number {
    const { raw } = this;
    const header = readHeaderBlock(
      raw,
      at,
      raw.length,
      (start, end) => parent !== null && this.findDelimiter(start, end) !== null,
    );
    const part = this.describe(header, parent);
    this.parts.push(part);
    if (parent !== null) parent.hasChildren = true;
    if (parent === null) this.defects.push(...header.defects);
    if (!part.contentType.startsWith('multipart/')) return header.bodyStart;
    const boundary = this.findBoundary(part);
    if (boundary === null) return header.bodyStart;
    const multipart = { part, boundary, isClosed: false };
    this.open.push(multipart);
    const sharing = this.byBoundary.get(boundary);
    if (sharing) sharing.push(multipart);
    else this.byBoundary.set(boundary, [multipart]);
    return header.bodyStart;
  }

  private describe({ fields, bodyStart }: HeaderBlock, parent: Part | null): Part {
    const type = readContentType(fields, parent?.contentType === 'multipart/digest' ? 'message/rfc822' : 'text/plain');
    const disposition = parseParameterized(fields.find((field) => field.name === 'content-disposition')?.value ?? '');
    const encoding = fields.find((field) => field.name === 'content-transfer-encoding')?.value ?? '';
    return {
      index: this.parts.length,
      parent: parent?.index ?? -1,
      fields,
      contentType: type.value,
      params: type.params,
      // "quoted-printable;" and "base64 (comment)" are written.
      encoding: /^[\s"']*([a-z0-9-]*)/i.exec(encoding)?.[1]?.toLowerCase() ?? '',
      disposition: disposition.value,
      dispositionParams: disposition.params,
      start: bodyStart,
      end: -1,
      hasChildren: false,
    };
  }

  /** The boundary as declared when a line has it, else the first line that looks like one; null when there is none. */
  private findBoundary(part: Part): string | null {
    const given = part.params.get('boundary') ?? '';
    const declared = given.length <= maxBoundary ? given : '';
    if (declared !== '' && this.guesses >= maxGuesses) return declared;
    if (declared !== '' && this.raw.indexOf(`--${declared}`, part.start, 'latin1') >= 0) return declared;
    this.guesses += 1;
    if (this.guesses > maxGuesses) return null;
    const window = this.raw.toString('latin1', part.start, part.start + guessWindow);
    const guess = /(?:^|\n)--([^\s-][^\r\n]{0,200}|-[^\r\n]{1,200})\r?\n(?:[!-9;-~]{1,100}:|\r?\n)/
      .exec(window)?.[1]
      ?.trimEnd();
    if (guess === undefined || this.byBoundary.has(guess)) return null;
    this.defects.push(declared === '' ? 'a multipart without boundary' : 'a multipart whose boundary never comes');
    return guess;
  }

  private finish(end: number): Structure {
    for (const part of this.parts) if (part.end < 0) part.end = Math.max(end, part.start);
    for (const { isClosed } of this.open) if (!isClosed) this.defects.push('a multipart that does not end');
    for (const part of this.parts) {
      if (!part.contentType.startsWith('multipart/') || part.hasChildren) continue;
      // Without parts it is a text that somebody mislabelled; people should see it.
      part.contentType = /^\s*<(?:!doctype|html|body|div|p)\b/i.test(
        this.raw.toString('latin1', part.start, part.start + 200),
      )
        ? 'text/html'
        : 'text/plain';
      this.defects.push('a multipart without parts');
    }
    return { parts: this.parts, defects: [...new Set(this.defects)].slice(0, 20) };
  }
}

// text/plain  application/vnd.ms-excel  image/svg+xml
const mediaType = /^([a-z0-9][a-z0-9!#$&^_.+-]{0,100})\/([a-z0-9][a-z0-9!#$&^_.+-]{0,100})$/;

function readContentType(
  fields: readonly RawField[],
  fallback: string,
): { value: string; params: Map<string, string> } {
  let params = new Map<string, string>();
  for (const field of fields) {
    if (field.name !== 'content-type') continue;
    const type = parseParameterized(field.value);
    if (mediaType.test(type.value)) return type;
    params = params.size === 0 ? type.params : params;
  }
  return { value: fallback, params };
}
