// Text measured in terminal columns: wide characters take two, combining ones none.
// Expects text that has passed forTerminalLine: without tabs, newlines and escape codes.

import stringWidth from 'string-width';

// Latin, Greek and Cyrillic letters without the combining marks, and the usual punctuation: one column each.
const narrowLetters =
  /^[\x20-\x7e\u00a0-\u00a8\u00aa-\u00ac\u00af-\u02ff\u0370-\u0377\u037a-\u037f\u0384-\u038a\u038c\u038e-\u03a1\u03a3-\u0482\u048a-\u052f\u1e00-\u1eff\u2010-\u2027\u2030-\u203b\u203d-\u2048\u204a-\u205e\u20a0-\u20c0]*$/;
// Han, kana without the combining marks, Hangul syllables: two columns each, whatever stands beside them.
const wideLetters = /^[\u3041-\u3096\u30a1-\u30fa\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3]*$/;
// Made when first needed: that takes as long as all else that a short list does.
let segmenter: Intl.Segmenter | undefined;
// V8's segmenter, and so string-width, takes time in the square of the length: long text is measured window by window.
const windowLength = 128;

export function displayWidth(text: string): number {
  if (narrowLetters.test(text)) return text.length;
  if (wideLetters.test(text)) return 2 * text.length;
  let width = 0;
  for (const window of windowsOf(text)) width += stringWidth(window);
  return width;
}

/** The longest beginning of `text` that fits into `columns`; never half of a wide character. */
export function takeColumns(text: string, columns: number): string {
  if (narrowLetters.test(text)) return text.slice(0, columns);
  let taken = '';
  let width = 0;
  for (const grapheme of graphemesOf(text)) {
    width += displayWidth(grapheme);
    if (width > columns) break;
    taken += grapheme;
  }
  return taken;
}

/** `text` cut to `columns` with an ellipsis that counts as one of them. */
export function truncate(text: string, columns: number): string {
  if (text.length <= columns && displayWidth(text) <= columns) return text;
  const head = takeColumns(text, columns);
  return head.length === text.length ? text : `${takeColumns(head, columns - 1).trimEnd()}…`;
}

/** `text` in pieces of at most `columns`, broken between graphemes. */
export function splitColumns(text: string, columns: number): string[] {
  const pieces: string[] = [];
  let piece = '';
  let width = 0;
  for (const grapheme of graphemesOf(text)) {
    const graphemeWidth = displayWidth(grapheme);
    if (piece !== '' && width + graphemeWidth > columns) {
      pieces.push(piece);
      piece = '';
      width = 0;
    }
    piece += grapheme;
    width += graphemeWidth;
  }
  return piece === '' ? pieces : [...pieces, piece];
}

function* graphemesOf(text: string): Generator<string> {
  for (const window of windowsOf(text)) {
    if (narrowLetters.test(window) || wideLetters.test(window)) {
      yield* window;
    } else {
      segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
      for (const { segment } of segmenter.segment(window)) yield segment;
    }
  }
}

// A family of emoji that lies across the border of two windows is measured as its members; a surrogate pair never does.
function* windowsOf(text: string): Generator<string> {
  for (let start = 0; start < text.length; ) {
    const code = text.charCodeAt(start + windowLength);
    const end = start + windowLength + (code >= 0xdc00 && code <= 0xdfff ? 1 : 0);
    yield text.slice(start, end);
    start = end;
  }
}
