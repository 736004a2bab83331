import { describe, expect, test } from 'vitest';
import { formatCsvRecord, formatTsvLine } from '../../src/render/delimited.ts';

describe('TSV', () => {
  test.each([
    ['plain', 'a'],
    ['a\tb', 'a\\tb'],
    ['a\nb\r\nc', 'a\\nb\\r\\nc'],
    ['C:\\temp', 'C:\\\\temp'],
    ['\\n is not a newline', '\\\\n is not a newline'],
    ['\u001b]52;c;aGk=\u0007', '\\x1b]52;c;aGk=\\x07'],
    ['\u009b31m', '\\x9b31m'],
    ['abc\u202etxt', 'abc\\u202etxt'],
    ['line\u2028sep', 'line\\u2028sep'],
    ['\ud800 alone', '\ufffd alone'],
    ['Grüße 日本語 🎉', 'Grüße 日本語 🎉'],
  ])('%j is written %j', (cell, expected) => {
    expect(formatTsvLine([cell === 'plain' ? 'a' : cell])).toBe(`${expected}\n`);
  });

  test('cells are parted by tabs, empty ones too', () => {
    expect(formatTsvLine(['1', '', 'x'])).toBe('1\t\tx\n');
  });
});

describe('CSV', () => {
  const record = (...texts: string[]) => formatCsvRecord(texts.map((text) => ({ text, defuse: true })));

  test.each([
    ['a,b', '"a,b"'],
    ['say "hi"', '"say ""hi"""'],
    ['two\nlines', '"two\nlines"'],
    [' padded', '" padded"'],
    ['=1+1', "'=1+1"],
    ['+49 170', "'+49 170"],
    ['-2', "'-2"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\t=1', "'\t=1"],
    ['\r=1', "'\\x0d=1"],
    ['\u200b=cmd', "'=cmd"],
    ['\uff1d1', "'\uff1d1"],
    ['=HYPERLINK("http://evil.test","x")', `"'=HYPERLINK(""http://evil.test"",""x"")"`],
    ['\u001b[2J', '\\x1b[2J'],
    ['a-b', 'a-b'],
  ])('%j is written %j', (text, expected) => {
    expect(record(text)).toBe(`${expected}\r\n`);
  });

  test('a number is no formula', () => {
    expect(formatCsvRecord([{ text: '-5', defuse: false }])).toBe('-5\r\n');
  });
});
