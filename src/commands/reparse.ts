// tkt reparse: the stored messages read again by this version of tkt. The raw message is the truth; text is derived from it.

import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { sayChange } from './change.ts';
import { addExamples } from './output-options.ts';
import { forEachTicket, ticketArgument } from './ticket-arg.ts';

export function addReparseCommand(program: Command, context: Context): void {
  const command = program
    .command('reparse')
    .argument('[tickets...]', `${ticketArgument}; none: all tickets`)
    .description('read the stored messages again, after an upgrade that understands mail better');
  addExamples(command, [
    ['tkt reparse 42', 'one ticket'],
    ['tkt list --since 7d --all --fields number | tkt reparse -', 'those of a week'],
    ['tkt reparse', 'all of them'],
  ]);
  command.action((tickets: string[]) => runReparse(context, tickets));
}

async function runReparse(context: Context, args: string[]): Promise<void> {
  const { openPipeline } = await import('../pipeline/open.ts');
  const { reparseEntries } = await import('../pipeline/reparse.ts');
  const ids: number[] = [];
  for (const arg of args) {
    await forEachTicket(context, arg, async ({ id }) => {
      ids.push(id);
    });
  }
  const deps = await openPipeline(context);
  try {
    const { read, changed } = await reparseEntries(deps, args.length > 0 ? ids : null);
    sayChange(context, `read ${read} messages again; ${changed} look different now`);
  } finally {
    await deps.reader.close();
  }
}
