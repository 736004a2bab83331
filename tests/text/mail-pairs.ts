// The case files of tests/mail: a mail's text (NAME.txt or NAME.html) and, beside it, what is expected of it.

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface MailPair {
  name: string;
  text: string;
  isHtml: boolean;
  expected: string;
}

/** Every pair of a folder of tests/mail; throws when a file has no partner. */
export function readPairs(folder: string, expectedSuffix: string): MailPair[] {
  const path = fileURLToPath(new URL(`../mail/${folder}/`, import.meta.url));
  const files = new Set(readdirSync(path));
  const inputs = [...files].filter((file) => /\.(?:txt|html)$/.test(file) && !file.endsWith(expectedSuffix)).sort();
  if (inputs.length * 2 !== files.size) throw new Error(`${path} holds a file without its partner`);
  return inputs.map((file) => {
    const name = file.replace(/\.\w+$/, '');
    const read = (leaf: string): string => readFileSync(`${path}${leaf}`, 'utf8');
    return {
      name,
      text: read(file),
      isHtml: file.endsWith('.html'),
      expected: read(`${name}${expectedSuffix}`).trimEnd(),
    };
  });
}
