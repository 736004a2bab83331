// RELIABILITY §3 rows 7, 9 and 10: what is answered by itself, and what never is.

import { simpleParser } from 'mailparser';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eml, field, type OpenDesk, openDesk } from '../support/open-desk.ts';

const ann = 'From: Ann Lee <ann@client.test>';

let desk: OpenDesk;
beforeEach(async () => {
  desk = await openDesk();
});
afterEach(() => desk.close());

describe('ticket trick and relay spam', () => {
  test('the automatic reply has nothing of the mail but one line of its subject, cut', async () => {
    const spam = 'Buy now at https://spam.test ';
    await desk.receive(
      eml([ann, `Subject: ${spam.repeat(40)}`, 'Cc: victim@other.test'], `The body. ${spam}\nPassword: walnut`),
    );
    const [answer] = await desk.owed();
    expect(answer?.to).toEqual(['ann@client.test']);
    const { subject = '' } = await simpleParser(answer?.raw ?? '');
    expect(subject.length).toBeLessThan(240);
    expect(answer?.raw).not.toMatch(/The body|walnut|victim/);
    // Once in the header, once in the text, once in the HTML, each cut at 200 characters: 7 repetitions at most.
    expect(answer?.raw.split('spam.test').length).toBeLessThan(40);
  });

  test('the name that a sender gave himself is not in it', async () => {
    await desk.receive(eml(['From: "Your invoice is overdue, call 555" <victim@other.test>', 'Subject: hello']));
    expect((await desk.owed())[0]?.raw).not.toContain('overdue');
  });
});

describe('loops and storms', () => {
  const from = (address: string) => [`From: ${address}`, 'Subject: hello'];
  test.each([
    ['Auto-Submitted', [ann, 'Auto-Submitted: auto-replied']],
    ['Auto-Submitted with a parameter and a comment', [ann, 'Auto-Submitted: (hi) auto-generated; owner=no']],
    ['Precedence: bulk', [ann, 'Precedence: bulk']],
    ['Precedence: junk', [ann, 'Precedence: junk']],
    ['Precedence: list', [ann, 'Precedence: list']],
    ['Precedence: auto_reply', [ann, 'Precedence: auto_reply']],
    ['a List- field', [ann, 'List-Id: <a.b.test>']],
    ['any other List- field', [ann, 'List-Unsubscribe: <mailto:x@b.test>']],
    ['X-Auto-Response-Suppress: All', [ann, 'X-Auto-Response-Suppress: All']],
    ['X-Auto-Response-Suppress: AutoReply', [ann, 'X-Auto-Response-Suppress: DR, AutoReply']],
    ['X-Auto-Response-Suppress: OOF', [ann, 'X-Auto-Response-Suppress: OOF']],
    ['X-Autoreply', [ann, 'X-Autoreply: yes']],
    ['X-Autorespond', [ann, 'X-Autorespond: x']],
    ['X-Loop', [ann, 'X-Loop: ann@client.test']],
    ['a null reverse-path', [ann, 'Return-Path: <>']],
    ['MAILER-DAEMON', from('MAILER-DAEMON@client.test')],
    ['postmaster', from('postmaster@client.test')],
    ['no-reply', from('no-reply@client.test')],
    ['our own address in another case', from('SUPPORT@Example.TEST')],
    ['our own address with a tag', from('support+x@example.test')],
    ['a loop mark of another system', [ann, 'X-RT-Loop-Prevention: desk']],
    ['50 Received fields', [ann, ...Array.from({ length: 50 }, (_, i) => `Received: from h${i}.test by mx.test`)]],
    ['a report', [ann, 'Content-Type: multipart/report; report-type=x; boundary=b']],
    ['a Reply-To that is ours', [ann, 'Reply-To: support@example.test']],
  ])('%s is not answered', async (_, fields) => {
    expect(await desk.explain(eml(['Subject: hello', ...fields]))).toMatchObject({ mayRespond: false });
    await desk.receive(eml(['Subject: hello', ...fields]));
    expect(await desk.owed()).toEqual([]);
  });

  test.each([
    ['Auto-Submitted: no', 'Auto-Submitted: no'],
    ['Precedence: first-class', 'Precedence: first-class'],
    ['X-Auto-Response-Suppress of reports only', 'X-Auto-Response-Suppress: DR, NDR, RN, NRN'],
    ['an address that has reply in it', 'X-Note: noreply'],
  ])('%s is', async (_, line) => {
    expect(await desk.explain(eml([ann, 'Subject: hello', line]))).toMatchObject({ mayRespond: true });
  });

  test.each(['Precedence: bulk', 'List-Id: <l.example.org>', 'X-Auto-Response-Suppress: All', 'X-Loop: a@b.test'])(
    '%s behind thousands of other fields is seen all the same',
    async (line) => {
      const others = Array.from({ length: 3_000 }, (_, i) => `X-Filler-${i}: x`);
      const mail = eml([ann, 'Subject: hello', ...others, line]);
      expect(await desk.explain(mail)).toMatchObject({ mayRespond: false });
    },
  );

  test('our own automatic mail says that it is, in every way, and comes from nobody', async () => {
    await desk.receive(eml([ann, 'Subject: hello']));
    const [answer] = await desk.owed();
    const raw = answer?.raw ?? '';
    expect(answer?.envelopeFrom).toBe('');
    expect(field(raw, 'Auto-Submitted')).toBe('auto-replied');
    expect(field(raw, 'X-Auto-Response-Suppress')).toBe('All');
    expect(field(raw, 'X-Tkt-Loop')).toMatch(/^[0-9a-f]{32}$/);
    // Whoever sends it back, under whatever name, gets no answer and makes no ticket.
    const returned = raw.replace(/^From: .*$/m, 'From: list@client.test').replace(/^Auto-Submitted.*\r\n/m, '');
    expect(await desk.explain(returned)).toMatchObject({ class: 'own', outcome: 'ignore' });
  });

  test('over the ceiling for one address there is a ticket without an answer, in any letter case of it', async () => {
    for (let i = 0; i < 7; i++) {
      await desk.receive(eml([i % 2 === 0 ? ann : 'From: ANN@CLIENT.test', `Subject: question ${i}`]));
    }
    expect(await desk.tickets()).toHaveLength(7);
    expect(await desk.owed()).toHaveLength(5);
  });

  test('over the ceiling of a sweep there are tickets without answers', async () => {
    const small = await openDesk({ limits: { autoRepliesPerSweep: 3 } });
    for (let i = 0; i < 5; i++) await small.receive(eml([`From: u${i}@client.test`, 'Subject: flood']));
    expect(await small.tickets()).toHaveLength(5);
    expect(await small.owed()).toHaveLength(3);
    await small.close();
  });
});

