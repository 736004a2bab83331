// One command for many tickets, whose numbers come on standard input: some are changed together, and what is printed is done.

import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Installation, installTkt } from '../support/tkt.ts';

const count = 1000;

let tkt: Installation;

const numberOf = (seq: number) => `TKT-2024-${String(seq).padStart(5, '0')}`;

beforeEach(async () => {
  tkt = await installTkt({ supportEmail: 'support@example.test' });
  const tickets = Array.from({ length: count }, (_, index) => ({
    ...{ number: numberOf(index + 1), subject: `Ticket ${index + 1}`, createdAt: '2024-11-22T10:00:00.000Z' },
    requester: { email: `client${index}@client.test` },
  }));
  await tkt.ok(['import', '-'], { input: JSON.stringify(tickets) });
});
afterEach(() => tkt.remove());

async function listUrgent(): Promise<string[]> {
  const text = await tkt.ok(['list', '--all', '--priority', 'urgent', '--sort', 'createdAt:asc', '--fields', 'number']);
  return text.trim().split('\n');
}

test('each is changed once, in order, and those that there are not are named', async () => {
  const numbers = Array.from({ length: 130 }, (_, index) => numberOf(index + 1));
  const input = `${numbers.map((number) => `${number}\tmore\r\n`).join('')}\n${numberOf(9999)}\n#3\nnot one\n1000`;
  const { code, stdout, stderr } = await tkt.run(['set-priority', '-', 'urgent'], { input });
  expect(code).toBe(1);
  expect(stdout.trim().split('\n')).toEqual([
    ...numbers.map((number) => `${number}: priority is now urgent`),
    `${numberOf(3)}: priority was urgent already`,
    `${numberOf(1000)}: priority is now urgent`,
  ]);
  expect(stderr.trim().split('\n')).toEqual([
    expect.stringContaining(numberOf(9999)),
    expect.stringContaining('"not one" is no ticket number'),
  ]);
  expect((await listUrgent()).toSorted()).toEqual([...numbers, numberOf(1000)]);
  expect(JSON.parse(await tkt.ok(['set-priority', '-', 'low', '--json'], { input: '2\n1\n' }))).toMatchObject([
    { number: numberOf(2), priority: 'low' },
    { number: numberOf(1), priority: 'low' },
  ]);
});

test('one that is typed waits for no other', async () => {
  const child = tkt.start(['set-priority', '-', 'urgent']);
  child.stdin?.write('1');
  await sleep(100);
  child.stdin?.write('7\n');
  const [said] = await once(child.stdout ?? child, 'data');
  expect(String(said)).toBe(`${numberOf(17)}: priority is now urgent\n`);
  expect(await listUrgent()).toEqual([numberOf(17)]);
  child.stdin?.end();
  expect(await once(child, 'close')).toEqual([0, null]);
});

test('what was printed when it is killed is done, and others write meanwhile', async () => {
  const input = Array.from({ length: count }, (_, index) => `${index + 1}\n`).join('');
  const child = tkt.start(['tag', '-', '+vip']);
  let said = '';
  child.stdout?.on('data', (piece) => {
    said += String(piece);
    if (said.length > 5_000) child.kill('SIGKILL');
  });
  child.stdin?.on('error', () => {});
  child.stdin?.end(input);
  await Promise.all([once(child, 'close'), tkt.ok(['set-priority', '1000', 'urgent'])]);
  const tagged = (await tkt.ok(['list', '--all', '--tag', 'vip', '--fields', 'number'])).trim().split('\n');
  const printed = said
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split(':')[0]);
  expect(printed.length).toBeGreaterThan(50);
  expect(tagged).toEqual(expect.arrayContaining(printed));
  expect(await listUrgent()).toEqual([numberOf(1000)]);
});
