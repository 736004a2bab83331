// Lists of tickets: filters and orders, each with an index of its own (migrations/0001_initial.ts). Entries are not read.

import {
  type CompiledQuery,
  type Expression,
  type ExpressionBuilder,
  type SelectQueryBuilder,
  type SqlBool,
  sql,
} from 'kysely';
import {
  type Category,
  type Priority,
  priorityRank,
  type Status,
  statuses,
  type Ticket,
  type Timestamp,
} from '../domain/ticket.ts';
import { inChunks, lowerEquals } from './conditions.ts';
import { type Database, prepare } from './database.ts';
import type { Schema } from './schema.ts';
import { toMatchQueries } from './search.ts';
import { ticketMatches } from './sqlite.ts';
import { readTickets } from './tickets.ts';

export type AssigneeFilter = { login: string } | 'none';

/** Conditions that must all hold. In a list of values any one will do, but of `tags` the ticket must have every one. */
export interface TicketFilter {
  statuses?: readonly Status[];
  priorities?: readonly Priority[];
  categories?: readonly Category[];
  assignee?: AssigneeFilter | readonly AssigneeFilter[];
  /** Addresses, in any case. */
  requester?: string | readonly string[];
  tags?: readonly string[];
  waitingOn?: 'staff' | 'client';
  /** Past their due time and not finished. */
  overdue?: boolean;
  /** Words, "phrases" and beginnings* over subjects, texts, names and addresses; a ticket must have each somewhere. */
  search?: string;
  /** Created at or after. */
  since?: Timestamp;
  /** Created at or before. */
  until?: Timestamp;
  updatedSince?: Timestamp;
  /** The present, for what is overdue. */
  now: Timestamp;
}

const sortColumns = {
  number: ['year', 'seq'],
  subject: ['subject'],
  status: ['status'],
  priority: ['priority_rank'],
  category: ['category'],
  requester: ['requester_email'],
  assignee: ['assignee_id'],
  language: ['language'],
  mailbox: ['mailbox'],
  waitingOn: ['waiting_rank'],
  waitingSince: ['waiting_since'],
  createdAt: ['created_at'],
  updatedAt: ['updated_at'],
  firstResponseAt: ['first_response_at'],
  resolvedAt: ['resolved_at'],
  closedAt: ['closed_at'],
  dueAt: ['due_at'],
  entryCount: ['entry_count'],
} as const;

export type SortField = keyof typeof sortColumns;

/** The fields that lists can be sorted by, as the JSON of a ticket names them. */
export const sortFields = Object.keys(sortColumns) as SortField[];

export interface ListOptions {
  /** Default: waiting on staff first, then the most urgent, then the longest waiting. Tickets without a value come last. */
  sort?: { field: SortField; descending: boolean };
  limit?: number;
}

/** The tickets, read a few hundred at a time. Other queries may run between two of them. */
export async function* listTickets(
  db: Database,
  filter: TicketFilter,
  options: ListOptions = {},
): AsyncGenerator<Ticket> {
  for (const ids of inChunks(findIds(db, ticketIdQuery(db, filter, options)))) {
    yield* await readTickets(db, [...ids], filter.now);
  }
}

/** Row ids of the tickets, in the order in which they came, `size` at a time. */
export function* listTicketIds(db: Database, filter: TicketFilter, size: number): Generator<number[]> {
  const query = where(db.selectFrom('ticket'), filter).select('ticket.id').orderBy('ticket.id');
  for (const ids of inChunks(findIds(db, query), size)) yield [...ids];
}

/** All ids at once, for a list is of one moment; eight bytes each, as a million rows would take a hundred megabytes. */
function findIds(db: Database, query: { compile(): CompiledQuery<{ id: number }> }): Float64Array {
  const { sql: text, parameters } = query.compile();
  let ids = new Float64Array(512);
  let count = 0;
  for (const { id } of prepare(db, text).iterate(parameters) as IterableIterator<{ id: number }>) {
    if (count === ids.length) {
      const larger = new Float64Array(ids.length * 2);
      larger.set(ids);
      ids = larger;
    }
    ids[count] = id;
    count += 1;
  }
  return ids.subarray(0, count);
}

export async function countTickets(db: Database, filter: TicketFilter): Promise<number> {
  const query = where(db.selectFrom('ticket'), filter).select((eb) => eb.fn.countAll<number>().as('count'));
  return (await query.executeTakeFirstOrThrow()).count;
}

