// tkt cut short: by a reader who has seen enough, a full disk behind stdout, Ctrl-C, a shutdown, and kill -9.

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import BetterSqlite from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dovecotAvailable } from '../support/dovecot.ts';
import { type MailDesk, type MailHouse, number, openMailHouse } from '../support/mail-desk.ts';
import { type Relay, startRelay } from '../support/relay.ts';
import { asIdle, type Finished, finish, mail, slowMail, tktScript } from '../support/tkt.ts';

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A shell line in the folder of a desk, in which `tkt` is the built one. */
function shell(desk: MailDesk, line: string): Promise<Finished> {
  const env = { PATH: process.env.PATH, HOME: desk.tkt.folder, TKT_CONFIG: desk.tkt.configFile };
  const script = `tkt() { '${process.execPath}' '${tktScript}' "$@"; }\n${line}`;
  return finish(spawn('bash', ['-c', script], { cwd: desk.tkt.folder, env }));
}

describe.skipIf(!dovecotAvailable)('tkt cut short', () => {
  let house: MailHouse;
  beforeAll(async () => {
    house = await openMailHouse();
  });
  afterAll(() => house?.close());

  test('a reader that has seen enough ends tkt quietly; a full stdout is an error', async () => {
    const desk = await house.open();
    // More than a pipe holds.
    for (let i = 0; i < 90; i++) await desk.write({ Subject: `${i} ${'long words '.repeat(85)}` });
    await desk.poll();
    for (const command of ['list', 'list --json', 'list -o csv', 'show 1 --full']) {
      const { stdout, stderr } = await shell(
        desk,
        `tkt ${command} | head -1 >line; echo "\${PIPESTATUS[0]}"; wc -l <line`,
      );
      expect([command, stdout, stderr]).toEqual([command, '0\n1\n', '']);
    }
    for (const command of [
      'list',
      'list --json',
      'show 1',
      '--help',
      '--version',
      'poll --json',
      'quarantine --json',
    ]) {
      const { code, stderr } = await shell(desk, `tkt -q ${command} >/dev/full`);
      expect([command, code, stderr]).toEqual([
        command,
        74,
        expect.stringMatching(/^tkt: cannot write to standard output: .*\n$/),
      ]);
    }
    // Closed from the start: nobody wants to know.
    expect(await shell(desk, 'tkt list >&-')).toMatchObject({ code: 0, stderr: '' });
    // Work is done though nobody listens.
    await desk.write();
    expect(await shell(desk, 'tkt poll 2>/dev/full')).toMatchObject({ code: 0 });
    expect(await desk.tickets()).toHaveLength(91);
  });

  /** Starts a poll, sends the signal when it is where it should be, and gives how it ended and how long that took. */
  async function interrupt(desk: MailDesk, signal: NodeJS.Signals, reached: () => Promise<unknown>) {
    const child = desk.tkt.start(['poll', '--json']);
    const ended = finish(child);
    await reached();
    const at = performance.now();
    child.kill(signal);
    const result = await ended;
    return { ...result, took: performance.now() - at };
  }

  async function until(condition: () => boolean): Promise<void> {
    for (const start = performance.now(); !condition(); ) {
      if (performance.now() - start > 120_000) throw new Error('it never came to that');
      await pause(5);
    }
  }

  async function relayed(desk: MailDesk): Promise<Relay> {
    const relay = await startRelay(house.dovecot.imapPort);
    await desk.reconfigure({ imap: { ...desk.imap, port: relay.port } });
    return relay;
  }

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    '%s ends a sweep within 2 seconds; the next completes it',
    async (signal) => {
      const desk = await house.open();
      const relay = await relayed(desk);
      relay.setDelay(10);
      const padding = 'words that take room\n'.repeat(4_000);
      for (let i = 0; i < 150; i++) await desk.write({}, i % 4 ? 'short\n' : padding);
      const result = await interrupt(desk, signal, () => until(() => relay.passed.fromServer > 1_000_000));
      expect(result.took).toBeLessThan(await asIdle(2_000));
      expect(result.code, result.stderr).toBe(75);
      // In the middle of a command, or between two chunks.
      expect(result.stderr).toMatch(/stopped: the next sweep goes on from here|messages left: stopped/);
      expect(result.stderr).not.toMatch(/\n\s+at /);
      relay.setDelay(0);
      expect((await desk.sweep('-q')).code).toBe(0);
      const tickets = await desk.tickets();
      expect(new Set(tickets.map(({ requester }) => requester.email)).size).toBe(150);
      expect(tickets.map((ticket) => ticket.number)).toEqual(Array.from({ length: 150 }, (_, i) => number(i + 1)));
      expect(await desk.flags()).toEqual({ seen: 150, unseen: 0 });
      await relay.stop();
    },
  );

  test('a server that falls silent, in the greeting, in a mail, in an answer, does not hold back a signal', async () => {
    const desk = await house.open();
    const relay = await relayed(desk);
    for (let i = 0; i < 5; i++) await desk.write({}, 'words\n'.repeat(2_000));
    for (const afterBytes of [0, 400, 20_000]) {
      relay.setFault({ kind: 'stall', afterBytes });
      const { passed } = relay;
      const before = passed.fromServer;
      const result = await interrupt(desk, 'SIGTERM', async () => {
        await until(() => passed.fromServer >= before + afterBytes && relay.connections > 0);
        await pause(400);
      });
      expect([afterBytes, result.code], result.stderr).toEqual([afterBytes, 75]);
      expect(result.took).toBeLessThan(await asIdle(2_000));
    }
    relay.setFault(null);
    expect((await desk.poll()).created).toHaveLength(5);
    await relay.stop();
  });

  test('an SMTP server that never answers does not hold back a signal; the mail goes out once more, as the same mail', async () => {
    const desk = await house.open();
    await desk.write({ From: 'ann@client.test' });
    desk.sink.use('hang', 'accept');
    const result = await interrupt(desk, 'SIGTERM', () => desk.sink.waitFor(1));
    expect(result.took).toBeLessThan(await asIdle(2_000));
    expect(result.code, result.stderr).toBe(75);
    expect(await desk.tickets()).toHaveLength(1);
    expect(await desk.outbox()).toMatchObject([{ to: 'ann@client.test', state: 'queued', attempts: 1 }]);
    expect(await desk.poll()).toMatchObject({ sent: 1, queued: 0, created: [] });
    const ids = desk.sink.messages.map(({ header }) => header('Message-ID'));
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
  });

  test('a mail that takes seconds to read does not hold back a signal, and is read by the next sweep', async () => {
    const desk = await house.open();
    const relay = await relayed(desk);
    await desk.deliver(slowMail('slow@client.test'));
    const result = await interrupt(desk, 'SIGTERM', async () => {
      await until(() => relay.passed.fromServer > 22_000_000);
      await pause(300);
    });
    expect(result.took).toBeLessThan(await asIdle(2_000));
    expect(result.code, result.stderr).toBe(75);
    expect(await desk.flags()).toEqual({ seen: 0, unseen: 1 });
    // A fast machine has read and recorded it before it ended, and only the flag is left to the next sweep.
    await desk.poll();
    expect((await desk.tickets()).map((ticket) => ticket.number)).toEqual([number(1)]);
    expect(await desk.flags()).toEqual({ seen: 1, unseen: 0 });
    await relay.stop();
  });

  test('a password command that waits for somebody does not hold back a signal', async () => {
    const desk = await house.open();
    const { password: _, ...imap } = desk.imap;
    await desk.reconfigure({ imap: { ...imap, passwordCommand: 'touch asked; sleep 10' } });
    const result = await interrupt(desk, 'SIGTERM', () => until(() => existsSync(join(desk.tkt.folder, 'asked'))));
    expect(result.took).toBeLessThan(await asIdle(2_000));
    expect(result.code, result.stderr).toBe(75);
  });

  test('a database that is locked does not hold back a signal', async () => {
    const desk = await house.open();
    await desk.poll();
    await desk.write();
    const other = new BetterSqlite(desk.tkt.database);
    other.exec('begin immediate');
    const result = await interrupt(desk, 'SIGTERM', () => pause(700));
    other.exec('rollback');
    other.close();
    expect(result.took).toBeLessThan(await asIdle(2_000));
    expect(result.code === 75 || result.signal === 'SIGTERM', result.stderr).toBe(true);
    expect(await desk.poll()).toMatchObject({ created: [number(1)] });
  });

  test('killed at random again and again, no mail is lost or taken twice, and no answer goes out as another mail', async () => {
    const desk = await house.open();
    await desk.write({ From: 'ann@client.test', Subject: 'The first' });
    await desk.poll();
    desk.sink.messages.length = 0;
    // Slow enough that a poll is always longer than the longest of the times below.
    desk.sink.use({ delayMs: 80 });
    const count = 60;
    const owed = new Set<string>();
    for (let i = 0; i < count; i++) {
      const marker = `marker-${i}-`;
      if (i % 10 === 3) await desk.write({ From: 'ann@client.test', Subject: `Re: [${number(1)}] ${marker}` }, marker);
      else if (i % 10 === 6) await desk.write({ Subject: marker, 'Auto-Submitted': 'auto-replied' }, marker);
      else if (i % 10 === 9) await desk.deliver(mail({ Subject: marker }, marker));
      else {
        owed.add(marker);
        await desk.write({ Subject: marker }, marker);
      }
    }
    const seed = process.env.TKT_TEST_SEED ?? String(Date.now());
    let kills = 0;
    for (let round = 0; round < 20; round++) {
      const child = desk.tkt.start(['poll', '-q']);
      const ended = finish(child);
      const fate = createHash('sha256').update(`${seed} ${round}`).digest().readUInt16BE() / 65_536;
      const timer = setTimeout(() => child.kill('SIGKILL'), 100 + fate * 400);
      const { signal, code, stderr } = await ended;
      clearTimeout(timer);
      if (signal === 'SIGKILL') kills++;
      else expect([0, 75], `seed ${seed}: ${stderr}`).toContain(code);
      // Marked as read only if recorded.
      const recorded = new BetterSqlite(desk.tkt.database, { readonly: true });
      const rows = recorded.prepare('select count(*) as n from intake').get() as { n: number };
      recorded.close();
      expect((await desk.flags()).seen, `seed ${seed}`).toBeLessThanOrEqual(rows.n);
      if (signal === null && code === 0) break;
    }
    desk.sink.use('accept');
    expect((await desk.sweep('-q')).code).toBe(0);
    expect(kills, `seed ${seed}`).toBeGreaterThan(1);

    const tickets = await desk.tickets();
    const first = await desk.show(1);
    const held = await desk.held();
    for (let i = 0; i < count; i++) {
      const marker = `marker-${i}-`;
      const places = [
        ...tickets.filter(({ subject }) => subject === marker),
        ...first.entries.filter(({ body }) => body === marker),
        ...held.filter(({ subject }) => subject === marker),
      ];
      expect([seed, marker, places.length]).toEqual([seed, marker, 1]);
      const answers = desk.sink.messages.filter((message) => message.header('Subject')?.endsWith(`] ${marker}`));
      const ids = new Set(answers.map((message) => message.header('Message-ID')));
      expect([seed, marker, ids.size]).toEqual([seed, marker, owed.has(marker) ? 1 : 0]);
    }
    expect(tickets.map((ticket) => ticket.number)).toEqual(tickets.map((_, i) => number(i + 1)));
    expect(await desk.flags()).toEqual({ seen: count + 1, unseen: 0 });
    expect(desk.sink.messages.length).toBeLessThanOrEqual(owed.size + kills * 5);
    const database = new BetterSqlite(desk.tkt.database, { readonly: true });
    expect(database.pragma('integrity_check')).toEqual([{ integrity_check: 'ok' }]);
    expect(database.pragma('foreign_key_check')).toEqual([]);
    database.close();
  });
});
