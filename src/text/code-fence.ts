// Code fences of Markdown: what stands in one is shown by the author, whatever it looks like.

import { isSeparator } from './quote-line.ts';

/** 1 for lines of a Markdown code fence that is closed: nothing in there is quoted, signed or introduced. */
export function findFences(lines: readonly string[]): Uint8Array {
  const fenced = new Uint8Array(lines.length);
  let openAt = -1;
  lines.forEach((line, at) => {
    if (!line.startsWith('```') && !line.startsWith('~~~')) return;
    if (openAt < 0) openAt = isSeparator(line) && line.length > 3 ? -1 : at;
    else if ((lines[openAt] ?? '').slice(0, 3) === line.slice(0, 3)) {
      fenced.fill(1, openAt, at + 1);
      openAt = -1;
    }
  });
  return fenced;
}
