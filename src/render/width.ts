// Text measured in terminal columns: wide characters take two, combining ones none.
// Expects text that has passed forTerminalLine: without tabs, newlines and escape codes.

import stringWidth from 'string-width';

const printableAscii = /^[\x20-\x7e]*$/;
const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

export function displayWidth(text: string): number {
  return printableAscii.test(text) ? text.length : stringWidth(text);
}

/** The longest beginning of `text` that fits into `columns`; never half of a wide character. */
export function takeColumns(text: string, columns: number): string {
  if (printableAscii.test(text)) return text.slice(0, Math.max(0, columns));
  let taken = '';
  let width = 0;
  for (const { segment } of graphemes.segment(text)) {
    width += displayWidth(segment);
    if (width > columns) break;
    taken += segment;
  }
  return taken;
}

/** `text` cut to `columns` with an ellipsis that counts as one of them. */
export function truncate(text: string, columns: number): string {
  // A subject may be very long: no more graphemes are measured than can matter.
  const head = text.length > columns * 20 + 100 ? takeColumns(text, columns + 1) : text;
  if (head.length === text.length && displayWidth(text) <= columns) return text;
  return `${takeColumns(head, columns - 1).trimEnd()}…`;
}

/** `text` in pieces of at most `columns`, broken between graphemes. */
export function splitColumns(text: string, columns: number): string[] {
  const pieces: string[] = [];
  let piece = '';
  let width = 0;
  for (const { segment } of graphemes.segment(text)) {
    const segmentWidth = displayWidth(segment);
    if (piece !== '' && width + segmentWidth > columns) {
      pieces.push(piece);
      piece = '';
      width = 0;
    }
    piece += segment;
    width += segmentWidth;
  }
  return piece === '' ? pieces : [...pieces, piece];
}
