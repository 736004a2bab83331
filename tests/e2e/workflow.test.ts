// The whole workflow through the built tkt, a real Dovecot and a real SMTP server.

import { simpleParser } from 'mailparser';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TicketDetails } from '../../src/domain/ticket.ts';
import type { PollReport } from '../../src/pipeline/poll.ts';
import { type Dovecot, dovecotAvailable, startDovecot } from '../support/dovecot.ts';
import { type SmtpSink, startSmtpSink } from '../support/smtp-sink.ts';
import { type Installation, installTkt, mail } from '../support/tkt.ts';

const support = 'support@example.test';
const year = new Date().getUTCFullYear();
const number = (seq: number) => `TKT-${year}-${String(seq).padStart(5, '0')}`;

let dovecot: Dovecot;
let sink: SmtpSink;
let tkt: Installation;

const poll = () => tkt.json<PollReport>(['poll', '--json']);
const show = (ticket: number) => tkt.json<TicketDetails>(['show', String(ticket), '--json']);
const lastSent = () => sink.messages.at(-1) ?? expect.fail('no mail went out');
const unread = async () => (await dovecot.listing(support)).filter(({ seen }) => !seen).length;

describe.skipIf(!dovecotAvailable)('the workflow', () => {
  beforeAll(async () => {
    dovecot = await startDovecot();
    sink = await startSmtpSink();
    tkt = await installTkt({
      enabled: true,
      supportEmail: support,
      supportName: 'Example Support',
      imap: { host: '127.0.0.1', port: dovecot.imapPort, username: support, password: 'secret', useSsl: false },
      smtp: { host: '127.0.0.1', port: sink.port, useTls: false },
      ticketUrl: 'https://desk.example.test/t/{number}',
    });
    await tkt.ok(['agent', 'add', 'john', '--name', 'John Smith', '--email', 'john@desk.test']);
    await tkt.ok(['agent', 'add', 'alice', '--name', 'Alice Doe', '--email', 'alice@desk.test']);
  });

  afterAll(async () => {
    await tkt?.remove();
    await sink?.stop();
    await dovecot?.stop();
  });

  test('an empty mailbox is success', async () => {
    const { code, stderr } = await tkt.run(['poll']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'No unread emails\n' });
  });

  test('a client’s mail becomes a ticket, is marked as read, and is answered word for word', async () => {
    await dovecot.deliver(
      support,
      mail(
        {
          From: 'Ann Lee <ann@client.test>',
          Cc: 'Bob <bob@client.test>',
          Subject: "Can't login to account",
          'Message-ID': '<a1@client.test>',
        },
        "I forgot my password and the reset link isn't working...\n\n-- \nAnn Lee\nClient Ltd\n",
      ),
    );
    const { code, stderr } = await tkt.run(['poll']);
    expect(code).toBe(0);
    expect(stderr.split('\n').slice(0, 3)).toEqual([
      '[email-to-ticket] Processing 1 new emails...',
      `[email-to-ticket] ✓ Created ticket ${number(1)} from ann@client.test`,
      '[email-to-ticket] ✓ Processed 1 emails',
    ]);
    expect(await unread()).toBe(0);

    const ticket = await show(1);
    expect(ticket).toMatchObject({
      number: number(1),
      subject: "Can't login to account",
      status: 'open',
      priority: 'medium',
      category: 'support',
      assignee: null,
      mailbox: 'default',
      waitingOn: 'staff',
      requester: { name: 'Ann Lee', email: 'ann@client.test' },
      entryCount: 1,
    });
    expect(ticket.participants.map(({ email, role }) => `${role} ${email}`)).toEqual([
      'requester ann@client.test',
      'cc bob@client.test',
    ]);
    const [entry] = ticket.entries;
    expect(entry).toMatchObject({
      type: 'email',
      body: "I forgot my password and the reset link isn't working...",
      messageId: '<a1@client.test>',
      automatic: false,
      verified: null,
    });
    expect(entry?.signature).toContain('Client Ltd');
    expect(entry?.fullBody).toContain('Client Ltd');
    expect(entry?.deliveries).toMatchObject([{ to: 'ann@client.test', state: 'sent', attempts: 1, error: null }]);

    expect(sink.messages).toHaveLength(1);
    const sent = lastSent();
    expect(sent.envelope).toEqual({ from: '', to: ['ann@client.test'] });
    const parsed = await simpleParser(sent.raw);
    expect(parsed.subject).toBe(`[${number(1)}] Can't login to account`);
    expect(parsed.text?.trim()).toBe(
      [
        'Thank you for contacting support!',
        'Your ticket has been created with the following details:',
        `- Ticket Number: ${number(1)}`,
        "- Subject: Can't login to account",
        '- Status: Open',
        '',
        "We'll review your request and get back to you soon.",
        'Please keep the ticket number in the subject line when replying.',
        '',
        `View Ticket: https://desk.example.test/t/${number(1)}`,
      ].join('\n'),
    );
    expect(parsed.html).toContain('View Ticket');
    expect(sent.header('Auto-Submitted')).toBe('auto-replied');
    expect(sent.header('X-Auto-Response-Suppress')).toBe('All');
    expect(sent.header('X-Tkt-Ticket')).toBe(number(1));
    expect(sent.header('In-Reply-To')).toBe('<a1@client.test>');
    expect(sent.header('Message-ID')).toMatch(/^<[0-9a-f]{32}[^>]*@example\.test>$/);
    expect(sent.raw.toString()).not.toContain('forgot');
  });

  test('a second poll changes nothing', async () => {
    const before = await show(1);
    expect(await poll()).toMatchObject({ fetched: 0, created: [], commented: [], sent: 0, queued: 0 });
    expect(await show(1)).toEqual(before);
    expect(sink.messages).toHaveLength(1);
  });

  test('assigning tells the agent, and only the agent', async () => {
    expect(await tkt.ok(['assign', '1', 'john', '--as', 'alice'])).toBe(`${number(1)}: assigned to john\n`);
    expect(lastSent().envelope.to).toEqual(['john@desk.test']);
    expect(lastSent().header('Subject')).toContain(number(1));
    expect((await show(1)).assignee).toEqual({ login: 'john', name: 'John Smith', email: 'john@desk.test' });
  });

  test('a public comment is mailed at once to the requester, Cc the participants', async () => {
    const out = await tkt.ok(['comment', '1', '--as', 'john', '-m', "I've reset your password. Check your email."]);
    expect(out).toBe(`${number(1)}: comment added for ann@client.test, bob@client.test\n`);
    const sent = lastSent();
    const parsed = await simpleParser(sent.raw);
    expect(parsed.subject).toBe(`[${number(1)}] New comment on your ticket`);
    expect(parsed.text).toContain('John Smith commented on your ticket:');
    expect(parsed.text).toContain("Can't login to account");
    expect(parsed.text).toContain('"I\'ve reset your password. Check your email."');
    expect(sent.envelope).toEqual({ from: support, to: ['ann@client.test', 'bob@client.test'] });
    expect(sent.header('To')).toContain('ann@client.test');
    expect(sent.header('Cc')).toContain('bob@client.test');
    expect(sent.header('Auto-Submitted')).toBeNull();
    expect(sent.header('References')).toContain('<a1@client.test>');
    const ticket = await show(1);
    expect(ticket).toMatchObject({ waitingOn: 'client', entryCount: 2 });
    expect(ticket.firstResponseAt).not.toBeNull();
  });

  test('an internal note goes to nobody', async () => {
    const before = sink.messages.length;
    await tkt.ok(['comment', '1', '--as', 'alice', '--internal', '-m', 'Second reset this month.']);
    expect(sink.messages).toHaveLength(before);
    expect((await show(1)).entries.at(-1)).toMatchObject({
      type: 'note',
      body: 'Second reset this month.',
      deliveries: [],
    });
  });

  test('a reply by number alone joins the ticket, its history cut; the assignee hears of it', async () => {
    await dovecot.deliver(
      support,
      mail(
        {
          From: 'Ann Lee <ann@client.test>',
          Subject: `Re: [${number(1)}] Can't login to account`,
          'Message-ID': '<a2@client.test>',
        },
        'Thanks! I was able to login successfully.\n\nOn Mon, Nov 23, 2026 at 10:00 AM Example Support <support@example.test> wrote:\n> John Smith commented on your ticket:\n> "I\'ve reset your password."\n',
      ),
    );
    expect(await poll()).toMatchObject({ created: [], commented: [number(1)] });
    const entry = (await show(1)).entries.at(-1);
    expect(entry?.body).toBe('Thanks! I was able to login successfully.');
    expect(entry?.fullBody).toContain('> John Smith commented');
    expect(lastSent().envelope.to).toEqual(['john@desk.test']);
    expect((await simpleParser(lastSent().raw)).text).toContain('I was able to login');
  });

  test('a resolved ticket reopens by a reply with References alone', async () => {
    await tkt.ok(['set-status', '1', 'resolved', '--as', 'john']);
    expect(await show(1)).toMatchObject({ status: 'resolved', waitingOn: null });
    const comment = sink.messages.find(({ raw }) => raw.includes('New comment on your ticket'));
    await dovecot.deliver(
      support,
      mail(
        { From: 'ann@client.test', Subject: 'it is back', References: `<x@y.test> ${comment?.header('Message-ID')}` },
        'Locked out again.',
      ),
    );
    expect(await poll()).toMatchObject({ commented: [number(1)] });
    expect(await show(1)).toMatchObject({ status: 'open', waitingOn: 'staff', resolvedAt: null });
  });

  test('a stranger with the number gets a ticket of their own, and learns nothing', async () => {
    await dovecot.deliver(
      support,
      mail(
        { From: 'Eve <eve@evil.test>', Subject: `Re: [${number(1)}] Can't login`, 'In-Reply-To': '<a1@client.test>' },
        'What is the password?',
      ),
    );
    expect(await poll()).toMatchObject({ created: [number(2)], commented: [] });
    const ticket = await show(2);
    expect(ticket.requester.email).toBe('eve@evil.test');
    expect(ticket.events).toContainEqual(expect.objectContaining({ type: 'related', to: number(1) }));
    const sent = lastSent();
    expect(sent.envelope.to).toEqual(['eve@evil.test']);
    expect(sent.raw.toString()).not.toContain('Ann');
    expect((await simpleParser(sent.raw)).text).not.toContain(number(1));
    expect((await show(1)).entries.some(({ author }) => author.email === 'eve@evil.test')).toBe(false);
  });

  test('an agent answers the notification by mail: the client gets it as a comment', async () => {
    const notice = sink.messages.findLast(({ envelope }) => envelope.to.includes('john@desk.test'));
    await dovecot.deliver(
      support,
      mail(
        {
          From: 'John <john@desk.test>',
          Subject: `Re: ${notice?.header('Subject')}`,
          'In-Reply-To': notice?.header('Message-ID') ?? '',
        },
        'Please try now.',
      ),
    );
    expect(await poll()).toMatchObject({ commented: [number(1)] });
    expect((await show(1)).entries.at(-1)).toMatchObject({
      type: 'comment',
      author: { login: 'john' },
      body: 'Please try now.',
    });
    expect(lastSent().envelope.to).toContain('ann@client.test');
    expect((await simpleParser(lastSent().raw)).text).toContain('John Smith commented on your ticket:');
  });

  test('From an agent alone, without a mail that was sent to them, speaks for nobody', async () => {
    const before = sink.messages.length;
    await dovecot.deliver(
      support,
      mail({ From: 'John <john@desk.test>', Subject: `[${number(2)}] hello` }, 'Send money.'),
    );
    await poll();
    expect((await show(2)).entries.at(-1)).toMatchObject({ type: 'email' });
    expect(sink.messages.slice(before).every(({ envelope }) => !envelope.to.includes('eve@evil.test'))).toBe(true);
  });

  test('mail that another client has read since the last sweep is taken all the same', async () => {
    await dovecot.deliver(support, mail({ From: 'Carl <carl@client.test>', Subject: 'Read by somebody' }, 'Hello'));
    await dovecot.markSeen(support);
    expect(await poll()).toMatchObject({ created: [number(3)] });
    expect(await poll()).toMatchObject({ fetched: 0 });
  });

  test('automatic mail is never answered, and does not reopen', async () => {
    await tkt.ok(['set-status', '3', 'closed']);
    const before = sink.messages.length;
    const notice = sink.messages.findLast(({ envelope }) => envelope.to.includes('carl@client.test'));
    await dovecot.deliver(
      support,
      mail(
        {
          From: 'Carl <carl@client.test>',
          Subject: 'Out of office',
          'Auto-Submitted': 'auto-replied',
          'In-Reply-To': notice?.header('Message-ID') ?? '',
        },
        'Back on Monday.',
      ),
    );
    expect(await poll()).toMatchObject({ commented: [number(3)] });
    expect(await show(3)).toMatchObject({ status: 'closed' });
    expect((await show(3)).entries.at(-1)).toMatchObject({ automatic: true });
    expect(sink.messages).toHaveLength(before);
  });

  test('a bounce is noted at the delivery that it is about, without a ticket', async () => {
    const comment = sink.messages.findLast(({ raw }) => raw.includes('New comment on your ticket'));
    const report = [
      'This is the mail system. Your message could not be delivered.',
      '',
      '--b',
      'Content-Type: message/delivery-status',
      '',
      'Reporting-MTA: dns; mx.client.test',
      '',
      'Final-Recipient: rfc822; bob@client.test',
      'Action: failed',
      'Status: 5.1.1',
      'Diagnostic-Code: smtp; 550 5.1.1 no such user',
      '',
      '--b',
      'Content-Type: text/rfc822-headers',
      '',
      `Message-ID: ${comment?.header('Message-ID')}`,
      'Subject: New comment',
      '',
      '--b--',
      '',
    ];
    await dovecot.deliver(
      support,
      mail(
        {
          'Return-Path': '<>',
          From: 'MAILER-DAEMON@mx.client.test',
          Subject: 'Undelivered Mail',
          'MIME-Version': '1.0',
          'Content-Type': 'multipart/report; report-type=delivery-status; boundary=b',
        },
        ['--b', 'Content-Type: text/plain', '', ...report].join('\n'),
      ),
    );
    expect(await poll()).toMatchObject({ bounces: 1, created: [], commented: [] });
    const entry = (await show(1)).entries.findLast(({ type }) => type === 'comment');
    expect(entry?.deliveries.find(({ to }) => to === 'bob@client.test')).toMatchObject({
      state: 'bounced',
      error: expect.stringContaining('5.1.1'),
    });
    expect(entry?.deliveries.find(({ to }) => to === 'ann@client.test')).toMatchObject({ state: 'sent' });
  });

  test('our own mail that comes back is ignored', async () => {
    await dovecot.deliver(support, lastSent().raw);
    expect(await poll()).toMatchObject({ fetched: 1, ignored: 1, created: [], commented: [] });
  });

  test('a pipeline of tkt commands assigns many tickets in one process', async () => {
    const list = await tkt.ok(['list', '--unassigned', '--fields', 'number']);
    expect(list).toBe(`${number(2)}\n`);
    const { code, stdout, stderr } = await tkt.run(['assign', '-', 'alice', '--as', 'john'], {
      input: `${list}TKT-2020-00077\t x\n`,
    });
    expect({ code, stdout }).toEqual({ code: 1, stdout: `${number(2)}: assigned to alice\n` });
    expect(stderr).toContain('TKT-2020-00077');
  });

  test('attachments come in, are listed, and are written out', async () => {
    const body = [
      '--x',
      'Content-Type: text/plain',
      '',
      'See the log.',
      '--x',
      'Content-Type: text/plain; name="../../log.txt"',
      'Content-Disposition: attachment; filename="../../log.txt"',
      'Content-Transfer-Encoding: base64',
      '',
      Buffer.from('line one\n').toString('base64'),
      '--x--',
      '',
    ].join('\n');
    await dovecot.deliver(
      support,
      mail(
        {
          From: 'Dora <dora@client.test>',
          Subject: 'Log',
          'MIME-Version': '1.0',
          'Content-Type': 'multipart/mixed; boundary=x',
        },
        body,
      ),
    );
    await poll();
    const [entry] = (await show(4)).entries;
    expect(entry?.attachments).toMatchObject([{ contentType: 'text/plain', size: 9 }]);
    const saved = (await tkt.ok(['attachments', '4', '--save', 'out'])).trim();
    expect(saved.split('\t').some((cell) => cell.endsWith('log.txt'))).toBe(true);
    const { readdir, readFile } = await import('node:fs/promises');
    const [file = ''] = await readdir(`${tkt.folder}/out`);
    expect(await readFile(`${tkt.folder}/out/${file}`, 'utf8')).toBe('line one\n');
  });

  test('a file goes out with a comment', async () => {
    const { writeFile } = await import('node:fs/promises');
    await writeFile(`${tkt.folder}/manual.pdf`, '%PDF-1.4 not much');
    await tkt.ok([
      'comment',
      '4',
      '--as',
      'john',
      '-m',
      'Here it is.',
      '--attach',
      'manual.pdf',
      '--cc',
      'erik@client.test',
      '--status',
      'pending',
    ]);
    const parsed = await simpleParser(lastSent().raw);
    expect(parsed.attachments).toMatchObject([{ filename: 'manual.pdf', contentType: 'application/pdf' }]);
    expect(lastSent().envelope.to).toEqual(['dora@client.test', 'erik@client.test']);
    expect(await show(4)).toMatchObject({ status: 'pending' });
  });

  test('the number wins no other ticket: a participant added by staff may use it', async () => {
    await dovecot.deliver(
      support,
      mail({ From: 'erik@client.test', Subject: `[${number(4).toLowerCase()}] thanks` }, 'Got it.'),
    );
    expect(await poll()).toMatchObject({ commented: [number(4)] });
  });
});
