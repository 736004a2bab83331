// The header of a message or a part: bytes to fields, unfolded, in bounded time whatever was written there.

import type { HeaderField } from '../domain/message.ts';
import { cut, decodeCharset } from '../text/charset.ts';

/** A field with all of its value, in bytes as characters (latin1), so that its charset can be told later. */
export interface RawField {
  name: string;
  value: string;
}

export interface HeaderBlock {
  fields: RawField[];
  /** Where the body starts. */
  bodyStart: number;
  defects: string[];
}

const maxFields = 2_000;
const maxValue = 1_000_000;
const maxStoredValue = 16_000;
// These are read wherever they stand, though thousands of others come before them.
const essential = new Set([
  'from',
  'sender',
  'to',
  'cc',
  'reply-to',
  'subject',
  'date',
  'message-id',
  'in-reply-to',
  'references',
  'return-path',
  'auto-submitted',
  'precedence',
  'list-id',
  'list-unsubscribe',
  'x-auto-response-suppress',
  'x-loop',
  'x-tkt-loop',
  'authentication-results',
  'content-type',
  'content-transfer-encoding',
  'content-disposition',
]);
const maxEssential = 50;

const fieldName = /^([!-9;-~]{1,200})[ \t]*:/;

/**
 * Reads a header from `start`. `isDelimiter` tells a line that belongs to the MIME structure around (it ends the header
 * of a part that has no body). Lines of an mbox (`From ann@example.com Thu…`) and what is no field are passed over.
 */
export function readHeaderBlock(
  raw: Buffer,
  start: number,
  end: number,
  isDelimiter: (lineStart: number, lineEnd: number) => boolean = () => false,
): HeaderBlock {
  return new HeaderReader(raw, start, end, isDelimiter).read();
}

class HeaderReader {
  private readonly fields: RawField[] = [];
  private readonly defects: string[] = [];
  private readonly counts = new Map<string, number>();
  private current: RawField | null = null;
  /** The lines of the field in hand. */
  private values: string[] = [];
  private valueLength = 0;
  private leftOut = 0;
  private at: number;
  private sawLine = false;
  /** A line further down that is a field beyond doubt. */
  private nextField = -1;
  private readonly raw: Buffer;
  private readonly start: number;
  private readonly end: number;
  private readonly isDelimiter: (lineStart: number, lineEnd: number) => boolean;

  constructor(raw: Buffer, start: number, end: number, isDelimiter: (lineStart: number, lineEnd: number) => boolean) {
    this.raw = raw;
    this.start = start;
    this.end = end;
    this.at = start;
    this.isDelimiter = isDelimiter;
  }

  read(): HeaderBlock {
    while (this.at < this.end && this.readLine());
    this.finishField();
    if (this.leftOut > 0)
      this.defects.push(`${this.leftOut} header fields over the limit of ${maxFields} were left out`);
    return { fields: this.fields, bodyStart: this.at, defects: this.defects };
  }

  /** False at the end of the header; `at` is then where the body starts. */
  private readLine(): boolean {
    const { raw, at, end } = this;
    const newline = raw.indexOf(10, at);
    const next = newline < 0 || newline >= end ? end : newline + 1;
    const lineEnd = trimLineEnd(raw, at, next);
    if (this.isDelimiter(at, lineEnd)) return false;
    const isIndented = (raw[at] === 32 || raw[at] === 9) && this.sawLine;
    const isEmpty = lineEnd === at;
    if (isEmpty || (isIndented && isBlank(raw, at, lineEnd) && !continuesAsHeader(raw, next, end))) {
      this.at = next;
      // Empty lines before the first field of a message are no end of its header; a part may have no header.
      return !this.sawLine && this.start === 0;
    }
    const line = raw.toString('latin1', at, Math.min(lineEnd, at + maxValue));
    if (isIndented) this.addToField(line);
    else if (!this.readField(line.trimStart()) && !this.passOver(line, next)) return false;
    this.at = next;
    return true;
  }

