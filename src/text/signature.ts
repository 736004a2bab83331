// Where the signature of an author's lines begins. Losing words is worse than leaving a signature,
// so each rule asks that all below it looks like one.

import { isBlank, isSeparator, readable } from './quote-line.ts';
import {
  closingBeforeName,
  closings,
  contactCue,
  deviceWords,
  disclaimerBeginnings,
  disclaimerCues,
  excuse,
  footerBeginnings,
  footerEndings,
  listFooters,
  outlookPromotion,
} from './signature-words.ts';

export interface SignatureOptions {
  /** The author's display name, '' when unknown. */
  author: string;
  /** These lines end the text or stand before its history; elsewhere a closing is no closing. */
  isEdge: boolean;
  /** The author wrote above these lines too, so all of them may be signature. */
  mayBeAll: boolean;
}

// Signatures are short; nothing above the last lines is looked at, however long the mail.
const reach = 120;
const mostRounds = 6;

/** The line that the signature begins at, `lines.length` for none. Something of the author always stands above it. */
export function findSignature(lines: readonly string[], { author, isEdge, mayBeAll }: SignatureOptions): number {
  // A code fence is content, and so is what stands above one.
  const fence = lines.findLastIndex((line) => line.startsWith('```'));
  const first = Math.max(
    lines.findIndex((line) => !isBlank(line)),
    fence + 1,
    0,
  );
  let end = trimEnd(lines, lines.length);
  const rules = isEdge
    ? [
        footerStart,
        listFooterStart,
        disclaimerStart,
        delimiterStart,
        closingStart,
        dashedNameStart,
        signedOnOneLine,
        contactStart,
      ]
    : [footerStart, strictDelimiterStart];
  for (let changed = true, rounds = 0; changed && rounds < mostRounds; rounds++) {
    changed = false;
    for (const rule of rules) {
      const start = rule(lines, Math.max(first, end - reach), end, author);
      if (start >= end || !(mayBeAll || hasWords(lines, 0, start))) continue;
      end = trimEnd(lines, start);
      while (end > first && isSeparator(lines[end - 1] ?? '')) end = trimEnd(lines, end - 1);
      changed = true;
    }
  }
  return end === trimEnd(lines, lines.length) ? lines.length : end;
}

type Rule = (lines: readonly string[], first: number, end: number, author: string) => number;

function trimEnd(lines: readonly string[], end: number): number {
  let at = end;
  while (at > 0 && isBlank(lines[at - 1] ?? '')) at--;
  return at;
}

function hasWords(lines: readonly string[], from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (/[\p{L}\p{N}]/u.test(lines[at] ?? '')) return true;
  return false;
}

function filled(lines: readonly string[], from: number, to: number): string[] {
  return lines
    .slice(from, to)
    .filter((line) => !isBlank(line))
    .map((line) => readable(line).trim());
}

/** RFC 3676 §4.3: a line of `-- ` alone. Without its blank, or with a long dash, what follows must be short. */
const delimiterStart: Rule = (lines, first, end) => {
  for (let at = first; at < end; at++) {
    const line = lines[at] ?? '';
    if (line === '-- ' && filled(lines, at + 1, end).length <= 60) return at;
    if (!/^\s{0,3}(?:--|—|–|- -|__)\s*$/.test(line)) {
      if (isSeparator(line) && isCard(filled(lines, at + 1, end))) return at;
      continue;
    }
    const below = filled(lines, at + 1, end).filter((text) => !/^[-–—_]+$/.test(text));
    if (below.length <= 12 && !below.some(isContent)) return at;
  }
  return end;
};

/** A question or a long sentence below a bare `--` is more than a signature: people also part sections with it. */
function isContent(text: string): boolean {
  return /[?？]$/.test(text) || (text.length > 100 && !contactCue.test(text) && !isDisclaimer(text));
}

const strictDelimiterStart: Rule = (lines, first, end) => {
  for (let at = first; at < end; at++) if (lines[at] === '-- ' && filled(lines, at + 1, end).length <= 20) return at;
  return end;
};

