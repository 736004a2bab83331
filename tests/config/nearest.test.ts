import { expect, test } from 'vitest';
import { editDistance, findNearest } from '../../src/config/nearest.ts';

test.each([
  ['', '', 0],
  ['port', 'Port', 0],
  ['prot', 'port', 1],
  ['hst', 'host', 1],
  ['usessl', 'useTls', 2],
  ['', 'abc', 3],
])('from %s to %s it is %i edits', (a, b, expected) => {
  expect(editDistance(a, b)).toBe(expected);
  expect(editDistance(b, a)).toBe(expected);
});

test('the nearest word wins, the first of equals', () => {
  expect(findNearest('datbase', ['enabled', 'database', 'databases'])).toBe('database');
  expect(findNearest('x', ['ab', 'cd'])).toBe('ab');
  expect(findNearest('x', [])).toBe(undefined);
});

test('a name of a megabyte takes no longer than a short one', () => {
  const start = performance.now();
  findNearest('a'.repeat(1_000_000), ['database', 'enabled']);
  expect(performance.now() - start).toBeLessThan(200);
});
