// tkt assign: gives a ticket to an agent, who gets a mail about it, or to nobody.

import type { Command } from 'commander';
import type { Context } from '../context.ts';
import type { Agent } from '../domain/ticket.ts';
import { RefusedError } from '../errors.ts';
import type { Database } from '../store/database.ts';
import { resolveActor } from './actor.ts';
import { addChangeOptions, type ChangeFlags, changedBy, changeTickets } from './change.ts';
import { addExamples } from './output-options.ts';
import { sendNow } from './send-now.ts';
import { ticketArgument } from './ticket-arg.ts';

export function addAssignCommand(program: Command, context: Context): void {
  const command = program
    .command('assign')
    .argument('<ticket>', ticketArgument)
    .argument('<agent>', 'login of an agent, me, or none')
    .description('give a ticket to an agent, who gets a mail about it; none takes it back');
  addChangeOptions(command);
  addExamples(command, [
    ['tkt assign 42 alice', 'to Alice'],
    ['tkt assign 42 me', 'to myself'],
    ['tkt list --unassigned --fields number | tkt assign - alice', 'all that nobody has'],
  ]);
  command.action((ticket: string, agent: string, flags: ChangeFlags) => runAssign(context, ticket, agent, flags));
}

async function runAssign(context: Context, arg: string, login: string, flags: ChangeFlags): Promise<void> {
  const agent = await resolveAssignee(context, login, flags);
  const by = await changedBy(context, flags);
  const { assign } = await import('../store/tickets.ts');
  const announce = agent && (await openAnnouncement(context, agent, by));
  await changeTickets(context, arg, flags, async (trx, ticket) => {
    const changed = await assign(trx, ticket.id, agent, by, context.now().toISOString());
    if (!changed) return agent ? `is assigned to ${agent.login} already` : 'is assigned to nobody already';
    if (!agent) return 'assigned to nobody';
    await announce?.queue(trx, ticket.id);
    return `assigned to ${agent.login}`;
  });
  await announce?.send();
}

/** The mails to the agent: queued with what they are about, sent when all that is done. */
async function openAnnouncement(context: Context, agent: Agent, by: string) {
  const { findAgent } = await import('../store/agents.ts');
  const { queueAssignment } = await import('../pipeline/notify.ts');
  const { openPipeline } = await import('../pipeline/open.ts');
  const deps = await openPipeline(context);
  const mails: number[] = [];
  return {
    // Also to who takes a ticket: the mail is what they answer the client by mail with.
    queue: async (trx: Database, ticketId: number) => {
      mails.push(...(await queueAssignment(trx, deps, ticketId, agent, (await findAgent(trx, by)) ?? by)));
    },
    send: () => sendNow(context, deps, mails),
  };
}

async function resolveAssignee(
  context: Context,
  login: string,
  flags: ChangeFlags,
): Promise<(Agent & { id: number }) | null> {
  if (login === 'none') return null;
  if (login === 'me') return resolveActor(context, flags.as);
  const { findAgent, listAgents } = await import('../store/agents.ts');
  const db = await context.database();
  const agent = await findAgent(db, login);
  if (agent) return agent;
  const known = (await listAgents(db)).map((one) => one.login);
  throw new RefusedError(
    known.length > 0
      ? `no such agent: ${login}; known: ${known.join(', ')}`
      : `no such agent: ${login}; there is none yet: tkt agent add ${login} --name NAME --email ADDRESS`,
  );
}
