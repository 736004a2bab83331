// Every filter with every order that `tkt list` offers: what SQLite says it does, and that the ways to a list all give the same.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { categories, priorities, statuses, type Ticket } from '../../src/domain/ticket.ts';
import { addAgent } from '../../src/store/agents.ts';
import { connectionOf, type Database, prepare, transaction } from '../../src/store/database.ts';
import {
  type Bounds,
  countTickets,
  type ListOptions,
  listTickets,
  planCount,
  planList,
  sortFields,
  type TicketFilter,
} from '../../src/store/list.ts';
import { explainQueryPlan } from '../../src/store/sqlite.ts';
import { addEntry, addTag, assign, createTicket, setStatus } from '../../src/store/tickets.ts';
import { minutesLater, newEntry, newTicket, noon, openTestStore, type TestStore } from '../support/store.ts';

const ticketCount = 240;
const now = minutesLater(1_000_000);

let store: TestStore;
let db: Database;
let all: Ticket[];
let numberOf: Map<number, string>;

beforeAll(async () => {
  store = await openTestStore();
  db = store.db;
  await transaction(db, fill);
  all = [];
  for await (const ticket of listTickets(db, { now })) all.push(ticket);
  const rows = prepare(db, 'select id, number from ticket').all([]) as Array<{ id: number; number: string }>;
  numberOf = new Map(rows.map(({ id, number }) => [id, number]));
});
afterAll(() => store.close());

/** Tickets of every kind, so that each filter takes some and leaves some, and each order has equals. */
async function fill(trx: Database): Promise<void> {
  const agents = [];
  for (const login of ['zoe', 'alice', 'bob']) {
    const email = `${login}@desk.test`;
    agents.push({ login, id: (await addAgent(trx, { login, name: login, email }, noon)).id });
  }
  for (let index = 0; index < ticketCount; index++) {
    const made = minutesLater((index * 7919) % 5000);
    const { id } = await createTicket(
      trx,
      newTicket({
        subject: ['printer', 'Login', 'invoice late', 'über'][index % 4] ?? '',
        priority: priorities[index % 3 === 0 ? index % 4 : 1] ?? 'medium',
        category: categories[index % 5] ?? 'support',
        requester: { name: 'C', email: `${index % 2 ? 'C' : 'c'}lient${index % 9}@example.com` },
        waitingOn: index % 3 ? 'staff' : 'client',
        language: ['en', 'de'][index % 7 ? 0 : 1] ?? 'en',
        mailbox: ['default', 'sales'][index % 6 ? 0 : 1] ?? 'default',
      }),
      made,
    );
    if (index % 4) await assign(trx, id, agents[index % 3] ?? null, 'bob', minutesLater(index % 50));
    if (index % 5 === 0) await addTag(trx, id, 'vip', 'bob', made);
    if (index % 15 === 0) await addTag(trx, id, 'refund', 'bob', made);
    await addEntry(trx, newEntry(id, { body: `number${index} and the words`, type: 'email' }), minutesLater(index));
    if (index % 6 === 0)
      await addEntry(trx, newEntry(id, { body: 'answered', type: 'comment' }), minutesLater(index % 40));
    const status = statuses[Math.floor(index / 3) % 4] ?? 'open';
    if (status !== 'open') await setStatus(trx, id, status, 'bob', minutesLater(index % 60));
    const due = index % 4 === 0 ? minutesLater(index % 30) : null;
    prepare(trx, 'update ticket set due_at = ? where id = ?').run([due, id]);
  }
}

