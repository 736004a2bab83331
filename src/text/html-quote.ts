// What the structure of an HTML mail says about its lines: which element of which mail program quotes, introduces or signs.
// Words are judged in trim.ts; this file only knows the programs' class names and ids.

import { type HtmlTag, renderHtml } from './html.ts';
import { isBlank, withoutMarks } from './quote-line.ts';
import type { LineMark } from './quote-lines.ts';
import { isForwardIntroduction, readMarker } from './quote-markers.ts';

/** `wrapper`: Gmail's element around attribution and quote, in which answers may stand as well. */
type Mark = LineMark | 'wrapper' | 'ruled';

export interface HtmlLines {
  text: string;
  /** One a line of `text`. */
  marks: Array<LineMark | undefined>;
}

// Names as they are once Outlook's and Hotmail's prefixes (x_, ecx, gmail-) are gone, in lower case.
const classMarks = new Map<string, Mark>([
  ['gmail_quote', 'wrapper'],
  ['gmail_attr', 'attribution'],
  ['moz-cite-prefix', 'attribution'],
  ['moz-email-headers-table', 'attribution'],
  ['airmail_on', 'attribution'],
  ['yahoo_quoted', 'quote'],
  ['protonmail_quote', 'quote'],
  ['tutanota_quote', 'quote'],
  ['zmail_extra', 'quote'],
  ['ntes-mailmaster-quote', 'quote'],
  ['front-blockquote', 'quote'],
  ['clean_bq', 'quote'],
  ['mailplugin-quote', 'quote'],
  ['freebirdfox_quoted', 'quote'],
  ['nylas-quote', 'quote'],
  ['cm_quote', 'quote'],
  ['skiff_quote', 'quote'],
  ['ms-outlook-mobile-reference-message', 'from-here'],
  ['outlookmessageheader', 'from-here'],
  ['gmail_signature', 'signature'],
  ['gmail_signature_prefix', 'signature'],
  ['moz-signature', 'signature'],
  ['protonmail_signature_block', 'signature'],
  ['ms-outlook-mobile-signature', 'signature'],
  ['ms-outlook-ios-signature', 'signature'],
  ['ymail_android_signature', 'signature'],
  ['zmail_signature', 'signature'],
  ['-x-evo-signature', 'signature'],
  ['email_signature', 'signature'],
  ['email-signature', 'signature'],
  ['front-signature', 'signature'],
  ['io-ox-signature', 'signature'],
  ['sh-signature', 'signature'],
  ['mb_sig', 'signature'],
  ['missive_signature', 'signature'],
]);

const idMarks = new Map<string, Mark>([
  ['divrplyfwdmsg', 'from-here'],
  ['appendonsend', 'from-here'],
  ['stopspelling', 'from-here'],
  ['mail-editor-reference-message-container', 'from-here'],
  ['olk_src_body_section', 'from-here'],
  ['zwchr', 'from-here'],
  ['replysplit', 'from-here'],
  ['isreplycontent', 'quote'],
  ['mac_outlook_attribution_blockquote', 'quote'],
  ['blockquote_zmail', 'quote'],
  ['reply-intro', 'attribution'],
  ['signature', 'signature'],
  ['applemailsignature', 'signature'],
  ['ms-outlook-mobile-signature', 'signature'],
  ['ymail_android_signature', 'signature'],
  ['composer_signature', 'signature'],
  ['zmail_signature', 'signature'],
  ['_rc_sig', 'signature'],
  ['spneditorsign', 'signature'],
]);

// GMX and web.de: <div name="quote">; Spark: <div name="messageReplySection">.
const nameMarks = new Map<string, Mark>([
  ['quote', 'quote'],
  ['messagereplysection', 'quote'],
  ['messagesignaturesection', 'signature'],
]);

const dataMarks: ReadonlyArray<[attribute: string, value: string | null, mark: Mark]> = [
  ['data-smartmail', 'gmail_signature', 'signature'],
  ['data-signatureblock', 'true', 'signature'],
  ['data-sigid', '1', 'signature'],
  ['data-marker', '__divider__', 'from-here'],
  ['data-marker', '__quoted_text__', 'quote'],
  ['data-marker', '__headers__', 'attribution'],
  ['data-marker', '__sig_post__', 'signature'],
  ['data-marker', '__sig_pre__', 'signature'],
];

const bareName = (name: string): string => name.toLowerCase().replace(/^(?:(?:x_)+|ecx|gmail-(?=moz|gmail))/, '');

function markTag({ name, attributes }: HtmlTag): Mark | null {
  const id = attributes.get('id');
  if (id !== undefined) {
    const mark = idMarks.get(bareName(id)) ?? (bareName(id).startsWith('yahoo_quoted_') ? 'quote' : undefined);
    if (mark !== undefined) return mark;
  }
  if (name === 'includetail') return 'quote';
  for (const className of (attributes.get('class') ?? '').split(/\s+/, 12)) {
    const mark = classMarks.get(bareName(className));
    if (mark !== undefined) return mark === 'wrapper' && name === 'blockquote' ? 'quote' : mark;
  }
  if (name === 'blockquote' && attributes.get('type')?.toLowerCase() === 'cite') return 'quote';
  const byName = nameMarks.get(attributes.get('name')?.toLowerCase() ?? '');
  if (byName !== undefined && (name === 'div' || name === 'blockquote')) return byName;
  for (const [attribute, value, mark] of dataMarks)
    if (attributes.has(attribute) && attributes.get(attribute)?.toLowerCase() === value) return mark;
  return name === 'div' && isOutlookRule(attributes.get('style')) ? 'ruled' : null;
}

