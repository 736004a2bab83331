// Rows as TSV for pipes and as CSV for spreadsheets (CONTRACT §2).

import { forTerminal, forTerminalLine } from '../text/terminal.ts';

const tsvEscapes: Record<string, string> = { '\t': '\\t', '\n': '\\n', '\r': '\\r', '\\': '\\\\' };

/** One line, with its newline. Every cell in full; a cell never breaks the line, a control never passes raw. */
export function formatTsvLine(cells: readonly string[]): string {
  const safe = cells.map((cell) =>
    forTerminalLine(cell.replace(/[\t\n\r\\]/g, (character) => tsvEscapes[character] ?? '')),
  );
  return `${safe.join('\t')}\n`;
}

// What a spreadsheet takes for the beginning of a formula, full-width forms too (OWASP, CSV injection).
const formula = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;

/** One record of RFC 4180 with its CRLF. `defuse`: text gets an apostrophe in front where a spreadsheet would compute it. */
export function formatCsvRecord(cells: ReadonlyArray<{ text: string; defuse: boolean }>): string {
  return `${cells.map(formatCsvCell).join(',')}\r\n`;
}

function formatCsvCell({ text, defuse }: { text: string; defuse: boolean }): string {
  // The byte order mark and other invisible characters would hide the sign from us, not from a spreadsheet.
  const visible = text.replace(/^[\u200b\u2060\ufeff\u00ad]+/, '');
  const safe = forTerminal(visible);
  const cell = defuse && (formula.test(visible) || formula.test(safe)) ? `'${safe}` : safe;
  return /[",\r\n]/.test(cell) || cell !== cell.trim() ? `"${cell.replaceAll('"', '""')}"` : cell;
}
