// Which of a text its author wrote anew: the history below, above or between goes, and so does the signature.
// Two steps: quote-lines.ts labels the lines, this file decides what the labels mean together.

import { isAttributionLine } from './attribution.ts';
import { readHeaderLine } from './quote-headers.ts';
import { isBlank, isSeparator, measureQuote, withoutMarks } from './quote-line.ts';
import { type Label, type LabelledText, type LineMark, labelText } from './quote-lines.ts';
import { labelPgp, mendWrappedQuotes } from './quote-mend.ts';
import { findSignature } from './signature.ts';

export interface TrimOptions {
  /** The author's display name, '' when unknown: a contact block that opens with it is a signature. */
  author?: string;
  /** What is known of each line from the structure of an HTML mail. */
  marks?: ReadonlyArray<LineMark | undefined>;
}

export interface TrimmedReply {
  /** The author's own words. All of the text where nothing would be left. */
  visible: string;
  signature: string | null;
  /** History was found and left out. */
  cut: boolean;
}

/** A stretch of lines [start, end) of one kind. */
interface Block {
  kind: 'own' | 'quoted';
  start: number;
  end: number;
}

/**
 * The part of a plain text that its author wrote, without quoted history and signature (RFC 3676 §4.3, §4.5).
 * Answers between quotes keep the last lines of what each answers. Time is linear in the length of the text.
 */
export function trimReply(text: string, options: TrimOptions = {}): TrimmedReply {
  return composeReply(divideReply(labelText(text, options.marks)), options.author ?? '');
}

/** A text divided, of which composeReply makes the answer. */
export interface DividedReply {
  labelled: LabelledText;
  blocks: Block[];
}

/** The first half of trimReply: what is own and what is quoted. The labels given stay as they are. */
export function divideReply(given: LabelledText): DividedReply {
  const labelled = { ...given, labels: [...given.labels] };
  mendWrappedQuotes(labelled.lines, labelled.labels);
  labelPgp(labelled.lines, labelled.labels);
  return { labelled, blocks: divide(labelled) };
}

/** History was found: what is `cut` of the reply, unless nothing else is there. */
export function showsHistory({ blocks }: DividedReply): boolean {
  return blocks.some(({ kind }) => kind === 'quoted');
}

/** The second half: the author's words put together. */
export function composeReply(reply: DividedReply, author: string): TrimmedReply {
  return compose(reply, author) ?? { visible: cleaned(reply.labelled.lines), signature: null, cut: false };
}

/** The text as blocks of own and quoted lines; quotes that are the author's (a shell session, a diff) are own. */
function divide({ lines, labels, prefixes }: LabelledText): Block[] {
  const blocks: Block[] = [];
  for (let at = 0; at < lines.length; at++) {
    const label = labels[at];
    if (label === 'blank' || label === 'signature' || label === undefined) continue;
    const kind = label === 'text' ? 'own' : 'quoted';
    const last = blocks.at(-1);
    if (label === 'history' && last?.kind === 'quoted' && isComparison(labels, last)) last.kind = 'own';
    if (last?.kind === kind) last.end = at + 1;
    else blocks.push({ kind, start: at, end: at + 1 });
  }
  let inReply = false;
  const divided: Block[] = [];
  blocks.forEach((block, index) => {
    if (block.kind === 'quoted')
      inReply ||= prefixes.has((blocks[index - 1]?.end ?? 0) - 1) || isHistory(lines, labels, blocks, index);
    const kind = block.kind === 'quoted' && inReply ? 'quoted' : 'own';
    const last = divided.at(-1);
    if (last?.kind === kind) last.end = block.end;
    else divided.push({ ...block, kind });
  });
  return divided;
}

/** `Price: 5 > 4` / `>5 would be too much.` above the history: one line right below the author's own. */
function isComparison(labels: readonly Label[], { start, end }: Block): boolean {
  return end === start + 1 && labels[start] === 'quote' && labels[start - 1] === 'text';
}

