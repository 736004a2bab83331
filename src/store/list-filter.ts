// What a list of tickets asks for, as conditions on `ticket` and as sets that are looked up by an index. It is the SQL of
// SQLite: INDEXED BY and CROSS JOIN say what is read, as without statistics its planner can only guess.

import { type Category, type Priority, priorityRank, type Status, statuses, type Timestamp } from '../domain/ticket.ts';
import { toMatchQueries } from './search.ts';

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

/** A piece of SQL with the values of its question marks. */
export interface Sql {
  text: string;
  values: readonly unknown[];
}

export const sql = (text: string, ...values: unknown[]): Sql => ({ text, values });

export function joinSql(parts: readonly Sql[], separator: string): Sql {
  return {
    text: parts.map(({ text }) => text).join(separator),
    values: parts.flatMap(({ values }) => values),
  };
}

export const both = (parts: readonly Sql[]): Sql => (parts.length === 0 ? sql('true') : joinSql(parts, ' and '));

/** The same condition, which SQLite then looks up by no index: one that it took for it could not give the order. */
export const unindexed = ({ text, values }: Sql): Sql => sql(`(${text}) is true`, ...values);

/** Something that the filter asks for, with the tickets that have it. */
export interface Wanted {
  name: string;
  /** On the row `ticket`. */
  condition: Sql;
  /** Row ids of the tickets, each once, from an index. */
  ids: Sql;
  /** `ids` has seen to the statuses that are wanted, too. */
  withStatus: boolean;
}

/** A term of the search. */
export interface WantedTerm extends Wanted {
  /** As FTS5 writes it. */
  match: string;
  /** A row for each text that has it: quicker to count than tickets. */
  texts: Sql;
}

/** Everything that the filter asks for, but the terms of its search. */
export function wantedBy(filter: TicketFilter): Wanted[] {
  const { waitingOn, now } = filter;
  return [
    ...wantedStatuses(filter.statuses),
    ...anyOf('priority', 'priority_rank', 'ticket_priority', filter.priorities?.map(priorityRank), filter),
    ...anyOf('category', 'category', 'ticket_category', filter.categories, filter),
    ...(waitingOn
      ? [indexed('waitingOn', 'ticket_order', sql('waiting_rank = ?', waitingOn === 'staff' ? 0 : 1), filter)]
      : []),
    ...(filter.overdue ? [indexed('overdue', 'ticket_due', sql('due_at < ? and waiting_rank < 2', now), filter)] : []),
    ...wantedTimes(filter),
    ...wantedPeople(filter),
    ...(filter.tags ?? []).map(wantedTag),
  ];
}

/** Finished is the same as waiting on nobody, and that is one range of the index in the default order. */
function wantedStatuses(wanted: readonly Status[] | undefined): Wanted[] {
  if (!wanted) return [];
  const names = namesOf(wanted);
  if (names === statuses.join()) return [];
  if (names === 'open,pending') return [indexed('status', 'ticket_order', sql('waiting_rank < 2'))];
  if (names === 'resolved,closed') return [indexed('status', 'ticket_order', sql('waiting_rank = 2'))];
  return [indexed('status', 'ticket_status', isIn('status', wanted))];
}

function namesOf(wanted: readonly Status[]): string {
  return statuses.filter((status) => wanted.includes(status)).join();
}

function wantedTimes({ since, until, updatedSince, statuses: wanted }: TicketFilter): Wanted[] {
  // The index begins with the status.
  const status = isIn('status', wanted ?? statuses);
  const times: Wanted[] = [];
  const add = (name: string, index: string, condition: Sql) =>
    times.push({ name, condition, ids: idsBy(index, [status, condition]), withStatus: true });
  if (since !== undefined || until !== undefined) {
    const ends = [
      ...(since === undefined ? [] : [sql('created_at >= ?', since)]),
      ...(until === undefined ? [] : [sql('created_at <= ?', until)]),
    ];
    add('created', 'ticket_created', both(ends));
  }
  if (updatedSince !== undefined) add('updated', 'ticket_updated', sql('updated_at >= ?', updatedSince));
  return times;
}