describe('bounces', () => {
  const report = (original: string) =>
    [
      '--b',
      'Content-Type: text/plain',
      '',
      'Your message could not be delivered.',
      '--b',
      'Content-Type: message/delivery-status',
      '',
      'Reporting-MTA: dns; mx.client.test',
      '',
      'Final-Recipient: rfc822; ann@client.test',
      'Action: failed',
      'Status: 5.1.1',
      '',
      '--b',
      'Content-Type: text/rfc822-headers',
      '',
      `Message-ID: ${original}`,
      '--b--',
    ].join('\n');
  const head = (from: string) => [
    `From: ${from}`,
    'Subject: Undelivered: [TKT-2026-00001] hello',
    'Content-Type: multipart/report; report-type=delivery-status; boundary=b',
  ];

  test('one with a ticket’s number, also from a participant’s address, is no comment, no ticket, and not answered', async () => {
    await desk.receive(eml([ann, 'Subject: hello', 'Message-ID: <a1@client.test>']));
    const before = (await desk.owed()).length;
    await desk.receive(eml(head('ann@client.test'), report('<unknown@client.test>')));
    await desk.receive(eml(['Return-Path: <>', ...head('MAILER-DAEMON@client.test')], report('<x@client.test>')));
    expect(await desk.tickets()).toHaveLength(1);
    expect((await desk.show(1)).entries).toHaveLength(1);
    expect(await desk.owed()).toHaveLength(before);
  });

  test('only one that has an unguessable Message-ID of ours inside changes a delivery', async () => {
    await desk.receive(eml([ann, 'Subject: hello']));
    await desk.comment(1, 'Done.');
    const id = field((await desk.owed()).at(-1)?.raw ?? '', 'Message-ID') ?? '';
    const states = async () => (await desk.show(1)).entries.at(-1)?.deliveries.map(({ state }) => state);
    await desk.receive(eml(head('MAILER-DAEMON@evil.test'), report(id.replace(/^<..../, '<0000'))));
    expect(await states()).toEqual(['queued']);
    await desk.receive(eml(head('MAILER-DAEMON@client.test'), report(id)));
    expect(await states()).toEqual(['bounced']);
    expect(await desk.tickets()).toHaveLength(1);
  });

  test('who got a mail cannot, by a report of their own, keep it from somebody whose server asked to wait', async () => {
    await desk.receive(eml([ann, 'Cc: eve@evil.test', 'Subject: hello']));
    await desk.comment(1, 'Done.');
    const id = field((await desk.owed()).at(-1)?.raw ?? '', 'Message-ID') ?? '';
    const { db } = desk.bench;
    await db.updateTable('delivery').set({ state: 'sent' }).where('recipient', '=', 'eve@evil.test').execute();
    await desk.receive(eml(head('MAILER-DAEMON@client.test'), report(id)));
    const deliveries = (await desk.show(1)).entries.at(-1)?.deliveries.map(({ to, state }) => [to, state]);
    expect(deliveries).toContainEqual(['ann@client.test', 'queued']);
  });
});
