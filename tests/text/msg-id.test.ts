import { expect, test } from 'vitest';

import { parseMsgIds } from '../../src/text/msg-id.ts';
import { cpuTime } from '../support/cpu-time.ts';

test.each([
  ['one', '<CAF=2xz+1@mail.gmail.com>', ['CAF=2xz+1@mail.gmail.com']],
  ['several, with and without space between', '<a@b> <c@d><e@f>', ['a@b', 'c@d', 'e@f']],
  ['one twice', '<a@b> <a@b>', ['a@b']],
  ['one in a sentence, as old mailers write it', "Ann's message of Monday <a@b>", ['a@b']],
  ['a domain literal', '<1@[10.0.0.1]>', ['1@[10.0.0.1]']],
  ['no brackets', 'a@b', []],
  ['no at sign', '<abc>', []],
  ['a space inside', '<a b@c>', []],
  ['a line break inside', '<a@b\r\nBcc: eve@evil.test>', []],
  ['letters that are not ASCII', '<ä@b>', []],
  ['brackets that never close', '<a@b <c@d>', ['c@d']],
  ['nothing', '', []],
])('parseMsgIds with %s', (_name, value, expected) => {
  expect(parseMsgIds(value)).toEqual(expected);
});

test('at most 500 msg-ids are taken', () => {
  const value = Array.from({ length: 2_000 }, (_unused, index) => `<${index}@x>`).join(' ');
  expect(parseMsgIds(value)).toHaveLength(500);
});

test.each(['<'.repeat(200_000), '<a@'.repeat(100_000), `<${'a@'.repeat(100_000)}`])(
  'a bomb of a References field takes no time: %#',
  async (value) => {
    expect(await cpuTime(() => parseMsgIds(value), 1)).toBeLessThan(500);
  },
);
