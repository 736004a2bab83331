// Lists of tickets: filters and orders, each with an index of its own (migrations/0001_initial.ts). Entries are not read.
// A list either runs along the index of its order and leaves out what is not wanted, or it looks up the few tickets that have
// something rare (a tag, a requester, a word) and sorts those. Never is a table read from end to end.

import { statuses, type Ticket } from '../domain/ticket.ts';
import { inChunks } from './conditions.ts';
import { type Database, prepare, readTransaction } from './database.ts';
import {
  both,
  isIn,
  type Sql,
  sql,
  type TicketFilter,
  unindexed,
  type Wanted,
  type WantedTerm,
  wantedBy,
  wantedTerms,
} from './list-filter.ts';
import {
  type Known,
  type NeedIndex,
  newestFirst,
  oldestFirst,
  type Run,
  runByNeed,
  runsOf,
  type Sort,
} from './list-order.ts';
import { rankedIds } from './list-rank.ts';
import { readTickets } from './tickets.ts';

export type { AssigneeFilter, TicketFilter } from './list-filter.ts';
export { type SortField, sortFields } from './list-order.ts';

export interface ListOptions {
  /**
   * Default: the best matches first where the filter has a search, else waiting on staff first, then the most urgent, then
   * the longest waiting. Tickets without a value come last.
   */
  sort?: Sort;
  limit?: number;
}

/** How many are few enough: tickets to be sorted, texts with a word to be looked up, such texts to be ranked. */
export interface Bounds {
  tickets: number;
  texts: number;
  ranked: number;
}

const usualBounds: Bounds = { tickets: 10_000, texts: 100_000, ranked: 10_000 };

/** The tickets, read a few hundred at a time. Other queries may run between two of them. */
export async function* listTickets(
  db: Database,
  filter: TicketFilter,
  options: ListOptions = {},
): AsyncGenerator<Ticket> {
  const ids = readTransaction(db, () => collectIds(db, planList(db, filter, options), options.limit));
  for (const chunk of inChunks(ids)) yield* await readTickets(db, [...chunk], filter.now);
}

/** Row ids of the tickets, in the order in which they came, `size` at a time. */
export function* listTicketIds(db: Database, filter: TicketFilter, size: number): Generator<number[]> {
  const ids = readTransaction(db, () => collectIds(db, planIds(db, filter, [oldestFirst])));
  for (const chunk of inChunks(ids, size)) yield [...chunk];
}

/** All ids at once, for a list is of one moment; eight bytes each, as a million rows would take a hundred megabytes. */
function collectIds(db: Database, statements: Iterable<Sql>, limit = Number.POSITIVE_INFINITY): Float64Array {
  let ids = new Float64Array(512);
  let count = 0;
  if (limit <= 0) return ids.subarray(0, 0);
  for (const { text, values } of statements) {
    for (const { id } of prepare(db, text).iterate(values) as IterableIterator<{ id: number }>) {
      if (count === ids.length) {
        const larger = new Float64Array(ids.length * 2);
        larger.set(ids);
        ids = larger;
      }
      ids[count] = id;
      count += 1;
      if (count >= limit) return ids.subarray(0, count);
    }
  }
  return ids.subarray(0, count);
}

/**
 * The statements that give a list, one after the other until its limit is reached. They are made while it is read, as how
 * much there is of something decides the way to it.
 */
export function planList(
  db: Database,
  filter: TicketFilter,
  options: ListOptions = {},
  bounds: Bounds = usualBounds,
): Iterable<Sql> {
  const { sort } = options;
  if (sort) return planIds(db, filter, runsOf(sort, knownOf(db), filter), bounds);
  if (wantedTerms(filter.search)?.length === 0) return planIds(db, filter, [runByNeed(needIndex(filter))], bounds);
  return planSearch(db, filter, bounds);
}

