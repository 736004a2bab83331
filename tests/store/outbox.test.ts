import { expect, test } from 'vitest';
import { type Database, transaction } from '../../src/store/database.ts';
import { putRawMessage } from '../../src/store/messages.ts';
import {
  countAutoReplies,
  countQueued,
  dropDeliveries,
  enqueue,
  findDeliveryByMessageId,
  listDeliveries,
  type OutgoingMessage,
  retryDeliveries,
} from '../../src/store/outbox.ts';
import { packMessage } from '../../src/store/pack.ts';
import { claimDue, finishDelivery } from '../../src/store/sending.ts';
import { addEntry, createTicket, getTicketDetails } from '../../src/store/tickets.ts';
import { minutesLater, newEntry, newTicket, noon, withStore } from '../support/store.ts';

/** A ticket with a comment, and a function that owes its people a mail. */
async function prepare(db: Database) {
  const { id: ticketId } = await createTicket(db, newTicket(), noon);
  const { id: entryId } = await addEntry(db, newEntry(ticketId, { type: 'comment' }), noon);
  const rawMessageId = await putRawMessage(db, packMessage(Buffer.from('Subject: hello\r\n\r\nhello')), noon);
  let made = 0;
  const owe = (changes: Partial<OutgoingMessage> = {}, now = noon) =>
    enqueue(
      db,
      {
        ticketId,
        entryId,
        kind: 'comment',
        messageId: `${++made}@example.com`,
        mailbox: 'default',
        envelopeFrom: 'support@example.com',
        subject: 'New comment on your ticket',
        rawMessageId,
        automatic: false,
        recipients: ['ann@example.com'],
        ...changes,
      },
      now,
    );
  return { ticketId, entryId, rawMessageId, owe };
}

const claim = (db: Database, now = noon, options: Partial<Parameters<typeof claimDue>[2]> = {}) =>
  transaction(db, (trx) => claimDue(trx, now, { limit: 100, ...options }));

test('what is owed is claimed once, with one attempt more', () =>
  withStore(async ({ db }) => {
    const { ticketId, entryId, rawMessageId, owe } = await prepare(db);
    await owe({ recipients: ['ann@example.com', 'bob@example.com', 'ann@example.com'] });
    expect(await claim(db)).toEqual([
      {
        outboxId: 1,
        ticketId,
        ticketNumber: 'TKT-2026-00001',
        entryId,
        kind: 'comment',
        messageId: '1@example.com',
        mailbox: 'default',
        envelopeFrom: 'support@example.com',
        subject: 'New comment on your ticket',
        rawMessageId,
        automatic: false,
        createdAt: noon,
        deliveries: [
          { id: 1, recipient: 'ann@example.com', attempts: 1 },
          { id: 2, recipient: 'bob@example.com', attempts: 1 },
        ],
      },
    ]);
    expect(await claim(db, noon, { leftovers: false })).toEqual([]);
  }));

test('what a killed run left as sending is claimed again', () =>
  withStore(async ({ db }) => {
    const { owe } = await prepare(db);
    await owe();
    await claim(db);
    const [again] = await claim(db);
    expect(again?.deliveries).toEqual([{ id: 1, recipient: 'ann@example.com', attempts: 2 }]);
  }));

test('a delivery under way reads as queued on the ticket', () =>
  withStore(async ({ db }) => {
    const { ticketId, owe } = await prepare(db);
    await owe();
    await claim(db);
    const { entries } = await getTicketDetails(db, ticketId, noon);
    expect(entries[0]?.deliveries[0]?.state).toBe('queued');
  }));

test('public comments go before automatic mail, then the oldest; a limit cuts no message in two', () =>
  withStore(async ({ db }) => {
    const { owe } = await prepare(db);
    await owe({ kind: 'auto-reply', automatic: true });
    await owe({ recipients: ['ann@example.com', 'bob@example.com'] });
    await owe();
    const claimed = [
      ...(await claim(db, noon, { limit: 2 })),
      ...(await claim(db, noon, { limit: 2, leftovers: false })),
    ];
    expect(claimed.map((message) => [message.outboxId, message.deliveries.length])).toEqual([
      [2, 2],
      [3, 1],
      [1, 1],
    ]);
  }));

test('a claim can be for some deliveries or messages only', () =>
  withStore(async ({ db }) => {
    const { owe } = await prepare(db);
    const first = await owe();
    await owe({ recipients: ['ann@example.com', 'bob@example.com'] });
    const byDelivery = await claim(db, noon, { ids: [3] });
    expect(byDelivery.map((message) => message.deliveries.map((delivery) => delivery.id))).toEqual([[3]]);
    expect((await claim(db, noon, { outboxIds: [first] })).map((message) => message.outboxId)).toEqual([first]);
    expect(await claim(db, noon, { outboxIds: [] })).toEqual([]);
  }));

