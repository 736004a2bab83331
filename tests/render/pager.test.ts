import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { page } from '../../src/render/pager.ts';
import { type Bench, openBench } from '../support/context.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench.close());

test('on a terminal the text goes through $PAGER', async () => {
  const file = join(bench.folder, 'paged');
  const context = bench.context({ terminal: true, env: { ...process.env, PAGER: `cat > '${file}'` } });
  await page(context, 'a page\n');
  expect(readFileSync(file, 'utf8')).toBe('a page\n');
  expect(context.stdout.text()).toBe('');
});

test('a pager that quits before it has read all is no error', async () => {
  const context = bench.context({ terminal: true, env: { ...process.env, PAGER: 'true' } });
  await page(context, 'x'.repeat(1_000_000));
  expect(context.stdout.text()).toBe('');
});

test.each([
  ['set to nothing', { PAGER: '' }],
  ['cat', { PAGER: 'cat' }],
  ['not there', { PAGER: 'no-such-pager-anywhere 2> /dev/null' }],
  ['for a dumb terminal', { PAGER: 'true', TERM: 'dumb' }],
])('without a pager the text is printed: %s', async (_name, env) => {
  const context = bench.context({ terminal: true, env: { PATH: process.env.PATH, ...env } });
  await page(context, 'a page\n');
  expect(context.stdout.text()).toBe('a page\n');
});

test('a pipe never starts a pager', async () => {
  const context = bench.context({ env: { ...process.env, PAGER: 'false' } });
  await page(context, 'a page\n');
  expect(context.stdout.text()).toBe('a page\n');
});
