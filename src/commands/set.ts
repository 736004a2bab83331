// tkt set-priority, set-status, set-category: one field of one ticket, or of many.

import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { categories, priorities, statuses } from '../domain/ticket.ts';
import type { Database } from '../store/database.ts';
import { addChangeOptions, type ChangeFlags, changedBy, changeTickets } from './change.ts';
import { addExamples, oneOf } from './output-options.ts';
import { ticketArgument } from './ticket-arg.ts';

type Setter = (db: Database, ticketId: number, value: string, by: string, now: string) => Promise<boolean>;

interface Settable {
  field: 'priority' | 'status' | 'category';
  values: readonly string[];
  setter(): Promise<Setter>;
  examples: ReadonlyArray<readonly [string, string]>;
}

const priority: Settable = {
  field: 'priority',
  values: priorities,
  setter: async () => (await import('../store/tickets.ts')).setPriority as Setter,
  examples: [
    ['tkt set-priority 42 urgent', 'one ticket'],
    ['tkt list --search outage --fields number | tkt set-priority - high', 'all that a search finds'],
  ],
};

const status: Settable = {
  field: 'status',
  values: statuses,
  setter: async () => (await import('../store/tickets.ts')).setStatus as Setter,
  examples: [
    ['tkt set-status 42 resolved', 'done; a reply of the client opens it again'],
    [
      'tkt list --status resolved --until 4w --fields number | tkt set-status - closed',
      'all resolved ones that are over four weeks old',
    ],
  ],
};

const category: Settable = {
  field: 'category',
  values: categories,
  setter: async () => (await import('../store/tickets.ts')).setCategory as Setter,
  examples: [['tkt set-category 42 billing', 'one ticket']],
};

export const addSetPriorityCommand = adderOf(priority);
export const addSetStatusCommand = adderOf(status);
export const addSetCategoryCommand = adderOf(category);

function adderOf(settable: Settable): (program: Command, context: Context) => void {
  const { field, values, examples } = settable;
  return (program, context) => {
    const command = program
      .command(`set-${field}`)
      .argument('<ticket>', ticketArgument)
      .argument(`<${field}>`, values.join(', '))
      .description(`set the ${field} of a ticket: ${values.join(', ')}`);
    addChangeOptions(command);
    addExamples(command, examples);
    command.action((ticket: string, value: string, flags: ChangeFlags) =>
      runSet(context, settable, ticket, value, flags),
    );
  };
}

async function runSet(
  context: Context,
  settable: Settable,
  arg: string,
  text: string,
  flags: ChangeFlags,
): Promise<void> {
  const { field, values } = settable;
  const value = oneOf(field, text, values);
  const set = await settable.setter();
  const by = await changedBy(context, flags);
  await changeTickets(context, arg, flags, async (trx, ticket) =>
    (await set(trx, ticket.id, value, by, context.now().toISOString()))
      ? `${field} is now ${value}`
      : `${field} was ${value} already`,
  );
}
