import { expect, test } from 'vitest';
import { countOf, formatSize } from '../../src/render/size.ts';
import { formatAgo } from '../../src/render/time.ts';

const now = new Date('2026-11-22T12:00:00.000Z');

test.each([
  ['2026-11-22T11:59:31.000Z', 'just now'],
  ['2026-11-22T11:59:00.000Z', '1m ago'],
  ['2026-11-22T09:00:01.000Z', '2h ago'],
  ['2026-11-21T12:00:00.000Z', '1d ago'],
  ['2026-11-10T12:00:00.000Z', '12d ago'],
  ['2026-11-08T12:00:00.000Z', '2w ago'],
  ['2024-11-08T12:00:00.000Z', '2y ago'],
  ['2026-11-22T15:00:00.000Z', 'in 3h'],
])('%s is %s', (at, expected) => {
  expect(formatAgo(at, now)).toBe(expected);
});

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [1234, '1.2 kB'],
  [9960, '10 kB'],
  [26_214_400, '26 MB'],
  [999_999, '1.0 MB'],
])('%i bytes are %s', (bytes, expected) => {
  expect(formatSize(bytes)).toBe(expected);
});

test.each([
  [1, '1 ticket'],
  [0, '0 tickets'],
  [1234567, '1,234,567 tickets'],
])('%i', (count, expected) => {
  expect(countOf(count, 'ticket')).toBe(expected);
});
