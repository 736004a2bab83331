import { expect, test } from 'vitest';
import { addAgent } from '../../src/store/agents.ts';
import { transaction } from '../../src/store/database.ts';
import { addReference } from '../../src/store/messages.ts';
import {
  addEntry,
  addMentioned,
  addParticipant,
  addTag,
  assign,
  createTicket,
  findTicketId,
  getTicket,
  getTicketDetails,
  getTicketFacts,
  removeTag,
  setCategory,
  setPriority,
  setStatus,
} from '../../src/store/tickets.ts';
import { ann, minutesLater, newEntry, newTicket, noon, withStore } from '../support/store.ts';

test('a new ticket is open, waits on staff since now, and has its requester and the people in Cc', () =>
  withStore(async ({ db }) => {
    const bob = { name: 'Bob', email: 'bob@example.com' };
    const { id, number } = await createTicket(db, newTicket({ cc: [bob, ann] }), noon);
    expect(number).toBe('TKT-2026-00001');
    const ticket = await getTicketDetails(db, id, noon);
    expect(ticket).toMatchObject({
      number,
      status: 'open',
      priority: 'medium',
      category: 'support',
      requester: ann,
      assignee: null,
      tags: [],
      waitingOn: 'staff',
      waitingSince: noon,
      createdAt: noon,
      updatedAt: noon,
      firstResponseAt: null,
      dueAt: null,
      overdue: false,
      mergedInto: null,
      entryCount: 0,
    });
    expect(ticket.participants).toEqual([
      { ...ann, role: 'requester' },
      { ...bob, role: 'cc' },
    ]);
    expect(ticket.events).toEqual([{ type: 'created', from: null, to: number, by: 'ann@example.com', at: noon }]);
  }));

test('numbers begin anew each year, by the UTC year of the clock', () =>
  withStore(async ({ db }) => {
    const numbers: string[] = [];
    for (const now of ['2026-12-31T23:59:58.000Z', '2026-12-31T23:59:59.999Z', '2027-01-01T00:00:00.000Z', noon]) {
      numbers.push((await createTicket(db, newTicket(), now)).number);
    }
    expect(numbers).toEqual(['TKT-2026-00001', 'TKT-2026-00002', 'TKT-2027-00001', 'TKT-2026-00003']);
  }));

test('past 99999 a number grows a digit', () =>
  withStore(async ({ db }) => {
    await db.insertInto('ticket_counter').values({ year: 2026, last: 99_999 }).execute();
    expect((await createTicket(db, newTicket(), noon)).number).toBe('TKT-2026-100000');
  }));

test('a number that was rolled back is given to the next ticket', () =>
  withStore(async ({ db }) => {
    const failed = transaction(db, async (trx) => {
      await createTicket(trx, newTicket(), noon);
      throw new Error('no');
    });
    await expect(failed).rejects.toThrow('no');
    expect((await createTicket(db, newTicket(), noon)).number).toBe('TKT-2026-00001');
  }));

test('a ticket is found by its number, and by the last part where only one year has it', () =>
  withStore(async ({ db }) => {
    const old = await createTicket(db, newTicket(), '2025-05-01T00:00:00.000Z');
    const recent = await createTicket(db, newTicket(), noon);
    const second = await createTicket(db, newTicket(), noon);
    expect(await findTicketId(db, { year: 2025, seq: 1 })).toEqual(old);
    expect(await findTicketId(db, { seq: 2 })).toEqual(second);
    expect(await findTicketId(db, { seq: 1 })).toEqual({ ambiguous: [recent.number, old.number] });
    expect(await findTicketId(db, { seq: 3 })).toBeUndefined();
    expect(await findTicketId(db, { year: 2024, seq: 1 })).toBeUndefined();
  }));

test('resolving, closing and reopening keep the times and who owes the next word', () =>
  withStore(async ({ db }) => {
    const { id } = await createTicket(db, newTicket({ waitingOn: 'client' }), noon);
    const times = async () => {
      const { status, waitingOn, waitingSince, resolvedAt, closedAt } = await getTicket(db, id, noon);
      return { status, waitingOn, waitingSince, resolvedAt, closedAt };
    };
    const steps = [
      ['pending', { waitingOn: 'client', waitingSince: noon, resolvedAt: null, closedAt: null }],
      ['resolved', { waitingOn: null, waitingSince: null, resolvedAt: minutesLater(2), closedAt: null }],
      ['closed', { waitingOn: null, waitingSince: null, resolvedAt: minutesLater(2), closedAt: minutesLater(3) }],
      ['open', { waitingOn: 'staff', waitingSince: minutesLater(4), resolvedAt: null, closedAt: null }],
      ['closed', { waitingOn: null, waitingSince: null, resolvedAt: null, closedAt: minutesLater(5) }],
      ['resolved', { waitingOn: null, waitingSince: null, resolvedAt: minutesLater(6), closedAt: null }],
    ] as const;
    for (const [index, [status, expected]] of steps.entries()) {
      expect(await setStatus(db, id, status, 'alice', minutesLater(index + 1))).toBe(true);
      expect(await times()).toEqual({ status, ...expected });
    }
    expect(await setStatus(db, id, 'resolved', 'alice', minutesLater(9))).toBe(false);
    const { events, updatedAt } = await getTicketDetails(db, id, noon);
    expect(events).toHaveLength(1 + steps.length);
    expect(events.at(-1)).toEqual({
      type: 'status-changed',
      from: 'closed',
      to: 'resolved',
      by: 'alice',
      at: minutesLater(6),
    });
    expect(updatedAt).toBe(minutesLater(6));
  }));

