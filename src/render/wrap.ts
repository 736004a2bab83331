// Text of a message fitted to a terminal: long lines broken at spaces, indentation and quote marks carried on.

import { displayWidth, splitColumns } from './width.ts';

const tabWidth = 8;
// `> `, `>> `, four spaces of a code block: what stands before the words and comes again on the next line
const leadPattern = /^(?:[ >|]{0,40})/;

/** Each line of `text`, broken so that it fits into `columns`. Links are never broken: they must stay whole to be opened. */
export function wrapText(text: string, columns: number): string[] {
  return text.split('\n').flatMap((line) => wrapLine(expandTabs(line), Math.max(columns, 10)));
}

function wrapLine(line: string, columns: number): string[] {
  const trimmed = line.trimEnd();
  if (displayWidth(trimmed) <= columns) return [trimmed];
  const lead = leadPattern.exec(trimmed)?.[0] ?? '';
  const indent = displayWidth(lead) <= columns / 2 ? lead : '';
  const lines: string[] = [];
  let current = indent;
  let width = displayWidth(indent);
  let empty = true;
  const flush = () => {
    lines.push(current.trimEnd());
    current = indent;
    width = displayWidth(indent);
    empty = true;
  };
  for (const word of trimmed.slice(lead.length).split(' ')) {
    for (const piece of breakWord(word, columns - displayWidth(indent))) {
      const pieceWidth = displayWidth(piece);
      if (!empty && width + 1 + pieceWidth > columns) flush();
      current += empty ? piece : ` ${piece}`;
      width += (empty ? 0 : 1) + pieceWidth;
      empty = false;
    }
  }
  flush();
  return lines;
}

// Chinese and Japanese have no spaces, and a base64 line none either: such words are broken anywhere.
function breakWord(word: string, columns: number): string[] {
  if (displayWidth(word) <= columns || word.includes('://')) return [word];
  return splitColumns(word, columns);
}

function expandTabs(line: string): string {
  if (!line.includes('\t')) return line;
  const [first = '', ...others] = line.split('\t');
  const parts = [first];
  let column = displayWidth(first);
  for (const part of others) {
    const gap = tabWidth - (column % tabWidth);
    parts.push(' '.repeat(gap), part);
    column += gap + displayWidth(part);
  }
  return parts.join('');
}
