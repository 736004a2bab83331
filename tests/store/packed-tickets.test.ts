// What one thread packs, another one reads as it was.

import { expect, test } from 'vitest';
import type { ExportedTicket } from '../../src/store/exported.ts';
import { JsonReader } from '../../src/store/json-reader.ts';
import { TicketPacker, unpackTickets } from '../../src/store/packed-tickets.ts';
import { readTicket } from '../../src/store/read-exported.ts';
import { sha256 } from '../support/tickets.ts';

const at = '2026-11-22T10:00:00.000Z';
const raw = Buffer.from('Subject: Grüße\r\n\r\n\0\xff', 'latin1');

/** With something in every field, and texts of every width. */
const full = {
  ...{ number: 'TKT-2026-00001', subject: 'Grüße — 印刷機 😀', status: 'open', priority: 'high', category: 'bug' },
  ...{
    requester: { name: 'Ann', email: 'ann@example.com' },
    assignee: { login: 'al', name: 'Al', email: 'al@x.test' },
  },
  ...{ tags: ['vip', 'größe'], language: 'de', mailbox: 'default', waitingOn: 'staff', waitingSince: at },
  ...{ createdAt: at, updatedAt: at, firstResponseAt: at, resolvedAt: at, closedAt: at, dueAt: at },
  mergedInto: 'TKT-2026-00002',
  entries: [
    {
      ...{
        id: 2 ** 40,
        type: 'comment',
        author: { name: 'Al', email: 'al@x.test', login: 'al' },
        body: 'ÿ',
        fullBody: 'Ā',
      },
      ...{
        signature: '-- \nAl',
        subject: '',
        messageId: '<a@x.test>',
        automatic: true,
        verified: false,
        createdAt: at,
      },
      message: sha256(raw),
      attachments: [
        {
          ...{ id: 7, filename: 'ß.txt', contentType: 'text/plain', size: 3, sha256: 'ab', inline: true },
          ...{ signature: true, contentId: 'x@y' },
        },
      ],
    },
  ],
  participants: [{ name: '', email: 'ann@example.com', role: 'requester', addedAt: at }],
  mentioned: [{ name: 'Di', email: 'di@example.com' }],
  events: [{ type: 'status', from: 'open', to: 'pending', by: 'al', at }],
  stored: {
    ...{ referenceId: 'ticket.1@x.test', relatedTo: 'TKT-2026-00003' },
    agents: [{ login: 'al', name: 'Al', email: 'al@x.test', createdAt: at, removedAt: at }],
    references: [{ messageId: 'a@x.test', entry: 2 ** 40, kind: 'ours', sentTo: 'ann', mailKind: 'comment' }],
    mails: [
      {
        ...{
          entry: 2 ** 40,
          kind: 'comment',
          messageId: 'a@x.test',
          mailbox: 'default',
          envelopeFrom: '',
          subject: 'Re',
        },
        ...{ message: sha256(raw), automatic: true, createdAt: at },
        deliveries: [
          {
            ...{ to: 'ann@example.com', state: 'failed', attempts: 3, nextAttemptAt: at, error: '550', at },
            ...{ droppedAt: at, unreachable: true },
          },
        ],
      },
    ],
    intake: [
      {
        ...{ sha256: sha256(raw), mailbox: 'default', messageId: 'b@x.test', sender: 'ann', subject: 'x', size: 9 },
        ...{ outcome: 'ticket', reason: 'why', entry: 2 ** 40, message: sha256(raw), receivedAt: at, decidedAt: at },
        locations: [{ mailbox: 'default', folder: 'INBOX', uidValidity: 2 ** 32 - 1, uid: 42, marked: false }],
      },
    ],
    messages: { [sha256(raw)]: raw.toString('base64') },
  },
};

/** With nothing but what must be there. */
const least = { number: 'TKT-2026-00002', subject: '', requester: { email: 'bob@example.com' }, createdAt: at };

function read(...tickets: object[]): ExportedTicket[] {
  return tickets.map((ticket) => readTicket(new JsonReader(ticket)));
}

function packed(packer: TicketPacker, tickets: readonly ExportedTicket[]): ExportedTicket[] {
  for (const ticket of tickets) packer.add(ticket);
  // By way of a message, as between threads.
  return [...unpackTickets(structuredClone(packer.take()))];
}

/** Bytes are bytes, whatever holds them. */
function plain(tickets: readonly ExportedTicket[]): unknown {
  return tickets.map((ticket) => ({
    ...ticket,
    messages: ticket.messages.map((message) => ({ ...message, bytes: [...message.bytes] })),
  }));
}

test('tickets come out as they went in', () => {
  const tickets = read(full, least, full);
  expect(JSON.stringify(tickets)).not.toContain('undefined');
  expect(plain(packed(new TicketPacker(), tickets))).toEqual(plain(tickets));
});

test('a packer is used again, after more than it first had room for', () => {
  const packer = new TicketPacker();
  const [long] = read({ ...full, entries: full.entries.map((entry) => ({ ...entry, fullBody: 'ä'.repeat(300_000) })) });
  const many = Array.from({ length: 400 }, () => read(full, least)).flat();
  for (const tickets of [read(full), [...many, ...(long ? [long] : [])], read(least, full), []]) {
    expect(plain(packed(packer, tickets))).toEqual(plain(tickets));
  }
});