function wantedPeople(filter: TicketFilter): Wanted[] {
  const people: Wanted[] = [];
  if (filter.assignee !== undefined) {
    const agents = distinctAssignees([filter.assignee].flat()).map(assignedTo);
    const ids = agents.map((agent) => idsBy('ticket_assignee', [agent, ...unfinishedOnly(filter)]));
    const { text, values } = joinSql(agents, ' or ');
    people.push({
      name: 'assignee',
      condition: sql(`(${text})`, ...values),
      ids: joinSql(ids, ' union all '),
      withStatus: isUnfinishedOnly(filter),
    });
  }
  if (filter.requester !== undefined) {
    const addresses = [filter.requester].flat();
    const list = addresses.map(() => 'lower(?)').join();
    people.push(indexed('requester', 'ticket_requester', sql(`lower(requester_email) in (${list})`, ...addresses)));
  }
  return people;
}

function distinctAssignees(assignees: readonly AssigneeFilter[]): AssigneeFilter[] {
  const login = (assignee: AssigneeFilter) => (assignee === 'none' ? null : assignee.login);
  return assignees.filter((one, place) => assignees.findIndex((other) => login(other) === login(one)) === place);
}

export function assignedTo(assignee: AssigneeFilter): Sql {
  if (assignee === 'none') return sql('assignee_id is null');
  return sql('assignee_id = (select id from agent where login = ?)', assignee.login);
}

function wantedTag(tag: string): Wanted {
  return {
    name: 'tag',
    condition: sql('exists (select 1 from ticket_tag g where g.ticket_id = ticket.id and g.name = ?)', tag),
    ids: sql('select ticket_id from ticket_tag indexed by ticket_tag_name where name = ?', tag),
    withStatus: false,
  };
}

function anyOf(
  name: string,
  column: string,
  index: string,
  values: readonly unknown[] | undefined,
  filter: TicketFilter,
): Wanted[] {
  if (!values) return [];
  const condition = isIn(column, values);
  const ids = idsBy(index, [condition, ...unfinishedOnly(filter)]);
  return [{ name, condition, ids, withStatus: isUnfinishedOnly(filter) }];
}

function isUnfinishedOnly({ statuses: wanted }: TicketFilter): boolean {
  return wanted !== undefined && namesOf(wanted) === 'open,pending';
}

/** The indexes of the default order have whom a ticket waits on right behind what they begin with. */
function unfinishedOnly(filter: TicketFilter): Sql[] {
  return isUnfinishedOnly(filter) ? [sql('waiting_rank < 2')] : [];
}

/** `unfinished`: what has it is unfinished, so that a filter that wants no other has got its statuses. */
function indexed(name: string, index: string, condition: Sql, unfinished?: TicketFilter): Wanted {
  const withStatus = unfinished !== undefined && isUnfinishedOnly(unfinished);
  return { name, condition, ids: idsBy(index, [condition]), withStatus };
}

function idsBy(index: string, conditions: readonly Sql[]): Sql {
  const { text, values } = both(conditions);
  return sql(`select id from ticket indexed by ${index} where ${text}`, ...values);
}

export function isIn(column: string, values: readonly unknown[]): Sql {
  if (values.length === 1) return sql(`${column} = ?`, values[0]);
  return sql(`${column} in (${values.map(() => '?').join()})`, ...values);
}

/** One for each term of the search; null where it has none that could be found. */
export function wantedTerms(search: string | undefined): WantedTerm[] | null {
  if (search === undefined || search.trim() === '') return [];
  const queries = toMatchQueries(search);
  return queries.length === 0 ? null : queries.map(wantedTerm);
}

function wantedTerm(match: string): WantedTerm {
  return {
    name: 'search',
    match,
    ids: sql(
      `select rowid from ticket_search where ticket_search match ?
      union
      select p.ticket_id from participant_search s cross join participant p on p.id = s.rowid
        where s.participant_search match ?
      union
      select e.ticket_id from entry_search s cross join entry e on e.id = s.rowid where s.entry_search match ?`,
      ...[match, match, match],
    ),
    // Ticket by ticket, for a word that nearly every one has.
    condition: sql(
      `(exists (select 1 from ticket_search s where s.rowid = ticket.id and s.ticket_search match ?)
      or exists (select 1 from participant p cross join participant_search s on s.rowid = p.id
        where p.ticket_id = ticket.id and s.participant_search match ?)
      or exists (select 1 from entry e cross join entry_search s on s.rowid = e.id
        where e.ticket_id = ticket.id and s.entry_search match ?))`,
      ...[match, match, match],
    ),
    withStatus: false,
    texts: sql(
      `select 1 from ticket_search where ticket_search match ?
      union all select 1 from participant_search where participant_search match ?
      union all select 1 from entry_search where entry_search match ?`,
      ...[match, match, match],
    ),
  };
}