const filters: Array<[name: string, filter: Partial<TicketFilter>, holds: (ticket: Ticket) => boolean]> = [
  ['all', {}, () => true],
  ['unfinished', { statuses: ['open', 'pending'] }, (t) => t.waitingOn !== null],
  ['finished', { statuses: ['resolved', 'closed'] }, (t) => t.waitingOn === null],
  ['one status', { statuses: ['pending'] }, (t) => t.status === 'pending'],
  ['two statuses', { statuses: ['closed', 'open'] }, (t) => t.status === 'closed' || t.status === 'open'],
  ['a priority', { priorities: ['urgent'] }, (t) => t.priority === 'urgent'],
  ['priorities', { priorities: ['low', 'high'] }, (t) => t.priority === 'low' || t.priority === 'high'],
  ['a category', { categories: ['bug'] }, (t) => t.category === 'bug'],
  ['categories', { categories: ['bug', 'billing'] }, (t) => t.category === 'bug' || t.category === 'billing'],
  ['an assignee', { assignee: { login: 'bob' } }, (t) => t.assignee?.login === 'bob'],
  ['nobody', { assignee: 'none' }, (t) => t.assignee === null],
  [
    'assignees',
    { assignee: ['none', { login: 'alice' }, { login: 'alice' }] },
    (t) => t.assignee === null || t.assignee.login === 'alice',
  ],
  ['an unknown assignee', { assignee: { login: 'eve' } }, () => false],
  [
    'a requester',
    { requester: 'CLIENT3@example.com' },
    (t) => t.requester.email.toLowerCase() === 'client3@example.com',
  ],
  ['requesters', { requester: ['client3@example.com', 'Client4@example.com'] }, (t) => /[34]@/.test(t.requester.email)],
  ['a tag', { tags: ['vip'] }, (t) => t.tags.includes('vip')],
  ['tags', { tags: ['vip', 'refund'] }, (t) => t.tags.includes('vip') && t.tags.includes('refund')],
  ['waiting on staff', { waitingOn: 'staff' }, (t) => t.waitingOn === 'staff'],
  ['waiting on the client', { waitingOn: 'client' }, (t) => t.waitingOn === 'client'],
  ['overdue', { overdue: true }, (t) => t.overdue],
  ['since', { since: minutesLater(3000) }, (t) => t.createdAt >= minutesLater(3000)],
  ['until', { until: minutesLater(3000) }, (t) => t.createdAt <= minutesLater(3000)],
  [
    'since and until',
    { since: minutesLater(1000), until: minutesLater(3000) },
    (t) => t.createdAt >= minutesLater(1000) && t.createdAt <= minutesLater(3000),
  ],
  ['updated since', { updatedSince: minutesLater(100) }, (t) => t.updatedAt >= minutesLater(100)],
  ['a search', { search: 'printer' }, (t) => t.subject === 'printer'],
  ['a search of two terms', { search: '"the words" invoice' }, (t) => t.subject === 'invoice late'],
  ['a search for nothing', { search: '---' }, () => false],
];

/** How a desk narrows a list down, one with another. */
const together: typeof filters = [...pairWith('unfinished', filters), ...pairWith('a tag', filters)];

function pairWith(name: string, others: typeof filters): typeof filters {
  const [, first, holds] = filters.find((one) => one[0] === name) ?? filters[0] ?? [];
  return others
    .filter(([other, filter]) => other !== name && Object.keys(filter).every((key) => !(key in (first ?? {}))))
    .map(([other, filter, also]) => [
      `${name}, ${other}`,
      { ...first, ...filter },
      (ticket) => (holds?.(ticket) ?? true) && also(ticket),
    ]);
}

const orders: Array<[name: string, options: ListOptions]> = [
  ['the default order', {}],
  ...sortFields.flatMap(
    (field): Array<[string, ListOptions]> => [
      [field, { sort: { field, descending: false } }],
      [`${field}:desc`, { sort: { field, descending: true } }],
    ],
  ),
];

/** As if there were a million of everything, and as if there were little of it. */
const sizes: Array<[name: string, bounds: Bounds]> = [
  ['much of everything', { tickets: -1, texts: -1, ranked: -1 }],
  ['little of everything', { tickets: 1000, texts: 1000, ranked: 1000 }],
];

function planOf(filter: Partial<TicketFilter>, options: ListOptions, bounds: Bounds): string[] {
  const steps: string[] = [];
  for (const { text, values } of planList(db, { now, ...filter }, { ...options, limit: 50 }, bounds)) {
    steps.push(...explainQueryPlan(connectionOf(db), text, values));
  }
  return steps;
}

/** Reading all of a table, which a list must not do. An index that is read in order is left where the limit is reached. */
const isScan = (step: string) => /^SCAN (ticket|entry|participant|e|p|g)\b(?! USING (COVERING )?INDEX)/.test(step);
const isSort = (step: string) => /TEMP B-TREE/.test(step);

/** The newest first is the table from its end. */
const inOrderOfComing = (filter: Partial<TicketFilter>, options: ListOptions) =>
  filter.search !== undefined && options.sort === undefined;

describe.each(['without', 'with'])('%s statistics', (statistics) => {
  beforeAll(() => connectionOf(db).run(statistics === 'with' ? 'analyze' : 'select 1'));

  test.each(orders)(
    'where there is much of everything, a list by %s reads an index and sorts nothing',
    (_, options) => {
      for (const [name, filter] of [...filters, ...together]) {
        const steps = planOf(filter, options, sizes[0]?.[1] as Bounds);
        const scans = steps.filter((step) => isScan(step) && !inOrderOfComing(filter, options));
        expect(scans.concat(steps.filter(isSort)), name).toEqual([]);
      }
    },
  );

  test.each(orders)('where there is little of it, a list by %s looks that up', (_, options) => {
    for (const [name, filter] of [...filters, ...together]) {
      const steps = planOf(filter, options, sizes[1]?.[1] as Bounds);
      expect(steps.filter(isScan), name).toEqual([]);
      // What is sorted is what was looked up.
      if (steps.some(isSort))
        expect(
          steps.some((step) => /^SEARCH ticket USING .*rowid=\?/.test(step)),
          name,
        ).toBe(true);
    }
  });

  test.each([...filters, ...together])('a count of %s reads an index', (_, filter) => {
    for (const [, bounds] of sizes) {
      const query = planCount(db, { now, ...filter }, bounds);
      if (query === null) continue;
      const steps = explainQueryPlan(connectionOf(db), query.text, query.values);
      expect(steps.filter((step) => isScan(step))).toEqual([]);
    }
  });
});

