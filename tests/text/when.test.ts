import { expect, test } from 'vitest';
import { parseWhen } from '../../src/text/when.ts';

const now = new Date('2026-11-22T12:00:00.000Z');

test.each([
  ['90m', '2026-11-22T10:30:00.000Z'],
  ['12h', '2026-11-22T00:00:00.000Z'],
  ['7d', '2026-11-15T12:00:00.000Z'],
  ['4W', '2026-10-25T12:00:00.000Z'],
  ['2026-11-01', '2026-11-01T00:00:00.000Z'],
  ['2026-11-01T08:41', '2026-11-01T08:41:00.000Z'],
  ['2026-11-01 08:41:07', '2026-11-01T08:41:07.000Z'],
  ['2026-11-01T08:41:07.123Z', '2026-11-01T08:41:07.123Z'],
  ['2026-11-01T08:41:07.123456+02:00', '2026-11-01T06:41:07.123Z'],
  ['2026-11-01T08:41-0530', '2026-11-01T14:11:00.000Z'],
])('%s is %s', (text, expected) => {
  expect(parseWhen(text, now)).toBe(expected);
});

test.each([
  '',
  'yesterday',
  '7',
  '7y',
  '-7d',
  '2026-13-01',
  '2026-02-30',
  '2026-11-01T25:00',
  '22.11.2026',
  '2026-11-01Z',
  '9999999d',
  '999999w',
])('%j names no moment', (text) => {
  expect(parseWhen(text, now)).toBeUndefined();
});

test('a date alone is its last moment where the end of a day is asked for', () => {
  expect(parseWhen('2026-11-01', now, { endOfDay: true })).toBe('2026-11-01T23:59:59.999Z');
  expect(parseWhen('2026-11-01T08:41', now, { endOfDay: true })).toBe('2026-11-01T08:41:00.000Z');
});
