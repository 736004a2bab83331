import { createHash } from 'node:crypto';
import { simpleParser } from 'mailparser';
import { describe, expect, it } from 'vitest';
import { findPlusAddress } from '../../src/domain/plus-address.ts';
import { openAttachments } from '../../src/mail/parse.ts';
import { addComment, queueAgentReply, queueAssignment, queueClientReplied } from '../../src/pipeline/notify.ts';
import { removeAgent } from '../../src/store/agents.ts';
import { type Database, transaction } from '../../src/store/database.ts';
import { findReferences, getEntry, getRawMessage, putRawMessage } from '../../src/store/messages.ts';
import { packMessage } from '../../src/store/pack.ts';
import {
  addEntry,
  addParticipant,
  assign,
  getTicketDetails,
  getTicketFacts,
  listEntries,
} from '../../src/store/tickets.ts';
import { type Desk, type DeskOptions, withDesk } from '../support/desk.ts';
import { newEntry, noon } from '../support/store.ts';

/** Sends all that is due and gives it read, in order. */
async function sent(desk: Desk) {
  await desk.deliver({ connections: 1 });
  return await Promise.all(desk.sink.messages.map(({ raw }) => simpleParser(raw, { skipTextToHtml: true })));
}

async function assigned(desk: Desk): Promise<{ id: number; number: string; entryId: number }> {
  const ticket = await desk.ticket();
  await assign(desk.db, ticket.id, desk.john, 'alice', noon);
  return ticket;
}

async function clientReplied(trx: Database, desk: Desk, ticketId: number, entryId: number): Promise<number[]> {
  return queueClientReplied(trx, desk.deps, await getTicketFacts(trx, ticketId), entryId);
}