/** Best matches first; where a word is in too many texts to say which are the best, the newest of them. */
function planSearch(db: Database, filter: TicketFilter, bounds: Bounds): Iterable<Sql> {
  const search = readSearch(db, filter, bounds);
  if (search === null) return [];
  const ranked = search.filter(({ count }) => count <= bounds.ranked).map(({ term }) => term);
  if (ranked.length === 0) return planIds(db, filter, [newestFirst], bounds);
  const others = search.filter(({ term }) => !ranked.includes(term));
  const conditions = [...wantedBy(filter), ...others].map(({ condition }) => condition);
  return [rankedIds(ranked, conditions)];
}

/** Along an index of the order; or by what is rarest, where that is rare enough to be sorted. */
function* planIds(db: Database, filter: TicketFilter, runs: readonly Run[], bounds = usualBounds): Generator<Sql> {
  const search = readSearch(db, filter, bounds);
  if (search === null) return;
  const { narrows = [], ensures = [] } = runs[0] ?? {};
  const wanted = wantedBy(filter);
  const others = wanted.filter(({ name }) => !narrows.includes(name) && !ensures.includes(name));
  const rarest = findRarest(db, others, search, bounds);
  if (rarest) {
    yield* readFound(db, rarest, conditionsBeside(rarest, wanted, search), runs);
    return;
  }
  const conditions = [
    ...wanted.filter(({ name }) => narrows.includes(name) && !ensures.includes(name)).map(({ condition }) => condition),
    ...[...others, ...search].map(({ condition }) => unindexed(condition)),
  ];
  for (const run of runs) yield run.read(conditions);
}

/** The tickets that have it, sorted. */
function* readFound(db: Database, { ids }: Wanted, conditions: readonly Sql[], runs: readonly Run[]): Generator<Sql> {
  const [only, ...more] = runs;
  if (only && more.length === 0) {
    const { text, values } = both([only.range, ...conditions]);
    yield sql(
      `with found (id) as (${ids.text})
      select ticket.id from found cross join ticket on ticket.id = found.id where ${text} order by ${only.orderBy}`,
      ...[...ids.values, ...values],
    );
    return;
  }
  const { text, values } = both(conditions);
  const all = firstValue(
    db,
    sql(
      `with found (id) as (${ids.text})
      select json_group_array(ticket.id) as value from found cross join ticket on ticket.id = found.id where ${text}`,
      ...[...ids.values, ...values],
    ),
  );
  for (const { range, orderBy } of runs) {
    yield sql(
      `select ticket.id from json_each(?) as found cross join ticket on ticket.id = found.value
      where ${range.text} order by ${orderBy}`,
      ...[all, ...range.values],
    );
  }
}

interface SearchTerm {
  term: WantedTerm;
  /** Of the texts that have it, as far as that matters. */
  count: number;
  condition: Sql;
}

/** Null where nothing can be found. */
function readSearch(db: Database, filter: TicketFilter, bounds: Bounds): SearchTerm[] | null {
  const terms = wantedTerms(filter.search);
  if (terms === null) return null;
  return terms.map((term) => {
    const count = countUpTo(db, term.texts, bounds.texts + 1);
    const { text, values } = term.ids;
    return { term, count, condition: count > bounds.texts ? term.condition : sql(`ticket.id in (${text})`, ...values) };
  });
}

function conditionsBeside(driver: Wanted | undefined, wanted: readonly Wanted[], search: readonly SearchTerm[]): Sql[] {
  const isDone = (one: Wanted) => one === driver || (one.name === 'status' && driver?.withStatus === true);
  return [
    ...wanted.filter((one) => !isDone(one)).map(({ condition }) => condition),
    ...search.filter(({ term }) => !isDone(term)).map(({ condition }) => condition),
  ];
}

