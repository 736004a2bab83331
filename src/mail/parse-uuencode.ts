// Files that old mailers wrote into the text itself: `begin 644 report.pdf`, lines of uuencode, `end`.

import { decodeUuencoded } from './parse-content.ts';

export interface UuencodedFile {
  name: string;
  content: Buffer;
}

const maxFiles = 100;
// begin 644 report.pdf
const beginLine = /^begin [0-7]{3,4} ([^\r\n]{1,200})\r?\n?$/;

/** Takes whole uuencoded files out of a text; one that does not end, or has other lines in it, stays text. */
export function takeUuencoded(bytes: Buffer): { rest: Buffer; files: UuencodedFile[] } {
  const files: UuencodedFile[] = [];
  const kept: Buffer[] = [];
  let from = 0;
  let search = 0;
  while (files.length < maxFiles) {
    const begin = findBegin(bytes, search);
    if (begin < 0) break;
    const content = lineEnd(bytes, begin);
    const name = beginLine.exec(bytes.toString('latin1', begin, Math.min(content, begin + 300)))?.[1];
    const end = name === undefined ? -1 : findEnd(bytes, content);
    search = content;
    if (name === undefined || end < 0) continue;
    kept.push(bytes.subarray(from, begin));
    files.push({ name: name.trim(), content: decodeUuencoded(bytes.subarray(begin, end)) });
    from = end;
    search = end;
  }
  return files.length === 0 ? { rest: bytes, files } : { rest: Buffer.concat([...kept, bytes.subarray(from)]), files };
}

function findBegin(bytes: Buffer, from: number): number {
  if (from === 0 && bytes.subarray(0, 6).toString('latin1') === 'begin ') return 0;
  const found = bytes.indexOf('\nbegin ', Math.max(from - 1, 0), 'latin1');
  return found < 0 ? -1 : found + 1;
}

/** Behind the `end` line, when every line up to it is as long as its first character says; -1 otherwise. */
function findEnd(bytes: Buffer, from: number): number {
  let lines = 0;
  for (let at = from; at < bytes.length; lines += 1) {
    const next = lineEnd(bytes, at);
    const line = bytes.toString('latin1', at, Math.min(next, at + 100)).replace(/[\r\n]+$/, '');
    if (line === 'end') return lines > 0 ? next : -1;
    const count = ((line.charCodeAt(0) || 32) - 32) & 63;
    // Trailing spaces, which are zeros, get lost on the way.
    if (line.length > 0 && count > 0 && (line.length > Math.ceil(count / 3) * 4 + 3 || !/^[ -`]+$/.test(line)))
      return -1;
    at = next;
  }
  return -1;
}

function lineEnd(bytes: Buffer, from: number): number {
  const newline = bytes.indexOf(10, from);
  return newline < 0 ? bytes.length : newline + 1;
}
