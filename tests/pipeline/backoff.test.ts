import { expect, it } from 'vitest';
import { isExpired, nextAttemptAt } from '../../src/pipeline/backoff.ts';

const now = new Date('2026-11-22T12:00:00.000Z');

it.each([
  [1, '2026-11-22T12:01:00.000Z'],
  [2, '2026-11-22T12:05:00.000Z'],
  [3, '2026-11-22T12:30:00.000Z'],
  [4, '2026-11-22T14:00:00.000Z'],
  [5, '2026-11-22T16:00:00.000Z'],
  [6, '2026-11-22T16:00:00.000Z'],
  [500, '2026-11-22T16:00:00.000Z'],
])('after attempt %i the next one is at %s', (attempts, expected) => {
  expect(nextAttemptAt(attempts, now).toISOString()).toBe(expected);
});

it.each([
  ['2026-11-17T12:00:00.001Z', false],
  ['2026-11-17T12:00:00.000Z', true],
  ['2027-11-22T12:00:00.000Z', false],
])('a mail written at %s is given up: %s', (createdAt, expected) => {
  expect(isExpired(createdAt, now)).toBe(expected);
});
