import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseJson } from '../../src/config/json.ts';

test.each([
  ['', 'line 1, column 1: the file ends in the middle'],
  ['{', 'line 1, column 2: expected a key in double quotation marks'],
  ['{"a": 1,}', 'line 1, column 8: a comma before the closing bracket is one too many'],
  ['[1, 2,\n]', 'line 1, column 6: a comma before the closing bracket is one too many'],
  ['{\n  "a": 1\n  "b": 2\n}', 'line 3, column 3: expected a comma or }'],
  ['{"a" 1}', 'line 1, column 6: expected a colon'],
  ["{'a': 1}", 'line 1, column 2: expected a key in double quotation marks'],
  ['{"a": \'b\'}', 'line 1, column 7: texts are in double quotation marks'],
  ['{"a": "b}', 'line 1, column 7: expected a text closed by a quotation mark on the same line'],
  ['{"a": yes}', 'line 1, column 7: expected a value'],
  ['{"a": 01}', 'line 1, column 8: expected a comma or }'],
  ['{} {}', 'line 1, column 4: expected the end of the file'],
  ['{ # no\n}', 'line 1, column 3: expected a key in double quotation marks'],
  ['{ /* no */ }', 'line 1, column 3: JSON has no comments'],
])('%s', (text, expected) => {
  expect(() => parseJson(text)).toThrow(new SyntaxError(expected));
});

test('reads what JSON.parse reads, and finds a place in everything else', () => {
  const mangled = fc
    .tuple(fc.json(), fc.nat(), fc.string({ maxLength: 2 }))
    .map(([text, at, insert]) => text.slice(0, at % (text.length + 1)) + insert + text.slice(at % (text.length + 1)));
  fc.assert(
    fc.property(mangled, (text) => {
      let expected: unknown;
      try {
        expected = JSON.parse(text);
      } catch {
        expect(() => parseJson(text)).toThrow(/^line \d+, column \d+: (?!not valid JSON)/);
        return;
      }
      expect(parseJson(text)).toEqual(expected);
    }),
  );
});
