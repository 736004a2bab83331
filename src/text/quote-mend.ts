// Labels corrected for what programs do to lines on their way: quoted ones that were wrapped, and the frame of a PGP signature.

import { isBlank } from './quote-line.ts';
import type { Label } from './quote-lines.ts';

/** A quoted line that was wrapped on its way leaves its end without a mark, between two quoted lines or below the last. */
export function mendWrappedQuotes(lines: readonly string[], labels: Label[]): void {
  const ownAt = labels.indexOf('text');
  for (let at = 1; at < lines.length; at++) {
    if (labels[at] !== 'text' || labels[at - 1] !== 'quote') continue;
    const next = labels[at + 1];
    const above = lines[at - 1] ?? '';
    const isBroken = above.length >= 60 && !/[.?!:]\s*$/.test(above.slice(-10));
    const isEnd = next !== 'text' && ownAt < at && /^\p{Ll}/u.test(lines[at] ?? '');
    if (isBroken && (next === 'quote' || isEnd)) labels[at] = 'quote';
  }
}

// -----BEGIN PGP SIGNED MESSAGE-----   Hash: SHA256   -----BEGIN PGP SIGNATURE-----
/** What PGP puts around the text that it signs (RFC 9580 §7). */
export function labelPgp(lines: readonly string[], labels: Label[]): void {
  const paint = (from: number, to: number): void => {
    for (let at = from; at <= to; at++) if (!isBlank(lines[at] ?? '')) labels[at] = 'signature';
  };
  const start = lines.findIndex((line) => !isBlank(line));
  if (lines[start]?.trimEnd() !== '-----BEGIN PGP SIGNED MESSAGE-----') return;
  let end = start;
  while (/^Hash: /.test(lines[end + 1] ?? '')) end++;
  paint(start, end);
  const from = lines.lastIndexOf('-----BEGIN PGP SIGNATURE-----');
  if (from > end) paint(from, lines.length - 1);
}
