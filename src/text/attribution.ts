// Attribution lines: `On Mon, 2 Apr 2012 at 18:26, Ann <ann@example.com> wrote:` in any language, on one line or wrapped.
// What they have in common is known, not each form: a date, an address, a verb of writing, a colon, in some order.

import { endsWithVerb, hasVerb, monthWords, proseSubjects } from './attribution-words.ts';
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

// ---- On Tue, 22 Dec 2015 14:17:36 +0530 Ann <ann@example.com> wrote ----
const closingRule = /[\s*_\-=—–|»>"”]{0,80}$/;
const openingRule = /^[\s*_\-=—–|]{1,80}(?=\S)/;

/** Zoho's plain text has the brackets of HTML in it: `Ann&lt;ann@example.com&gt; wrote`. */
function decoded(line: string): string {
  const text = readable(line);
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
    if (verdict === 'yes' && beginsLikeOne(joined)) return attribution;
    // `<ann@example.com> wrote:` and `Apr. 2017 um 11:53 Uhr:` are ends of one that was wrapped.
    if (found === null || isEndOfOne(found.text)) found = attribution;
  }
  return found;
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
  const text = line.replace(closingRule, '');
  const code = text.charCodeAt(text.length - 1);
  return (
    code === 0x3a || code === 0xff1a || endsWithVerb(text) || (quoteFollows && (text.includes('@') || horde.test(text)))
  );
}

interface Evidence {
  date: boolean;
  time: boolean;
  address: boolean;
  /** The address stands in brackets, as programs write it. */
  bracketed: boolean;
  verb: boolean;
  colon: boolean;
}

const year = /(?:^|\P{Nd})(?:19|20)\p{Nd}{2}(?!\p{Nd})/u;
const numericDate = /\p{Nd}{1,4}\s?[./\-–年월月]\s?\p{Nd}{1,2}(?:\s?[./\-–日일]|(?=\P{Nd}|$))/u;
const clock = /(?:^|\P{Nd})\p{Nd}{1,2}\s?[:.h時时시點点]\s?\p{Nd}{2}(?!\.?\p{Nd})|\b\d{1,2}\s?(?:am|pm)\b/iu;

