import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';

import { decodeContent, decodeInPieces } from '../../src/mail/parse-content.ts';
import { parseParameterized } from '../../src/mail/parse-params.ts';
import { takeUuencoded } from '../../src/mail/parse-uuencode.ts';

/** At once, and in pieces, which must come to the same. */
function decode(text: string, encoding: string): string {
  const bytes = Buffer.from(text, 'latin1');
  const whole = decodeContent(bytes, encoding).toString('latin1');
  // Each piece is good until the next one only.
  const pieces = Array.from(decodeInPieces(bytes, encoding), (piece) => piece.toString('latin1'));
  expect(pieces.join('')).toBe(whole);
  return whole;
}

test('base64 with megabytes of blank lines inside comes back as what was encoded', () => {
  const lines = `aGVsbG8${'\r\n'.repeat(1_500_000)}gd29ybGQ`;
  expect(decode(`${'aGVs'.repeat(1_200)}\r\n${lines}`, 'base64')).toBe(`${'hel'.repeat(1_200)}hello world`);
});

test('base64 comes back as what was encoded, wherever lines end and whatever stands at the end', () => {
  for (const length of [...Array.from({ length: 400 }, (_, index) => index), 1_000_001, 3_333_333]) {
    const content = randomBytes(length);
    const lines = content.toString('base64').replace(/.{1,19}/g, '$&\r\n');
    const stray = length > 100 ? lines.replace('\r\n', '\0\r\n') : lines;
    for (const text of [lines, lines.replaceAll('=', ''), `${lines}\n==\n \t\n`, stray]) {
      expect(decode(text, 'base64')).toBe(content.toString('latin1'));
    }
  }
});

test.each([
  ['wrapped lines', 'aGVs\r\nbG8g\r\nd29ybGQ=\r\n', 'hello world'],
  ['lost padding', 'aGVsbG8', 'hello'],
  ['padding in the middle', 'aGVs\nbG8=\nIHdvcmxk\n', 'hello world'],
  ['the alphabet for URLs', '_-4=', '\u00ff\u00ee'],
  [
    'plain text under a wrong label',
    'Hello, this is no base64 at all. Regards, Ann',
    'Hello, this is no base64 at all. Regards, Ann',
  ],
  [
    "a list's footer as plain text below it",
    'SGVsbG8sIG15IHByaW50ZXIgaXMgYnJva2VuLg==\n\n____________________\nlist mailing list\nlist@example.com\n',
    'Hello, my printer is broken.\n\n____________________\nlist mailing list\nlist@example.com\n',
  ],
  ['nothing', '', ''],
])('base64 with %s', (_name, text, expected) => {
  expect(decode(text, 'base64')).toBe(expected);
});

test.each([
  ['soft line breaks', 'a=\r\nb=\nc', 'abc'],
  ['blanks behind a soft break', 'a=  \r\nb', 'ab'],
  ['blanks at line ends', 'a  \r\nb\t\nc', 'a\r\nb\nc'],
  ['an encoded blank at a line end', 'a=20\r\nb', 'a \r\nb'],
  ['lower-case digits', 'Gr=fc=dfe', 'Gr\u00fc\u00dfe'],
  ['a lone equals sign', '1 = 1, =G1, a=', '1 = 1, =G1, a'],
])('quoted-printable with %s', (_name, text, expected) => {
  expect(decode(text, 'quoted-printable')).toBe(expected);
});

test('an unknown transfer encoding leaves the bytes as they are', () => {
  expect(decode('as it is', 'x-strange')).toBe('as it is');
});

test('a uuencoded file is taken out of the text it stands in', () => {
  const { rest, files } = takeUuencoded(Buffer.from('See below.\n\nbegin 644 cat.txt\n#0V%T\n`\nend\nBye\n'));
  expect(rest.toString()).toBe('See below.\n\nBye\n');
  expect(files.map(({ name, content }) => [name, content.toString()])).toEqual([['cat.txt', 'Cat']]);
});

test('a text that only begins like uuencode stays whole', () => {
  const text = 'begin 644 things with care\nand then go on in plain words, as people do.\nend\n';
  expect(takeUuencoded(Buffer.from(text)).rest.toString()).toBe(text);
});

test.each([
  ['a quoted value', 'attachment; filename="a; b.pdf"', 'a; b.pdf'],
  ['an unquoted value with spaces', 'attachment; filename=my report.pdf', 'my report.pdf'],
  ['a quote that never closes', 'attachment; filename="report.pdf; size=3', 'report.pdf'],
  ['escaped quotes', 'attachment; filename="a \\"b\\" c.txt"', 'a "b" c.txt'],
  ['a path of Windows', 'attachment; filename="C:\\temp\\a.txt"', 'C:\\temp\\a.txt'],
  ['an encoded word', 'attachment; filename="=?utf-8?B?w6QucGRm?="', 'ä.pdf'],
  ['an encoded word without quotes', 'attachment; filename==?koi8-r?B?89DJ08/LLmRvYw==?=', 'Список.doc'],
  ['two encoded words', 'attachment; filename="=?utf-8?Q?a=C3?= =?utf-8?Q?=A4.pdf?="', 'aä.pdf'],
  ['RFC 2231', "attachment; filename*=utf-8'de'%C3%A4%20b.pdf", 'ä b.pdf'],
  ['RFC 2231 continued', "attachment; filename*1*=%A4.pdf; filename*0*=utf-8''a%C3", 'aä.pdf'],
  ['RFC 2231 continued, not encoded', 'attachment; filename*0="first "; filename*1="second.txt"', 'first second.txt'],
  ['RFC 2231 over the plain form', "attachment; filename=a.pdf; filename*=utf-8''%C3%A4.pdf", 'ä.pdf'],
  ['raw UTF-8', Buffer.from('attachment; filename="ä.pdf"').toString('latin1'), 'ä.pdf'],
])('a parameter with %s', (_name, field, expected) => {
  expect(parseParameterized(field).params.get('filename')).toBe(expected);
});

test('a forgotten semicolon costs no parameter', () => {
  const { value, params } = parseParameterized('text/plain charset=utf-8; format=flowed');
  expect([value, params.get('charset'), params.get('format')]).toEqual(['text/plain', 'utf-8', 'flowed']);
});
