// Labels each line of a mail: the author's text, quoted, or part of the history that a mail program put below an answer.
// What follows from the labels is decided in trim.ts.

import { type Attribution, findAttribution, mayEndAttribution } from './attribution.ts';
import { endsWithVerb } from './attribution-words.ts';
import { findFences } from './code-fence.ts';
import { type HeaderBlock, mayBeginHeaders, readHeaderBlock, readHeaderLine, readNotesBlock } from './quote-headers.ts';
import { isBlank, measureQuote, readable, splitLines, withoutMarks } from './quote-line.ts';
import {
  isBareOriginal,
  isForwardIntroduction,
  isGroupWiseRule,
  mayIntroduceForward,
  readMarker,
} from './quote-markers.ts';

/** What is known of a line from elsewhere, the structure of an HTML mail: it is a rule above the plain text. */
export type LineMark = 'quote' | 'attribution' | 'signature' | 'from-here';

/** `history` is what introduces a quotation: attribution, header block, marker, or text below one of them that nobody quoted. */
export type Label = 'blank' | 'text' | 'quote' | 'history' | 'signature';

/** Where the history begins, and what told. `at` is a line number. */
export type Beginning =
  | { kind: 'attribution'; at: number; attribution: Attribution }
  | { kind: 'headers'; at: number; block: HeaderBlock }
  | { kind: 'forward'; at: number; rest: string }
  | { kind: 'original'; at: number; rest: string }
  | { kind: 'reply-above' | 'mark'; at: number };

export interface LabelledLines {
  labels: Label[];
  /** The first thing found that introduces other people's text. */
  beginning: Beginning | null;
  /** Lines of which only the first words are the author's: line number → those words. */
  prefixes: Map<number, string>;
}

/** With the lines that the labels are of. */
export interface LabelledText extends LabelledLines {
  lines: readonly string[];
}

/** Cuts a text into lines and labels them. */
export function labelText(text: string, marks?: ReadonlyArray<LineMark | undefined>): LabelledText {
  const lines = splitLines(text);
  return { lines, ...labelLines(lines, marks) };
}

// A text with more lines than this that might introduce a quotation, and do not, is a log or an attack.
const mostCandidates = 10_000;

/** Labels every line. A forward ends the search: whatever is below its marker is what the author wanted to be read. */
export function labelLines(lines: readonly string[], marks?: ReadonlyArray<LineMark | undefined>): LabelledLines {
  const labels: Label[] = new Array(lines.length).fill('text');
  const prefixes = new Map<number, string>();
  const fenced = findFences(lines);
  const budget = { left: mostCandidates };
  let beginning: Beginning | null = null;
  const restIs = (label: Label, from: number): void => {
    for (let index = from; index < lines.length; index++) labels[index] = isBlank(lines[index] ?? '') ? 'blank' : label;
  };
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? '';
    const mark = marks?.[at];
    if (mark === 'from-here') {
      restIs('history', at);
      beginning ??= { kind: 'mark', at };
      break;
    }
    if (isBlank(line)) labels[at] = 'blank';
    else if (mark !== undefined) {
      labels[at] = mark === 'attribution' ? 'history' : mark;
      if (mark !== 'signature') beginning ??= { kind: 'mark', at };
    } else if (fenced[at] === 1) continue;
    else {
      const found = readBeginning(lines, at, labels, budget);
      if (found === null) {
        const isQuoted = measureQuote(line).depth > 0 || (beginning !== null && isInitialed(line));
        if (isQuoted) labels[at] = 'quote';
        continue;
      }
      beginning ??= found.beginning;
      if (found.beginning.kind === 'forward') {
        if (beginning === found.beginning) restIs('text', at);
        else restIs('history', at);
        break;
      }
      if (!found.quoteFollows) {
        restIs('history', found.beginning.at);
        notePrefix(found.beginning, prefixes, labels);
        break;
      }
      for (let index = found.beginning.at; index < found.end; index++)
        labels[index] = isBlank(lines[index] ?? '') ? 'blank' : 'history';
      notePrefix(found.beginning, prefixes, labels);
      at = found.end - 1;
    }
  }
  return { labels, beginning, prefixes };
}

