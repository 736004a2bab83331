// docs/security.md names a test for each of the 27 rows, and each of those is there.

import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const rows = readFileSync('docs/security.md', 'utf8')
  .split('\n')
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .filter(([, number]) => /^\d+$/.test(number ?? ''));

test('the page has a row for each class, 1 to 27', () => {
  expect(rows.map(([, number]) => Number(number))).toEqual(Array.from({ length: 27 }, (_, i) => i + 1));
});

test.each(rows.map((cells) => [cells[1], cells[4] ?? '']))('row %s names tests that there are: %s', (_, cell) => {
  const named = [...cell.matchAll(/`([a-z-]+\.test\.ts)`(?:: ([^;]+))?/g)];
  expect(named.length).toBeGreaterThan(0);
  for (const [, file = '', name = ''] of named) {
    const path = `tests/security/${file}`;
    expect(existsSync(path), path).toBe(true);
    expect(readFileSync(path, 'utf8')).toMatch(new RegExp(`(?:describe|test)[^\\n]*['(\`]${name.trim()}`));
  }
});