/** Whether a quoted block is history, and not something the author shows with `>` before it. */
function isHistory(
  lines: readonly string[],
  labels: readonly Label[],
  blocks: readonly Block[],
  index: number,
): boolean {
  const block = blocks[index];
  if (block === undefined) return false;
  let seen = 0;
  for (let at = block.start; at < block.end && seen < 4; at++) {
    if (labels[at] === 'history') return true;
    const content = withoutMarks(lines[at] ?? '');
    if (isBlank(content)) continue;
    seen++;
    if (isAttributionLine(content) || isMailField(content)) return true;
  }
  if (labels.slice(block.start, Math.min(block.end, block.start + 400)).includes('history')) return true;
  if (index > 0 && index < blocks.length - 1) return false;
  return !isShown(lines, block);
}

function isMailField(line: string): boolean {
  const header = readHeaderLine(line);
  return header !== null && (header.kind === 'from' || header.kind === 'subject') && header.value !== '';
}

/** The last block: shown by the author if a line above introduces it, or it is a prompt or half of a diff. */
function isShown(lines: readonly string[], block: Block): boolean {
  let above = block.start - 1;
  while (above >= 0 && isBlank(lines[above] ?? '')) above--;
  const introduction = (lines[above] ?? '').trimEnd();
  if (/[:：]$/.test(introduction.slice(-1)) || /^[<$%#]|^\d+(?:,\d+)?[acd]\d|^---$/.test(introduction.slice(0, 20)))
    return true;
  const only = withoutMarks(lines[block.start] ?? '');
  // A comparison that was wrapped: `> 5 and < 10`.
  if (block.end - block.start === 1 && /^[\d=.]/.test(only)) return true;
  // A command at the top, with what it printed right below: `> npm start`.
  const isAbove = above < 0 && block.end - block.start === 1 && !isBlank(lines[block.end] ?? '');
  if (isAbove && /^[$~./\p{Ll}-][^.?!,…]*$/u.test(only.slice(0, 80))) return true;
  // `>>> import os` at a Python prompt has no `>` before it.
  for (let at = block.start; at < Math.min(block.end, block.start + 200); at++)
    if (!isBlank(lines[at] ?? '') && measureQuote(lines[at] ?? '').depth < 3) return false;
  return true;
}

/** The answer put together, or null where nothing of it would be left. */
function compose(reply: DividedReply, author: string): TrimmedReply | null {
  const { labelled, blocks } = reply;
  const { lines, labels, prefixes, beginning } = labelled;
  const pieces: Array<{ block: Block; kept: string[]; signature: string[] }> = blocks.map((block, index) => {
    if (block.kind === 'quoted') return { block, kept: [], signature: [] };
    const own = ownLines(lines, labels, prefixes, block);
    const forwarded = beginning?.kind === 'forward' && block.end > beginning.at;
    if (forwarded) return { block, kept: own, signature: [] };
    if (blocks[index + 1]?.kind === 'quoted') while (own.length > 0 && isFiller(own.at(-1) ?? '')) own.pop();
    const isEdge = endsAnswer(labels, blocks, index);
    const at = findSignature(own, { author, isEdge, mayBeAll: index > 0 });
    return { block, kept: own.slice(0, at), signature: own.slice(at) };
  });
  const answered = new Set(pieces.filter(({ block }, index) => block.kind === 'quoted' && hasAnswer(pieces, index)));
  const isInline = answered.size >= 2;
  const visible = pieces
    .map((piece) =>
      piece.block.kind === 'own'
        ? cleaned(piece.kept)
        : isInline && answered.has(piece)
          ? excerpt(lines.slice(piece.block.start, piece.block.end), labels.slice(piece.block.start, piece.block.end))
          : '',
    )
    .filter((part) => part !== '');
  if (!pieces.some(({ kept }) => kept.some((line) => !isBlank(line)))) return null;
  // "See my answers below in red": they stand in text that nobody quoted, and cannot be told from it.
  if (!isInline && hasBareHistory(lines, labels) && inlineAnnounced.test(visible.join('\n').slice(0, 2_000)))
    return null;
  const marked = lines.filter((_, at) => labels[at] === 'signature');
  const signature = cleaned([...pieces.flatMap((piece) => [...piece.signature, '']), ...marked]);
  return {
    visible: visible.join('\n\n'),
    signature: signature === '' ? null : signature,
    cut: showsHistory(reply),
  };
}

/** The block ends the mail or stands above its history, so it may end in a closing; an answer between quotes does not. */
function endsAnswer(labels: readonly Label[], blocks: readonly Block[], index: number): boolean {
  const next = blocks[index + 1];
  return next === undefined || labels[next.start] === 'history' || index + 2 >= blocks.length;
}

const inlineAnnounced =
  /\b(?:my|our|the) (?:answers?|comments?|replies|responses?|feedback)\b.{0,40}\b(?:below|inline|in-line|in line|in (?:red|blue|green|bold|capitals|the text))\b|\b(?:answers?|comments?|replies|responses?|replied|answered|commented) (?:are )?(?:inline|in-line|in (?:red|blue|green|bold))\b|\b(?:antworten?|anmerkungen|kommentare)\b.{0,30}(?:im text|inline|in (?:rot|blau|grün)|unten im|weiter unten)|\b(?:réponses?|commentaires?)\b.{0,30}(?:dans le texte|ci-dessous|en (?:rouge|bleu|gras))|\b(?:respuestas?|comentarios?)\b.{0,30}(?:más abajo|en (?:rojo|azul)|en el texto)|\b(?:antwoorden|opmerkingen)\b.{0,30}(?:hieronder|in (?:rood|blauw)|in de tekst)/iu;

/** History without quote marks, more than what introduces it. */
function hasBareHistory(lines: readonly string[], labels: readonly Label[]): boolean {
  let bare = 0;
  for (let at = 0; at < labels.length && bare < 6; at++)
    if (labels[at] === 'history' && measureQuote(lines[at] ?? '').depth === 0) bare++;
  return bare >= 6;
}

function ownLines(
  lines: readonly string[],
  labels: readonly Label[],
  prefixes: ReadonlyMap<number, string>,
  block: Block,
): string[] {
  const own: string[] = [];
  for (let at = block.start; at < block.end; at++)
    if (labels[at] !== 'signature') own.push(prefixes.get(at) ?? lines[at] ?? '');
  return own;
}

/** A rule or nothing: what stands between the last own word and the quotation. */
function isFiller(line: string): boolean {
  return isBlank(line) || isSeparator(line);
}

function hasAnswer(pieces: ReadonlyArray<{ block: Block; kept: string[] }>, index: number): boolean {
  const next = pieces[index + 1];
  return next?.block.kind === 'own' && next.kept.some((line) => !isBlank(line));
}

const excerptLines = 5;

/** As much of a quote as an answer below it needs: its last paragraph, without attribution and deeper quotes. */
function excerpt(lines: readonly string[], labels: readonly Label[]): string {
  const quoted = lines.filter((line, at) => labels[at] === 'quote' && !isAttributionLine(withoutMarks(line)));
  const depth = quoted.reduce(
    (least, line) => Math.min(least, measureQuote(line).depth || 1),
    Number.POSITIVE_INFINITY,
  );
  const nearest = quoted.filter((line) => (measureQuote(line).depth || 1) === depth).slice(-40);
  while (nearest.length > 0 && isBlank(withoutMarks(nearest.at(-1) ?? ''))) nearest.pop();
  let from = nearest.length - 1;
  while (from > 0 && nearest.length - from < excerptLines && !isBlank(withoutMarks(nearest[from - 1] ?? ''))) from--;
  const kept = nearest.slice(Math.max(from, 0));
  if (from > 0 && !isBlank(withoutMarks(nearest[from - 1] ?? ''))) kept.unshift('> […]');
  return kept.map((line) => (measureQuote(line).depth > 0 ? line : `> ${line}`)).join('\n');
}

/** The lines as text, without blank ones at either end. */
function cleaned(lines: readonly string[]): string {
  let from = 0;
  let to = lines.length;
  while (from < to && isBlank(lines[from] ?? '')) from++;
  while (to > from && isBlank(lines[to - 1] ?? '')) to--;
  return lines
    .slice(from, to)
    .join('\n')
    .replace(/^\ufeff/, '')
    .trimEnd();
}
