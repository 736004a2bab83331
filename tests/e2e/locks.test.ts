// Several tkt at once: two polls, staff at work during a poll, a database that somebody else holds.

import BetterSqlite from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dovecotAvailable } from '../support/dovecot.ts';
import { type MailHouse, number, openMailHouse } from '../support/mail-desk.ts';
import { startRelay } from '../support/relay.ts';
import { asIdle, finish, mail } from '../support/tkt.ts';

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe.skipIf(!dovecotAvailable)('several at once', () => {
  let house: MailHouse;
  beforeAll(async () => {
    house = await openMailHouse();
  });
  afterAll(() => house?.close());

  test('a second poll ends within a second with 75, and says since when the first runs; staff go on working', async () => {
    const desk = await house.open();
    await desk.tkt.ok(['agent', 'add', 'john', '--name', 'John Smith', '--email', 'john@desk.test']);
    await desk.write({ From: 'ann@client.test' });
    await desk.poll();
    const relay = await startRelay(house.dovecot.imapPort, { kind: 'stall', afterBytes: 600 });
    await desk.reconfigure({ imap: { ...desk.imap, port: relay.port } });
    await desk.write({ From: 'bob@client.test' });

    const first = desk.tkt.start(['poll']);
    const ended = finish(first);
    while (relay.passed.fromServer < 600) await pause(10);
    const startedAt = performance.now();
    const second = await desk.sweep();
    const took = performance.now() - startedAt;
    expect(took).toBeLessThan(await asIdle(1_000));
    expect(second.code).toBe(75);
    expect(second.stderr).toMatch(
      new RegExp(`^tkt: another poll of .*tkt\\.db is running since \\d{4}-.*Z \\(pid ${first.pid}\\).*\\n$`),
    );
    await desk.tkt.ok(['comment', '1', '--as', 'john', '-m', 'While it polls.']);
    expect(desk.sink.messages.at(-1)?.envelope.to).toEqual(['ann@client.test']);
    expect((await desk.run(['receive'], { input: mail({ From: 'carl@client.test' }, 'x') })).code).toBe(0);
    expect(await desk.tickets()).toHaveLength(2);

    // The lock goes with the process that holds it, however that ends.
    first.kill('SIGKILL');
    await ended;
    relay.setFault(null);
    expect(await desk.poll()).toMatchObject({ created: [number(3)] });
    await relay.stop();
  });

  test('of five polls at once one works, and each mail becomes one ticket', async () => {
    const desk = await house.open();
    for (let i = 0; i < 40; i++) await desk.write();
    const results = await Promise.all(Array.from({ length: 5 }, () => desk.sweep('-q')));
    for (const { code, stderr } of results) {
      expect([0, 75], stderr).toContain(code);
      if (code === 75) expect(stderr).toContain('another poll');
    }
    expect(results.some(({ code }) => code === 0)).toBe(true);
    expect(await desk.tickets()).toHaveLength(40);
    expect(desk.sink.messages).toHaveLength(40);
    expect(await desk.flags()).toEqual({ seen: 40, unseen: 0 });
  });

  test('of several that release a held mail at once one makes a ticket of it', async () => {
    const desk = await house.open();
    await desk.deliver('Subject: from nobody\r\n\r\nHello\r\n');
    await desk.poll();
    const releases = Array.from({ length: 4 }, () => desk.run(['quarantine', 'release', '--as-ticket', '1']));
    const codes = (await Promise.all(releases)).map(({ code }) => code);
    expect(codes.sort()).toEqual([0, 1, 1, 1]);
    expect(await desk.tickets()).toHaveLength(1);
  });

  test('the first start of many makes one database', async () => {
    const desk = await house.open();
    const inputs = Array.from({ length: 5 }, (_, i) => mail({ From: `c${i}@client.test` }, `mail ${i}`));
    const results = await Promise.all(inputs.map((input) => desk.run(['receive'], { input })));
    expect(results.map(({ code, stderr }) => (code === 0 ? 0 : stderr))).toEqual([0, 0, 0, 0, 0]);
    const tickets = await desk.tickets();
    expect(tickets.map((ticket) => ticket.number)).toEqual([1, 2, 3, 4, 5].map(number));
    expect(desk.sink.messages).toHaveLength(5);
  });

  test('who holds the database for a moment is waited for; for longer, it is for another time', async () => {
    const desk = await house.open();
    await desk.write({ From: 'ann@client.test' });
    await desk.poll();
    await desk.write({ From: 'bob@client.test' });
    const other = new BetterSqlite(desk.tkt.database);
    other.exec('begin immediate');
    setTimeout(() => other.exec('commit'), 2_000);
    const received = desk.run(['receive'], { input: mail({ From: 'carl@client.test' }, 'patient') });
    expect(await desk.poll()).toMatchObject({ sent: expect.any(Number) });
    expect((await received).code).toBe(0);
    expect(await desk.tickets()).toHaveLength(3);

    await desk.write({ From: 'dora@client.test' });
    other.exec('begin immediate');
    const [late, mda, reader] = await Promise.all([
      desk.sweep(),
      desk.run(['receive'], { input: mail({ From: 'erik@client.test' }, 'late') }),
      desk.run(['list']),
    ]);
    other.exec('rollback');
    other.close();
    for (const { code, stderr } of [late, mda]) {
      expect(code, stderr).toBe(75);
      expect(stderr).toMatch(/tkt\.db is locked: another process/);
      expect(stderr.trimEnd().split('\n').length).toBeLessThanOrEqual(2);
    }
    expect(reader.code).toBe(0);
    expect(await desk.flags()).toEqual({ seen: 2, unseen: 1 });
    expect(await desk.poll()).toMatchObject({ created: [number(4)] });
  });
});
