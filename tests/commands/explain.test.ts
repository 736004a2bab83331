import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addExplainCommand } from '../../src/commands/explain.ts';
import { type Bench, openBench } from '../support/context.ts';

let bench: Bench;
let good: string;
const explain = (...argv: string[]) => bench.run(addExplainCommand, ['explain', ...argv]);

beforeAll(async () => {
  bench = await openBench();
  good = join(bench.folder, 'good.eml');
  writeFileSync(good, 'From: ann@example.com\nSubject: Printer\n\nOut of toner.\n');
});
afterAll(() => bench.close());

test('a file that cannot be read is named, the others are explained, and the exit code is 1', async () => {
  const { code, stdout, stderr } = await explain(join(bench.folder, 'gone.eml'), good, bench.folder, good);
  expect(code).toBe(1);
  expect(stdout.match(/good\.eml: a new ticket/g)).toHaveLength(2);
  expect(stderr.trimEnd().split('\n')).toEqual([
    expect.stringContaining('gone.eml: no such file or directory'),
    expect.stringContaining(`cannot read ${bench.folder}: illegal operation on a directory`),
  ]);
});

test('what is printed as JSON is an array also where a file cannot be read', async () => {
  const { code, stdout } = await explain('--json', good, join(bench.folder, 'gone.eml'));
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject([{ file: good, outcome: 'ticket' }]);
  expect(JSON.parse((await explain('--json', join(bench.folder, 'gone.eml'))).stdout)).toEqual([]);
});

test('an object of --json has the keys of the contract', async () => {
  const [object] = JSON.parse((await explain('--json', good)).stdout);
  expect(Object.keys(object)).toEqual(
    `file from subject messageId class automatic mayRespond body fullBody signature forwarded bounce attachments outcome ticket
     reasons`.split(/\s+/),
  );
});