  private readField(line: string): boolean {
    const match = fieldName.exec(line);
    if (match?.[1] === undefined) return false;
    this.finishField();
    this.sawLine = true;
    const name = match[1].toLowerCase();
    const count = this.counts.get(name) ?? 0;
    if (this.fields.length >= maxFields && !(essential.has(name) && count < maxEssential)) {
      this.leftOut += 1;
      return true;
    }
    this.counts.set(name, count + 1);
    this.current = { name, value: '' };
    this.fields.push(this.current);
    this.addToField(line.slice(match[0].length));
    return true;
  }

  private addToField(line: string): void {
    if (this.current === null || this.valueLength >= maxValue) return;
    this.values.push(line);
    this.valueLength += line.length;
  }

  private finishField(): void {
    if (this.current) this.current.value = this.values.join('').trim();
    this.current = null;
    this.values = [];
    this.valueLength = 0;
  }

  /** Junk between fields is passed over; a line that no field follows is the body, whose empty line got lost: false. */
  private passOver(line: string, next: number): boolean {
    const { raw, end } = this;
    if (isMboxLine(line) && !this.sawLine) return true;
    if (this.nextField < next && !continuesAsHeader(raw, next, end) && !isBlankNext(raw, next, end)) {
      this.nextField = findKnownField(raw, next, end);
      if (this.nextField < 0) {
        this.defects.push('the header does not end with an empty line');
        return false;
      }
    }
    this.finishField();
    this.sawLine = true;
    if (this.defects.length < 5) this.defects.push(`no header field: ${cut(line.trim(), 60)}`);
    return true;
  }
}

function trimLineEnd(raw: Buffer, start: number, next: number): number {
  let end = next;
  if (end > start && raw[end - 1] === 10) end -= 1;
  while (end > start && raw[end - 1] === 13) end -= 1;
  return end;
}

function isBlank(raw: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) if (raw[at] !== 32 && raw[at] !== 9) return false;
  return true;
}

const isBlankNext = (raw: Buffer, at: number, end: number): boolean =>
  at < end && (raw[at] === 10 || (raw[at] === 13 && raw[at + 1] === 10));

/** The line at `at` is a field, or goes on with one. */
function continuesAsHeader(raw: Buffer, at: number, end: number): boolean {
  if (at >= end) return false;
  const line = raw.toString('latin1', at, Math.min(end, at + 210)).split('\n', 1)[0] ?? '';
  return fieldName.test(line) || /^[ \t]+\S/.test(line);
}

// Folded lines that lost their indentation (X-Brightmail-Tracker, Received) with more of the header behind them.
const knownField =
  /^(?:from|to|cc|subject|date|message-id|mime-version|content-[a-z-]{2,30}|received|return-path|reply-to|in-reply-to|references|x-[a-z-]{2,60})[ \t]*:/im;
const searchWindow = 65_536;

/** Where the next line is that no body would begin with, up to the first empty line; -1 for none. */
function findKnownField(raw: Buffer, at: number, end: number): number {
  const window = raw.toString('latin1', at, Math.min(end, at + searchWindow));
  const emptyLine = /^\r?\n|\n\r?\n/.exec(window);
  const found = window.slice(0, emptyLine?.index ?? window.length).search(knownField);
  return found < 0 ? -1 : at + found;
}

// From ann@example.com Thu Jan  1 00:00:00 2026, or >From … where it was escaped twice.
const isMboxLine = (line: string): boolean => /^>?From /.test(line);

/** The value as text: UTF-8 or what `hint` names where it has bytes that are no ASCII. */
export function decodeFieldValue(value: string, hint: string | null): string {
  return /[\u0080-\u00ff\u001b]/.test(value) ? decodeCharset(Buffer.from(value, 'latin1'), null, hint) : value;
}

/** Fields as the domain has them: decoded to text but not further, at most 16 kB each. */
export function toHeaderFields(fields: readonly RawField[], hint: string | null): HeaderField[] {
  return fields.map(({ name, value }) => ({
    name,
    value: cut(decodeFieldValue(value.slice(0, maxStoredValue * 4), hint), maxStoredValue),
  }));
}

/** The first field of that name, bytes as characters; '' when there is none. */
export function fieldValue(fields: readonly RawField[], name: string): string {
  return fields.find((field) => field.name === name)?.value ?? '';
}
