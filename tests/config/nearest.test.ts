import { expect, test } from 'vitest';
import { editDistance, findNearest } from '../../src/config/nearest.ts';
import { cpuTime } from '../support/cpu-time.ts';

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

test('a name of a megabyte takes no longer than a short one', async () => {
  const name = 'a'.repeat(1_000_000);
  expect(await cpuTime(() => findNearest(name, ['database', 'enabled']))).toBeLessThan(200);
});
