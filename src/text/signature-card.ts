// Contact blocks without a delimiter or a closing above them.

import { isBlank, readable } from './quote-line.ts';
import { filled, isName, lastFilled, mayBeSigned, trimEnd } from './signature-lines.ts';
import { contactCue } from './signature-words.ts';

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
  const isGiven = /[:：]$/.test(lastFilled(lines, first, at));
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
export function contactStart(lines: readonly string[], first: number, end: number, author: string): number {
  const name = author.trim().toLowerCase();
  if (name.length < 3 || !name.includes(' ')) return name === '' ? cardStart(lines, first, end) : end;
  for (let at = end - 1, seen = 0; at > first && seen < 10; at--) {
    const text = readable(lines[at] ?? '').trim();
    if (text === '') continue;
    seen++;
    if (text.toLowerCase().startsWith(name) && text.length <= name.length + 40)
      return filled(lines, at + 1, end).some((line) => contactCue.test(line)) ? at : end;
    if (!mayBeSigned(text)) return end;
  }
  return end;
}
