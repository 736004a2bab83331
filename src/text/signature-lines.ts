// What the rules of signatures ask of lines: whether one can be a name, whether one can stand in a signature.

import { isBlank, isSeparator, readable } from './quote-line.ts';
import { contactCue } from './signature-words.ts';

/** `end` without the blank lines before it. */
export function trimEnd(lines: readonly string[], end: number): number {
  let at = end;
  while (at > 0 && isBlank(lines[at - 1] ?? '')) at--;
  return at;
}

/** The lines of [from, to) that are not blank, trimmed. */
export function filled(lines: readonly string[], from: number, to: number): string[] {
  const kept: string[] = [];
  for (let at = from; at < Math.min(to, lines.length); at++) {
    const line = lines[at] ?? '';
    if (!isBlank(line)) kept.push(readable(line).trim());
  }
  return kept;
}

/** The last of them, '' for none. */
export function lastFilled(lines: readonly string[], from: number, to: number): string {
  const last = trimEnd(lines, to) - 1;
  return last < from ? '' : readable(lines[last] ?? '').trim();
}

const companyEnd =
  /\b(?:inc|ltd|co|corp|llc|plc|b\.v|n\.v|s\.a|s\.l|s\.p\.a|s\.r\.l|s\.r\.o|d\.o\.o|a\.s|sp\. z o\.o|e\.v|str|st|jr|sr)\.$/i;

/** A line that can stand in a signature: short, and no sentence unless it says how to reach somebody. */
export function mayBeSigned(text: string): boolean {
  if (/^(?:p\.?\s?s\.?|ps|n\.?b\.?)[\s:.]/i.test(text) || /^(?:[-*•]\s|\d+[.)]\s)/.test(text)) return false;
  if (text.length > 120) return false;
  if (text.length <= 70 && !/[?？]$/.test(text) && !(/[.!。]$/.test(text) && text.split(/\s+/).length > 5)) return true;
  return contactCue.test(text) || isSeparator(text) || companyEnd.test(text) || text.includes(' | ');
}

/** "John Smith", "J. Smith (Support)", "anna", "山田太郎": one to five words without digits, no sentence. */
export function isName(text: string): boolean {
  // "Ann Example | IT Manager | Example Inc.", "Ann Example, Head of IT"
  const bare = (text.split(/\s[|•·–—/]\s|,\s/)[0] ?? '')
    .replace(/^[*_~\-–—\s]+|[*_~,\s]+$/g, '')
    // German letters are signed for others: i.A. Hans Müller
    .replace(/^(?:i\. ?[AV]\.|ppa\.|p\.?p\.|gez\.)\s*/i, '');
  // The end of what the author cites.
  if (/["”»]$/.test(bare) && !/^["“„«]/.test(bare)) return false;
  if (bare.length < 1 || bare.length > 50 || /[?!:;@=<>{}\\]|\d{2}/.test(bare)) return false;
  const words = bare.split(/\s+/);
  if (words.length > 6 || (/[.。]$/.test(bare) && words.length > 2)) return false;
  return words.length === 1
    ? /^\p{L}/u.test(bare)
    : /^[\p{Lu}\p{Lo}]/u.test(bare) && !/^(?:I|We|It|The|This|That)\s/.test(bare);
}
