// Header blocks inside a text: the From, Sent, To and Subject lines that Outlook and others put above what they quote.

import { type HeaderKind, headerKinds, longestLabel, plainDateLabels } from './quote-header-words.ts';
import { isBlank, measureQuote, readable } from './quote-line.ts';

export interface HeaderLine {
  kind: HeaderKind;
  /** Lower case. */
  label: string;
  value: string;
}

export interface HeaderBlock {
  /** First line of the block. */
  start: number;
  /** The line after the block. */
  end: number;
  fields: Map<HeaderKind, string>;
}

// `*From:* Ann`, `**Von:** Ann`, `> De : Ann`, `| From: Ann`, `• To: Ann`.
const ornaments = /^[\s*_>|•]+/;
const trailingOrnaments = /[\s*_]+$/;

// NetEase's phone program: | From | Ann<ann@example.com> |
const tableRow = /^\s?\|\s?([^|:]{1,20}?)\s?\|\s?([^|]{1,300}?)\s?\|\s*$/;

/** The header field that a line holds, if its label is one that mail programs write. */
export function readHeaderLine(line: string): HeaderLine | null {
  const limit = longestLabel + 12;
  const cell = line.includes('|') ? tableRow.exec(line) : null;
  if (cell !== null) return readHeaderLine(`${cell[1]}: ${cell[2]}`);
  const colon = line.indexOf(':');
  const wide = line.indexOf('：');
  const at = wide >= 0 && (colon < 0 || wide < colon) ? wide : colon;
  if (at <= 0 || at > limit) return null;
  // Aliyun stretches its labels: 日　期
  const label = line
    .slice(0, at)
    .replace(ornaments, '')
    .replace(trailingOrnaments, '')
    .replaceAll('\u3000', '')
    .toLowerCase();
  const kind = headerKinds.get(label);
  if (kind === undefined) return null;
  const value = readable(line.slice(at + 1))
    .replace(/^[\s*_]+/, '')
    .trim();
  // *Subject: **Printer*
  return { kind, label, value: /^[\s>]{0,4}\*/.test(line) ? value.replace(/\*+$/, '') : value };
}

const mostLines = 40;
const mostWrapped = 12;

/**
 * The header block that begins at `start`, or null. `trusted` is for a block below a marker such as
 * "Forwarded message", where any two fields will do; elsewhere it must look like a mail's.
 */
export function readHeaderBlock(lines: readonly string[], start: number, trusted = false): HeaderBlock | null {
  const first = readHeaderLine(lines[start] ?? '');
  if (first === null || first.kind === 'other') return null;
  // The rest of lines that were found to be no block is none either.
  if (!trusted && readHeaderLine(lines[start - 1] ?? '') !== null) return null;
  const fields = new Map<HeaderKind, string>([[first.kind, first.value]]);
  const labels = [first.label];
  let end = start + 1;
  let current: HeaderKind = first.kind;
  while (end < lines.length && end < start + mostLines) {
    const next = nextHeader(lines, end, fields);
    if (next === null) break;
    const wrapped = lines.slice(end, next.at).map((line) => bare(line).trim());
    fields.set(current, [fields.get(current) ?? '', ...wrapped].join(' ').trim());
    if (!fields.has(next.header.kind)) fields.set(next.header.kind, next.header.value);
    labels.push(next.header.label);
    current = next.header.kind;
    end = next.at + 1;
  }
  while (isAddressTail(lines[end], current)) {
    fields.set(current, `${fields.get(current) ?? ''} ${bare(lines[end] ?? '').trim()}`.trim());
    end++;
  }
  const block = { start, end, fields };
  if (end === start + 1) return readFlatHeader(lines, start);
  return trusted ? (fields.size >= 2 ? block : null) : isMailHeader(block, labels, lines) ? block : null;
}

const bare = (line: string): string => line.slice(measureQuote(line).from);

/** The next header line from `from` on: there, after one or two blank lines, or below lines that continue the field above. */
function nextHeader(
  lines: readonly string[],
  from: number,
  seen: ReadonlyMap<HeaderKind, string>,
): { at: number; header: HeaderLine } | null {
  let blanks = 0;
  for (let at = from; at < lines.length && at < from + mostWrapped; at++) {
    const line = lines[at] ?? '';
    if (isBlank(bare(line))) {
      // Only Word's paragraphs put blank lines between header lines; a wrapped field never goes across one.
      if (at > from + blanks || blanks === 2) return null;
      blanks++;
      continue;
    }
    const header = readHeaderLine(line);
    if (header !== null && (!seen.has(header.kind) || (at === from && header.kind !== 'subject'))) {
      return blanks > 0 && header.kind === 'other' ? null : { at, header };
    }
    if (blanks > 0) return null;
  }
  return null;
}