function notePrefix(beginning: Beginning, prefixes: Map<number, string>, labels: Label[]): void {
  if (beginning.kind !== 'attribution' || beginning.attribution.prefix === '') return;
  prefixes.set(beginning.at, beginning.attribution.prefix);
  labels[beginning.at] = 'text';
}

// >>>>> "Ann" == Ann Lee <ann@example.com> writes:
const superciteAttribution = /^>>>>> ?["“][^"”]{1,60}["”] == .{1,200}:\s*$/;

/** Something at this line that introduces other people's text, where it ends, and whether quoted lines follow it. */
function readBeginning(
  lines: readonly string[],
  at: number,
  labels: readonly Label[],
  budget: { left: number },
): { beginning: Beginning; end: number; quoteFollows: boolean } | null {
  const line = lines[at] ?? '';
  const { depth } = measureQuote(line);
  if (depth > 0) {
    if (isGroupWiseRule(line))
      return { beginning: { kind: 'original', at, rest: '' }, end: at + 1, quoteFollows: isQuoteNext(lines, at + 1) };
    // Freshdesk: >>> Please reply above this line <<<
    if (depth === 3 && labels[at - 1] !== 'quote' && readMarker(line)?.marker === 'reply-above')
      return { beginning: { kind: 'reply-above', at }, end: at + 1, quoteFollows: false };
    if (isTailOfAddress(lines, at) || superciteAttribution.test(line)) return attributionAt(lines, at);
    // Apple Mail and OX quote what they forward, with its marker: `> Begin forwarded message:`.
    if (labels[at - 1] === 'quote' || depth > 1) return null;
    return forwardAt(lines, at, readMarker(withoutMarks(line)));
  }
  const marker = readMarker(line);
  const forward = forwardAt(lines, at, marker);
  if (forward !== null) return forward;
  if (marker !== null && marker.marker !== 'forward' && !isShownMarker(lines, at)) {
    const beginning: Beginning =
      marker.marker === 'original' ? { kind: 'original', at, rest: marker.rest } : { kind: 'reply-above', at };
    return { beginning, end: at + 1, quoteFollows: isQuoteNext(lines, at + 1) };
  }
  // BlackBerry writes `Original Message` without dashes above its header block.
  if (isBareOriginal(line) && blockBelow(lines, at))
    return { beginning: { kind: 'original', at, rest: '' }, end: at + 1, quoteFollows: isQuoteNext(lines, at + 1) };
  const mayBegin = mayBeginHeaders(line);
  if (!mayBegin && !mayEndAttribution(line, isQuoteNext(lines, at + 1))) return null;
  if (budget.left-- <= 0) return null;
  const block = mayBegin ? (readHeaderBlock(lines, at) ?? readNotesBlock(lines, at)) : null;
  if (block !== null) {
    const beginning: Beginning = { kind: 'headers', at: block.start, block };
    return { beginning, end: block.end, quoteFollows: isQuoteNext(lines, block.end) };
  }
  return attributionAt(lines, at);
}

/** "The display shows:" stands above and no header block below: the author shows the words, no program wrote them. */
function isShownMarker(lines: readonly string[], at: number): boolean {
  let above = at - 1;
  while (above >= 0 && at - above < 3 && isBlank(lines[above] ?? '')) above--;
  const introduction = (lines[above] ?? '').trimEnd().slice(-10);
  // In the middle of a sentence: "The screen shows" / "----- Original -----" / "and nothing else."
  const isInside = above === at - 1 && /\p{L}$/u.test(introduction) && /^\p{Ll}/u.test(lines[at + 1] ?? '');
  return (/[:：]$/.test(introduction) || isInside) && !isQuoteNext(lines, at + 1) && !blockBelow(lines, at);
}

function attributionAt(
  lines: readonly string[],
  at: number,
): { beginning: Beginning; end: number; quoteFollows: boolean } | null {
  const quoteFollows = isQuoteNext(lines, at + 1);
  const attribution = findAttribution(lines, at, quoteFollows);
  if (attribution === null) return null;
  const start = withFieldsAbove(lines, attribution.start);
  return {
    beginning: { kind: 'attribution', at: start, attribution: { ...attribution, start } },
    end: attribution.end,
    quoteFollows: quoteFollows || isInitialed(lines.slice(at + 1, at + 4).find((line) => !isBlank(line)) ?? ''),
  };
}

/** The Bat! and Supercite quote with initials or a name: `AL> Is this right?`; only below an attribution. */
function isInitialed(line: string): boolean {
  return /^\s{0,4}\p{Lu}\p{L}{1,9}>{1,4}(?:\s|$)/u.test(line);
}

/** Yandex puts fields above its attribution: `Кому: Ann (ann@example.com);` / `Тема: Printer;`. */
function withFieldsAbove(lines: readonly string[], start: number): number {
  let at = start;
  while (
    at > 0 &&
    start - at < 4 &&
    (lines[at - 1] ?? '').trimEnd().endsWith(';') &&
    readHeaderLine(lines[at - 1] ?? '') !== null
  )
    at--;
  return at;
}

/** `marker` is what the line marks, read without its quote marks. */
function forwardAt(
  lines: readonly string[],
  at: number,
  marker: ReturnType<typeof readMarker>,
): { beginning: Beginning; end: number; quoteFollows: boolean } | null {
  const { depth, from } = measureQuote(lines[at] ?? '');
  const quoted = depth > 0;
  const line = (lines[at] ?? '').slice(from);
  // OX quotes what it forwards under `> ---------- Original Message ----------`; Outlook that quotes each line of what it
  // answers writes `> -----Original Message-----`.
  const isQuotedOriginal =
    quoted && marker?.marker === 'original' && (/^-{10,} /.test(line) || isFirst(lines, at)) && blockBelow(lines, at);
  const isMarker = marker?.marker === 'forward' || isQuotedOriginal;
  if (isMarker) return { beginning: { kind: 'forward', at, rest: marker.rest }, end: at + 1, quoteFollows: false };
  const isIntroduction = isForwardIntroduction(line) || (quoted && mayIntroduceForward(line));
  if (!isIntroduction || readHeaderLine(line) !== null || !blockBelow(lines, at, 'dated')) return null;
  return { beginning: { kind: 'forward', at, rest: '' }, end: at + 1, quoteFollows: false };
}

function isFirst(lines: readonly string[], at: number): boolean {
  for (let above = at - 1; above >= 0; above--) if (!isBlank(lines[above] ?? '')) return false;
  return true;
}

/** A header block within the next lines; one that tells when or what about, where words alone announce it. */
function blockBelow(lines: readonly string[], at: number, wanted: 'any' | 'dated' = 'any'): boolean {
  for (let index = at + 1; index < at + 4; index++) {
    const line = lines[index];
    if (line === undefined) return false;
    if (isBlank(withoutMarks(line))) continue;
    const fields = readHeaderBlock(lines, index, true)?.fields;
    return fields !== undefined && (wanted === 'any' || fields.has('date') || fields.has('subject'));
  }
  return false;
}

/** Gmail breaks its attribution before the bracket that closes the address: `Some One <one@example.com` / `> wrote:`. */
function isTailOfAddress(lines: readonly string[], at: number): boolean {
  const rest = withoutMarks(lines[at] ?? '').trim();
  if (rest.length > 40 || !/[:：]$/.test(rest) || !endsWithVerb(rest)) return false;
  const above = readable(lines[at - 1] ?? '');
  if (measureQuote(above).depth > 0) return false;
  const head = `${readable(lines[at - 2] ?? '')} ${above}`;
  return head.split('<').length > head.split('>').length;
}

function isQuoteNext(lines: readonly string[], from: number): boolean {
  for (let at = from; at < lines.length; at++) {
    const line = lines[at] ?? '';
    if (!isBlank(line)) return measureQuote(line).depth > 0;
  }
  return false;
}
