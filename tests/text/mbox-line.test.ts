import { expect, test } from 'vitest';
import { withoutMboxLine } from '../../src/text/mbox-line.ts';

test.each([
  ['From ann@client.test Mon Nov 23 10:00:00 2026\nSubject: x\n\ny', 'Subject: x\n\ny'],
  ['From MAILER-DAEMON  Mon Nov 23 10:00:00 2026\r\nSubject: x\r\n', 'Subject: x\r\n'],
  ['>From ann@client.test Mon Nov 23 10:00:00 2026\nSubject: x\n', 'Subject: x\n'],
  // a header field is none
  ['From: ann@client.test\nSubject: x\n', 'From: ann@client.test\nSubject: x\n'],
  ['From : ann@client.test\nSubject: x\n', 'From : ann@client.test\nSubject: x\n'],
  ['From ann@client.test', 'From ann@client.test'],
  ['', ''],
])('%j without its mbox line is %j', (raw, expected) => {
  expect(withoutMboxLine(Buffer.from(raw)).toString()).toBe(expected);
});

test('a line of any length is looked at no further than a line of that kind is long', () => {
  const raw = Buffer.from(`From ${'x'.repeat(5_000)}\nSubject: x\n`);
  expect(withoutMboxLine(raw)).toBe(raw);
});
