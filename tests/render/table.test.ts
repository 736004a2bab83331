import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import type { Field } from '../../src/render/fields.ts';
import { formatTable } from '../../src/render/table.ts';
import { displayWidth } from '../../src/render/width.ts';
import { growth, linearGrowth } from '../support/cpu-time.ts';

interface Row {
  number: number;
  text: string;
}

const fields: Array<Field<Row>> = [
  { name: 'number', value: (row) => row.number },
  { name: 'text', value: (row) => row.text, minWidth: 5, style: (row) => (row.number % 2 === 0 ? 'bold' : null) },
];

const makeRows = (count: number) => Array.from({ length: count }, (_, number) => ({ number, text: `row ${number}` }));

const plain = { now: new Date(0), width: null, mayDrop: false, paint: (_style: unknown, text: string) => text };

test('a table has the same columns all the way down, however many rows it has', () => {
  const { text } = formatTable([...makeRows(25), { number: 12345, text: 'wide: 日本' }], fields, plain);
  const lines = text.split('\n').slice(0, -1);
  expect(lines).toHaveLength(27);
  expect(lines.slice(0, 2)).toEqual(['NUMBER  TEXT', '0       row 0']);
  expect(lines.at(-1)).toBe('12345   wide: 日本');
  expect(new Set(lines.slice(1, -1).map((line) => line.indexOf('row')))).toEqual(new Set([8]));
});

test('colours do not count as width', () => {
  const paint = (style: unknown, text: string) => (style === null ? text : `\u001b[1m${text}\u001b[22m`);
  const { text } = formatTable(makeRows(12), [...fields].reverse(), { ...plain, paint });
  const places = text
    .replaceAll(/\u001b\[\d+m/g, '')
    .split('\n')
    .slice(1, -1)
    .map((line) => /\d+$/.exec(line)?.index);
  expect(new Set(places)).toEqual(new Set([8]));
});

test('a long table takes no quadratic time', async () => {
  expect(await growth((size) => () => formatTable(makeRows(size), fields, plain), 1_000)).toBeLessThan(linearGrowth);
});

test('each letter has the width that string-width gives it', () => {
  const different: string[] = [];
  for (let code = 0x20; code <= 0xffff; code++) {
    const letter = String.fromCharCode(code);
    if (code >= 0xd800 && code <= 0xdfff) continue;
    if (displayWidth(letter) !== stringWidth(letter)) different.push(code.toString(16));
  }
  expect(different).toEqual([]);
});