test('a plan that reads a table from end to end, or sorts, would be noticed', () => {
  const steps = (text: string) => explainQueryPlan(connectionOf(db), text, []);
  expect(steps('select status from ticket where subject like language').filter(isScan)).toHaveLength(1);
  expect(steps('select id from ticket order by subject || id').filter(isSort)).toHaveLength(1);
});

test.each(orders)(
  'a list by %s has the tickets that each filter takes, in the same order on every way to it',
  (_, options) => {
    for (const [name, filter, holds] of [...filters, ...together]) {
      const found = sizes.map(([, bounds]) => numbersOf(filter, options, bounds));
      const expected = all.filter(holds).map(({ number }) => number);
      for (const numbers of found) expect(numbers.toSorted(), name).toEqual(expected.toSorted());
      // By relevance the newest come first where there is too much to rank.
      if (!inOrderOfComing(filter, options)) expect(found[0], name).toEqual(found[1]);
    }
  },
);

function numbersOf(filter: Partial<TicketFilter>, options: ListOptions, bounds: Bounds): string[] {
  const numbers: string[] = [];
  for (const { text, values } of planList(db, { now, ...filter }, options, bounds)) {
    for (const { id } of prepare(db, text).all(values) as Array<{ id: number }>) numbers.push(numberOf.get(id) ?? '');
  }
  return numbers;
}

test.each([...filters, ...together])('a count of %s is what the list has', async (_, filter, holds) => {
  expect(await countTickets(db, { now, ...filter })).toBe(all.filter(holds).length);
  for (const [, bounds] of sizes) {
    const query = planCount(db, { now, ...filter }, bounds);
    const rows = query === null ? [{ value: 0 }] : prepare(db, query.text).all(query.values);
    expect(rows).toEqual([{ value: all.filter(holds).length }]);
  }
});

const rank = new Map<unknown, number>([
  ['staff', 0],
  ['client', 1],
  [null, 2],
]);
const keys: Partial<Record<(typeof sortFields)[number], (ticket: Ticket) => string | number | null>> = {
  priority: (t) => priorities.indexOf(t.priority),
  status: (t) => statuses.indexOf(t.status),
  category: (t) => categories.indexOf(t.category),
  requester: (t) => t.requester.email.toLowerCase(),
  assignee: (t) => t.assignee?.login ?? null,
  waitingOn: (t) => (t.waitingOn === null ? null : (rank.get(t.waitingOn) ?? null)),
};

test.each(sortFields)('a list sorts by %s both ways, what has no value last', async (field) => {
  const key = keys[field] ?? ((ticket: Ticket) => ticket[field] as string | number | null);
  for (const descending of [false, true]) {
    const found: Array<string | number | null> = [];
    for await (const ticket of listTickets(db, { now }, { sort: { field, descending } })) found.push(key(ticket));
    const values = found.filter((value) => value !== null);
    expect(found.slice(0, values.length)).toEqual(values);
    const sorted = values.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    expect(values).toEqual(descending ? sorted.reverse() : sorted);
    expect(found).toHaveLength(ticketCount);
  }
});

test('the best matches of a search come first: the subject before the texts, each but once', async () => {
  const made: string[] = [];
  for (const [subject, bodies] of [
    ['unrelated', ['a walrus', 'and', 'a walrus']],
    ['walrus', ['nothing']],
    ['nothing', ['a long text that goes on and on about this and that and in the end about a walrus, and goes on']],
    ['walrus', ['a walrus', 'seal']],
  ] as const) {
    const { id, number } = await createTicket(db, newTicket({ subject }), noon);
    for (const body of bodies) await addEntry(db, newEntry(id, { body, subject }), noon);
    made.push(number);
  }
  const found: string[] = [];
  for await (const ticket of listTickets(db, { search: 'walrus', now })) found.push(ticket.number);
  expect(found).toEqual([made[3], made[1], made[0], made[2]]);
  const [best] = [...planList(db, { search: 'walrus seal', now })];
  expect(prepare(db, best?.text ?? '').all(best?.values ?? [])).toHaveLength(1);
});

test('the kept counts are those of the tickets', () => {
  const kept = prepare(db, 'select status, tickets from ticket_count where tickets > 0 order by status').all([]);
  expect(kept).toEqual(
    prepare(db, 'select status, count(*) as tickets from ticket group by status order by status').all([]),
  );
});
