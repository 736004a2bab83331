// The orders of lists. Each is one index from one end to the other, or several of its ranges, one after the other or merged,
// so that a list stops where its limit is reached and nothing is sorted.

import { categories, priorities, priorityRank, type Status, statuses, type Ticket } from '../domain/ticket.ts';
import {
  type AssigneeFilter,
  assignedTo,
  both,
  isIn,
  joinSql,
  type Sql,
  sql,
  type TicketFilter,
  unindexed,
} from './list-filter.ts';

/** The fields that lists can be sorted by, as the JSON of a ticket names them. */
export const sortFields = [
  ...(['number', 'subject', 'status', 'priority', 'category', 'requester', 'assignee', 'language', 'mailbox'] as const),
  ...(['waitingOn', 'waitingSince', 'createdAt', 'updatedAt', 'firstResponseAt', 'resolvedAt', 'closedAt'] as const),
  ...(['dueAt', 'entryCount'] as const),
] satisfies ReadonlyArray<keyof Ticket>;

export type SortField = (typeof sortFields)[number];

export interface Sort {
  field: SortField;
  descending: boolean;
}

/** What an order needs to know of the database: values of which there are few. */
export interface Known {
  /** Logins, in order. */
  agents(): string[];
  /** The values that there are, in order. */
  distinct(column: 'language' | 'mailbox'): string[];
}

/** A part of a list: the tickets of `range` in the order of `orderBy`, read off an index. */
export interface Run {
  range: Sql;
  orderBy: string;
  /** Names of what is wanted (list-filter.ts) that the index narrows down. */
  narrows: readonly string[];
  /** And of what need not be asked for, as no other tickets are in any of the runs. */
  ensures: readonly string[];
  /** The statement that reads it; `conditions` are on the row `ticket`. */
  read(conditions: readonly Sql[]): Sql;
}

/** The default order: waiting on staff first, then the most urgent, then the longest waiting. */
const byNeed = 'waiting_rank, priority_rank desc, waiting_since, ticket.id';
/** What the indexes in this order narrow down, besides what they begin with. */
const needNames = ['status', 'waitingOn'];

export type NeedIndex = 'ticket_order' | 'ticket_status' | 'ticket_assignee' | 'ticket_category' | 'ticket_priority';

/** All in the default order, by an index that begins with what the filter wants one value of. */
export function runByNeed(index: NeedIndex): Run {
  return run(index, byNeed, { narrows: [...needNames, index.replace('ticket_', '')] });
}

/** The order in which they came. */
export const oldestFirst: Run = run(null, 'ticket.id');
export const newestFirst: Run = run(null, 'ticket.id desc');

/** The runs of an order, one after the other. */
export function runsOf({ field, descending }: Sort, known: Known, filter: TicketFilter): Run[] {
  const way = descending ? 'desc' : 'asc';
  const inWay = <T>(values: readonly T[]): readonly T[] => (descending ? [...values].reverse() : values);
  const wanted = statuses.filter((status) => filter.statuses?.includes(status) ?? true);
  switch (field) {
    case 'number':
      return [merged('ticket_number', ['year', 'seq'], way, wanted)];
    case 'createdAt':
      return [merged('ticket_created', ['created_at'], way, wanted)];
    case 'updatedAt':
      return [merged('ticket_updated', ['updated_at'], way, wanted)];
    case 'subject':
      return [run('ticket_subject', along('subject', way))];
    case 'requester':
      return [run('ticket_requester', along('lower(requester_email)', way))];
    case 'entryCount':
      return [run('ticket_entries', along('entry_count', way))];
    case 'status':
      return valueByValue('status', 'ticket_status', 'status', inWay(wanted));
    case 'priority': {
      const ranks = (filter.priorities ?? priorities).map(priorityRank);
      return valueByValue('priority', 'ticket_priority', 'priority_rank', inWay(inOrder(ranks)));
    }
    case 'category': {
      const names = categories.filter((category) => filter.categories?.includes(category) ?? true);
      return valueByValue('category', 'ticket_category', 'category', inWay(names));
    }
    case 'waitingOn': {
      const ranks = filter.waitingOn === undefined ? [...inWay([0, 1]), 2] : [filter.waitingOn === 'staff' ? 0 : 1];
      return valueByValue('waitingOn', 'ticket_order', 'waiting_rank', ranks);
    }
    case 'language':
    case 'mailbox':
      return inWay(known.distinct(field)).flatMap((value) =>
        wanted.map((status) => {
          const range = both([isIn(field, [value]), isIn('status', [status])]);
          return run(`ticket_${field}`, 'ticket.id', { range, ensures: ['status'] });
        }),
      );
    case 'assignee':
      return assigneesIn(inWay(known.agents()), filter).map((assignee) =>
        run('ticket_assignee', byNeed, { range: assignedTo(assignee), narrows: needNames, ensures: ['assignee'] }),
      );
    case 'waitingSince':
      return byTime('ticket_waiting', 'waiting_since', way);
    case 'firstResponseAt':
      return byTime('ticket_response', 'first_response_at', way);
    case 'resolvedAt':
      return byTime('ticket_resolved', 'resolved_at', way);
    case 'closedAt':
      return byTime('ticket_closed', 'closed_at', way);
    case 'dueAt':
      return byTime('ticket_due', 'due_at', way);
  }
}

