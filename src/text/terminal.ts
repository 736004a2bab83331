// The one way for text to a terminal, a pipe or a log: no byte that came by mail may drive what reads it
// (CWE-150; RELIABILITY §3 rows 13 and 14).

// C0 but \t and \n, DEL, C1, line and paragraph separator, bidirectional controls (CVE-2021-42574).
const dangerous = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const dangerousOnOneLine = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const loneSurrogate = /\p{Surrogate}/gu;

// Most text is of these alone, and looking for everything else costs more than seeing that.
const harmless = /^[\n\t\x20-\x7e]*$/;
const harmlessOnOneLine = /^[\x20-\x7e]*$/;

function escapeCharacter(character: string): string {
  const code = character.charCodeAt(0);
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}

/** Text of several lines with every control but \n and \t shown as a visible escape, `\x1b`. */
export function forTerminal(text: string): string {
  if (harmless.test(text)) return text;
  return text.replace(/\r\n/g, '\n').replace(dangerous, escapeCharacter).replace(loneSurrogate, '\ufffd');
}

// Zero-width and tag characters: invisible, and of use only to make two names look the same.
const invisible = /[\u200b\u2060\ufeff\u00ad\u{e0000}-\u{e007f}]/gu;

/** The same for one line (a subject, a name, a log line): tab and newline are escaped too, invisible characters dropped. */
export function forTerminalLine(text: string): string {
  if (harmlessOnOneLine.test(text)) return text;
  return text
    .replace(invisible, '')
    .replace(dangerousOnOneLine, (character) =>
      character === '\n' ? '\\n' : character === '\t' ? '\\t' : character === '\r' ? '\\r' : escapeCharacter(character),
    )
    .replace(loneSurrogate, '\ufffd');
}

const unsafeInJson = /[\u007f-\u009f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** JSON.stringify with the characters that it leaves raw but a terminal obeys written as \uXXXX. */
export function safeJson(value: unknown, indent?: number): string {
  return makeJsonSafe(JSON.stringify(value, null, indent));
}

/** The same of JSON that somebody else has put together. */
export function makeJsonSafe(json: string): string {
  return json.replace(unsafeInJson, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
