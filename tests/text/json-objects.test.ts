import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { splitJsonObjects } from '../../src/text/json-objects.ts';

/** The objects in `text`, given in pieces of `size` bytes. */
async function split(text: string, size = 7): Promise<string[]> {
  async function* pieces() {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }
  return collect(splitJsonObjects(pieces()));
}

async function collect(source: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const text of source) all.push(text);
  return all;
}

describe('objects are cut out of', () => {
  test.each([
    ['lines', '{"a":1}\n{"b":2}\n', ['{"a":1}', '{"b":2}']],
    ['an array', '[\n{"a":1},\n{"b":2}\n]\n', ['{"a":1}', '{"b":2}']],
    ['lines with carriage returns', '{"a":1} \r\n{"b":2}\r\n', ['{"a":1}', '{"b":2}']],
    ['one line', '{"a":1}, {"b":2},{"c":{}}\n{"d":4}\n', ['{"a":1}', '{"b":2}', '{"c":{}}', '{"d":4}']],
    ['lines that end within an object', '{"a":{}\n,"b":{}}\n{"c":3}\n', ['{"a":{}\n,"b":{}}', '{"c":3}']],
    ['lines that are no JSON', '{a}\n{"b":2}\n', ['{a}', '{"b":2}']],
    ['an indented array', '[\n  {\n    "a": 1\n  }\n]', ['{\n    "a": 1\n  }']],
    ['one object', '{"a":{"b":[{}]}}', ['{"a":{"b":[{}]}}']],
    ['an empty array', '[]', []],
    ['nothing', '', []],
    ['a file with a byte order mark', '\ufeff{"a":1}', ['{"a":1}']],
    ['texts with braces and quotes', '{"a":"}{\\"}"}{"b":"\\\\"}', ['{"a":"}{\\"}"}', '{"b":"\\\\"}']],
  ])('%s', async (_name, text, objects) => {
    for (const size of [1, 2, 3, 1000]) expect(await split(text, size)).toEqual(objects);
  });

  test('any list of objects, in pieces of any size', async () => {
    const objects = fc.array(fc.dictionary(fc.string(), fc.jsonValue()));
    await fc.assert(
      fc.asyncProperty(objects, fc.integer({ min: 1, max: 50 }), async (list, size) => {
        const texts = list.map((value) => JSON.stringify(value));
        expect(await split(JSON.stringify(list), size)).toEqual(texts);
        expect(await split(texts.map((text) => `${text}\n`).join(''), size * 10)).toEqual(texts);
      }),
    );
  });
});

test.each([
  ['number,subject\n', 'expected a JSON object after 0 of them'],
  ['{"a":1}\nx', 'expected a JSON object after 1 of them'],
  ['{"a":1}\n{"b":', 'the JSON object after 1 of them has no end'],
])('%j is refused', async (text, message) => {
  await expect(split(text)).rejects.toThrow(message);
});
