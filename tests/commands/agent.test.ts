import { afterEach, beforeEach, expect, test } from 'vitest';
import { addAgentCommand } from '../../src/commands/agent.ts';
import { addSetStatusCommand } from '../../src/commands/set.ts';
import { addTagCommand } from '../../src/commands/tag.ts';
import { getTicketDetails } from '../../src/store/tickets.ts';
import { type Bench, openBench, pinnedNow } from '../support/context.ts';
import { seedTicket } from '../support/tickets.ts';

let bench: Bench;
const agent = (...argv: string[]) => bench.run(addAgentCommand, ['agent', ...argv]);

beforeEach(async () => {
  bench = await openBench();
});
afterEach(() => bench.close());

test('an agent is added, listed and removed, in a line or as JSON', async () => {
  const alice = { login: 'alice', name: 'Alice Smith', email: 'alice@example.org' };
  expect(await agent('add', 'alice', '--name', 'Alice Smith', '--email', 'Alice@example.org')).toMatchObject({
    code: 0,
    stdout: 'added agent alice: Alice Smith <alice@example.org>\n',
  });
  expect(JSON.parse((await agent('list', '--json')).stdout)).toEqual([alice]);
  expect(await agent()).toMatchObject({ code: 0, stdout: 'alice\tAlice Smith\talice@example.org\n' });
  expect(JSON.parse((await agent('remove', 'alice', '--json')).stdout)).toEqual(alice);
  expect(await agent('remove', 'alice')).toMatchObject({ code: 1, stderr: 'tkt: no such agent: alice\n' });
  expect(JSON.parse((await agent('add', 'alice', '--name', 'Alice', '--email', 'a@x.org', '--json')).stdout)).toEqual({
    ...alice,
    name: 'Alice',
    email: 'a@x.org',
  });
});

test.each(['support@example.com', 'SUPPORT@example.com', 'support+alice@example.com'])(
  'mail to %s comes to us, so it is no agent’s',
  async (email) => {
    const { code, stderr } = await agent('add', 'alice', '--name', 'Alice', '--email', email);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('is a support address') });
  },
);

test('a word that is no subcommand names the nearest one', async () => {
  const { code, stderr } = await agent('lst');
  expect(code).toBe(64);
  expect(stderr).toContain('agent lst; did you mean list?');
});

test('--as somebody who is no agent changes nothing; without it the history has the name of the user', async () => {
  const { id, number } = await seedTicket(bench.db);
  for (const [add, argv] of [
    [addSetStatusCommand, ['set-status', number, 'closed', '--as', 'ghost']],
    [addTagCommand, ['tag', '--as', 'ghost', '--', number, '+vip']],
  ] as const) {
    const { code, stdout, stderr } = await bench.run(add, [...argv]);
    expect({ code, stdout, stderr }).toEqual({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('no agent "ghost"'),
    });
  }
  expect((await getTicketDetails(bench.db, id, pinnedNow)).events.map(({ type }) => type)).toEqual(['created']);
  const env = { TKT_AGENT: 'guest' };
  expect((await bench.run(addSetStatusCommand, ['set-status', number, 'closed'], { env })).code).toBe(0);
  expect((await getTicketDetails(bench.db, id, pinnedNow)).events.at(-1)).toMatchObject({ by: 'guest', to: 'closed' });
});