test('what is deferred is due at its time and not before; what is sent, failed or bounced never is', () =>
  withStore(async ({ db }) => {
    const { owe } = await prepare(db);
    for (let index = 0; index < 4; index++) await owe();
    await claim(db);
    const later = { state: 'queued' as const, error: '451 try later', nextAttemptAt: minutesLater(5) };
    await finishDelivery(db, 1, later, noon);
    for (const [id, state] of [
      [2, 'sent'],
      [3, 'failed'],
      [4, 'bounced'],
    ] as const) {
      await finishDelivery(db, id, { state, error: null, nextAttemptAt: null }, noon);
    }
    expect(await countQueued(db, minutesLater(4))).toEqual({ queued: 1, due: 0 });
    expect(await claim(db, minutesLater(4))).toEqual([]);
    expect(await countQueued(db, minutesLater(5))).toEqual({ queued: 1, due: 1 });
    expect((await claim(db, minutesLater(5))).map((message) => message.deliveries)).toEqual([
      [{ id: 1, recipient: 'ann@example.com', attempts: 2 }],
    ]);
  }));

test('the list shows what is not sent, by recipient; show has the deliveries of a comment', () =>
  withStore(async ({ db }) => {
    const { ticketId, owe } = await prepare(db);
    await owe({ recipients: ['ann@example.com', 'bob@example.com'] });
    await claim(db);
    await finishDelivery(db, 1, { state: 'sent', error: null, nextAttemptAt: null }, minutesLater(1));
    await finishDelivery(db, 2, { state: 'failed', error: '550 no such user', nextAttemptAt: null }, minutesLater(1));
    expect(await listDeliveries(db)).toEqual([
      {
        id: 2,
        ticket: 'TKT-2026-00001',
        to: 'bob@example.com',
        subject: 'New comment on your ticket',
        kind: 'comment',
        state: 'failed',
        attempts: 1,
        nextAttemptAt: null,
        error: '550 no such user',
        createdAt: noon,
      },
    ]);
    expect((await listDeliveries(db, { all: true })).map((item) => item.state)).toEqual(['sent', 'failed']);
    const { entries } = await getTicketDetails(db, ticketId, noon);
    expect(entries[0]?.deliveries).toEqual([
      { to: 'ann@example.com', state: 'sent', attempts: 1, error: null, at: minutesLater(1) },
      { to: 'bob@example.com', state: 'failed', attempts: 1, error: '550 no such user', at: minutesLater(1) },
    ]);
  }));

test('retry makes failed and deferred mail due; drop gives it up and keeps the fact', () =>
  withStore(async ({ db }) => {
    const { ticketId, owe } = await prepare(db);
    for (let index = 0; index < 3; index++) await owe();
    await claim(db);
    await finishDelivery(db, 1, { state: 'sent', error: null, nextAttemptAt: null }, noon);
    await finishDelivery(db, 2, { state: 'failed', error: '550', nextAttemptAt: null }, noon);
    await finishDelivery(db, 3, { state: 'queued', error: '451', nextAttemptAt: minutesLater(60) }, noon);
    expect(await retryDeliveries(db, [1, 2, 99], noon)).toEqual([2]);
    expect(await retryDeliveries(db, 'all', noon)).toEqual([2, 3]);
    expect(await dropDeliveries(db, [1, 2], minutesLater(1))).toEqual([2]);
    expect((await claim(db)).flatMap((message) => message.deliveries.map((delivery) => delivery.id))).toEqual([3]);
    expect((await listDeliveries(db)).map((item) => item.id)).toEqual([3]);
    expect(await retryDeliveries(db, [2], noon)).toEqual([]);
    const { entries } = await getTicketDetails(db, ticketId, noon);
    expect(entries[0]?.deliveries[1]).toMatchObject({ state: 'failed', error: 'dropped' });
  }));

test('auto-replies are counted by address, whatever its case, and since a time', () =>
  withStore(async ({ db }) => {
    const { owe } = await prepare(db);
    const reply = { kind: 'auto-reply', automatic: true } as const;
    await owe(reply, minutesLater(-61));
    await owe({ ...reply, recipients: ['ANN@example.com'] }, minutesLater(-10));
    await owe({ ...reply, recipients: ['bob@example.com'] });
    await owe();
    expect(await countAutoReplies(db, 'ann@Example.com', minutesLater(-60))).toBe(1);
  }));

test('a mail of ours is found by its Message-ID', () =>
  withStore(async ({ db }) => {
    const { ticketId, entryId, owe } = await prepare(db);
    const outboxId = await owe({ kind: 'auto-reply' });
    expect(await findDeliveryByMessageId(db, '1@example.com')).toEqual({
      outboxId,
      ticketId,
      entryId,
      kind: 'auto-reply',
      deliveries: [{ id: 1, recipient: 'ann@example.com', state: 'queued' }],
    });
    expect(await findDeliveryByMessageId(db, 'guess@example.com')).toBeUndefined();
  }));
