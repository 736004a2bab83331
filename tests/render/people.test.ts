import { expect, test } from 'vitest';
import { formatPerson, isMisleadingName } from '../../src/render/people.ts';

test.each([
  ['Ann Lee', 'ann@example.com', false],
  ['', 'ann@example.com', false],
  ['ann@example.com', 'ann@example.com', false],
  ["'Ann@Example.com'", 'ann@example.com', false],
  ['boss@corp.test', 'eve@evil.test', true],
  ['The boss <boss@corp.test>', 'eve@evil.test', true],
  ['boss＠corp.test', 'eve@evil.test', true],
])('the name %j of %s is misleading: %s', (name, email, expected) => {
  expect(isMisleadingName({ name, email })).toBe(expected);
});

test('the address always stands beside the name', () => {
  expect(formatPerson({ name: 'Ann Lee', email: 'ann@example.com' })).toBe('Ann Lee <ann@example.com>');
  expect(formatPerson({ name: '', email: 'ann@example.com' })).toBe('ann@example.com');
});
