// The private Dovecot does what other tests rely on.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Dovecot, dovecotAvailable, startDovecot } from '../support/dovecot.ts';

const user = 'support@example.test';
const mail = (subject: string) => `From: ann@example.com\r\nTo: ${user}\r\nSubject: ${subject}\r\n\r\nHello\r\n`;

describe.skipIf(!dovecotAvailable)('the private Dovecot', () => {
  let dovecot: Dovecot;
  beforeAll(async () => {
    dovecot = await startDovecot();
  });
  afterAll(() => dovecot?.stop());

  it('serves what was delivered, and tells what was read', async () => {
    const first = await dovecot.deliver(user, mail('one'));
    await dovecot.deliver(user, mail('two'), { seen: true });
    await dovecot.deliver(user, mail('three'));
    const said = await dovecot.imap(user, [
      'SELECT INBOX',
      'UID SEARCH UNSEEN',
      'UID FETCH 2 BODY.PEEK[HEADER.FIELDS (SUBJECT)]',
    ]);
    expect(said).toContain('* SEARCH 1 3');
    expect(said).toContain('Subject: two');
    expect((await dovecot.listing(user)).map((file) => file.seen)).toEqual([false, true, false]);
    await dovecot.markSeen(user, [1]);
    const after = await dovecot.listing(user);
    expect(after.map((file) => file.seen)).toEqual([true, true, false]);
    expect(after[0]?.base).toBe(first);
  });

  it('gets a new UIDVALIDITY and keeps the flags', async () => {
    const validity = async () => /UIDVALIDITY (\d+)/.exec(await dovecot.imap(user, ['SELECT INBOX']))?.[1];
    const before = await validity();
    await dovecot.resetUidValidity(user);
    expect(Number(await validity())).toBe(Number(before) + 1000);
    expect((await dovecot.listing(user)).map((file) => file.seen)).toEqual([true, true, false]);
    await dovecot.resetUidValidity(user, { unseen: true });
    expect(await dovecot.imap(user, ['SELECT INBOX', 'UID SEARCH UNSEEN'])).toContain('* SEARCH 1 2 3');
  });

  it('leaves no process behind', async () => {
    const other = await startDovecot({ tls: true });
    await other.imap(user, ['SELECT INBOX']);
    await other.stop();
    await expect(other.imap(user, [])).rejects.toThrow('ECONNREFUSED');
  });
});
