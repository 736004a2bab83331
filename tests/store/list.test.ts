import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Ticket } from '../../src/domain/ticket.ts';
import { addAgent } from '../../src/store/agents.ts';
import { type Database, transaction } from '../../src/store/database.ts';
import { countTickets, type ListOptions, listTickets, sortFields, type TicketFilter } from '../../src/store/list.ts';
import { addEntry, addTag, assign, createTicket, type NewTicket, setStatus } from '../../src/store/tickets.ts';
import { minutesLater, newEntry, newTicket, noon, openTestStore, type TestStore, withStore } from '../support/store.ts';

let store: TestStore;
let db: Database;
beforeAll(async () => {
  store = await openTestStore();
  db = store.db;
  await transaction(db, fill);
});
afterAll(() => store.close());

/** Ten tickets; the subject tells what is particular about each. */
async function fill(trx: Database): Promise<void> {
  const alice = await addAgent(trx, { login: 'alice', name: 'Alice', email: 'alice@example.com' }, noon);
  const add = async (subject: string, minute: number, changes: Partial<NewTicket> = {}) => {
    const ticket = await createTicket(trx, newTicket({ subject, ...changes }), minutesLater(minute));
    return ticket.id;
  };
  await add('late medium', 20);
  await add('early medium', 10);
  await add('urgent', 30, { priority: 'urgent', category: 'bug' });
  await add('low', 0, { priority: 'low' });
  await add('waits on client, urgent', 0, { priority: 'urgent', waitingOn: 'client' });
  await setStatus(trx, await add('pending', 5, { waitingOn: 'client' }), 'pending', 'alice', noon);
  await setStatus(trx, await add('resolved', 1), 'resolved', 'alice', noon);
  await setStatus(trx, await add('closed', 2), 'closed', 'alice', noon);
  await assign(
    trx,
    await add('of alice', 40, { requester: { name: 'Zoë', email: 'Zoe@example.com' } }),
    alice,
    'bob',
    noon,
  );
  const tagged = await add('tagged', 50, { category: 'billing' });
  for (const tag of ['vip', 'refund']) await addTag(trx, tagged, tag, 'bob', minutesLater(50));
  await addTag(trx, 1, 'vip', 'bob', minutesLater(50));
  await trx
    .updateTable('ticket')
    .set({ due_at: minutesLater(60) })
    .where('subject', 'in', ['urgent', 'closed'])
    .execute();
}

async function subjects(filter: Partial<TicketFilter>, options?: ListOptions): Promise<string[]> {
  const found: Ticket[] = [];
  for await (const ticket of listTickets(db, { now: minutesLater(120), ...filter }, options)) found.push(ticket);
  return found.map((ticket) => ticket.subject);
}

const unfinished = { statuses: ['open', 'pending'] } as const;

test('the default order: waiting on staff, then the most urgent, then the longest waiting; finished ones last', async () => {
  expect(await subjects({})).toEqual([
    'urgent',
    'early medium',
    'late medium',
    'of alice',
    'tagged',
    'low',
    'waits on client, urgent',
    'pending',
    'resolved',
    'closed',
  ]);
});

const filters: Array<[name: string, filter: Partial<TicketFilter>, expected: string[]]> = [
  ['finished', { statuses: ['resolved', 'closed'] }, ['resolved', 'closed']],
  ['one status', { statuses: ['pending'] }, ['pending']],
  ['statuses of both kinds', { statuses: ['pending', 'closed'] }, ['pending', 'closed']],
  ['priorities', { priorities: ['low', 'urgent'] }, ['urgent', 'low', 'waits on client, urgent']],
  ['categories', { categories: ['bug', 'billing'] }, ['urgent', 'tagged']],
  ['an assignee', { assignee: { login: 'alice' } }, ['of alice']],
  [
    'nobody or an assignee',
    { ...unfinished, assignee: ['none', { login: 'alice' }], waitingOn: 'client' },
    ['waits on client, urgent', 'pending'],
  ],
  ['an unknown assignee', { assignee: { login: 'eve' } }, []],
  ['a requester in any case', { requester: 'zoe@EXAMPLE.com' }, ['of alice']],
  ['a tag', { tags: ['vip'] }, ['late medium', 'tagged']],
  ['two tags, both', { tags: ['vip', 'refund'] }, ['tagged']],
  ['overdue, unless finished', { overdue: true }, ['urgent']],
  ['since', { since: minutesLater(40) }, ['of alice', 'tagged']],
  ['until', { ...unfinished, until: minutesLater(5) }, ['low', 'waits on client, urgent', 'pending']],
  ['updated since', { updatedSince: minutesLater(50) }, ['late medium', 'tagged']],
  ['several at once', { ...unfinished, priorities: ['urgent'], waitingOn: 'client' }, ['waits on client, urgent']],
];