const addressLike = /[^\s@<>()"',;:]@[\w-]/;
const bracketedAddress = /[<([]\s?(?:mailto:)?[^\s@]{1,120}@/;

function gather(text: string): Evidence {
  return {
    date: /\p{Nd}/u.test(text) && (year.test(text) || numericDate.test(text) || hasMonth(text)),
    time: clock.test(text),
    address: text.includes('@') && addressLike.test(text),
    bracketed: text.includes('@') && bracketedAddress.test(text),
    verb: hasVerb(text),
    colon: /[:：]["”\s*_\-=—–>]*$/.test(text),
  };
}

/** A month's name with a number beside it: `Dec 9`, `20. lokakuuta`, `2 de novembro`. */
function hasMonth(text: string): boolean {
  const words = text.toLowerCase().split(/[^\p{L}\p{Nd}]+/u);
  return words.some(
    (word, index) =>
      monthWords.has(word) &&
      [words[index - 2], words[index - 1], words[index + 1]].some(
        (near) => near !== undefined && /^\p{Nd}{1,4}/u.test(near),
      ),
  );
}

// "Quoting Ann <ann@example.com>:", "Zitat von Ann:", "Citando a Ann:" (Horde), "In article <…>, ann@example.com says...".
const horde =
  /^(?:quoting|quoth|zitat von|zitiere|citando|citando a|citat från|citát|cytowanie|cita de|in (?:article|message) <)/i;
const framed = /^\s*[-=]{3,}[^-=].{0,80}[^-=]\s*[-=]{3,}\s*$/;
const firstPerson = /(?:^|\s)(?:I|I'm|I’ve|we|ich|wir|je|nous|yo|eu|io|ik|jag|jeg|я|ja|mín)(?=\s)/;

// Tutanota: 14. März 2024, 09:26 von ann@example.com:   Mar 14, 2024, 09:26 by ann@example.com:
const bareSender =
  /\d{1,2}[:.]\d{2}(?:\s[\p{L}+\d:]{1,9})?,?\s(?:by|from|von|vom|de|da|par|door|av|af|fra|od|от|від|tarafından)\s\S{1,80}@\S{1,80}\s?[:：]$/iu;

const bareGmail = /^\d{4}[/-]\d{1,2}[/-]\d{1,2} [^<>@]{0,60}<[^\s<>]{1,80}@[^\s<>]{1,80}>$/;

/** Whether a text, taken alone, is an attribution. `maybe` has neither verb nor address: more of it may stand above. */
function judge(text: string, quoteFollows: boolean): 'yes' | 'maybe' | 'no' {
  const core = text.replace(openingRule, '');
  const { date, time, address, bracketed, verb, colon } = gather(core);
  if (horde.test(core) && (colon || (quoteFollows && verb))) return 'yes';
  // Android: ---- Ann Example wrote ----
  if (!colon && framed.test(text) && endsWithVerb(core.replace(closingRule, ''))) return 'yes';
  // Gmail before 2012: 2011/5/8 Ann <ann@example.com>
  if (!colon && quoteFollows && core.length <= 120 && bareGmail.test(core)) return 'yes';
  if (!colon) return verb && bracketed && date && time && endsWithVerb(core.replace(closingRule, '')) ? 'yes' : 'no';
  if (isProse(core, quoteFollows)) return 'no';
  const dated = beginsWithDate(core);
  const short = core.length <= 160;
  if (verb && !quoteFollows && (address ? toSomebody.test(core) : isTold(core))) return 'no';
  const isVerbal =
    verb &&
    ((bracketed && (date || quoteFollows || short)) ||
      (date && (address || quoteFollows || (time && (dated || short)))));
  if (isVerbal) return 'yes';
  if (bracketed && date && time && (dated || short)) return firstPerson.test(core) ? 'no' : 'yes';
  if (address && date && time && dated && short && bareSender.test(core.slice(-120))) return 'yes';
  if (!quoteFollows) return 'no';
  if (verb && core.length <= 80) return 'yes';
  return date && (address || time) && core.length <= 200 ? 'maybe' : 'no';
}

const ofOneself =
  /(?:^|\s)(?:I|me|we|us|ich|mir|mich|wir|uns|je|me|moi|nous|yo|io|mi|ik|jag|mig|jeg|meg|mij|ons|я|мне|мы|нам|mnie|mi|nam)(?=[\s,])|(?:^|\s)m['’]a /u;
// Ann (ann@example.com) wrote to you on Monday and got this answer:   Ihre Kollegin <ann@example.com> schrieb mir am 3.5.:
const toSomebody =
  /\b(?:wrote|sent|said) (?:to )?(?:you|me|us)\b|\bI (?:wrote|sent)\b|schrieb(?:en)? (?:mir|uns|ihnen)\b|\b(?:m|vous|nous)['’ ]a écrit|\b(?:me|nos|le|les) escribió|\b(?:mi|ci|vi) ha scritto/i;
// The message of 14 March says:   It is said of it, not of who wrote it.
const weakVerb = /\b(?:says|said|sent|replied|responded)\s*:\s*$/i;

/**
 * Somebody's own sentence about a letter, which names the day but no address and quotes nothing with marks:
 * `On 14 March 2024 at 09:26 we sent you the following order:`, `am 14.03.2024 schrieb mir Ihr Kollege, dass er kommt:`.
 * A program puts a name between date and verb, so few words there begin with a small letter.
 */
function isTold(text: string): boolean {
  if (ofOneself.test(text) || weakVerb.test(text)) return true;
  const behindDate = text.slice(text.search(/\p{Nd}[^\p{Nd}]*$/u) + 1);
  const small = behindDate.match(/(?<![\p{L}'’])\p{Ll}{4,}/gu) ?? [];
  return small.filter((word) => !hasVerb(word) && !monthWords.has(word)).length >= 3;
}

/** `The log said:` and `On 3 May the server wrote:` are somebody's own words. */
function isProse(text: string, quoteFollows: boolean): boolean {
  const verbAt = text.search(
    /\b(?:wrote|writes|said|says|sent|replied|responded|schrieb|schreibt|a écrit|escribió)\s*[:：]?\s*$/i,
  );
  if (verbAt >= 0 && proseSubjects.test(text.slice(0, verbAt)) && !text.slice(0, verbAt).includes('@')) return true;
  return !quoteFollows && text.length > 250 && firstPerson.test(text);
}

// "On Wed, Sep 25", "W dniu 28", "pe 20. lokakuuta", "ср, 30 апр.", "2017-11-24", "在 2016年12月12日", "Em qua., 15 de".
const wordsOfDate = /^["“(]?[\p{L}\p{M}.'’ʼ׳,،、\s-]*$/u;

function beginsWithDate(text: string): boolean {
  const head = text.slice(0, 48);
  const digit = head.search(/\p{Nd}/u);
  if (digit < 0 || firstPerson.test(head)) return false;
  const before = head.slice(0, digit);
  const words = before.split(/\s+/);
  return words.length <= 6 && words.every((word) => word.length <= 17) && wordsOfDate.test(before);
}

function beginsLikeOne(text: string): boolean {
  const core = text.replace(openingRule, '');
  return (beginsWithDate(core) && gather(core.slice(0, 60)).date) || horde.test(core);
}

// The words that open one inside a line, with what must follow: `reply On Wed, Apr 4, 2012`, `reply--- On 11/04/2012`.
const opening = /(?:^|[\s\-–—.!?])(On|At|Am|Le|El|Il|Op|Em|Den|W dniu|Dnia|Dne)\s(?=\p{Lu}\p{L}{1,10}[,.]?\s|\p{Nd})/gu;

/** An attribution that begins inside the text, behind words of the author. */
function findInside(text: string, quoteFollows: boolean): { prefix: string; text: string } | null {
  if (!quoteFollows && !endsWithVerb(text.replace(closingRule, ''))) return null;
  let last: RegExpMatchArray | undefined;
  for (const match of text.matchAll(opening)) last = match;
  if (last === undefined) return null;
  const at = (last.index ?? 0) + last[0].length - (last[1]?.length ?? 0) - 1;
  const prefix = text.slice(0, at).replace(/[\s\-–—=_]+$/, '');
  const own = text.slice(at).trim();
  if (prefix.trim() === '' || !beginsLikeOne(own) || !gather(own).time || !gather(own).verb) return null;
  return judge(own, quoteFollows) === 'yes' ? { prefix: prefix.trimEnd(), text: own } : null;
}