function hash(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

describe('a comment', () => {
  it('is kept as the very bytes that are sent, with its attachments readable from them', () =>
    withDesk({}, async (desk) => {
      const ticket = await desk.ticket();
      const files = [
        { filename: 'notes ü.txt', contentType: '', content: Buffer.from('line\n.\n\r\nend') },
        { filename: 'mail.eml', contentType: '', content: Buffer.from('From: a@b.test\n\nhello\n') },
        { filename: 'data.bin', contentType: '', content: Buffer.from([0, 255, 13, 10, 46]) },
      ];
      const words = { author: desk.john, text: 'See there.', attachments: files, internal: false };
      const { entryId } = await transaction(desk.db, (trx) => addComment(trx, desk.deps, ticket.id, words));
      const entry = await getEntry(desk.db, entryId);
      expect(entry).toMatchObject({ type: 'comment', body: 'See there.', author: { login: 'john' }, automatic: false });
      expect(entry.attachments.map(({ filename, contentType, size }) => [filename, contentType, size])).toEqual([
        ['notes ü.txt', 'text/plain', 12],
        ['mail.eml', 'application/octet-stream', 22],
        ['data.bin', 'application/octet-stream', 5],
      ]);
      const raw = await getRawMessage(desk.db, entry.rawMessageId ?? 0);
      for (const [index, { content }] of files.entries()) {
        expect(openAttachments(raw)(index)).toEqual(content);
        expect(entry.attachments[index]?.sha256).toBe(hash(content));
      }
      await desk.deliver();
      expect(desk.sink.messages[0]?.header('message-id')).toBe(entry.messageId);
      expect(hash(desk.sink.messages[0]?.raw ?? Buffer.alloc(0))).toBe(hash(raw));
    }));

  it('answers the client’s last mail, after the ticket’s constant reference', () =>
    withDesk({}, async (desk) => {
      const ticket = await desk.ticket({}, { messageId: 'opening@client.test' });
      await desk.comment(ticket.id);
      const [mail] = await sent(desk);
      expect(mail?.inReplyTo).toBe('<opening@client.test>');
      expect(mail?.references).toEqual(['<ref1@example.com>', '<opening@client.test>']);
    }));

  it('can be found again by its Message-ID, with all that it went to', () =>
    withDesk({}, async (desk) => {
      const ticket = await desk.ticket({ requester: { name: 'Ann', email: 'Ann@Example.com' } });
      await desk.comment(ticket.id);
      const id = (await listEntries(desk.db, ticket.id)).at(-1)?.messageId?.slice(1, -1) ?? '';
      expect(await findReferences(desk.db, [id])).toMatchObject([
        { kind: 'ours', ticketId: ticket.id, sentTo: ['ann@example.com'], mailKind: 'comment' },
      ]);
    }));

  it('that is internal goes to nobody', () =>
    withDesk({}, async (desk) => {
      const ticket = await desk.ticket();
      const words = { author: desk.john, text: 'A VIP', attachments: [], internal: true };
      const added = await transaction(desk.db, (trx) => addComment(trx, desk.deps, ticket.id, words));
      expect(added).toMatchObject({ outboxIds: [], recipients: [] });
      expect(await getEntry(desk.db, added.entryId)).toMatchObject({ type: 'note', body: 'A VIP' });
      expect(await sent(desk)).toEqual([]);
    }));

  it('of which nothing stays when the transaction fails', () =>
    withDesk({}, async (desk) => {
      const ticket = await desk.ticket();
      const words = { author: desk.john, text: 'Hello', attachments: [], internal: false };
      const failing = transaction(desk.db, async (trx) => {
        await addComment(trx, desk.deps, ticket.id, words);
        throw new Error('no');
      });
      await expect(failing).rejects.toThrow('no');
      expect((await listEntries(desk.db, ticket.id)).length).toBe(1);
      expect(await desk.outbox()).toEqual([]);
    }));
});

describe('what an agent wrote by mail', () => {
  it('goes on to the client and the participants, with its attachments, from the support address', () =>
    withDesk({}, async (desk) => {
      const ticket = await desk.ticket();
      await addParticipant(desk.db, ticket.id, { name: '', email: 'bob@client.test' }, 'cc', 'john', noon);
      const raw = Buffer.from(
        'From: john@example.com\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nFixed.\r\n--b\r\n' +
          'Content-Type: text/plain\r\nContent-Disposition: attachment; filename=log.txt\r\n\r\nall well\r\n--b--\r\n',
      );
      const rawMessageId = await putRawMessage(desk.db, packMessage(raw), noon);
      const log = { filename: 'log.txt', contentType: 'text/plain', size: 8, sha256: hash(Buffer.from('all well')) };
      const entry = newEntry(ticket.id, {
        type: 'comment',
        agentId: desk.john.id,
        author: desk.john,
        body: 'Fixed.',
        messageId: 'johns@example.com',
        rawMessageId,
        attachments: [{ ...log, contentId: null, inline: false }],
      });
      const { id } = await addEntry(desk.db, entry, noon);
      await transaction(desk.db, async (trx) =>
        queueAgentReply(trx, desk.deps, await getTicketFacts(trx, ticket.id), id),
      );
      const [mail] = await sent(desk);
      expect(desk.sink.messages[0]?.envelope).toEqual({
        from: 'support@example.com',
        to: ['ann@example.com', 'bob@client.test'],
      });
      expect(mail?.text).toContain('John Smith commented on your ticket:');
      expect(mail?.text).toContain('"Fixed."');
      expect(mail?.attachments.map(({ filename, content }) => [filename, content.toString().trim()])).toEqual([
        ['log.txt', 'all well'],
      ]);
      expect((await getEntry(desk.db, id)).deliveries.map(({ to }) => to)).toEqual([
        'ann@example.com',
        'bob@client.test',
      ]);
    }));
});

describe('the assigned agent', () => {
  it('gets a mail with the last public word on the ticket', () =>
    withDesk({}, async (desk) => {
      const ticket = await assigned(desk);
      const note = { author: desk.john, text: 'secret note', attachments: [], internal: true };
      await transaction(desk.db, (trx) => addComment(trx, desk.deps, ticket.id, note));
      await transaction(desk.db, (trx) => queueAssignment(trx, desk.deps, ticket.id, desk.john, 'alice'));
      const [mail] = await sent(desk);
      expect(desk.sink.messages[0]?.envelope).toEqual({ from: '', to: ['john@example.com'] });
      expect(mail?.text).toContain('alice assigned this ticket to you:');
      expect(mail?.text).toContain('"The reset link does not work."');
      expect(mail?.text).not.toContain('secret note');
      expect(mail?.headers.get('auto-submitted')).toBe('auto-generated');
    }));

  it('hears of a reply, by its visible text; the entry does not list that mail among its deliveries', () =>
    withDesk({}, async (desk) => {
      const ticket = await assigned(desk);
      await transaction(desk.db, (trx) => clientReplied(trx, desk, ticket.id, ticket.entryId));
      const [mail] = await sent(desk);
      expect(mail?.subject).toBe("[TKT-2026-00001] ann@example.com replied: Can't login to account");
      expect(mail?.text).toContain('"The reset link does not work."');
      expect(mail?.text).not.toContain('Have you tried it?');
      expect((await getEntry(desk.db, ticket.entryId)).deliveries).toEqual([]);
    }));

  it.each([
    ['their own mail', { author: { name: '', email: 'JOHN@example.com' } }],
    ['automatic mail', { automatic: true }],
  ])('does not hear of %s', (_name, changes) =>
    withDesk({}, async (desk) => {
      const ticket = await assigned(desk);
      const { id } = await addEntry(desk.db, newEntry(ticket.id, changes), noon);
      expect(await transaction(desk.db, (trx) => clientReplied(trx, desk, ticket.id, id))).toEqual([]);
    }),
  );

  it('hears nothing once they were removed, though the ticket still names them', () =>
    withDesk({}, async (desk) => {
      const ticket = await assigned(desk);
      expect(await removeAgent(desk.db, 'john', noon)).toBe(true);
      expect(await transaction(desk.db, (trx) => clientReplied(trx, desk, ticket.id, ticket.entryId))).toEqual([]);
      expect((await getTicketDetails(desk.db, ticket.id, noon)).assignee?.login).toBe('john');
    }));

  it('is nobody: then nothing is queued', () =>
    withDesk({}, async (desk) => {
      const ticket = await desk.ticket();
      expect(await transaction(desk.db, (trx) => clientReplied(trx, desk, ticket.id, ticket.entryId))).toEqual([]);
    }));

  it('gets mail whose Message-ID no client ever sees: whoever answers it speaks as staff', () =>
    withDesk({}, async (desk) => {
      const ticket = await assigned(desk);
      await transaction(desk.db, (trx) => queueAssignment(trx, desk.deps, ticket.id, desk.john, 'alice'));
      await transaction(desk.db, (trx) => clientReplied(trx, desk, ticket.id, ticket.entryId));
      await desk.comment(ticket.id);
      await desk.comment(ticket.id);
      await sent(desk);
      const toClient = desk.sink.messages.filter(({ envelope }) => envelope.to.includes('ann@example.com'));
      const toAgent = desk.sink.messages.filter(({ envelope }) => envelope.to.includes('john@example.com'));
      expect([toClient.length, toAgent.length]).toEqual([2, 2]);
      for (const { header } of toAgent) {
        const id = header('message-id') ?? '?';
        for (const { raw } of toClient) expect(raw.toString('latin1').replace(/\r\n[ \t]/g, ' ')).not.toContain(id);
      }
    }));
});

describe('Reply-To', () => {
  const cases: Array<[name: string, options: DeskOptions, expected: RegExp | undefined]> = [
    ['is not needed where From is the support address', {}, undefined],
    [
      'is the support address where mail goes out from another',
      { smtp: { from: 'no-reply@example.com' } },
      /^support@example\.com$/,
    ],
    [
      'is a signed address with plusAddressing',
      { config: { plusAddressing: true } },
      /^support\+TKT-2026-00001\.[0-9a-f]{16}@example\.com$/,
    ],
  ];
  it.each(cases)('%s', (_name, options, expected) =>
    withDesk(options, async (desk) => {
      await desk.comment((await desk.ticket()).id);
      const address = (await sent(desk))[0]?.replyTo?.value[0]?.address;
      expected === undefined ? expect(address).toBeUndefined() : expect(address).toMatch(expected);
    }),
  );

  it('of a mail to an agent is signed for that agent', () =>
    withDesk({ config: { plusAddressing: true } }, async (desk) => {
      const ticket = await assigned(desk);
      await transaction(desk.db, (trx) => queueAssignment(trx, desk.deps, ticket.id, desk.john, 'alice'));
      const address = (await sent(desk))[0]?.replyTo?.value[0]?.address ?? '';
      const read = (audience: 'client' | 'agent:john') =>
        findPlusAddress([address], ['support@example.com'], desk.deps.plusSecret, [audience]);
      expect(read('agent:john')).toEqual({ number: 'TKT-2026-00001', audience: 'agent:john' });
      expect(read('client')).toBeNull();
    }));
});

it('a View Ticket link names the ticket where ticketUrl is set', () =>
  withDesk({ config: { ticketUrl: 'https://desk.example.com/t/{number}' } }, async (desk) => {
    await desk.owe('ann@client.test');
    const [mail] = await sent(desk);
    expect(mail?.text).toContain('View Ticket: https://desk.example.com/t/TKT-2026-00001');
    expect(mail?.html).toContain('href="https://desk.example.com/t/TKT-2026-00001"');
  }));

it('mail is queued though no SMTP server is configured, and says the support address', () =>
  withDesk({ smtp: null }, async (desk) => {
    const ticket = await desk.ticket();
    await desk.comment(ticket.id);
    expect(await desk.outbox()).toMatchObject([{ state: 'queued', to: 'ann@example.com', kind: 'comment' }]);
    const { entries } = await getTicketDetails(desk.db, ticket.id, noon);
    expect(entries.at(-1)?.messageId).toMatch(/^<[0-9a-f]{32}\.tkt@example\.com>$/);
  }));