const inOrder = (values: readonly number[]) => [...new Set(values)].sort((a, b) => a - b);

/** Nobody comes last. */
function assigneesIn(logins: readonly string[], { assignee }: TicketFilter): AssigneeFilter[] {
  const all = [...logins.map((login) => ({ login })), 'none' as const];
  if (assignee === undefined) return all;
  const nameOf = (one: AssigneeFilter) => (one === 'none' ? null : one.login);
  const wanted = [assignee].flat().map(nameOf);
  return all.filter((one) => wanted.includes(nameOf(one)));
}

function run(index: string | null, orderBy: string, parts: Partial<Run> = {}): Run {
  const { range = sql('true'), narrows = [], ensures = [] } = parts;
  const read = (conditions: readonly Sql[]) => ordered(select(index, 'ticket.id', [range, ...conditions]), orderBy);
  return { range, orderBy, narrows, ensures, read };
}

function select(index: string | null, columns: string, conditions: readonly Sql[]): Sql {
  const { text, values } = both(conditions);
  const by = index === null ? 'not indexed' : `indexed by ${index}`;
  return sql(`select ${columns} from ticket ${by} where ${text}`, ...values);
}

function ordered({ text, values }: Sql, orderBy: string): Sql {
  return sql(`${text} order by ${orderBy}`, ...values);
}

/** The order of an index of (column, waiting_rank). */
const along = (column: string, way: string) => `${column} ${way}, waiting_rank ${way}, ticket.id ${way}`;

/** An index that begins with the status: a range for each, merged. */
function merged(index: string, columns: readonly string[], way: string, wanted: readonly Status[]): Run {
  const keys = [...columns, 'ticket.id'];
  const places = keys.map((_, place) => `${place + 1} ${way}`).join();
  return {
    ...run(index, keys.map((column) => `${column} ${way}`).join(), {
      ensures: ['status'],
      range: isIn('status', wanted),
    }),
    read: (conditions) => {
      const arms = wanted.map((status) => select(index, keys.join(), [isIn('status', [status]), ...conditions]));
      return ordered(joinSql(arms, ' union all '), places);
    },
  };
}

/** Value after value, each in the default order. */
function valueByValue(name: string, index: string, column: string, values: readonly unknown[]): Run[] {
  return values.map((value) =>
    run(index, byNeed, { range: isIn(column, [value]), narrows: needNames, ensures: [name] }),
  );
}

/** Tickets without that time come last, in the default order; they are not in the index. */
function byTime(index: string, column: string, way: string): Run[] {
  return [
    run(index, along(column, way), { range: sql(`${column} is not null`) }),
    run('ticket_order', byNeed, { range: unindexed(sql(`${column} is null`)) }),
  ];
}