function findRarest(
  db: Database,
  wanted: readonly Wanted[],
  search: readonly SearchTerm[],
  bounds: Bounds,
): Wanted | undefined {
  const counted = [
    ...wanted.map((one) => ({ one, count: countUpTo(db, one.ids, bounds.tickets + 1), most: bounds.tickets })),
    ...search.map(({ term, count }) => ({ one: term as Wanted, count, most: bounds.texts })),
  ].filter(({ count, most }) => count <= most);
  return counted.sort((a, b) => a.count - b.count)[0]?.one;
}

/** An index that begins with what the filter wants one value of, the rarest kind first. */
function needIndex(filter: TicketFilter): NeedIndex {
  if (filter.assignee !== undefined && [filter.assignee].flat().length === 1) return 'ticket_assignee';
  if (filter.categories?.length === 1) return 'ticket_category';
  if (filter.priorities?.length === 1) return 'ticket_priority';
  return filter.statuses?.length === 1 ? 'ticket_status' : 'ticket_order';
}

export async function countTickets(db: Database, filter: TicketFilter): Promise<number> {
  return readTransaction(db, () => count(db, filter, usualBounds));
}

/** Null where it would take seconds: for a word that a large share of all tickets has. */
export async function countQuickly(db: Database, filter: TicketFilter): Promise<number | null> {
  const search = readSearch(db, filter, usualBounds);
  if (search && search.length > 0 && search.every((term) => term.count > usualBounds.texts)) return null;
  return countTickets(db, filter);
}

function count(db: Database, filter: TicketFilter, bounds: Bounds): number {
  const query = planCount(db, filter, bounds);
  return query === null ? 0 : Number(firstValue(db, query));
}

/** The statement that counts; null where nothing can be found. */
export function planCount(db: Database, filter: TicketFilter, bounds: Bounds = usualBounds): Sql | null {
  const search = readSearch(db, filter, bounds);
  if (search === null) return null;
  const wanted = wantedBy(filter);
  const [rarest] = [...search].sort((a, b) => a.count - b.count);
  const driver = rarest?.term ?? [...wanted].sort((a, b) => rarity.indexOf(a.name) - rarity.indexOf(b.name))[0];
  if (driver === undefined || driver.name === 'status') return countByStatus(filter);
  const conditions = conditionsBeside(driver, wanted, search);
  const { text, values } = both(conditions);
  const rest = conditions.length === 0 ? '' : `cross join ticket on ticket.id = found.id where ${text}`;
  const ids = driver.ids;
  return sql(
    `with found (id) as (${ids.text}) select count(*) as value from found ${rest}`,
    ...[...ids.values, ...(conditions.length === 0 ? [] : values)],
  );
}

/** By what a count begins. */
const rarity = [
  ...['tag', 'requester', 'overdue', 'updated', 'created', 'assignee', 'category', 'priority', 'waitingOn', 'status'],
];

/** The database keeps these (migrations/0001_initial.ts). */
function countByStatus({ statuses: wanted = statuses }: TicketFilter): Sql {
  const { text, values } = isIn('status', wanted);
  return sql(`select coalesce(sum(tickets), 0) as value from ticket_count where ${text}`, ...values);
}

function countUpTo(db: Database, { text, values }: Sql, most: number): number {
  return Number(
    firstValue(db, sql(`select count(*) as value from (select 1 from (${text}) limit ?)`, ...values, most)),
  );
}

function firstValue(db: Database, { text, values }: Sql): unknown {
  return (prepare(db, text).all(values)[0] as { value: unknown }).value;
}

function knownOf(db: Database): Known {
  const values = (text: string) => (prepare(db, text).all([]) as Array<{ value: string }>).map(({ value }) => value);
  return {
    agents: () => values('select login as value from agent order by login'),
    // From one value to the next one in the index.
    distinct: (column) =>
      values(`with recursive step (value) as (
        select min(${column}) from ticket
        union all select (select min(${column}) from ticket where ${column} > step.value) from step where step.value is not null
      ) select value from step where value is not null`),
  };
}
