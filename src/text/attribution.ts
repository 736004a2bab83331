// Attribution lines: `On Mon, 2 Apr 2012 at 18:26, Ann <ann@example.com> wrote:` in any language, on one line or wrapped.
// What they have in common is known, not each form: a date, an address, a verb of writing, a colon, in some order.

import {
  beginsLikeOne,
  beginsWithPhrase,
  hasMonth,
  hasTime,
  isHorde,
  isRuled,
  judge,
  lacksName,
  mayEndRuled,
  withoutClosingRule,
} from './attribution-evidence.ts';
import { endsWithVerb, hasVerb } from './attribution-words.ts';
import { beginsWithOpener, hasWeekday, isDateWord } from './date-words.ts';
import { isBlank, measureQuote, readable } from './quote-line.ts';

export interface Attribution {
  /** First line of it. */
  start: number;
  /** The line after it. */
  end: number;
  /** The author's words that stand before it on its first line: `reply On Wed, Apr 4, 2012 …`. */
  prefix: string;
  /** Its own words, joined to one line. */
  text: string;
}

const longest = 420;
const mostLinesUp = 5;

// K-9 Mail, Swedish: Ann Lee <ann@example.com> skrev: (4 mars 2024 09:26:50 CET)
const dateBehind = /[:：] \(([^()]{8,40}\d{1,2}:\d{2}[^()]{0,20})\)$/;

/** The line as it is judged: Zoho's plain text has the brackets of HTML in it, `Ann&lt;ann@example.com&gt; wrote`. */
function decoded(line: string): string {
  const text = readable(line);
  if (text.endsWith(')')) return text.replace(dateBehind, ' $1:');
  return text.includes('&')
    ? text
        .replace(/&lt;/g, '<')
        .replace(/&gt;/g, '>')
        .replace(/&quot;/g, '"')
    : text;
}

/** Whether it is worth looking for the end of an attribution at this line: a colon, a verb of writing, an address. */
export function mayEndAttribution(line: string, quoteFollows: boolean): boolean {
  return mayEnd(decoded(line), quoteFollows);
}

/** The attribution that ends at this line, or null. `quoteFollows`: the next line that is not blank is quoted. */
export function findAttribution(lines: readonly string[], at: number, quoteFollows: boolean): Attribution | null {
  let found: Attribution | null = null;
  let joined = '';
  let steps = 0;
  for (let start = at; start >= 0 && steps < mostLinesUp; start--, steps++) {
    const line = decoded(lines[start] ?? '');
    if (isBlank(line)) {
      // Polymail leaves a blank line before the `<` of the address.
      if (!joined.startsWith('<') || start === at) break;
      continue;
    }
    if (start < at && measureQuote(line).depth > 0) break;
    joined = joined === '' ? line.trim() : `${line.trim()} ${joined}`;
    if (joined.length > longest) break;
    const split = findInside(joined, quoteFollows);
    if (split !== null && found === null) return { start, end: at + 1, ...split };
    const verdict = judge(joined, quoteFollows);
    if (verdict === 'no') continue;
    const attribution = { start, end: at + 1, prefix: '', text: joined };
    if (verdict === 'yes' && beginsLikeOne(joined)) return withHeadAbove(lines, attribution);
    // `<ann@example.com> wrote:` and `Apr. 2017 um 11:53 Uhr:` are ends of one that was wrapped.
    if (found === null || isEndOfOne(found.text)) found = attribution;
  }
  return found === null ? null : withHeadAbove(lines, found);
}

/** The lines above that belong to it, where a program broke it early: `On` / `Mon, 4 Mar 2024 …`, `Ann Lee` / `kirjoitti …`. */
function withHeadAbove(lines: readonly string[], found: Attribution): Attribution {
  let { start, text } = found;
  while (start > 0 && found.end - start < mostLinesUp) {
    const above = decoded(lines[start - 1] ?? '').trim();
    if (above === '' || measureQuote(above).depth > 0 || above.length + text.length > longest) break;
    const isHead = isHeadOfDate(above, text) || beginsWithPhrase(above) || isNameAbove(lines, start - 1, above, text);
    if (!isHead || judge(`${above} ${text}`, true) === 'no') break;
    start--;
    text = `${above} ${text}`;
  }
  return { ...found, start, text };
}

