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
  const fields: RawField[] = [];
  const defects: string[] = [];
  const essentials = new Map<string, number>();
  let values: string[] = [];
  let valueLength = 0;
  let current: RawField | null = null;
  let left = 0;
  const finish = (): void => {
    if (current) current.value = values.join('').trim();
    current = null;
    values = [];
    valueLength = 0;
  };
  let at = start;
  let sawLine = false;
  /** A line further down that is a field beyond doubt. */
  let nextField = -1;
  while (at < end) {
    const newline = raw.indexOf(10, at);
    const next = newline < 0 || newline >= end ? end : newline + 1;
    const lineEnd = trimLineEnd(raw, at, next);
    const first = raw[at];
    if (isDelimiter(at, lineEnd)) break;
    if (lineEnd === at) {
      // Empty lines before the first field of a message are no end of its header; a part may have no header.
      at = next;
      if (sawLine || start > 0) break;
      continue;
    }
    if ((first === 32 || first === 9) && sawLine) {
      if (isBlank(raw, at, lineEnd) && !continuesAsHeader(raw, next, end)) {
        at = next;
        break;
      }
      if (valueLength < maxValue && current) {
        const piece = raw.toString('latin1', at, Math.min(lineEnd, at + maxValue));
        values.push(piece);
        valueLength += piece.length;
      }
      at = next;
      continue;
    }
    const line = raw.toString('latin1', at, Math.min(lineEnd, at + maxValue)).trimStart();
    const match = fieldName.exec(line);
    if (match?.[1] !== undefined) {
      finish();
      sawLine = true;
      const name = match[1].toLowerCase();
      const field = { name, value: '' };
      const count = essentials.get(name) ?? 0;
      if (fields.length < maxFields || (essential.has(name) && count < maxEssential)) {
        fields.push(field);
        essentials.set(name, count + 1);
        current = field;
        values = [line.slice(match[0].length)];
        valueLength = values[0]?.length ?? 0;
      } else left += 1;
    } else if (!isMboxLine(line) || sawLine) {
      // Junk between fields is passed over; a line that no field follows is the body, whose empty line got lost.
      if (nextField < next && !continuesAsHeader(raw, next, end) && !isBlankNext(raw, next, end)) {
        nextField = findKnownField(raw, next, end);
        if (nextField < 0) {
          defects.push('the header does not end with an empty line');
          break;
        }
      }
      finish();
      sawLine = true;
      if (defects.length < 5) defects.push(`no header field: ${cut(line, 60)}`);
    }
    at = next;
  }
  finish();
  if (left > 0) defects.push(`${left} header fields over the limit of ${maxFields} were left out`);
  return { fields, bodyStart: at, defects };
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