test('each change leaves one event, and none where nothing changed', () =>
  withStore(async ({ db }) => {
    const alice = await addAgent(db, { login: 'alice', name: 'Alice', email: 'alice@example.com' }, noon);
    const { id } = await createTicket(db, newTicket(), noon);
    const bob = { name: 'Bob', email: 'bob@example.com' };
    const changes: Array<() => Promise<boolean>> = [
      () => setPriority(db, id, 'urgent', 'bob', noon),
      () => setCategory(db, id, 'billing', 'bob', noon),
      () => assign(db, id, alice, 'bob', noon),
      () => addTag(db, id, 'vip', 'bob', noon),
      () => addParticipant(db, id, bob, 'added', 'alice', noon),
    ];
    for (const change of changes) expect([await change(), await change()]).toEqual([true, false]);
    const { events, priority, category, assignee, tags, participants } = await getTicketDetails(db, id, noon);
    expect({ priority, category, tags }).toEqual({ priority: 'urgent', category: 'billing', tags: ['vip'] });
    expect(assignee).toEqual({ login: 'alice', name: 'Alice', email: 'alice@example.com' });
    expect(participants.at(-1)).toEqual({ ...bob, role: 'added' });
    expect(events.slice(1).map(({ type, from, to }) => [type, from, to])).toEqual([
      ['priority-changed', 'medium', 'urgent'],
      ['category-changed', 'support', 'billing'],
      ['assigned', null, 'alice'],
      ['tag-added', null, 'vip'],
      ['participant-added', null, 'bob@example.com'],
    ]);
    const back: Array<() => Promise<boolean>> = [
      () => assign(db, id, null, 'bob', noon),
      () => removeTag(db, id, 'vip', 'bob', noon),
    ];
    for (const change of back) expect([await change(), await change()]).toEqual([true, false]);
    expect(await getTicket(db, id, noon)).toMatchObject({ assignee: null, tags: [] });
  }));

test.each([
  ['a mail from the client', { type: 'email' as const }, 'client', 'staff', true],
  ['an automatic mail', { type: 'email' as const, automatic: true }, 'client', 'client', false],
  ['a comment', { type: 'comment' as const }, 'staff', 'client', true],
  ['a second comment', { type: 'comment' as const }, 'client', 'client', false],
  ['a note', { type: 'note' as const }, 'staff', 'staff', false],
  ['a second mail', { type: 'email' as const }, 'staff', 'staff', false],
] as const)(
  '%s tells who owes the next word, and who waited already keeps their time',
  (_, entry, before, after, moved) =>
    withStore(async ({ db }) => {
      const { id } = await createTicket(db, newTicket({ waitingOn: before }), noon);
      await addEntry(db, newEntry(id, entry), minutesLater(5));
      expect(await getTicket(db, id, noon)).toMatchObject({
        waitingOn: after,
        waitingSince: moved ? minutesLater(5) : noon,
        entryCount: 1,
        updatedAt: minutesLater(5),
      });
    }),
);

test('a resolved ticket waits on nobody, whatever is added to it', () =>
  withStore(async ({ db }) => {
    const { id } = await createTicket(db, newTicket(), noon);
    await setStatus(db, id, 'resolved', 'alice', noon);
    await addEntry(db, newEntry(id), minutesLater(1));
    expect(await getTicket(db, id, noon)).toMatchObject({ status: 'resolved', waitingOn: null, waitingSince: null });
  }));

test('the first public comment is the first response', () =>
  withStore(async ({ db }) => {
    const { id } = await createTicket(db, newTicket(), noon);
    const after = async (type: 'note' | 'comment', at: string) => {
      await addEntry(db, newEntry(id, { type }), at);
      return (await getTicket(db, id, noon)).firstResponseAt;
    };
    expect(await after('note', minutesLater(1))).toBeNull();
    expect(await after('comment', minutesLater(2))).toBe(minutesLater(2));
    expect(await after('comment', minutesLater(3))).toBe(minutesLater(2));
  }));

