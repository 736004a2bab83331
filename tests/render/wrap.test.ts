import { expect, test } from 'vitest';
import { displayWidth, takeColumns, truncate } from '../../src/render/width.ts';
import { wrapText } from '../../src/render/wrap.ts';
import { cpuTime } from '../support/cpu-time.ts';

test.each([
  ['short', 10, 'short'],
  ['exactly 10', 10, 'exactly 10'],
  ['a little too long', 10, 'a little…'],
  ['日本語のタイトル', 7, '日本語…'],
  ['日本語', 6, '日本語'],
  ['👩‍👩‍👧‍👦 family of four', 6, '👩‍👩‍👧‍👦 fa…'],
])('%s cut to %i columns is %s', (text, columns, expected) => {
  const cut = truncate(text, columns);
  expect(cut).toBe(expected);
  expect(displayWidth(cut)).toBeLessThanOrEqual(columns);
});

test('half of a wide character is never taken', () => {
  expect(takeColumns('日本語', 3)).toBe('日');
});

test.each([
  ['one two three four', 10, ['one two', 'three four']],
  ['', 10, ['']],
  ['keeps\n\nblank lines', 20, ['keeps', '', 'blank lines']],
  ['> quoted words that go on', 14, ['> quoted words', '> that go on']],
  ['    indented code that is long', 16, ['    indented', '    code that is', '    long']],
  [
    'see https://example.com/a/very/long/path/indeed now',
    20,
    ['see', 'https://example.com/a/very/long/path/indeed', 'now'],
  ],
  ['日本語日本語日本語', 10, ['日本語日本', '語日本語']],
  ['a\tb', 20, ['a       b']],
  ['\tb', 20, ['        b']],
])('%j wrapped', (text, columns, expected) => {
  expect(wrapText(text, columns)).toEqual(expected);
});

test.each([
  ['one word without a space', 'x'.repeat(400_000)],
  ['wide characters', '語'.repeat(100_000)],
  ['tabs', '\t'.repeat(50_000)],
  ['a million words', 'ab '.repeat(300_000)],
  ['a deep quote', '> '.repeat(200_000)],
])('a long line takes no quadratic time: %s', async (_name, text) => {
  expect(await cpuTime(() => [wrapText(text, 80), truncate(text, 80)], 1)).toBeLessThan(3_000);
});
