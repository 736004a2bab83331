import { createHash, randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import {
  addReference,
  findReferences,
  getEntry,
  getRawMessage,
  listAttachments,
  putRawMessage,
} from '../../src/store/messages.ts';
import { packMessage } from '../../src/store/pack.ts';
import { addEntry, createTicket } from '../../src/store/tickets.ts';
import { newEntry, newTicket, noon, withStore } from '../support/store.ts';

test.each([
  ['text, packed', Buffer.from('Dear support, '.repeat(500)), 'brotli'],
  ['a large file in base64, packed', Buffer.from(randomBytes(1_000_000).toString('base64')), 'brotli'],
  ['noise, as it is', randomBytes(5000), 'identity'],
  ['a short text, as it is', Buffer.from('Dear support, '.repeat(200)), 'identity'],
  ['nothing', Buffer.alloc(0), 'identity'],
] as const)('a raw message comes back byte for byte: %s', (_, bytes, encoding) =>
  withStore(async ({ db }) => {
    const id = await putRawMessage(db, packMessage(bytes), noon);
    expect((await getRawMessage(db, id)).equals(bytes)).toBe(true);
    const row = await db.selectFrom('raw_message').select(['encoding', 'size', 'sha256']).executeTakeFirstOrThrow();
    expect(row).toEqual({ encoding, size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') });
  }),
);

test('msg-ids lead to their tickets, also one that stands for two', () =>
  withStore(async ({ db }) => {
    const one = await createTicket(db, newTicket(), noon);
    const two = await createTicket(db, newTicket(), noon);
    const ours = {
      messageId: 'ours@example.com',
      ticketId: one.id,
      entryId: null,
      kind: 'ours' as const,
      sentTo: ['ann@example.com', 'bob@example.com'],
      mailKind: 'comment' as const,
    };
    const theirs = { ...ours, messageId: 'a@example.com', kind: 'theirs' as const, sentTo: [], mailKind: null };
    await addReference(db, ours);
    await addReference(db, theirs);
    await addReference(db, { ...theirs, ticketId: two.id });
    expect(await findReferences(db, ['ours@example.com', 'a@example.com', 'a@example.com', '__proto__'])).toEqual([
      { ...ours, ticketNumber: one.number },
      { ...theirs, ticketNumber: one.number },
      { ...theirs, ticketId: two.id, ticketNumber: two.number },
    ]);
    expect(await findReferences(db, [])).toEqual([]);
  }));

test('attachments of a ticket tell where in which raw message they are', () =>
  withStore(async ({ db }) => {
    const { id } = await createTicket(db, newTicket(), noon);
    const rawMessageId = await putRawMessage(db, packMessage(Buffer.from('raw')), noon);
    const logo = { filename: 'a.png', contentType: 'image/png', size: 9, sha256: 'cc', contentId: 'x@y', inline: true };
    const log = { ...logo, filename: 'b.txt', contentId: null, inline: false };
    const { id: entryId } = await addEntry(db, newEntry(id, { rawMessageId, attachments: [logo, log] }), noon);
    expect(await listAttachments(db, id)).toEqual([
      { ...logo, id: 1, entryId, position: 0, rawMessageId, signature: false },
      { ...log, id: 2, entryId, position: 1, rawMessageId, signature: false },
    ]);
  }));

test('an entry is found by its id, with its ticket and raw message', () =>
  withStore(async ({ db }) => {
    const { id } = await createTicket(db, newTicket(), noon);
    const rawMessageId = await putRawMessage(db, packMessage(Buffer.from('raw')), noon);
    const { id: entryId } = await addEntry(db, newEntry(id, { rawMessageId }), noon);
    expect(await getEntry(db, entryId)).toMatchObject({ id: entryId, ticketId: id, rawMessageId, type: 'email' });
    await expect(getEntry(db, 99)).rejects.toThrow('no entry 99');
  }));
