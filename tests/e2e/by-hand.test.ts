// What staff types or pipes into tkt, without any server: texts from standard input, and what is refused.

import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TicketDetails } from '../../src/domain/ticket.ts';
import { number } from '../support/mail-desk.ts';
import { type Installation, installTkt } from '../support/tkt.ts';

let tkt: Installation;
const show = (seq: number) => tkt.json<TicketDetails>(['show', number(seq), '--json']);

beforeAll(async () => {
  tkt = await installTkt({ supportEmail: 'support@example.test' });
  await tkt.ok(['agent', 'add', 'alice', '--name', 'Alice', '--email', 'alice@desk.test']);
  await tkt.ok(['new', '--from', 'ann@client.test', '--subject', 'Printer', '-', '--no-reply'], {
    input: 'No toner.\n',
  });
});
afterAll(() => tkt.remove());

test.each([
  ['no option at all', []],
  ['-', ['-']],
  ['-F -', ['-F', '-']],
  ['both', ['-', '-F', '-']],
])('the text of a comment comes from standard input with %s', async (_name, args) => {
  const input = `said with ${args.join(' ')}\n\n`;
  await tkt.ok(['comment', '1', ...args, '--internal', '--as', 'alice'], { input });
  expect((await show(1)).entries.at(-1)).toMatchObject({ type: 'note', body: input.trim() });
});

test.each([
  ['a word', ['1', 'hello'], 'unexpected "hello"'],
  ['- and -m', ['1', '-', '-m', 'x'], '-m and -F'],
  ['- and a file', ['1', '-', '-F', 'x.txt'], '- and -F'],
  ['- for tickets and text', ['-', '-'], 'standard input names the tickets'],
])('%s is a usage error', async (_name, args, message) => {
  const { code, stderr } = await tkt.run(['comment', ...args, '--as', 'alice'], { input: '1\n' });
  expect({ code, stderr }).toEqual({ code: 64, stderr: expect.stringContaining(message) });
});

test.each(['/dev/zero', '.', 'gone.txt', ''])('%j cannot be attached, and nothing is done', async (file) => {
  const before = (await show(1)).entryCount;
  const { code, stdout, stderr } = await tkt.run(['comment', '1', '-m', 'x', '--attach', file, '--as', 'alice']);
  expect({ code, stdout, stderr }).toEqual({ code: 1, stdout: '', stderr: expect.stringContaining('cannot attach') });
  expect((await show(1)).entryCount).toBe(before);
});

test('nobody opens a ticket for a support address: its automatic reply would come to ourselves', async () => {
  for (const from of ['support@example.test', 'Us <Support+x@example.test>']) {
    const { code, stderr } = await tkt.run(['new', '--from', from, '--subject', 'x', '-m', 'y']);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('is a support address') });
  }
  expect(await tkt.json(['outbox', '--json'])).toEqual([]);
});

test('the help of every command has examples, and an error in its command line says where that help is', async () => {
  const subcommands = {
    agent: ['add', 'list', 'remove'],
    outbox: ['list', 'retry', 'drop'],
    quarantine: ['list', 'show', 'release', 'drop'],
  };
  for (const [parent, names] of Object.entries(subcommands)) {
    for (const name of names) {
      expect(await tkt.ok([parent, name, '--help']), name).toContain('\nExamples:\n');
      const { code, stderr } = await tkt.run([parent, name, '--nonsense']);
      expect({ code, stderr }).toEqual({ code: 64, stderr: expect.stringContaining(`tkt help ${parent} ${name} `) });
    }
  }
});

test('where poll is switched off, what waits is said to go by hand', async () => {
  const { code, stderr } = await tkt.run(['comment', '1', '-m', 'Toner is on its way.', '--as', 'alice']);
  expect(code).toBe(0);
  expect(stderr).toContain(
    'a mail waits in the outbox; tkt outbox retry --all, or with "enabled" the next poll, sends it',
  );
});

test('with log.format "json" what receive says is JSON to its last word; what a person runs speaks to a person', async () => {
  await tkt.configure({ supportEmail: 'support@example.test', log: { format: 'json' } });
  const { code, stderr } = await tkt.run(['receive'], { input: 'no mail at all' });
  expect(code).toBe(65);
  expect(JSON.parse(stderr)).toMatchObject({
    level: 'error',
    message: expect.stringContaining('tkt: standard input is no mail'),
  });
  expect((await tkt.run(['show', '99'])).stderr).toMatch(/^tkt: no such ticket: 99/);
  expect((await tkt.run(['comment', '1', '-m', 'x', '--as', 'alice'])).stderr).toMatch(/^\[email\] /);
});
