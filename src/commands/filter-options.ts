// The filters of list, stats and export, and what they come to for the store (CONTRACT §2).

import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { categories, priorities, statuses } from '../domain/ticket.ts';
import { UsageError } from '../errors.ts';
import type { AssigneeFilter, TicketFilter } from '../store/list.ts';
import { parseWhen, whenFormats } from '../text/when.ts';
import { resolveActor } from './actor.ts';
import { collectList, oneOf } from './output-options.ts';

export interface FilterFlags {
  status?: string[];
  all?: true;
  priority?: string[];
  category?: string[];
  assignee?: string[];
  mine?: true;
  unassigned?: true;
  requester?: string[];
  tag?: string[];
  waitingOn?: string;
  overdue?: true;
  search?: string;
  since?: string;
  until?: string;
  updatedSince?: string;
  as?: string;
}

/** Adds the filters. `defaultStatus` is for the help: what is chosen without --status and --all. */
export function addFilterOptions(command: Command, defaultStatus: string): Command {
  return command
    .option('--status <list>', `${statuses.join(', ')} (default: ${defaultStatus})`, collectList)
    .option('-a, --all', 'every status')
    .option('--priority <list>', priorities.join(', '), collectList)
    .option('--category <list>', categories.join(', '), collectList)
    .option('--assignee <list>', 'login of an agent, me, or none', collectList)
    .option('--mine', 'the same as --assignee me')
    .option('--unassigned', 'the same as --assignee none')
    .option('--requester <address>', 'of the client who opened it', collectList)
    .option('--tag <list>', 'that has all of these tags', collectList)
    .option('--waiting-on <who>', 'staff or client')
    .option('--overdue', 'past their due time')
    .option('--search <text>', 'full text over subject, bodies, names and addresses: words, "phrases", beginnings*')
    .option('--since <when>', `created at or after: ${whenFormats}`)
    .option('--until <when>', 'created at or before; a date includes its whole day')
    .option('--updated-since <when>', 'changed at or after')
    .option('--as <login>', 'who `me` is (default: TKT_AGENT, else the user of the system)');
}

/** What the flags ask of the store. Throws UsageError for a bad value, RefusedError where `me` is nobody. */
export async function readFilter(
  context: Context,
  flags: FilterFlags,
  defaultStatuses: TicketFilter['statuses'],
): Promise<TicketFilter> {
  const now = context.now();
  if (flags.all && flags.status) throw new UsageError('--all and --status contradict each other: give one of them');
  const chosen = flags.status?.map((text) => oneOf('--status', text, statuses));
  return dropUnset<TicketFilter>({
    now: now.toISOString(),
    statuses: flags.all ? undefined : (chosen ?? defaultStatuses),
    priorities: flags.priority?.map((text) => oneOf('--priority', text, priorities)),
    categories: flags.category?.map((text) => oneOf('--category', text, categories)),
    assignee: await readAssignees(context, flags),
    requester: flags.requester,
    tags: flags.tag,
    waitingOn:
      flags.waitingOn === undefined ? undefined : oneOf('--waiting-on', flags.waitingOn, ['staff', 'client'] as const),
    overdue: flags.overdue,
    search: flags.search,
    since: readWhen('--since', flags.since, now),
    until: readWhen('--until', flags.until, now),
    updatedSince: readWhen('--updated-since', flags.updatedSince, now),
  });
}

async function readAssignees(context: Context, flags: FilterFlags): Promise<AssigneeFilter[] | undefined> {
  const ways = [flags.assignee, flags.mine, flags.unassigned].filter((way) => way !== undefined);
  if (ways.length > 1)
    throw new UsageError('--assignee, --mine and --unassigned contradict each other: give one of them');
  const names = flags.mine ? ['me'] : flags.unassigned ? ['none'] : flags.assignee;
  if (names === undefined) return undefined;
  return Promise.all(
    names.map(async (name) => {
      if (name === 'none') return 'none';
      return { login: name === 'me' ? (await resolveActor(context, flags.as)).login : name };
    }),
  );
}

function readWhen(option: string, text: string | undefined, now: Date): string | undefined {
  if (text === undefined) return undefined;
  const when = parseWhen(text, now, { endOfDay: option === '--until' });
  if (when === undefined) throw new UsageError(`${option}: ${JSON.stringify(text)} is not ${whenFormats}`);
  return when;
}

/** Without the keys that nothing was given for: absent is not the same as undefined to the store. */
function dropUnset<T extends object>(values: { [Key in keyof T]: T[Key] | undefined }): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T;
}