/** Whether an element holds its author's signature, by the names that mail programs give it. */
export function isSignatureElement(tag: HtmlTag): boolean {
  return markTag(tag) === 'signature';
}

// Word draws the line above its header block with the block's own border:
// <div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0in 0in 0in'>
function isOutlookRule(style: string | undefined): boolean {
  if (style === undefined || style.length > 500) return false;
  const compact = style.toLowerCase().replace(/\s+/g, '');
  return (
    compact.includes('border:none') &&
    /border-top:solid#(?:e1e1e1|b5c4df)/.test(compact) &&
    compact.includes('padding:3.0pt')
  );
}

/** The text of an HTML body with what its elements say of each line. */
export function readHtmlLines(html: string): HtmlLines {
  const { text, marks } = renderHtml<Mark>(html, { mark: markTag });
  const lines = text.split('\n');
  const starts = lineStarts(lines);
  const ranges = marks.map(({ kind, start, end }) => ({
    kind,
    // An element that begins inside a line says nothing about the words before it.
    from: firstLineAt(starts, start),
    to: Math.max(firstLineAt(starts, Math.max(end, start)), firstLineAt(starts, start)),
  }));
  return { text, marks: resolve(lines, ranges) };
}

interface Range {
  kind: Mark;
  from: number;
  to: number;
}

function lineStarts(lines: readonly string[]): number[] {
  const starts: number[] = [];
  let at = 0;
  for (const line of lines) {
    starts.push(at);
    at += line.length + 1;
  }
  return starts;
}

/** The first line that begins at or behind an offset. */
function firstLineAt(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((starts[middle] ?? 0) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

function resolve(lines: readonly string[], ranges: readonly Range[]): Array<LineMark | undefined> {
  const marks: Array<LineMark | undefined> = new Array(lines.length).fill(undefined);
  const paint = (kind: LineMark, list: readonly Range[]): void => {
    // Nested ranges are painted once: each goes on where the ones before it ended.
    let painted = 0;
    for (const { from, to } of [...list].sort((a, b) => a.from - b.from)) {
      for (let at = Math.max(from, painted); at < to; at++) marks[at] = kind;
      painted = Math.max(painted, to);
    }
  };
  // A forward is the author's to show: nothing from its marker on is marked.
  const forward = ranges.find((range) => range.kind !== 'signature' && isForwardBelow(lines, range));
  const forwardsFrom = forward?.from ?? lines.length;
  const kept = ranges.filter(({ from }) => from < forwardsFrom);
  const of = (kind: Mark): Range[] => kept.filter((range) => range.kind === kind);
  paint('signature', of('signature'));
  const wrappers = outermost(of('wrapper'));
  paint('attribution', [...of('attribution'), ...wrappers.flatMap((range) => openingOf(lines, range))]);
  paint('quote', [...of('quote'), ...wrappers.filter((range) => !hasQuote(lines, range))]);
  const ruled = of('ruled').filter((range) => hasLabels(lines, range));
  const [first] = [...of('from-here'), ...ruled].sort((a, b) => a.from - b.from);
  if (first !== undefined && first.from < lines.length) marks[first.from] = 'from-here';
  return marks;
}

function outermost(ranges: readonly Range[]): Range[] {
  const kept: Range[] = [];
  for (const range of ranges) if (range.from >= (kept.at(-1)?.to ?? -1)) kept.push(range);
  return kept;
}

function isForwardBelow(lines: readonly string[], { from, to }: Range): boolean {
  for (let at = from; at < Math.min(to, from + 6); at++) {
    const content = withoutMarks(lines[at] ?? '');
    if (isBlank(content)) continue;
    return readMarker(content)?.marker === 'forward' || isForwardIntroduction(content);
  }
  return false;
}

const isQuoted = (line: string): boolean => line.startsWith('>');

function hasQuote(lines: readonly string[], { from, to }: Range): boolean {
  for (let at = from; at < to; at++) if (isQuoted(lines[at] ?? '')) return true;
  return false;
}

/** The few lines above the quote in Gmail's wrapper introduce it, whatever their language. */
function openingOf(lines: readonly string[], { from, to }: Range): Range[] {
  let at = from;
  let filled = 0;
  while (at < to && !isQuoted(lines[at] ?? '')) {
    if (!isBlank(lines[at] ?? '')) filled++;
    at++;
  }
  let last = at - 1;
  while (last > from && isBlank(lines[last] ?? '')) last--;
  const isIntroduction = at < to && filled > 0 && filled <= 3 && /[:：]\s*$/.test((lines[last] ?? '').slice(-20));
  return isIntroduction ? [{ kind: 'attribution', from, to: at }] : [];
}

/** Two of the first lines have a label before a colon: a header block, in whatever language. */
function hasLabels(lines: readonly string[], { from, to }: Range): boolean {
  const labelled = lines.slice(from, Math.min(to, from + 5)).filter((line) => /^[^:：]{1,30}[:：]/.test(line));
  return labelled.length >= 2;
}
