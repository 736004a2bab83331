// `npm run demo` runs through, and the recording in README.md is what it prints.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { listBlocks } from './shell-lines.ts';

const root = path.resolve(import.meta.dirname, '../..');
const scriptIsThere = spawnSync('script', ['--version']).status === 0;

/** What changes from run to run: times, the year in numbers, ids of entries. */
function withoutTimes(text: string): string[] {
  return text
    .replaceAll('\r', '')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replace(/TKT-\d{4}/g, 'TKT-YEAR')
    .replace(/^ {2}│ /gm, '')
    .split('\n');
}

// `script` is what gives the demo a terminal to print tables and pages on.
test.skipIf(!scriptIsThere)('the recording in the README is what the demo prints', () => {
  const demo = spawnSync(
    'script',
    ['-qec', `stty cols 92 rows 50; '${process.execPath}' scripts/demo.mjs`, '/dev/null'],
    {
      cwd: root,
      env: { PATH: process.env.PATH, TERM: 'xterm', NO_COLOR: '1', TKT_TEST_BUILT: '1' },
      encoding: 'utf8',
    },
  );
  expect([demo.status, demo.stderr]).toEqual([0, '']);
  const printed = new Set(withoutTimes(demo.stdout));
  const section =
    /^## What it looks like$(.*?)^## /ms.exec(readFileSync(path.join(root, 'README.md'), 'utf8'))?.[1] ?? '';
  const recorded = listBlocks(section).flatMap(({ text }) => withoutTimes(text));
  expect(recorded.length).toBeGreaterThan(50);
  expect(recorded.filter((line) => line !== '' && line !== '…' && !printed.has(line))).toEqual([]);
});
