// The IMAP adapter against a real Dovecot: what it finds, fetches and marks.

import { chmod } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ImapConfig } from '../../src/config/config.ts';
import { type FetchedMessage, type MailboxSession, openMailbox } from '../../src/mail/fetch.ts';
import { type Dovecot, dovecotAvailable, startDovecot } from '../support/dovecot.ts';

const user = 'support@example.test';
const silent = { debug() {}, info() {}, warn() {}, error() {}, progress() {} };
const mail = (subject: string, body = 'Hello') =>
  `From: ann@example.com\r\nTo: ${user}\r\nSubject: ${subject}\r\n\r\n${body}\r\n`;

describe.skipIf(!dovecotAvailable)('a mailbox', () => {
  let dovecot: Dovecot;
  const open: MailboxSession[] = [];

  async function session(overrides: Partial<ImapConfig> = {}): Promise<MailboxSession> {
    const opened = await openMailbox(dovecot.config(overrides), { log: silent, signal: new AbortController().signal });
    open.push(opened);
    return opened;
  }

  /** Flags of the inbox's messages, in order of delivery. */
  async function inboxFlags(): Promise<string[]> {
    return (await dovecot.listing(user)).filter(({ folder }) => folder === '').map(({ flags }) => flags);
  }

  async function fetchAll(from: MailboxSession, uids: number[]) {
    const messages: FetchedMessage[] = [];
    const { missing } = await from.fetch(uids, (message) => {
      messages.push(message);
    });
    return { messages, missing };
  }

  beforeAll(async () => {
    dovecot = await startDovecot({ tls: true });
  });
  beforeEach(async () => {
    await Promise.all(open.splice(0).map((opened) => opened.close()));
    await dovecot.imap(user, ['SELECT INBOX', 'STORE 1:* +FLAGS (\\Deleted)', 'EXPUNGE']).catch(() => {});
  });
  afterAll(() => dovecot?.stop());

  it('is empty at first, and searching it finds nothing', async () => {
    const opened = await session();
    expect(await opened.search({ unseen: true })).toEqual([]);
    expect(opened.exists).toBe(0);
    expect(opened.readOnly).toBe(false);
    expect(opened.uidValidity).toBeGreaterThan(0);
  });

  it.each([
    ['in the clear on loopback', () => ({})],
    ['over STARTTLS', () => ({ security: 'starttls' as const })],
    ['over TLS', () => ({ security: 'tls' as const, port: dovecot.imapsPort })],
    ['over TLS by name', () => ({ security: 'tls' as const, port: dovecot.imapsPort, host: 'localhost' })],
  ])('is read %s', async (_how, overrides) => {
    await dovecot.deliver(user, mail('one'));
    const opened = await session(overrides());
    expect(await opened.search({ unseen: true })).toHaveLength(1);
  });

  it('gives the bytes as they are, and fetching marks nothing as read', async () => {
    const raw = Buffer.from(`${mail('eight bits')}\r\nna\xefve \x00 nul\r\n..dots\r\n`, 'latin1');
    await dovecot.deliver(user, raw);
    const opened = await session();
    const uids = await opened.search({ unseen: true });
    const { messages, missing } = await fetchAll(opened, uids);
    expect(missing).toEqual([]);
    // Dovecot itself serves NUL as 0x80 (RFC 9051 §4.3.1 has no NUL in literals).
    expect(messages[0]?.raw.toString('latin1').replace('\x80', '\x00')).toBe(raw.toString('latin1'));
    const [facts] = await opened.facts(uids);
    expect(facts?.seen).toBe(false);
    expect(Date.now() - (facts?.internalDate.getTime() ?? 0)).toBeLessThan(60_000);
    expect(await inboxFlags()).toEqual(['']);
  });

  it('gives every message of any size and nesting that was asked for', async () => {
    const nested = Array.from({ length: 600 }, (_, depth) => [
      `Content-Type: multipart/mixed; boundary="b${depth}"`,
      '',
      `--b${depth}`,
    ]).flat();
    const sent = [
      mail('small'),
      mail('large', 'x'.repeat(3_000_000)),
      `From: a@b.example\r\n${nested.join('\r\n')}\r\n`,
      '',
    ];
    for (const raw of sent) {
      await dovecot.deliver(user, raw);
    }
    const opened = await session();
    const uids = await opened.search({ unseen: true });
    const { messages, missing } = await fetchAll(opened, uids);
    expect(missing).toEqual([]);
    expect(messages.map(({ raw }) => raw.length)).toEqual(sent.map((raw) => raw.length));
    expect((await opened.sizes(uids)).map(({ size }) => size)).toEqual(sent.map((raw) => raw.length));
  });

  it('gives a large message in pieces, every byte, even where its size is wrong', async () => {
    const pieceBytes = 4 * 1024 * 1024;
    const head = mail('large', '');
    for (const length of [2 * pieceBytes, 9_000_001]) {
      const raw = `${head}${'0123456789abcde\n'.repeat(length / 16 + 1).slice(0, length - head.length - 2)}\r\n`;
      await dovecot.deliver(user, raw);
      const opened = await session();
      const uid = (await opened.search({ unseen: true })).at(-1) ?? 0;
      const size = (await opened.sizes([uid]))[0]?.size ?? 0;
      const whole = (await fetchAll(opened, [uid])).messages[0]?.raw ?? Buffer.alloc(0);
      expect(whole.length).toBe(size);
      for (const said of [size, size - 1_000, size + 1_000, size + 2 * pieceBytes, 5_000_000]) {
        const large = await opened.fetchLarge(uid, said);
        expect(large?.raw.equals(whole), `${length} bytes, said to be ${said}`).toBe(true);
      }
      expect(await opened.fetchLarge(uid + 1, size)).toBeNull();
    }
  });

  it('tells which messages others have deleted in the meantime', async () => {
    for (const subject of ['one', 'two', 'three']) {
      await dovecot.deliver(user, mail(subject));
    }
    const opened = await session();
    const uids = await opened.search({ unseen: true });
    const gone = uids[1] ?? 0;
    await dovecot.imap(user, ['SELECT INBOX', `UID STORE ${gone} +FLAGS (\\Deleted)`, 'EXPUNGE']);
    const { messages, missing } = await fetchAll(opened, uids);
    expect(missing).toEqual([gone]);
    expect(messages.map(({ uid }) => uid)).toEqual([uids[0], uids[2]]);
    expect((await opened.sizes(uids)).map(({ uid }) => uid)).toEqual([uids[0], uids[2]]);
  });

  it('lets onMessage use the session while the server is still sending', async () => {
    for (let count = 0; count < 20; count++) {
      await dovecot.deliver(user, mail(`mail ${count}`, 'x'.repeat(100_000)));
    }
    const opened = await session();
    const uids = await opened.search({ unseen: true });
    const order: number[] = [];
    await opened.fetch(uids, async ({ uid }) => {
      await opened.markSeen([uid]);
      order.push(uid);
    });
    expect(order).toEqual(uids);
    expect(new Set(await inboxFlags())).toEqual(new Set(['S']));
  });

  it('passes on what onMessage throws, once all has been read from the wire', async () => {
    await dovecot.deliver(user, mail('one'));
    const opened = await session();
    const uids = await opened.search({ unseen: true });
    const failing = opened.fetch(uids, () => {
      throw new RangeError('mine');
    });
    await expect(failing).rejects.toThrow(new RangeError('mine'));
    expect(await opened.search({ unseen: true })).toEqual(uids);
  });

  describe('searched', () => {
    let uids: number[];
    beforeEach(async () => {
      await dovecot.deliver(user, mail('read'), { seen: true });
      await dovecot.deliver(user, mail('new'));
      await dovecot.deliver(user, mail('read, the last'), { seen: true });
      uids = (await (await session()).sizes([])).map(({ uid }) => uid);
      const said = await dovecot.imap(user, ['SELECT INBOX', 'UID SEARCH ALL']);
      uids = (/\* SEARCH (.*)/.exec(said)?.[1] ?? '').split(' ').map(Number);
    });

    it.each([
      ['for unread mail', () => ({ unseen: true }), [1]],
      ['from a UID on, read or not', () => ({ unseen: false, sinceUid: uids[1] ?? 0 }), [1, 2]],
      ['for both', () => ({ unseen: true, sinceUid: uids[2] ?? 0 }), [1, 2]],
      [
        'from beyond the last UID: the last message does not come along',
        () => ({ unseen: true, sinceUid: (uids[2] ?? 0) + 1 }),
        [1],
      ],
      ['since a date', () => ({ unseen: false, sinceDate: new Date() }), [0, 1, 2]],
      ['since a date to come', () => ({ unseen: true, sinceDate: new Date(Date.now() + 3 * 86_400_000) }), [0, 1, 2]],
      ['for nothing', () => ({ unseen: false }), []],
    ])('%s', async (_what, query, expected) => {
      const opened = await session();
      expect(await opened.search(query())).toEqual(expected.map((index) => uids[index]));
    });

    it('knows the highest UID even when its message is gone', async () => {
      const last = uids[2] ?? 0;
      await dovecot.imap(user, ['SELECT INBOX', `UID STORE ${last} +FLAGS (\\Deleted)`, 'EXPUNGE']);
      const opened = await session();
      expect(opened.highestUid).toBe(last);
      expect(await opened.search({ unseen: false, sinceUid: last })).toEqual([]);
    });
  });

  it('is marked as read with one command for many messages', async () => {
    for (let count = 0; count < 5; count++) {
      await dovecot.deliver(user, mail(`mail ${count}`));
    }
    const opened = await session();
    const uids = await opened.search({ unseen: true });
    expect(await opened.markSeen(uids.slice(0, 4))).toBe(true);
    expect(await inboxFlags()).toEqual(['S', 'S', 'S', 'S', '']);
    expect(await opened.markSeen([])).toBe(false);
  });

  it('moves messages to a folder that is made for them', async () => {
    await dovecot.deliver(user, mail('one'));
    await dovecot.deliver(user, mail('two'));
    const opened = await session();
    const uids = await opened.search({ unseen: true });
    expect(await opened.move(uids.slice(0, 1), 'Tickets/Done für heute')).toBe(true);
    expect(await opened.search({ unseen: true })).toEqual(uids.slice(1));
    expect((await dovecot.listing(user)).map((file) => file.folder === '')).toEqual([false, true]);
  });

  it('deletes the messages named, and leaves alone what another client has flagged', async () => {
    for (const subject of ['one', 'two', 'three']) {
      await dovecot.deliver(user, mail(subject));
    }
    const opened = await session();
    const uids = await opened.search({ unseen: true });
    await dovecot.imap(user, ['SELECT INBOX', `UID STORE ${uids[0]} +FLAGS (\\Deleted)`]);
    expect(await opened.remove(uids.slice(1, 2))).toBe(true);
    expect(await inboxFlags()).toEqual(['T', '']);
  });

  it('that may not be written to is read, and marking does nothing', async () => {
    await dovecot.deliver(user, mail('one'));
    await dovecot.imap(user, ['SELECT INBOX']);
    const folder = path.join(dovecot.folder, 'mail', user, 'Maildir', 'cur');
    await chmod(folder, 0o555);
    try {
      const opened = await session();
      expect(opened.readOnly).toBe(true);
      const uids = await opened.search({ unseen: true });
      expect((await fetchAll(opened, uids)).messages).toHaveLength(1);
      expect(await opened.markSeen(uids)).toBe(false);
      expect(await opened.move(uids, 'Done')).toBe(false);
      expect(await opened.remove(uids)).toBe(false);
    } finally {
      await chmod(folder, 0o755);
    }
    expect(await inboxFlags()).toEqual(['']);
  });

  it('wakes who waits for mail', async () => {
    const opened = await session();
    const started = Date.now();
    const waiting = opened.waitForMail(30_000);
    await dovecot.deliver(user, mail('ring'));
    await waiting;
    expect(Date.now() - started).toBeLessThan(20_000);
    expect(await opened.search({ unseen: true })).toHaveLength(1);
    await opened.waitForMail(50);
    expect(await opened.search({ unseen: true })).toHaveLength(1);
  });
});
