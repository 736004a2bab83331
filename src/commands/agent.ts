// tkt agent: the people who answer.

import type { Command } from 'commander';
import type { Context } from '../context.ts';
import type { Agent } from '../domain/ticket.ts';
import { RefusedError, UsageError } from '../errors.ts';
import { pickValues, plainShape, writeRows } from '../render/writer.ts';
import { parsePerson, refuseSupportAddress } from './addresses.ts';
import { printJson, sayChange } from './change.ts';
import { addDefaultList } from './default-list.ts';
import { addExamples, addJsonOption, addOutputOptions, type OutputFlags, readOutputChoice } from './output-options.ts';

const shape = plainShape<Agent>([
  { name: 'login', value: (agent) => agent.login },
  { name: 'name', value: (agent) => agent.name },
  { name: 'email', value: (agent) => agent.email },
]);

export function addAgentCommand(program: Command, context: Context): void {
  const agent = program.command('agent').description('the people who answer: add, list, remove');
  addExamples(agent, [
    ['tkt agent add alice --name "Alice Smith" --email alice@example.com', ''],
    ['tkt agent list --json', ''],
    ['tkt agent remove alice', 'what she wrote stays'],
  ]);
  const add = addJsonOption(agent.command('add'), '--json', 'print the agent')
    .argument('<login>', 'short name: letters, digits, . _ -')
    .description('add an agent')
    .requiredOption('--name <name>', 'the name that clients see')
    .requiredOption('--email <address>', 'where notifications go, and whence answers by mail come');
  addExamples(add, [['tkt agent add "$USER" --name "Alice Smith" --email alice@example.com', 'add yourself']]);
  add.action((login: string, flags: AddFlags) => runAdd(context, login, flags));

  const list = addOutputOptions(addDefaultList(agent, 'list the agents'));
  addExamples(list, [['tkt agent list --fields login', '']]);
  list.action((flags: OutputFlags) => runList(context, flags));

  const remove = addJsonOption(agent.command('remove'), '--json', 'print who was removed')
    .argument('<login>')
    .description(
      'remove an agent: they get no more mail; what they wrote stays, and who had a ticket still stands on it',
    );
  addExamples(remove, [['tkt agent remove alice', '']]);
  remove.action((login: string, flags: { json?: true }) => runRemove(context, login, flags));
}

interface AddFlags {
  name: string;
  email: string;
  json?: true;
}

/** `me` and `none` mean something to `assign`. */
const reserved = new Set(['me', 'none']);

async function runAdd(context: Context, login: string, flags: AddFlags): Promise<void> {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(login) || reserved.has(login)) {
    throw new UsageError(`${JSON.stringify(login)} cannot be a login: letters, digits, . _ - and neither me nor none`);
  }
  const { email } = parsePerson('--email', flags.email);
  const name = flags.name.replace(/\s+/g, ' ').trim();
  if (name === '') throw new UsageError('--name: expected a name');
  const { addAgent } = await import('../store/agents.ts');
  const { transaction } = await import('../store/database.ts');
  refuseSupportAddress(context, email, 'an agent needs an address of their own');
  await transaction(await context.database(), (trx) =>
    addAgent(trx, { login, name, email }, context.now().toISOString()),
  );
  if (flags.json) await printAgent(context, { login, name, email });
  else sayChange(context, `added agent ${login}: ${name} <${email}>`);
}

async function runList(context: Context, flags: OutputFlags): Promise<void> {
  const { listAgents } = await import('../store/agents.ts');
  const agents = await listAgents(await context.database());
  await writeRows(context, agents, shape, readOutputChoice(context, flags));
  if (agents.length === 0 && context.stdout.isTerminal)
    context.log.info('No agents yet: tkt agent add LOGIN --name NAME --email ADDRESS');
}

async function runRemove(context: Context, login: string, flags: { json?: true }): Promise<void> {
  const { findAgent, removeAgent } = await import('../store/agents.ts');
  const { transaction } = await import('../store/database.ts');
  const removed = await transaction(await context.database(), async (trx) => {
    const agent = await findAgent(trx, login);
    await removeAgent(trx, login, context.now().toISOString());
    return agent;
  });
  if (!removed) throw new RefusedError(`no such agent: ${login}`);
  if (flags.json) await printAgent(context, removed);
  else sayChange(context, `removed agent ${login}`);
}

function printAgent(context: Context, agent: Agent): Promise<void> {
  return printJson(context, pickValues(agent, shape.fields));
}