// On   Le lun. 4 mars   V V   pon., 4 mar   4. 3.   Pada tanggal Sen, 4
/** A line of nothing but the words of a date, above a text that does not open with one itself. */
function isHeadOfDate(above: string, text: string): boolean {
  const isComplete = beginsWithOpener(text) && !/^\p{Ll}/u.test(text);
  if (isComplete || above.length > 40 || /^(?:no|so|to|do|mi|ok)\W?$/i.test(above)) return false;
  const words = above.split(/\s+/);
  if (words.length > 8 || !words.every(isDateWord)) return false;
  return beginsWithOpener(above) || hasWeekday(above) || hasMonth(above) || /[\p{Nd}.,]$/u.test(above);
}

const naturalWidth = 60;

/** The name, or the beginning of one, where the text has none; or a long line that was broken inside a name. */
function isNameAbove(lines: readonly string[], at: number, above: string, text: string): boolean {
  const isTail =
    lacksName(text) || /^[<(]/.test(text) || (/^\p{Ll}/u.test(text) && hasVerb(text.split(' ', 1)[0] ?? ''));
  if (isTail) return above.length <= 120 && !/[.!?。]$/.test(above);
  const isBroken = above.length + (text.split(' ', 1)[0] ?? '').length >= naturalWidth && isBlank(lines[at - 1] ?? '');
  return (
    isBroken &&
    !beginsLikeOne(text) &&
    !/[.!?:]$/.test(above) &&
    above.split(/\s+/).length <= 14 &&
    /\p{Nd}|@/u.test(above)
  );
}

function isEndOfOne(text: string): boolean {
  return /^[<(]/.test(text) || !(hasVerb(text) || text.includes('@')) || /^\p{L}+\s?[:：]$/u.test(text);
}

/** The same for one line that is known to be alone, such as a quoted one. */
export function isAttributionLine(line: string): boolean {
  const text = decoded(line).trim();
  return mayEnd(text, true) && text.length <= longest && judge(text, true) !== 'no';
}

function mayEnd(line: string, quoteFollows: boolean): boolean {
  const text = withoutClosingRule(line);
  const code = text.charCodeAt(text.length - 1);
  return (
    code === 0x3a ||
    isRuled(line) ||
    mayEndRuled(line) ||
    code === 0xff1a ||
    endsWithVerb(text) ||
    (quoteFollows && (text.includes('@') || isHorde(text)))
  );
}

// The words that open one inside a line, with what must follow: `reply On Wed, Apr 4, 2012`, `reply--- On 11/04/2012`.
const opening = /(?:^|[\s\-–—.!?])(On|At|Am|Le|El|Il|Op|Em|Den|W dniu|Dnia|Dne)\s(?=\p{Lu}\p{L}{1,10}[,.]?\s|\p{Nd})/gu;

/** An attribution that begins inside the text, behind words of the author. */
function findInside(text: string, quoteFollows: boolean): { prefix: string; text: string } | null {
  if (!quoteFollows && !endsWithVerb(withoutClosingRule(text))) return null;
  let last: RegExpMatchArray | undefined;
  for (const match of text.matchAll(opening)) last = match;
  if (last === undefined) return null;
  const at = (last.index ?? 0) + last[0].length - (last[1]?.length ?? 0) - 1;
  const prefix = text.slice(0, at).replace(/[\s\-–—=_]+$/, '');
  const own = text.slice(at).trim();
  if (prefix.trim() === '' || !beginsLikeOne(own) || !hasTime(own) || !hasVerb(own)) return null;
  return judge(own, quoteFollows) === 'yes' ? { prefix: prefix.trimEnd(), text: own } : null;
}
