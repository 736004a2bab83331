import { expect, test } from 'vitest';
import { RefusedError } from '../../src/errors.ts';
import { addAgent, findAgent, findAgentByEmail, listAgents, removeAgent } from '../../src/store/agents.ts';
import { assign, createTicket, getTicket } from '../../src/store/tickets.ts';
import { newTicket, noon, withStore } from '../support/store.ts';

const alice = { login: 'alice', name: 'Alice', email: 'Alice@example.com' };
const bob = { login: 'bob', name: 'Bob', email: 'bob@example.com' };

test('agents are listed by login and found by login, or by address in any case', () =>
  withStore(async ({ db }) => {
    await addAgent(db, bob, noon);
    await addAgent(db, alice, noon);
    expect(await listAgents(db)).toEqual([
      { id: 2, ...alice },
      { id: 1, ...bob },
    ]);
    expect(await findAgent(db, 'alice')).toEqual({ id: 2, ...alice });
    expect(await findAgentByEmail(db, 'alice@EXAMPLE.com')).toEqual({ id: 2, ...alice });
    expect(await findAgent(db, 'eve')).toBeUndefined();
  }));

test('a login or an address is taken once', () =>
  withStore(async ({ db }) => {
    await addAgent(db, alice, noon);
    await expect(addAgent(db, { ...bob, login: 'alice' }, noon)).rejects.toBeInstanceOf(RefusedError);
    await expect(addAgent(db, { ...bob, email: 'ALICE@example.com' }, noon)).rejects.toBeInstanceOf(RefusedError);
  }));

test('a removed agent is no longer found, keeps their tickets, and can come back', () =>
  withStore(async ({ db }) => {
    const agent = await addAgent(db, alice, noon);
    const { id } = await createTicket(db, newTicket(), noon);
    await assign(db, id, agent, 'bob', noon);
    expect([await removeAgent(db, 'alice', noon), await removeAgent(db, 'alice', noon)]).toEqual([true, false]);
    expect([await listAgents(db), await findAgent(db, 'alice')]).toEqual([[], undefined]);
    expect((await getTicket(db, id, noon)).assignee).toEqual(alice);
    await addAgent(db, { ...bob, email: alice.email }, noon);
    await expect(addAgent(db, alice, noon)).rejects.toBeInstanceOf(RefusedError);
    expect(await addAgent(db, { ...alice, email: 'a@example.com' }, noon)).toMatchObject({ id: agent.id });
  }));
