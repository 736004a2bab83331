// tkt list: which tickets there are.

import type { Command } from 'commander';
import type { Context } from '../context.ts';
import type { Ticket } from '../domain/ticket.ts';
import { UsageError } from '../errors.ts';
import { countOf, formatCount } from '../render/size.ts';
import {
  ticketCsvNames,
  ticketFields,
  ticketJsonNames,
  ticketTableNames,
  ticketTsvNames,
} from '../render/ticket-fields.ts';
import { chooseFields, type RowShape, writeRows } from '../render/writer.ts';
import { addFilterOptions, type FilterFlags, readFilter } from './filter-options.ts';
import { addLimitOption, type LimitFlags, terminalRows } from './limited-rows.ts';
import { addExamples, addOutputOptions, oneOf, readCount, readOutputChoice } from './output-options.ts';

export const ticketShape: RowShape<Ticket> = {
  fields: ticketFields,
  jsonNames: ticketJsonNames,
  tableNames: ticketTableNames,
  tsvNames: ticketTsvNames,
  csvNames: ticketCsvNames,
};

interface ListFlags extends FilterFlags, LimitFlags {
  sort?: string;
  count?: true;
}

export function addListCommand(program: Command, context: Context): void {
  const command = program
    .command('list')
    .alias('ls')
    .description('list tickets: those that wait on staff first, then by priority, then by how long they wait');
  addFilterOptions(command, 'open,pending');
  command.option(
    '--sort <field>',
    'a field, with :asc or :desc (default: see above; with --search the best matches first)',
  );
  addLimitOption(command, 'tickets').option('--count', 'print how many there are, and nothing else');
  addOutputOptions(command);
  addExamples(command, [
    ['tkt list', 'what is open or pending'],
    ['tkt list --mine --overdue', 'what I owe'],
    [
      'tkt list --all --search "invoice" --since 4w',
      'tickets of four weeks that speak of an invoice, the best matches first',
    ],
    ['tkt list --unassigned --fields number | tkt assign - alice', 'give alice all that nobody has'],
    ['tkt list --json number,subject,requester.email', 'data for jq'],
    ['tkt list --all -o csv > tickets.csv', 'everything, for a spreadsheet'],
  ]);
  command.action((flags: ListFlags) => runList(context, flags));
}

async function runList(context: Context, flags: ListFlags): Promise<void> {
  const choice = readOutputChoice(context, flags);
  chooseFields(ticketShape, choice);
  const limit = flags.limit === undefined ? undefined : readCount('--limit', flags.limit);
  const filter = await readFilter(context, flags, ['open', 'pending']);
  const { countQuickly, countTickets, listTickets, sortFields } = await import('../store/list.ts');
  const sort = flags.sort === undefined ? {} : { sort: readSort(flags.sort, sortFields) };
  const db = await context.database();
  if (flags.count) {
    context.stdout.write(`${await countTickets(db, filter)}\n`);
    return;
  }
  const isTable = context.stdout.isTerminal && choice.format === 'table';
  const most = limit ?? (isTable ? terminalRows : undefined);
  const tickets = listTickets(db, filter, { ...sort, ...(most === undefined ? {} : { limit: most }) });
  const written = await writeRows(context, tickets, ticketShape, choice);
  if (!isTable) return;
  if (written === 0)
    context.log.info(
      flags.all || flags.status ? 'No tickets match.' : 'No tickets match. --all takes in resolved and closed ones.',
    );
  if (written !== most) return;
  const total = await countQuickly(db, filter);
  if (total === null) {
    context.stdout.write(`the first ${countOf(written, 'ticket')} of very many; --limit N shows more\n`);
  } else if (total > written) {
    context.stdout.write(`${formatCount(written)} of ${countOf(total, 'ticket')}; --limit N shows more\n`);
  }
}

/** `createdAt`, `priority:desc`. Throws UsageError with the names there are. */
function readSort<Name extends string>(text: string, names: readonly Name[]): { field: Name; descending: boolean } {
  const [name = '', direction = 'asc', ...more] = text.split(':');
  const field = names.find((known) => known.toLowerCase() === name.toLowerCase());
  if (field === undefined || more.length > 0) {
    throw new UsageError(`--sort: ${JSON.stringify(text)} is none of ${names.join(', ')}, with :asc or :desc`);
  }
  return { field, descending: oneOf('--sort', direction, ['asc', 'desc'] as const) === 'desc' };
}