test.each(filters)('a list filters by %s, and counts the same', async (_, filter, expected) => {
  expect(await subjects(filter)).toEqual(expected);
  expect(await countTickets(db, { now: minutesLater(120), ...filter })).toBe(expected.length);
});

test('what is overdue says so in the list', async () => {
  for await (const ticket of listTickets(db, { now: minutesLater(120), overdue: true }))
    expect(ticket.overdue).toBe(true);
  expect(await countTickets(db, { now: minutesLater(30), overdue: true })).toBe(0);
});

test('a limit cuts the list', async () => {
  expect(await subjects({}, { limit: 2 })).toEqual(['urgent', 'early medium']);
});

test.each(sortFields)('a list sorts by %s both ways, what has no value last', async (field) => {
  const up = await subjects({}, { sort: { field, descending: false } });
  const down = await subjects({}, { sort: { field, descending: true } });
  expect(up).toHaveLength(10);
  expect([...down].sort()).toEqual([...up].sort());
});

test('a sort by time puts tickets without that time last in both directions', async () => {
  const ends = await Promise.all(
    [true, false].map((descending) => subjects({}, { sort: { field: 'dueAt', descending }, limit: 2 })),
  );
  expect(ends.map((list) => list.toSorted())).toEqual([
    ['closed', 'urgent'],
    ['closed', 'urgent'],
  ]);
  expect(await subjects({}, { sort: { field: 'createdAt', descending: true }, limit: 2 })).toEqual([
    'tagged',
    'of alice',
  ]);
  expect((await subjects({}, { sort: { field: 'assignee', descending: false } }))[0]).toBe('of alice');
});

const searches: Array<[search: string, found: boolean]> = [
  ['reset', true],
  ['RESET link', true],
  ['"reset link"', true],
  ['"link reset"', false],
  ['pass*', true],
  ['pass', false],
  ['"reset pass"*', false],
  ['"my pass"*', true],
  ['uber', true],
  ['über', true],
  ['jose@example.com', true],
  ['José', true],
  ['carol@example.com', true],
  ['invoice', true],
  ['invoice reset', true],
  ['invoice unicorn', false],
  ['Sincerely', true],
  ['TKT-2026-00001', true],
  ['quoted', false],
  ['   ', true],
  ['!!! ---', false],
];

test.each(searches)('a search for %j finds the ticket: %s', (search, found) =>
  withStore(async ({ db }) => {
    const { id } = await createTicket(
      db,
      newTicket({
        subject: 'Über the invoice',
        requester: { name: 'José', email: 'jose@example.com' },
        cc: [{ name: 'Carol', email: 'carol@example.com' }],
      }),
      noon,
    );
    const body = 'The reset link for my password is dead.';
    const texts = { body, fullBody: `${body}\n> quoted`, signature: 'Sincerely, J.', subject: 'Re: invoice' };
    await addEntry(db, newEntry(id, texts), noon);
    expect(await countTickets(db, { search, now: noon })).toBe(found ? 1 : 0);
  }),
);

test.each([
  '"',
  '""',
  '"a',
  'a"b',
  '*',
  'a**',
  '**a',
  'a OR',
  'AND',
  'NOT x',
  'NEAR(a b)',
  '(',
  'a)',
  'subject:x',
  '{a b}:c',
  '^a',
  '-a',
  'a+b',
  "it's",
  'a\0b',
  '\\',
  ';--',
  '"a" "',
  '\ud800',
  'ﬁ',
  '日本',
  'x'.repeat(10_000),
  'a '.repeat(10_000),
])('a search is never a syntax error: %j', async (search) => {
  await expect(countTickets(db, { search, now: noon })).resolves.toBeTypeOf('number');
});

test('the search follows what is changed', () =>
  withStore(async ({ db }) => {
    const { id } = await createTicket(db, newTicket({ subject: 'apples' }), noon);
    await addEntry(db, newEntry(id, { subject: 'apples', body: 'apples' }), noon);
    await db.updateTable('ticket').set({ subject: 'pears' }).execute();
    await db.updateTable('entry').set({ subject: 'pears', body: 'plums', full_body: 'plums' }).execute();
    const count = (search: string) => countTickets(db, { search, now: noon });
    expect([await count('apples'), await count('pears'), await count('plums')]).toEqual([0, 1, 1]);
  }));
