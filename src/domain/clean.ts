// The one cleaner of values that leave in mail: CR, LF, NUL and their Unicode kin never pass (CONTRACT §4).

// C0, DEL, C1 with U+0085, line and paragraph separator, bidirectional controls. A run of them becomes one space.
const controls = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]+/g;
const loneSurrogate = /\p{Surrogate}/gu;
// `=?utf-8?Q?=0D=0ABcc:?=`: text that was decoded once already and that a reader would decode again (RFC 2047 §2).
const encodedWordStart = /=\?(?=[^\s?]{1,60}\?[bq]\?)/gi;

/** Longest value that a header field gets unless its caller says otherwise, in UTF-16 units. */
export const headerValueMax = 500;

/**
 * A header field's value as one harmless line: controls and line breaks become a space, an encoded word is broken up so
 * that nothing decodes it, and what is longer than `max` UTF-16 units ends in `…`.
 */
export function cleanHeader(value: string, max: number = headerValueMax): string {
  // Cut first, generously: a subject of megabytes costs no more than one of a line.
  const line = value
    .slice(0, max * 4 + 1000)
    .replace(controls, ' ')
    .replace(encodedWordStart, '= ?')
    .replace(loneSurrogate, '\ufffd')
    .trim();
  return cutAt(line, max);
}

/** At most `max` UTF-16 units, the last of them `…` where something was cut; never half a surrogate pair. */
export function cutAt(text: string, max: number): string {
  if (text.length <= max) return text;
  return `${text.slice(0, max - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** Text for a body: every kind of line break becomes \n, other controls but the tab are dropped. */
export function cleanText(text: string): string {
  return text
    .replace(/\r\n?|[\u0085\u2028\u2029\u000b\u000c]/g, '\n')
    .replace(/[\u0000-\u0008\u000e-\u001f\u007f-\u009f]/g, '')
    .replace(loneSurrogate, '\ufffd');
}
