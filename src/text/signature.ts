// Where the signature of an author's lines begins. Losing words is worse than leaving a signature,
// so each rule asks that all below it looks like one.

import { isBlank, isSeparator, readable } from './quote-line.ts';
import { contactStart } from './signature-card.ts';
import { disclaimerStart, isDisclaimer } from './signature-disclaimer.ts';
import { isFooter } from './signature-footer.ts';
import { filled, isName, lastFilled, mayBeSigned, trimEnd } from './signature-lines.ts';
import {
  closingBeforeName,
  closingBeginnings,
  closings,
  contactCue,
  firstWord,
  listFooters,
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

// An answer may be "👍", "?" or "...".
const word = /[\p{L}\p{N}\p{Extended_Pictographic}?!…]|\.{3}|[:;]-?[()D]/u;

function hasWords(lines: readonly string[], from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (word.test(lines[at] ?? '')) return true;
  return false;
}

// `--` without its blank, and `- -- ` as PGP escapes it.
const bareDelimiter = /^\s{0,3}(?:--|—|–|- -|- --|__)\s*$/;

/** RFC 3676 §4.3: a line of `-- ` alone. Without its blank, or with a long dash, what follows must be short. */
const delimiterStart: Rule = (lines, first, end) => {
  for (let at = first; at < end; at++) {
    const line = lines[at] ?? '';
    if (line === '-- ' && filled(lines, at + 1, end).length <= 60) return at;
    const isBare = bareDelimiter.test(line);
    if (!isBare && !isSeparator(line)) continue;
    // "Please sign here:"
    if (/[:：]$/.test(lastFilled(lines, first, at))) continue;
    const below = filled(lines, at + 1, end);
    const isOnly = !lines.slice(first, at).some((text) => isSeparator(text));
    if (!isBare && isOnly && isCard(below.filter((text) => !isSeparator(text)))) return at;
    if (!isBare || below.some((text) => bareDelimiter.test(text))) continue;
    const signed = below.filter((text) => !/^[-–—_]+$/.test(text));
    if (signed.length <= 12 && !signed.some(isContent)) return at;
  }
  return end;
};

/** A question, an item of a list or a long sentence below a bare `--` is more than a signature: people also part sections with it. */
function isContent(text: string): boolean {
  return (
    /[?？](?:\s|$)/.test(text) ||
    /^(?:\p{L}\)|\d{1,2}[.)]) /u.test(text) ||
    (text.length > 100 && !contactCue.test(text) && !isDisclaimer(text))
  );
}

const strictDelimiterStart: Rule = (lines, first, end) => {
  for (let at = first; at < end; at++) if (lines[at] === '-- ' && filled(lines, at + 1, end).length <= 20) return at;
  return end;
};

/** A name and a few short lines, as below a rule of dashes: no sentences, no list. */
function isCard(below: readonly string[]): boolean {
  return (
    // One line below a rule may be anything but a full name.
    (below.length >= 2 || fullName.test(below[0] ?? '')) &&
    below.length <= 8 &&
    isName(below[0] ?? '') &&
    (!/\d/.test(below[0] ?? '') || contactCue.test(below[0] ?? '')) &&
    below.every(
      (text) => text.length <= 80 && !/[?!:;]$|^[-*•\d]/.test(text) && (!text.endsWith('.') || contactCue.test(text)),
    )
  );
}

// Ann Lee   Anna M. Schmidt
const fullName = /^\s{0,3}\p{Lu}[\p{L}.'’-]{1,20}(?:\s\p{Lu}[\p{L}.'’-]{0,20}){1,2}\s*$/u;

/** "Sent from my iPhone" and its kin, one or several. */
const footerStart: Rule = (lines, first, end) => {
  let start = end;
  for (let at = end - 1; at >= first; at--) {
    const line = lines[at] ?? '';
    if (isBlank(line)) continue;
    const above = lines[at - 1] ?? '';
    const opens =
      isBlank(above) || /[\p{P}\p{S}]\s*$/u.test(above.slice(-3)) || isFooter(above, true) || fullName.test(above);
    if (!isFooter(line, opens)) break;
    start = at;
  }
  return start;
};

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

/** "Regards," with a name below it. A closing alone, or with sentences below it, is left. */
const closingStart: Rule = (lines, first, end) => {
  let start = end;
  let seen = 0;
  for (let at = end - 1; at >= first && seen <= 14; at--) {
    const line = lines[at] ?? '';
    if (isBlank(line)) continue;
    seen++;
    const isSigned = (): boolean => isSignedBelow(filled(lines, at + 1, end).filter((text) => !isClosing(text)));
    if (isClosing(line) && !isShownClosing(lines, first, at) && isSigned()) start = at;
    else if (!mayBeSigned(readable(line).trim())) break;
  }
  return start;
};

/** "Please write into the letter:" stands above: the closing is what the author shows. */
function isShownClosing(lines: readonly string[], first: number, at: number): boolean {
  return isBlank(lines[at - 1] ?? '') && /[:：]$/.test(lastFilled(lines, first, at));
}

function isClosing(line: string): boolean {
  const small = readable(line).trim().toLowerCase();
  // İyi çalışmalar: a small İ is two characters.
  const lower = small.startsWith('i̇') ? `i${small.slice('i̇'.length)}` : small;
  // No closing begins as most lines do.
  if (!closingBeginnings.has(firstWord(lower))) return false;
  const text = lower
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

// "—Ryan", "-- Ann Smith", "- John" below a blank line; a list has more than one such line.
const dashedNameStart: Rule = (lines, first, end) => {
  const at = end - 1;
  const match = /^\s{0,3}[-–—~]{1,2}\s?(\p{Lu}[\p{L}.'’-]{0,20}(?:\s\p{Lu}[\p{L}.'’-]{0,20}){0,2})\s*$/u.exec(
    lines[at] ?? '',
  );
  if (match === null) return end;
  const above = lastFilled(lines, first, at);
  if (/^[-–—~*•]/.test(above) || /[:"”»]$/.test(above)) return end;
  // "Cheers," / "- Ann"
  const closing = trimEnd(lines, at) - 1;
  return closing > first && isClosing(lines[closing] ?? '') ? closing : at;
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
