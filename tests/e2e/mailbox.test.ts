// What a mailbox does under us: new UIDs, no right to set flags, other clients that read; and what is done with mail that
// was taken in.

import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dovecotAvailable } from '../support/dovecot.ts';
import { type MailDesk, type MailHouse, number, openMailHouse } from '../support/mail-desk.ts';
import { startRelay } from '../support/relay.ts';

describe.skipIf(!dovecotAvailable)('the mailbox', () => {
  let house: MailHouse;
  beforeAll(async () => {
    house = await openMailHouse();
  });
  afterAll(() => house?.close());

  /** `folder seen` of each message, the inbox as `INBOX`. */
  const places = async (desk: MailDesk) =>
    (await house.dovecot.listing(desk.user)).map(({ folder, seen }) => `${folder || 'INBOX'} ${seen}`).sort();

  test.each([
    ['with its flags', false],
    ['with all of it unread again', true],
  ])('a mailbox with a new UIDVALIDITY, %s, makes no second ticket, comment or reply', async (_how, unseen) => {
    const desk = await house.open();
    await desk.write({ From: 'ann@client.test' });
    await desk.write({ From: 'bob@client.test' });
    await desk.poll();
    await desk.write({ From: 'ann@client.test', Subject: `Re: [${number(1)}] more` });
    await desk.poll();
    await house.dovecot.resetUidValidity(desk.user, { unseen });
    await desk.write({ From: 'carl@client.test' });
    expect(await desk.poll()).toMatchObject({ created: [number(3)], commented: [], sent: 1 });
    expect(await desk.flags()).toEqual({ seen: 4, unseen: 0 });
    expect(await desk.poll()).toMatchObject({ fetched: 0, created: [], commented: [], sent: 0 });
    expect((await desk.tickets()).map(({ entryCount }) => entryCount)).toEqual([2, 1, 1]);
    expect(desk.sink.messages).toHaveLength(3);
  });

  test('mail that came with a new UIDVALIDITY and was read by somebody is not lost', async () => {
    const desk = await house.open();
    await desk.write({ From: 'ann@client.test' });
    await desk.poll();
    await house.dovecot.resetUidValidity(desk.user);
    await desk.write({ From: 'bob@client.test' });
    await house.dovecot.markSeen(desk.user);
    expect(await desk.poll()).toMatchObject({ created: [number(2)] });
  });

  test('a mailbox that may only be read is recorded once and never again', async () => {
    const desk = await house.open();
    await desk.write({ From: 'ann@client.test' });
    await desk.poll();
    await desk.write({ From: 'bob@client.test' });
    // Dovecot takes a Maildir whose `cur` it cannot write for one that may only be read.
    await house.dovecot.imap(desk.user, ['SELECT INBOX']);
    const current = join(house.dovecot.folder, 'mail', desk.user, 'Maildir', 'cur');
    await chmod(current, 0o555);
    try {
      expect(await desk.poll()).toMatchObject({ created: [number(2)] });
      expect(await desk.poll()).toMatchObject({ fetched: 0, created: [], sent: 0 });
      expect(await desk.poll()).toMatchObject({ fetched: 0, created: [], sent: 0 });
    } finally {
      await chmod(current, 0o755);
    }
    expect(await desk.flags()).toEqual({ seen: 1, unseen: 1 });
    // With the right to do so, what is recorded is marked.
    expect(await desk.poll()).toMatchObject({ fetched: 0 });
    expect(await desk.flags()).toEqual({ seen: 2, unseen: 0 });
    expect(await desk.tickets()).toHaveLength(2);
  });

  test('imap.after "move:FOLDER" moves what was taken in to a folder that is made for it, held mail too', async () => {
    const desk = await house.open();
    await desk.reconfigure({ imap: { ...desk.imap, after: 'move:Done' } });
    await desk.write({ From: 'ann@client.test' });
    await desk.write({ From: undefined, Subject: 'from nobody' });
    expect(await desk.poll()).toMatchObject({ created: [number(1)], quarantined: 1 });
    expect(await places(desk)).toEqual(['Done true', 'Done true']);
    await desk.write({ From: 'bob@client.test' });
    expect(await desk.poll()).toMatchObject({ fetched: 1, created: [number(2)] });
    expect(await places(desk)).toEqual(['Done true', 'Done true', 'Done true']);
    expect(await desk.poll()).toMatchObject({ fetched: 0 });
  });

  test('imap.after "delete" deletes what was taken in, and nothing else', async () => {
    const desk = await house.open();
    await desk.deliver('From: old@client.test\r\nSubject: read long ago\r\n\r\nx\r\n', { seen: true });
    await desk.reconfigure({ imap: { ...desk.imap, after: 'delete' } });
    await desk.write({ From: 'ann@client.test' });
    expect(await desk.poll()).toMatchObject({ fetched: 1, created: [number(1)] });
    expect(await places(desk)).toEqual(['INBOX true']);
    expect(await desk.poll()).toMatchObject({ fetched: 0 });
  });

  test('a cut before the acknowledgement is made good by the next sweep, without a second ticket', async () => {
    const desk = await house.open();
    const relay = await startRelay(house.dovecot.imapPort);
    let taken = 0;
    await house.dovecot.imap(desk.user, ['CREATE Done']);
    // The first sweep of a mailbox asks for less than those that follow.
    await desk.poll();
    for (const after of ['seen', 'move:Done', 'delete']) {
      await desk.reconfigure({ imap: { ...desk.imap, port: relay.port, after } });
      const told = relay.passed.toServer;
      await desk.write();
      await desk.poll();
      taken += 1;
      const whole = relay.passed.toServer - told;
      // In the commands that acknowledge.
      for (const short of after === 'seen' ? [40, 20] : [30]) {
        relay.setFault({ kind: 'cut', afterBytes: whole - short, way: 'to-server' });
        await desk.write();
        const cut = await desk.sweep();
        taken += 1;
        expect([after, short, cut.code], cut.stderr).toEqual([after, short, 75]);
        expect(cut.stderr).toContain('[email-to-ticket] Error connecting to inbox: ');
        expect([after, short, (await desk.tickets()).length]).toEqual([after, short, taken]);
        relay.setFault(null);
        expect(await desk.poll()).toMatchObject({ created: [] });
        expect((await desk.flags()).unseen).toBe(0);
      }
    }
    const left = await places(desk);
    expect(left.filter((place) => place === 'INBOX true')).toHaveLength(3);
    expect(left.filter((place) => place === 'Done true')).toHaveLength(2);
    expect(left).toHaveLength(5);
    expect(desk.sink.messages).toHaveLength(taken);
    await relay.stop();
  });

  test('intake "unread" leaves what others read; "new" takes what came since the last sweep, and no older mail', async () => {
    for (const intake of ['unread', 'new']) {
      const desk = await house.open();
      await desk.reconfigure({ imap: { ...desk.imap, intake } });
      // The first sweep takes unread mail alone.
      await desk.deliver('From: old@client.test\r\nSubject: read long ago\r\n\r\nx\r\n', { seen: true });
      await desk.write({ From: 'ann@client.test' });
      expect(await desk.poll()).toMatchObject({ fetched: 1, created: [number(1)] });
      await desk.write({ From: 'bob@client.test' });
      await house.dovecot.markSeen(desk.user);
      await desk.write({ From: 'carl@client.test' });
      const created = intake === 'new' ? [number(2), number(3)] : [number(2)];
      expect([intake, (await desk.poll()).created]).toEqual([intake, created]);
      expect(await desk.poll()).toMatchObject({ fetched: 0 });
    }
  });

  test('--limit leaves the rest to the next poll, also what somebody reads in between', async () => {
    for (const intake of ['unread', 'new']) {
      const desk = await house.open();
      await desk.reconfigure({ imap: { ...desk.imap, intake } });
      for (let i = 0; i < 5; i++) await desk.write();
      const limited = await desk.sweep('--limit', '2', '--json');
      expect(limited.code).toBe(75);
      expect(JSON.parse(limited.stdout)).toMatchObject({ fetched: 2, created: [number(1), number(2)] });
      expect(await desk.flags()).toEqual({ seen: 2, unseen: 3 });
      await house.dovecot.markSeen(desk.user);
      expect(await desk.poll()).toMatchObject({ fetched: 3, created: [3, 4, 5].map(number) });
      expect(await desk.poll()).toMatchObject({ fetched: 0 });
    }
  });

  test('a dry run looks at every mailbox, also behind one that is away, and ends as the poll would', async () => {
    const desk = await house.open();
    const box = (name: string, imap: object) => ({ name, address: `${name}@example.test`, imap });
    const mailboxes = [box('gone', { ...desk.imap, port: 9 }), box('here', desk.imap)];
    await desk.reconfigure({ imap: undefined, mailboxes });
    const empty = await desk.sweep('--dry-run');
    expect(empty).toMatchObject({
      code: 75,
      stdout: '',
      stderr: expect.stringMatching(/inbox: .*\nNo unread emails\n$/),
    });
    await desk.write();
    const { code, stdout } = await desk.sweep('--dry-run', '--json');
    expect(code).toBe(75);
    expect(JSON.parse(stdout)).toMatchObject([{ file: 'here:1', outcome: 'ticket' }]);
    await desk.reconfigure({ imap: undefined });
    const stderr = 'IMAP not configured\n';
    expect(await desk.sweep('--dry-run')).toMatchObject({ code: 78, stdout: '', stderr });
  });

  test('a mailbox whose password cannot be had does not keep the others waiting; it is named, and the end is 78', async () => {
    const desk = await house.open();
    const { password: _, ...noPassword } = desk.imap;
    const box = (name: string, imap: object) => ({ name, address: `${name}@example.test`, imap });
    const gone = (name: string) => box(name, { ...noPassword, passwordFile: `${name}.password` });
    await desk.reconfigure({ imap: undefined, mailboxes: [gone('first'), box('second', desk.imap), gone('third')] });
    await desk.write({ From: 'ann@client.test' });
    expect(await desk.sweep('--dry-run')).toMatchObject({
      code: 78,
      stdout: expect.stringContaining('second:1: a new'),
    });
    const { code, stderr } = await desk.sweep();
    expect(code).toBe(78);
    expect(stderr).toContain(`✓ Created ticket ${number(1)} from ann@client.test`);
    expect(stderr).toMatch(/mailboxes\[0\].*first\.password: no such file.*\n.*mailboxes\[2\].*third\.password/);
    expect(desk.sink.messages).toHaveLength(1);
    expect(await desk.flags()).toEqual({ seen: 1, unseen: 0 });
  });

  test('mail that is deleted while a sweep looks at it is passed over', async () => {
    const desk = await house.open();
    const relay = await startRelay(house.dovecot.imapPort);
    await desk.reconfigure({ imap: { ...desk.imap, port: relay.port } });
    for (let i = 0; i < 60; i++) await desk.write({}, 'words\n'.repeat(200));
    relay.setDelay(60);
    const sweeping = desk.sweep('--json');
    while (relay.passed.fromServer < 20_000) await new Promise((resolve) => setTimeout(resolve, 5));
    await house.dovecot.imap(desk.user, ['SELECT INBOX', 'UID STORE 56:58 +FLAGS.SILENT (\\Deleted)', 'EXPUNGE']);
    const { code, stdout, stderr } = await sweeping;
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout).created.length).toBeGreaterThanOrEqual(57);
    expect(await desk.poll()).toMatchObject({ fetched: 0 });
    expect((await desk.flags()).unseen).toBe(0);
    await relay.stop();
  });
});