test('an entry comes back with its author, attachments and brackets around its Message-ID', () =>
  withStore(async ({ db }) => {
    const alice = await addAgent(db, { login: 'alice', name: 'Alice', email: 'alice@example.com' }, noon);
    const { id } = await createTicket(db, newTicket(), noon);
    const log = {
      filename: 'log.txt',
      contentType: 'text/plain',
      size: 3,
      sha256: 'ab',
      contentId: null,
      inline: false,
    };
    await addEntry(db, newEntry(id, { verified: false, attachments: [log, { ...log, filename: 'b.txt' }] }), noon);
    await addEntry(db, newEntry(id, { type: 'comment', author: alice, agentId: alice.id, messageId: null }), noon);
    const { entries } = await getTicketDetails(db, id, noon);
    expect(entries[0]).toMatchObject({
      type: 'email',
      author: { ...ann, login: null },
      messageId: '<first@example.com>',
      verified: false,
      automatic: false,
      deliveries: [],
    });
    const file = { contentType: 'text/plain', size: 3, sha256: 'ab', inline: false, signature: false };
    expect(entries[0]?.attachments).toEqual([
      { ...file, id: 1, filename: 'log.txt' },
      { ...file, id: 2, filename: 'b.txt' },
    ]);
    expect(entries[1]).toMatchObject({ author: { login: 'alice' }, messageId: null, verified: null });
  }));

test('people in Cc of later mails are mentioned until staff adds them', () =>
  withStore(async ({ db }) => {
    const { id } = await createTicket(db, newTicket(), noon);
    const eve = { name: 'Eve', email: 'eve@example.com' };
    await addMentioned(db, id, [eve, eve, ann]);
    expect((await getTicketDetails(db, id, noon)).mentioned).toEqual([eve]);
    await addParticipant(db, id, eve, 'added', 'alice', noon);
    expect((await getTicketDetails(db, id, noon)).mentioned).toEqual([]);
  }));

test('facts name the last mail of the client, of people before machines, and all msg-ids in order', () =>
  withStore(async ({ db }) => {
    const { id } = await createTicket(db, newTicket(), noon);
    const mails = [
      { messageId: 'a@example.com' },
      { messageId: 'b@example.com' },
      { messageId: 'away@example.com', automatic: true },
      { messageId: 'c@example.com', type: 'comment' as const },
    ];
    for (const mail of mails) {
      const { id: entryId } = await addEntry(db, newEntry(id, mail), noon);
      const kind = mail.type === 'comment' ? 'ours' : 'theirs';
      await addReference(db, { messageId: mail.messageId, ticketId: id, entryId, kind, sentTo: [], mailKind: null });
    }
    const facts = await getTicketFacts(db, id);
    expect(facts).toMatchObject({ number: 'TKT-2026-00001', status: 'open', requester: ann, assignee: null });
    expect(facts.lastClientMessageId).toBe('b@example.com');
    expect(facts.references).toEqual(mails.map((mail) => mail.messageId));
  }));

test('of a very long ticket facts name the first 10 and the newest 90 msg-ids', () =>
  withStore(async ({ db }) => {
    const { id } = await createTicket(db, newTicket(), noon);
    await transaction(db, async (trx) => {
      for (let index = 0; index < 300; index++) {
        const messageId = `${index}@example.com`;
        await addReference(trx, { messageId, ticketId: id, entryId: null, kind: 'theirs', sentTo: [], mailKind: null });
      }
    });
    const { references } = await getTicketFacts(db, id);
    expect(references).toHaveLength(100);
    expect([references[0], references[9], references[10], references[99]]).toEqual(
      [0, 9, 210, 299].map((index) => `${index}@example.com`),
    );
  }));

test('a related ticket is named on the new one, and the old one is left as it was', () =>
  withStore(async ({ db }) => {
    const old = await createTicket(db, newTicket(), noon);
    const { id } = await createTicket(db, newTicket({ relatedTo: old.id }), minutesLater(1));
    const { events } = await getTicketDetails(db, id, noon);
    expect(events.at(-1)).toMatchObject({ type: 'related', to: old.number });
    expect(await getTicket(db, old.id, noon)).toMatchObject({ updatedAt: noon });
  }));

test('a ticket is overdue when its due time is past and it is not finished', () =>
  withStore(async ({ db }) => {
    const { id } = await createTicket(db, newTicket(), noon);
    await db
      .updateTable('ticket')
      .set({ due_at: minutesLater(10) })
      .where('id', '=', id)
      .execute();
    expect((await getTicket(db, id, minutesLater(9))).overdue).toBe(false);
    expect((await getTicket(db, id, minutesLater(11))).overdue).toBe(true);
    await setStatus(db, id, 'resolved', 'alice', minutesLater(12));
    expect((await getTicket(db, id, minutesLater(13))).overdue).toBe(false);
  }));

test('a ticket that is not there is refused', () =>
  withStore(async ({ db }) => {
    for (const read of [getTicket(db, 7, noon), getTicketDetails(db, 7, noon), getTicketFacts(db, 7)]) {
      await expect(read).rejects.toThrow('no such ticket');
    }
    await expect(setStatus(db, 7, 'open', 'alice', noon)).rejects.toThrow('no such ticket');
  }));
