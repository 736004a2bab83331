// RELIABILITY §3 rows 26 and 27: a mailbox that changes under tkt, and mail that speaks IMAP.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dovecotAvailable } from '../support/dovecot.ts';
import { startScriptedImap } from '../support/imap-script.ts';
import { type MailHouse, number, openMailHouse } from '../support/mail-desk.ts';
import { installTkt } from '../support/tkt.ts';

describe.skipIf(!dovecotAvailable)('UIDVALIDITY change, mail read by a person first, mailbox replaced', () => {
  let house: MailHouse;
  beforeAll(async () => {
    house = await openMailHouse();
  });
  afterAll(() => house?.close());

  test('new UIDs of all messages, read or unread again, make nothing twice', async () => {
    const desk = await house.open();
    await desk.write({ From: 'ann@client.test' });
    await desk.write({ From: 'bob@client.test' });
    expect(await desk.poll()).toMatchObject({ created: [number(1), number(2)], sent: 2 });
    for (const unseen of [false, true]) {
      await house.dovecot.resetUidValidity(desk.user, { unseen });
      await desk.write();
      expect(await desk.poll()).toMatchObject({ created: [expect.any(String)], commented: [], sent: 1 });
      expect(await desk.flags()).toMatchObject({ unseen: 0 });
    }
    expect(await desk.tickets()).toHaveLength(4);
  });

  test('mail that a person read before tkt saw it is taken all the same', async () => {
    const desk = await house.open();
    await desk.poll();
    await desk.deliver('From: ann@client.test\r\nSubject: read by somebody\r\n\r\nwords\r\n', { seen: true });
    expect(await desk.poll()).toMatchObject({ created: [number(1)] });
  });
});

test('IMAP command injection: nothing of a mail stands in a command; messages are named by UID alone', async () => {
  const evil = 'EVIL" UID STORE 1:* +FLAGS (\\Deleted)';
  const raw = [
    `From: "${evil}" <evil@client.test>`,
    `Subject: ${evil}`,
    'Message-ID: <EVIL"\\1@client.test>',
    `References: <EVIL*@client.test> {5}`,
    '',
    `${evil}`,
    '',
  ].join('\r\n');
  const fetched = `* 1 FETCH (UID 1 RFC822.SIZE ${raw.length} FLAGS () INTERNALDATE "23-Nov-2026 10:00:00 +0000" BODY[] {${raw.length}}\r\n${raw})\r\n%t OK`;
  const server = await startScriptedImap({
    answers: { 'UID SEARCH': '* SEARCH 1\r\n%t OK', 'UID FETCH': fetched, SEARCH: '* SEARCH 1\r\n%t OK' },
  });
  const tkt = await installTkt({
    enabled: true,
    supportEmail: 'support@example.test',
    imap: { host: '127.0.0.1', port: server.port, username: 'u', password: 'p', useSsl: false },
  });
  try {
    const { stderr } = await tkt.run(['poll']);
    expect(stderr).toContain('Created ticket');
    await tkt.run(['poll']);
    const about = server.lines.filter((line) => /SEARCH|FETCH|STORE|COPY|MOVE/i.test(line));
    expect(about.length).toBeGreaterThanOrEqual(3);
    expect(server.lines.join('\n')).not.toMatch(/EVIL|client\.test|Deleted/i);
    for (const line of about) expect(line).toMatch(/^UID (?:SEARCH|FETCH|STORE) /);
  } finally {
    await tkt.remove();
    await server.stop();
  }
});