/** `<ann@example.com>;` on a line of its own belongs to the addresses above it. */
function isAddressTail(line: string | undefined, kind: HeaderKind): boolean {
  if (line === undefined || (kind !== 'to' && kind !== 'cc' && kind !== 'from')) return false;
  const text = bare(line).trim();
  return text.length < 400 && text.includes('@') && /^[<"'[]|[>;,]$/.test(text) && !/[.!?]$/.test(text);
}

// Lines that only a raw header has, of a mail, of HTTP or of a git patch: somebody pasted it to show it, it is no quoting.
const rawHeader =
  /^(?:received|return-path|message-id|mime-version|content-type|content-transfer-encoding|dkim-signature|delivered-to|authentication-results|host|accept|cookie|set-cookie|server|cache-control|connection|location|content-length|x-[a-z-]{2,40}):|^from [0-9a-f]{3,64} (?:mon|tue|wed|thu|fri|sat|sun) /i;

/** `Please print this memo:` stands above: the author shows what follows. */
function isIntroduced(lines: readonly string[], start: number, reach: number): boolean {
  let above = start - 1;
  while (above >= 0 && isBlank(lines[above] ?? '')) above--;
  return above >= 0 && start - above <= reach && /[:：]\s*$/.test((lines[above] ?? '').slice(-10));
}

/** Whether lines only a raw header has stand in the same stretch of lines as the block. */
function isRawHeader(lines: readonly string[], { start, end }: HeaderBlock): boolean {
  const field = (at: number): string => bare(lines[at] ?? '');
  for (let at = start - 1; at >= Math.max(0, start - 40) && !isBlank(field(at)); at--)
    if (rawHeader.test(field(at))) return true;
  for (let at = start; at < end + 40 && !isBlank(field(at)); at++) if (rawHeader.test(field(at))) return true;
  return false;
}

/** A form that somebody filled in: `Name: Ann`, `From: Berlin`, `E-mail: ann@example.com`, `Subject: Printer`. */
function isForm(lines: readonly string[], { start, fields }: HeaderBlock): boolean {
  const above = bare(lines[start - 1] ?? '').trim();
  const isField = /^[\p{L}][\p{L} .-]{1,24}: ?\S/u.test(above) && readHeaderLine(above) === null;
  return isField && !(fields.get('from') ?? '').slice(0, 200).includes('<');
}

function isMailHeader(block: HeaderBlock, labels: readonly string[], lines: readonly string[]): boolean {
  const { fields } = block;
  const core = (['from', 'to', 'date', 'subject'] as const).filter((kind) => fields.has(kind));
  if (core.length < 2 || !(fields.has('from') || fields.has('date'))) return false;
  // `from: ann@example.com` / `to: bob@example.com` alone are somebody's settings.
  if (!fields.has('date') && !fields.has('subject')) return false;
  if (isRawHeader(lines, block) || isForm(lines, block)) return false;
  const hasSentLabel = labels.some((label) => headerKinds.get(label) === 'date' && !plainDateLabels.has(label));
  // Programs leave a blank line above the block.
  if (isIntroduced(lines, block.start, hasSentLabel ? 1 : 3)) return false;
  const people = ['from', 'to', 'cc'] as const;
  if (people.some((kind) => fields.get(kind)?.includes('@'))) return true;
  if (fields.size >= 3 && fields.has('subject') && fields.has('date') && (fields.has('from') || hasSentLabel))
    return true;
  return fields.size >= 3 && hasSentLabel && /\d/.test(fields.get('date') ?? '');
}

/**
 * All of a block on one line, as it is left where a program lost the line ends of HTML:
 * `From: Ann <ann@example.com> Sent: Monday, March 4, 2024 9:26 AM To: Bob <bob@example.com> Subject: Printer`
 */
function readFlatHeader(lines: readonly string[], start: number): HeaderBlock | null {
  const line = readable(lines[start] ?? '');
  if (readHeaderLine(line)?.kind !== 'from' || !line.includes('@')) return null;
  const labels = [...line.matchAll(/(?:^|\s)[*_]{0,3}([\p{L}'’]{1,20}(?: [\p{L}'’]{1,12})?)\s?[:：][*_]{0,3}(?=\s)/gu)];
  const known = labels.flatMap((match) => {
    const label = (match[1] ?? '').toLowerCase();
    // `9:26 AM To:`
    const kind = headerKinds.get(label) ?? headerKinds.get(label.split(' ').at(-1) ?? '');
    return kind === undefined ? [] : [{ kind, at: match.index, from: match.index + match[0].length }];
  });
  const fields = new Map<HeaderKind, string>();
  known.forEach(({ kind, from }, index) => {
    if (!fields.has(kind)) fields.set(kind, line.slice(from, known[index + 1]?.at ?? line.length).trim());
  });
  const isWhole = (['from', 'to', 'date', 'subject'] as const).every((kind) => fields.has(kind));
  return isWhole ? { start, end: start + 1, fields } : null;
}