/** A name and a few short lines, as below a rule of dashes: no sentences, no list. */
function isCard(below: readonly string[]): boolean {
  return (
    below.length >= 1 &&
    below.length <= 8 &&
    isName(below[0] ?? '') &&
    (!/\d/.test(below[0] ?? '') || contactCue.test(below[0] ?? '')) &&
    below.every(
      (text) => text.length <= 80 && !/[?!:;]$|^[-*•\d]/.test(text) && (!text.endsWith('.') || contactCue.test(text)),
    )
  );
}

/** "Sent from my iPhone" and its kin, one or several. */
const footerStart: Rule = (lines, first, end) => {
  let start = end;
  for (let at = end - 1; at >= first; at--) {
    const line = lines[at] ?? '';
    if (isBlank(line)) continue;
    const above = lines[at - 1] ?? '';
    const opens = isBlank(above) || /[\p{P}\p{S}]\s*$/u.test(above.slice(-3)) || isFooter(above, true);
    if (!isFooter(line, opens)) break;
    start = at;
  }
  return start;
};

/** `opens`: the line above ends a sentence or is blank. In the middle of one nothing is a footer: `the file\nsent from Outlook`. */
function isFooter(line: string, opens: boolean): boolean {
  const raw = readable(line).trim();
  const text = raw.replace(/^[\s*_<([{>•|-]+|[[\]]|[\s*_>)\]}]+$/g, '').trim();
  if (text.length < 6 || text.length > 300) return false;
  const words = text.replace(/[<(]?https?:\/\/\S+/gi, ' ').trim();
  if (words.length > 110) return false;
  if (/^(?:\S+ )?from (?:my )?(?:mobile|cell|phone|iphone|ipad|android|blackberry)\b.{0,20}$/i.test(words)) return true;
  if (outlookPromotion.test(words) && words.length <= 60) return true;
  if (excuse.test(words) && opens) return words.length <= 70;
  const isMarked = opens || /^[<([*_]/.test(raw);
  if (!isMarked || (/^\p{Ll}/u.test(raw) && !/iphone|ipad/i.test(raw))) return false;
  if (footerEndings.test(words)) return deviceWords.test(words) && words.split(/\s+/).length <= 12;
  return footerBeginnings.test(words) && namesOnlyDevice(words);
}

const tellsSomething =
  /\b(?:I|we|you|ich|wir|je|nous|yo|cannot|can't|doesn't|does|is|are|was|works?|fails?|looks?|kann|geht|funktioniert|ne|no se)\b/;

/** "Sent from my cell, please excuse any typos." but not "Sent from my desk, is much easier than my mobile phone." */
function namesOnlyDevice(words: string): boolean {
  const [head = '', ...rest] = words.split(/[,;!]\s|\.\s+(?=\S)/);
  const tail = rest.join(' ').trim();
  // From my phone I cannot open your website.
  if (tellsSomething.test(head)) return false;
  // Sent from Mailspring, the best free email app for work
  const isPraise =
    /^(?:the (?:best|free|fast)|get |try |download |an? \S+(?: \S+){0,3} (?:smart)?(?:phone|device)$)/i.test(tail);
  if (tail !== '' && !excuse.test(tail) && !isPraise && tail.split(/\s+/).length > 3) return false;
  return deviceWords.test(excuse.test(tail) ? head : words) || words.split(/\s+/).length <= 5;
}

/** Footers of mailing lists, with the rule above them. */
const listFooterStart: Rule = (lines, first, end) => {
  let start = end;
  for (let at = end - 1; at >= first && end - at <= 12; at--) {
    const line = readable(lines[at] ?? '').trim();
    if (line === '') continue;
    if (isSeparator(line)) {
      if (start < end) start = at;
      break;
    }
    if (!listFooters.test(line)) break;
    start = at;
  }
  return start;
};

/** Paragraphs at the end that disclaim, with the rules around them. */
const disclaimerStart: Rule = (lines, first, end) => {
  let start = end;
  let top = end;
  while (top > first) {
    let from = top - 1;
    while (from > first && !isBlank(lines[from - 1] ?? '')) from--;
    const text = filled(lines, from, top).join(' ');
    if (isDisclaimer(text)) start = from;
    // A rule, or a short paragraph between two that disclaim, belongs to what is below it.
    else if (!filled(lines, from, top).every((line) => isSeparator(line)) && !(start < end && text.length <= 12)) break;
    top = trimEnd(lines, from);
  }
  while (start < end && start > first && (isBlank(lines[start - 1] ?? '') || isSeparator(lines[start - 1] ?? '')))
    start--;
  return start;
};

function isDisclaimer(text: string): boolean {
  const head = text.slice(0, 1_500);
  // A disclaimer asks nothing; a client who shows one does: May I give it to the landlord?
  if (/[?？]\s*$/.test(text.slice(-10))) return false;
  if (disclaimerBeginnings.test(head.slice(0, 260))) return head.length > 40 || /^[\s*]*virus-free/i.test(head);
  return head.length > 60 && disclaimerCues.filter((cue) => cue.test(head)).length >= 2;
}

/** "Regards," with a name below it. A closing alone, or with sentences below it, is left. */
const closingStart: Rule = (lines, first, end) => {
  let start = end;
  let seen = 0;
  for (let at = end - 1; at >= first && seen <= 14; at--) {
    const line = lines[at] ?? '';
    if (isBlank(line)) continue;
    seen++;
    // "Please write into the letter:" stands above: the closing is what the author shows.
    const isShown = /[:：]$/.test(filled(lines, first, at).at(-1) ?? '') && isBlank(lines[at - 1] ?? '');
    if (!isShown && isClosing(line) && isSignedBelow(filled(lines, at + 1, end).filter((text) => !isClosing(text))))
      start = at;
    else if (!mayBeSigned(readable(line).trim())) break;
  }
  return start;
};

function isClosing(line: string): boolean {
  const text = readable(line)
    .trim()
    .toLowerCase()
    .replace(/^i̇/, 'i')
    .replace(/^[*_~-]+|[\s,.!;:*_~)。、！，…-]+$/g, '')
    .replace(/\s*(?::\)|;\)|🙂|😊|👍)$/u, '')
    .replace(/[\s,.!]+$/, '');
  if (text.length > 70) return false;
  // Liebe Grüße aus Berlin   Viele Grüße aus dem sonnigen Süden
  const [greeting = '', ...place] = text.split(/ (?:aus|from|vom|van) /);
  if (place.length === 1 && /^[\p{L} -]{2,30}$/u.test(place[0] ?? '') && closings.has(greeting)) return true;
  // "Mit freundlichen Grüßen / Best regards"
  if (closings.has(text) || text.split(/\s*[/|]\s*/).every((part) => closings.has(part))) return true;
  // "Vielen Dank und freundliche Grüße"
  return text.split(/ (?:und|and|et|y|e|en|och|og|ja|i|a|и|&) /).every((part) => closings.has(part));
}

