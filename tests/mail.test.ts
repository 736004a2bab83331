// tkt's own mails: one pair of files in tests/mail/FOLDER for each rule, read by the function behind `tkt explain`.
//
//   NAME.eml           a whole message, byte for byte;  NAME.txt, NAME.html  a body of text or HTML alone
//   NAME.json          what of the explanation is asked: any of its keys. A text may be a list of its lines. Of attachments
//                      each key that is there is compared. `given`: the subject of a body, and whether it is read --as-reply.

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Explainer, openExplainer, wrapInMessage } from '../bench/corpus-answers.ts';
import { explainMessage } from '../src/pipeline/explain.ts';

const root = fileURLToPath(new URL('./mail', import.meta.url));
const isInput = (file: string): boolean => /\.(?:eml|txt|html)$/.test(file);
const nameOf = (file: string): string => file.replace(/\.\w+$/, '');

interface Given {
  subject?: string;
  asReply?: boolean;
}

let explainer: Explainer;
beforeAll(async () => {
  explainer = await openExplainer();
});
afterAll(async () => {
  await explainer.close();
});

describe.each(readdirSync(root))('tests/mail/%s', (folder) => {
  const files = readdirSync(`${root}/${folder}`);

  test('every mail has its expected result, and the other way round', () => {
    const names = files.filter(isInput).map(nameOf);
    const results = files.filter((file) => file.endsWith('.json')).map(nameOf);
    expect(results.toSorted()).toEqual(names.toSorted());
    expect(files).toHaveLength(names.length * 2);
  });

  test.each(files.filter(isInput))('%s', async (file) => {
    const { given = {}, ...expected } = readExpected(`${root}/${folder}/${nameOf(file)}.json`);
    expect(Object.keys(expected)).not.toEqual([]);
    const raw = wrap(readFileSync(`${root}/${folder}/${file}`), file, given);
    const explanation = await explainMessage(explainer, raw, { file, asReply: given.asReply === true });
    for (const [key, value] of Object.entries(expected)) {
      const got: unknown = Reflect.get(explanation, key);
      if (key === 'attachments') expect({ attachments: got }).toMatchObject({ attachments: value });
      else expect({ [key]: got }).toEqual({ [key]: value });
    }
  });
});

function wrap(content: Buffer, file: string, { subject = 'Printer' }: Given): Buffer {
  if (file.endsWith('.eml')) return content;
  return wrapInMessage(content, file.endsWith('.html') ? 'html' : 'text', subject);
}

/** The file, with lists of lines joined to texts. */
function readExpected(path: string): Record<string, unknown> & { given?: Given } {
  return JSON.parse(readFileSync(path, 'utf8'), (_key, value: unknown) =>
    Array.isArray(value) && value.length > 0 && value.every((line) => typeof line === 'string')
      ? value.join('\n')
      : value,
  );
}