/**
 * eM Client's block, whose labels have no colon. Only below a marker.
 * `From "Ann Lee" <ann@example.com>` / `To "Bob" <bob@example.com>` / `Date 04/03/2024 09:26:50` / `Subject Printer`
 */
export function readColonlessBlock(lines: readonly string[], start: number): HeaderBlock | null {
  const fields = new Map<HeaderKind, string>();
  let end = start;
  while (end < lines.length && end < start + 6) {
    const [label = '', value = ''] = readable(lines[end] ?? '')
      .trim()
      .split(/\s+(.+)/, 2);
    const kind = headerKinds.get(label.toLowerCase());
    if (kind === undefined || fields.has(kind)) break;
    fields.set(kind, value);
    end++;
  }
  return fields.get('from')?.includes('@') && fields.size >= 3 ? { start, end, fields } : null;
}

const notesDate = /\d{1,4}[./-]\d{1,2}[./-]\d{1,4}.{0,10}\d{1,2}[:.]\d{2}/;

/**
 * Lotus Notes' block: the labels stand alone, above their values, below the sender and the date.
 * `Ann Smith <ann@example.com>` / `01/02/2010 10:15 AM` / `To` / `bob@example.com` / `cc` / `` / `Subject` / `Re: Printer`
 */
export function readNotesBlock(lines: readonly string[], at: number): HeaderBlock | null {
  if (readNotesLabel(lines[at])?.kind !== 'to') return null;
  const fields = new Map<HeaderKind, string>();
  let current: HeaderKind = 'to';
  let end = at;
  for (let index = at; index < at + 20 && index < lines.length && !fields.has('subject'); index++) {
    const line = lines[index] ?? '';
    const label = readNotesLabel(line);
    current = label?.kind ?? current;
    const value = label === null ? line.trim() : label.value;
    if (!isBlank(value) && !fields.has(current)) fields.set(current, value);
    end = index + 1;
  }
  if (!fields.has('subject')) return null;
  for (let start = at - 1, steps = 0; start >= 0 && steps < 6; start--, steps++) {
    const line = readable(lines[start] ?? '').trim();
    if (!notesDate.test(line)) continue;
    fields.set('date', line);
    // A table leaves a blank line between its cells.
    const gap = isBlank(lines[start - 1] ?? '') && readable(lines[start - 2] ?? '').includes('@') ? 2 : 1;
    const above = readable(lines[start - gap] ?? '').trim();
    if (above === '') return { start, end, fields };
    fields.set('from', above);
    return { start: start - gap, end, fields };
  }
  return null;
}

/** Whether a block may begin here: a label with a colon, or one alone. */
export function mayBeginHeaders(line: string): boolean {
  return readHeaderLine(line) !== null || readNotesLabel(line)?.kind === 'to';
}

/** A label alone, or two blanks before its value, as the cells of a table: `To       bob@example.com`. */
function readNotesLabel(line: string | undefined): { kind: HeaderKind; value: string } | null {
  const text = readable(line ?? '').trim();
  const gap = text.slice(0, longestLabel + 2).search(/\s\s/);
  const label = gap < 0 ? text : text.slice(0, gap);
  // French has one letter for To; other single letters are anything.
  const isLabel = label.length >= 2 || label === 'A' || label === 'À';
  const kind = isLabel && label.length <= longestLabel ? headerKinds.get(label.toLowerCase()) : undefined;
  return kind === undefined ? null : { kind, value: gap < 0 ? '' : text.slice(gap).trim() };
}