function isSignedBelow(below: readonly string[]): boolean {
  return below.length >= 1 && below.length <= 12 && isName(below[0] ?? '') && below.slice(1).every(mayBeSigned);
}

const companyEnd =
  /\b(?:inc|ltd|co|corp|llc|plc|b\.v|n\.v|s\.a|s\.l|s\.p\.a|s\.r\.l|s\.r\.o|d\.o\.o|a\.s|sp\. z o\.o|e\.v|str|st|jr|sr)\.$/i;

/** A line that can stand in a signature: short, and no sentence unless it says how to reach somebody. */
function mayBeSigned(text: string): boolean {
  if (/^(?:p\.?\s?s\.?|ps|n\.?b\.?)[\s:.]/i.test(text) || /^(?:[-*•]\s|\d+[.)]\s)/.test(text)) return false;
  if (text.length > 120) return false;
  if (contactCue.test(text) || isSeparator(text) || companyEnd.test(text) || text.includes(' | ')) return true;
  return text.length <= 70 && !/[?？]$/.test(text) && !(/[.!。]$/.test(text) && text.split(/\s+/).length > 5);
}

/** "John Smith", "J. Smith (Support)", "anna", "山田太郎": one to five words without digits, no sentence. */
function isName(text: string): boolean {
  // "Ann Example | IT Manager | Example Inc.", "Ann Example, Head of IT"
  const bare = (text.split(/\s[|•·–—/]\s|,\s/)[0] ?? '').replace(/^[*_~\-–—\s]+|[*_~,\s]+$/g, '');
  if (bare.length < 1 || bare.length > 50 || /[?!:;@=<>{}\\]|\d{2}/.test(bare)) return false;
  const words = bare.split(/\s+/);
  if (words.length > 6 || (/[.。]$/.test(bare) && words.length > 2)) return false;
  return words.length === 1
    ? /^\p{L}/u.test(bare)
    : /^[\p{Lu}\p{Lo}]/u.test(bare) && !/^(?:I|We|It|The|This|That)\s/.test(bare);
}

