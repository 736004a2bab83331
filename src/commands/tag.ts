// tkt tag: free words on a ticket.

import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import { addChangeOptions, type ChangeFlags, changedBy, changeTickets } from './change.ts';
import { addExamples } from './output-options.ts';
import { ticketArgument } from './ticket-arg.ts';

export function addTagCommand(program: Command, context: Context): void {
  const command = program
    .command('tag')
    .argument('<ticket>', ticketArgument)
    .argument('<tags...>', '+NAME adds, -NAME takes away')
    .description('add tags to a ticket, or take them away');
  addChangeOptions(command);
  addExamples(command, [
    ['tkt tag 42 +vip +printer -new', 'several at once'],
    ['tkt list --search printer --fields number | tkt tag - +printer', 'all that a search finds'],
  ]);
  command.action((ticket: string, tags: string[], flags: ChangeFlags) => runTag(context, ticket, tags, flags));
}

interface TagChange {
  add: boolean;
  name: string;
}

function parseTag(text: string): TagChange {
  const match = /^([+-])([\p{L}\p{N}][\p{L}\p{N}._:/-]{0,63})$/u.exec(text);
  if (!match?.[2]) {
    throw new UsageError(`${JSON.stringify(text)}: expected +NAME or -NAME; a name has letters, digits and . _ : / -`);
  }
  return { add: match[1] === '+', name: match[2].toLowerCase() };
}

async function runTag(context: Context, arg: string, texts: string[], flags: ChangeFlags): Promise<void> {
  const tags = texts.map(parseTag);
  const by = await changedBy(context, flags);
  const { addTag, removeTag } = await import('../store/tickets.ts');
  await changeTickets(context, arg, flags, async (trx, ticket) => {
    const done: string[] = [];
    for (const { add, name } of tags) {
      const change = add ? addTag : removeTag;
      if (await change(trx, ticket.id, name, by, context.now().toISOString())) done.push(`${add ? '+' : '-'}${name}`);
    }
    return done.length > 0 ? `tags ${done.join(' ')}` : 'tags were so already';
  });
}

const withValue = new Set(['--as', '--config']);

/**
 * `tkt tag 42 -new`: commander would take -new for options. Tags go behind a `--`, real options before it.
 * Gives other command lines back as they are.
 */
export function separateTags(argv: readonly string[]): string[] {
  const at = argv.findIndex((arg, index) => !arg.startsWith('-') && !withValue.has(argv[index - 1] ?? ''));
  if (argv[at] !== 'tag' || argv.includes('--')) return [...argv];
  const options: string[] = [];
  const rest: string[] = [];
  for (let index = at + 1; index < argv.length; index++) {
    const arg = argv[index] ?? '';
    if (arg.startsWith('--') || arg === '-h') {
      options.push(arg);
      if (withValue.has(arg)) options.push(argv[++index] ?? '');
    } else {
      rest.push(arg);
    }
  }
  return [...argv.slice(0, at + 1), ...options, '--', ...rest];
}
