// Mail that could not go out: an SMTP server that is away, refuses, drops or falls silent. The ticket stands, the mail waits,
// and whatever happens it goes out as one and the same message.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dovecotAvailable } from '../support/dovecot.ts';
import { type MailDesk, type MailHouse, number, openMailHouse } from '../support/mail-desk.ts';
import { startRelay } from '../support/relay.ts';
import { type SmtpSink, startSmtpSink } from '../support/smtp-sink.ts';

const ids = (sink: SmtpSink) => new Set(sink.messages.map((message) => message.header('Message-ID')));

describe.skipIf(!dovecotAvailable)('the outbox', () => {
  let house: MailHouse;
  beforeAll(async () => {
    house = await openMailHouse();
  });
  afterAll(() => house?.close());

  /** A desk with an agent and a ticket of Ann's, its auto-reply sent. */
  async function openTicket(): Promise<MailDesk> {
    const desk = await house.open();
    await desk.tkt.ok(['agent', 'add', 'john', '--name', 'John Smith', '--email', 'john@desk.test']);
    await desk.write({ From: 'Ann <ann@client.test>' });
    await desk.poll();
    desk.sink.messages.length = 0;
    return desk;
  }

  test('a comment while SMTP is down stands, says that its mail waits, and a later poll sends it once', async () => {
    const desk = await openTicket();
    const { port } = desk.sink;
    await desk.sink.stop();
    const { code, stdout, stderr } = await desk.run(['comment', '1', '--as', 'john', '-m', 'Done.']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${number(1)}: comment added for ann@client.test\n` });
    expect(stderr).toMatch(/\[email\] .*refused the connection/);
    expect(stderr).toContain('a mail waits in the outbox; the next poll sends it');
    const [queued] = await desk.outbox();
    expect(queued).toMatchObject({ ticket: number(1), to: 'ann@client.test', kind: 'comment', state: 'queued' });
    const [comment] = (await desk.show(1)).entries.slice(-1);
    expect(comment).toMatchObject({ type: 'comment', body: 'Done.', deliveries: [{ state: 'queued' }] });

    const away = await desk.sweep('--json');
    expect(away.code).toBe(75);
    expect(JSON.parse(away.stdout)).toMatchObject({ sent: 0, queued: 1 });

    const back = await startSmtpSink({ port });
    expect(await desk.poll()).toMatchObject({ sent: 1, queued: 0 });
    expect(await desk.poll()).toMatchObject({ sent: 0, queued: 0 });
    expect(back.messages).toHaveLength(1);
    expect(back.messages[0]?.header('Message-ID')).toBe(comment?.messageId);
    expect(await desk.outbox()).toEqual([]);
    expect((await desk.show(1)).entries.at(-1)?.deliveries).toMatchObject([{ to: 'ann@client.test', state: 'sent' }]);
    await back.stop();
  });

  test('a server that has room for three connections gets all replies of a poll over those', async () => {
    const text = '4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded';
    const room = { connections: 3, at: 'data', code: 432, text } as const;
    const desk = await house.open({ sink: { mode: { delayMs: 30 }, room } });
    for (let i = 1; i <= 20; i++) await desk.write({ From: `Ann <ann${i}@client.test>` });
    expect(await desk.poll()).toMatchObject({ fetched: 20, sent: 20, queued: 0 });
    expect(desk.sink.messages).toHaveLength(20);
    expect(ids(desk.sink).size).toBe(20);
  });

  test('a comment goes out at once, also while a poll that sends waits for its IMAP server', async () => {
    const desk = await openTicket();
    const relay = await startRelay(house.dovecot.imapPort, { kind: 'stall', afterBytes: 400_000 });
    await desk.reconfigure({ imap: { ...desk.imap, port: relay.port } });
    for (let i = 0; i < 30; i++) await desk.write({}, 'words that take room\n'.repeat(1_000));
    const sweeping = desk.sweep();
    // The replies to the first chunk; what comes after it never arrives.
    await desk.sink.waitFor(10);
    await desk.tkt.ok(['comment', '1', '--as', 'john', '-m', 'Done.']);
    expect((await desk.show(1)).entries.at(-1)?.deliveries).toMatchObject([{ state: 'sent' }]);
    relay.cutAll();
    const { code, stderr } = await sweeping;
    expect(code, stderr).toBe(75);
    expect(desk.sink.messages).toHaveLength(11);
    await relay.stop();
  });

  test.each([
    ['a 4xx at RCPT', { code: 451, at: 'rcpt', text: '4.7.1 Greylisted' }, /4\.7\.1 Greylisted/, 0],
    ['a 4xx at DATA', { code: 452, at: 'data' }, /452/, 0],
    ['a cut in the middle of the message', 'drop-in-data', /closed the connection|may have/i, 0],
    ['a cut after the final dot', 'drop-before-250', /may have/i, 1],
    ['a reset after the final dot', 'reset-before-250', /may have/i, 1],
  ] as const)('%s is tried again later, as the same message', async (_name, mode, words, arrived) => {
    const desk = await house.open();
    await desk.write({ From: 'ann@client.test' });
    desk.sink.use(mode, 'accept');
    const result = await desk.sweep('--json');
    expect(result.code, result.stderr).toBe(75);
    expect(JSON.parse(result.stdout)).toMatchObject({ created: [number(1)], sent: 0, queued: 1 });
    expect(result.stderr).toMatch(/\[email\] /);
    const [row] = await desk.outbox();
    expect(row).toMatchObject({ state: 'queued', attempts: 1, error: expect.stringMatching(words) });
    const wait = Date.parse(row?.nextAttemptAt ?? '') - Date.now();
    expect(wait).toBeGreaterThan(40_000);
    expect(wait).toBeLessThan(61_000);
    expect(desk.sink.messages).toHaveLength(arrived);

    // Not due yet: a poll leaves it alone, a person need not wait.
    expect((await desk.sweep()).stderr).toBe('No unread emails\n');
    expect(desk.sink.messages).toHaveLength(arrived);
    expect(await desk.tkt.ok(['outbox', 'retry', '--all'])).toBe(`${row?.id}: sent\n`);
    expect(desk.sink.messages).toHaveLength(arrived + 1);
    expect(ids(desk.sink).size).toBe(1);
    expect(await desk.outbox()).toEqual([]);
  });

  test('a 5xx is final, shown on the ticket, and not tried again unless a person says so', async () => {
    const desk = await openTicket();
    desk.sink.use({ code: 550, at: 'rcpt', text: '5.1.1 No such user', only: ['bob@client.test'] });
    const { code, stderr } = await desk.run(['comment', '1', '--as', 'john', '-m', 'Hello', '--cc', 'bob@client.test']);
    expect(code).toBe(0);
    expect(stderr).toMatch(/\[email\] .*bob@client\.test.*5\.1\.1 No such user.*not tried again/);
    expect(desk.sink.messages).toMatchObject([{ envelope: { to: ['ann@client.test'] } }]);
    expect((await desk.show(1)).entries.at(-1)?.deliveries).toMatchObject([
      { to: 'ann@client.test', state: 'sent' },
      { to: 'bob@client.test', state: 'failed', error: expect.stringContaining('5.1.1') },
    ]);
    expect(await desk.poll()).toMatchObject({ sent: 0, queued: 0 });
    const [row] = await desk.outbox();
    expect(row).toMatchObject({ to: 'bob@client.test', state: 'failed' });

    const refused = await desk.run(['outbox', 'retry', String(row?.id)]);
    expect(refused).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('5.1.1') });
    desk.sink.use('accept');
    expect(await desk.tkt.ok(['outbox', 'retry', String(row?.id)])).toBe(`${row?.id}: sent\n`);
    expect(desk.sink.messages.at(-1)?.envelope.to).toEqual(['bob@client.test']);
    expect(ids(desk.sink).size).toBe(1);
  });

  test('what is dropped never goes out; what is not there is named', async () => {
    const desk = await house.open();
    desk.sink.use({ code: 451, at: 'mail' });
    for (const From of ['ann@client.test', 'bob@client.test']) await desk.write({ From });
    await desk.sweep();
    const [first, second] = await desk.outbox();
    expect(await desk.tkt.ok(['outbox', 'drop', String(first?.id)])).toBe(`${first?.id}: dropped\n`);
    const none = await desk.run(['outbox', 'drop', '4711']);
    expect(none).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('4711') });
    desk.sink.use('accept');
    expect(await desk.tkt.ok(['outbox', 'retry', '--all'])).toBe(`${second?.id}: sent\n`);
    expect(desk.sink.messages.map(({ envelope }) => envelope.to)).toEqual([[second?.to]]);
  });

  test('a log-in that SMTP refuses costs no mail and shows no password', async () => {
    const desk = await house.open();
    const guarded = await startSmtpSink({ users: { desk: 'right' } });
    const smtp = { host: '127.0.0.1', port: guarded.port, useTls: false, username: 'desk', password: 'wr0ng-one' };
    await desk.reconfigure({ smtp });
    for (const From of ['ann@client.test', 'bob@client.test', 'carl@client.test']) await desk.write({ From });
    const { code, stderr } = await desk.sweep();
    expect(code, stderr).toBe(75);
    expect(stderr).toMatch(/\[email\] .*refused the log-in.*smtp\.username.*3 mails wait in the outbox/);
    expect(stderr).not.toContain('wr0ng-one');
    expect(await desk.tickets()).toHaveLength(3);
    await desk.reconfigure({ smtp: { ...smtp, password: 'right' } });
    expect(await desk.poll()).toMatchObject({ sent: 3, queued: 0 });
    await guarded.stop();
  });

  test('a server that never answers holds back neither the intake nor the end of the poll', async () => {
    const desk = await house.open();
    for (let i = 0; i < 3; i++) await desk.write();
    desk.sink.use('hang');
    const startedAt = performance.now();
    // Half of it is kept for what is under way: a busy machine must have taken in three mails by then.
    const sweeping = desk.sweep('--max-seconds', '10');
    await desk.sink.waitFor(3);
    expect(await desk.tickets()).toHaveLength(3);
    expect(await desk.flags()).toEqual({ seen: 3, unseen: 0 });
    const { code, stderr } = await sweeping;
    expect(performance.now() - startedAt).toBeLessThan(40_000);
    expect(code, stderr).toBe(75);
    expect(await desk.outbox()).toMatchObject(Array.from({ length: 3 }, () => ({ state: 'queued', attempts: 1 })));
    desk.sink.use('accept');
    await desk.tkt.ok(['outbox', 'retry', '--all']);
    expect(ids(desk.sink).size).toBe(3);
    expect(desk.sink.messages).toHaveLength(6);
  });
});