// "—Ryan", "-- Ann Smith", "- John" below a blank line; a list has more than one such line.
const dashedNameStart: Rule = (lines, first, end) => {
  const at = end - 1;
  const match = /^\s{0,3}[-–—~]{1,2}\s?(\p{Lu}[\p{L}.'’-]{0,20}(?:\s\p{Lu}[\p{L}.'’-]{0,20}){0,2})\s*$/u.exec(
    lines[at] ?? '',
  );
  const above = filled(lines, first, at).at(-1) ?? '';
  return match === null || /^[-–—~*•]/.test(above) || /:$/.test(above) ? end : at;
};

/** "LG Ann", "Thanks, Bob" as the last line. */
const signedOnOneLine: Rule = (lines, _first, end) => {
  const text = readable(lines[end - 1] ?? '').trim();
  const match = text.length <= 60 ? closingBeforeName.exec(text) : null;
  if (match === null) return end;
  return /^\p{Lu}[\p{L}.'’-]{0,20}(?:\s\p{Lu}[\p{L}.'’-]{0,20}){0,2}[.!]?$/u.test(text.slice(match[0].length))
    ? end - 1
    : end;
};

// Ann Lee | Head of Printing | Example Ltd
// Phone: +49 30 1234567 | Mobile: +49 170 1234567
// ann@example.com | www.example.com
/** The last paragraph, where it is a name and at least two ways to reach its bearer: whose name it is nobody knows. */
function cardStart(lines: readonly string[], first: number, end: number): number {
  let at = end - 1;
  while (at > first && !isBlank(lines[at - 1] ?? '')) at--;
  if (at <= first || end - at < 3 || end - at > 9) return end;
  const [name = '', ...below] = filled(lines, at, end);
  const ways = below.filter((text) => contactCue.test(text));
  const kinds = [/\S@\S+\.\S/, /\+?\(?\d[\d\s().\-/]{7,}\d/, /https?:\/\/|www\./i].filter((kind) =>
    kind.test(below.join(' ')),
  );
  const isOwn = /^[\p{Lu}\p{Lo}*_]/u.test(name) && isName(name) && below.every(mayBeSigned);
  // "Please call my colleague:" stands above: the author tells whom.
  const isGiven = /[:：]$/.test(filled(lines, first, at).at(-1) ?? '');
  if (!isOwn || isGiven || ways.length < 2 || kinds.length < 2) return end;
  return withNameAbove(lines, first, at);
}

/** Name and position may be a paragraph of their own above the firm's: `Ann Lee` / `Support Manager`. */
function withNameAbove(lines: readonly string[], first: number, at: number): number {
  const end = trimEnd(lines, at);
  let start = end;
  while (start > first && !isBlank(lines[start - 1] ?? '')) start--;
  const above = filled(lines, start, end);
  const isTitle = above.every((text) => /^\p{Lu}[\p{L}.'’-]+(?:[ &/,]{1,3}[\p{Lu}o][\p{L}.'’-]*){0,4}$/u.test(text));
  return start > first && above.length <= 2 && /^\S+ \S+(?: \S+)?$/.test(above[0] ?? '') && isTitle ? start : at;
}

/** The author's own name on a line, with how to reach them below it. */
const contactStart: Rule = (lines, first, end, author) => {
  const name = author.trim().toLowerCase();
  if (name.length < 3 || !name.includes(' ')) return name === '' ? cardStart(lines, first, end) : end;
  for (let at = end - 1, seen = 0; at > first && seen < 10; at--) {
    const text = readable(lines[at] ?? '').trim();
    if (text === '') continue;
    seen++;
    const below = filled(lines, at + 1, end);
    if (text.toLowerCase().startsWith(name) && text.length <= name.length + 40)
      return below.length >= 1 && below.some((line) => contactCue.test(line)) ? at : end;
    if (!mayBeSigned(text)) return end;
  }
  return end;
};