/** The query of a list: for `listTickets`, and for tests that look at its plan. */
export function ticketIdQuery(db: Database, filter: TicketFilter, options: ListOptions = {}) {
  let query = where(db.selectFrom('ticket'), filter).select('ticket.id');
  query = options.sort ? orderByField(query, options.sort) : orderByNeed(query);
  return options.limit === undefined ? query : query.limit(options.limit);
}

type TicketQuery<O> = SelectQueryBuilder<Schema, 'ticket', O>;

function orderByNeed<O>(query: TicketQuery<O>): TicketQuery<O> {
  return query.orderBy('waiting_rank').orderBy('priority_rank', 'desc').orderBy('waiting_since').orderBy('ticket.id');
}

function orderByField<O>(query: TicketQuery<O>, sort: { field: SortField; descending: boolean }): TicketQuery<O> {
  const direction = sort.descending ? 'desc' : 'asc';
  if (sort.field === 'assignee') {
    const login = sql`(select login from agent where agent.id = ticket.assignee_id)`;
    return query.orderBy(login, (order) => order[direction]().nullsLast()).orderBy('ticket.id', direction);
  }
  const nullable = ['waitingSince', 'firstResponseAt', 'resolvedAt', 'closedAt', 'dueAt'].includes(sort.field);
  for (const column of sortColumns[sort.field]) {
    query = query.orderBy(column, (order) => (nullable ? order[direction]().nullsLast() : order[direction]()));
  }
  return query.orderBy('ticket.id', direction);
}

function where<O>(query: TicketQuery<O>, filter: TicketFilter): TicketQuery<O> {
  return query.where((eb) => eb.and(conditions(eb, filter)));
}

type Builder = ExpressionBuilder<Schema, 'ticket'>;
type Condition = Expression<SqlBool>;

function conditions(eb: Builder, filter: TicketFilter): Condition[] {
  const { priorities, categories, waitingOn, now } = filter;
  return [
    ...statusConditions(eb, filter.statuses),
    ...(priorities ? [eb('priority_rank', 'in', priorities.map(priorityRank))] : []),
    ...(categories ? [eb('category', 'in', categories)] : []),
    ...(waitingOn ? [eb('waiting_rank', '=', waitingOn === 'staff' ? 0 : 1)] : []),
    ...(filter.overdue ? [eb('due_at', '<', now), eb('waiting_rank', '<', 2)] : []),
    ...(filter.since ? [eb('created_at', '>=', filter.since)] : []),
    ...(filter.until ? [eb('created_at', '<=', filter.until)] : []),
    ...(filter.updatedSince ? [eb('updated_at', '>=', filter.updatedSince)] : []),
    ...peopleConditions(eb, filter),
    ...(filter.tags ?? []).map((tag) => hasTag(eb, tag)),
    ...searchConditions(eb, filter.search),
  ];
}

/** Finished is the same as waiting on nobody, and that is one range of the index in the default order. */
function statusConditions(eb: Builder, wanted: readonly Status[] | undefined): Condition[] {
  if (!wanted) return [];
  const names = statuses.filter((status) => wanted.includes(status)).join();
  if (names === statuses.join()) return [];
  if (names === 'open,pending') return [eb('waiting_rank', '<', 2)];
  if (names === 'resolved,closed') return [eb('waiting_rank', '=', 2)];
  return [eb('status', 'in', wanted)];
}

function peopleConditions(eb: Builder, filter: TicketFilter): Condition[] {
  const wanted: Condition[] = [];
  if (filter.assignee !== undefined) {
    wanted.push(eb.or([filter.assignee].flat().map((assignee) => isAssignedTo(eb, assignee))));
  }
  if (filter.requester !== undefined) {
    wanted.push(eb.or([filter.requester].flat().map((address) => lowerEquals('requester_email', address))));
  }
  return wanted;
}

function isAssignedTo(eb: Builder, assignee: AssigneeFilter): Condition {
  if (assignee === 'none') return eb('assignee_id', 'is', null);
  return eb('assignee_id', '=', eb.selectFrom('agent').select('agent.id').where('login', '=', assignee.login));
}

function hasTag(eb: Builder, tag: string): Condition {
  return eb('ticket.id', 'in', eb.selectFrom('ticket_tag').select('ticket_id').where('name', '=', tag));
}

function searchConditions(eb: Builder, search: string | undefined): Condition[] {
  if (search === undefined || search.trim() === '') return [];
  const queries = toMatchQueries(search);
  return queries.length > 0 ? queries.map(ticketMatches) : [eb.lit(false)];
}
