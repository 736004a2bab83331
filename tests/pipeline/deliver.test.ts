import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { transaction } from '../../src/store/database.ts';
import { tryLock } from '../../src/store/lock.ts';
import { claimDue, finishDelivery } from '../../src/store/sending.ts';
import { addParticipant, getTicketDetails } from '../../src/store/tickets.ts';
import { buildProgram, type Program, runProgram } from '../support/child.ts';
import { type Desk, withDesk } from '../support/desk.ts';
import { freePort } from '../support/free-port.ts';
import { startSmtpSink } from '../support/smtp-sink.ts';
import { noon } from '../support/store.ts';
import { asIdle } from '../support/tkt.ts';

const minute = 60_000;
const day = 24 * 60 * minute;

/** State and attempts of every delivery, in order. */
async function standing(desk: Desk): Promise<Array<[to: string, state: string, attempts: number]>> {
  return (await desk.outbox()).map(({ to, state, attempts }) => [to, state, attempts]);
}

async function events(desk: Desk, ticketId: number) {
  const { events: all } = await getTicketDetails(desk.db, ticketId, noon);
  return all.filter(({ type }) => type === 'delivery-failed');
}

function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `client${index}@client.test`);
}

describe('a server that takes the mail', () => {
  it('gets one transaction for all recipients of a comment, once', () =>
    withDesk({}, async (desk) => {
      const ticket = await desk.ticket();
      await addParticipant(desk.db, ticket.id, { name: 'Bob', email: 'bob@client.test' }, 'added', 'john', noon);
      const only = await desk.comment(ticket.id);

      expect(await desk.deliver({ only })).toEqual({ sent: 2, failed: 0, deferred: 0, queued: 0 });
      expect(await desk.deliver()).toEqual({ sent: 0, failed: 0, deferred: 0, queued: 0 });

      expect(desk.sink.messages.map(({ envelope }) => envelope)).toEqual([
        { from: 'support@example.com', to: ['ann@example.com', 'bob@client.test'] },
      ]);
      const details = await getTicketDetails(desk.db, ticket.id, noon);
      const comment = details.entries.at(-1);
      expect(desk.sink.messages[0]?.header('message-id')).toBe(comment?.messageId);
      expect(comment?.deliveries).toMatchObject([
        { to: 'ann@example.com', state: 'sent', attempts: 1, error: null },
        { to: 'bob@client.test', state: 'sent', attempts: 1, error: null },
      ]);
    }));

  it.each([
    [true, ''],
    [false, 'support@example.com'],
  ])('gets an automatic mail, with nullSender %s, from <%s>', (nullSender, from) =>
    withDesk({ smtp: { nullSender } }, async (desk) => {
      await desk.owe('ann@client.test');
      await desk.deliver();
      expect(desk.sink.messages.map(({ envelope }) => envelope)).toEqual([{ from, to: ['ann@client.test'] }]);
    }),
  );

  it('gets a body that speaks SMTP as a body', () =>
    withDesk({}, async (desk) => {
      const ticket = await desk.ticket();
      const smuggled = 'Hello\n.\r\nMAIL FROM:<eve@evil.test>\r\nRCPT TO:<bob@client.test>\n.\n\r.\rDATA\r\n.\r\nX';
      await desk.comment(ticket.id, smuggled);
      await desk.deliver();
      expect(desk.sink.commands.filter((command) => command.startsWith('MAIL'))).toEqual(['MAIL support@example.com']);
      expect(desk.sink.messages).toHaveLength(1);
      expect(desk.sink.messages[0]?.raw.toString('latin1').match(/^\.$/gm)).not.toBeNull();
    }));

  it('gets comments before what machines wrote', () =>
    withDesk({}, async (desk) => {
      await desk.owe('first@client.test', 'second@client.test');
      await desk.comment((await desk.ticket()).id);
      await desk.deliver({ connections: 1 });
      expect(desk.sink.messages.map(({ envelope }) => envelope.to[0])).toEqual([
        'ann@example.com',
        'first@client.test',
        'second@client.test',
      ]);
    }));

  it('gets a mail too that was committed while the run was under way', () =>
    withDesk({ mode: { delayMs: 100 } }, async (desk) => {
      await desk.owe(...numbered(3));
      const running = desk.deliver({ connections: 1 });
      await desk.sink.waitFor(1);
      await desk.owe('late@client.test');
      expect((await running).sent).toBe(4);
      expect(desk.sink.messages.at(-1)?.envelope.to).toEqual(['late@client.test']);
    }));
});

describe('a server that refuses for now', () => {
  it.each(['mail', 'rcpt', 'data'] as const)('at %s is asked again after a minute, with the same Message-ID', (at) =>
    withDesk({}, async (desk) => {
      await desk.owe('ann@client.test');
      desk.sink.use({ code: 451, at, text: 'Greylisted' }, 'accept');

      expect(await desk.deliver()).toEqual({ sent: 0, failed: 0, deferred: 1, queued: 1 });
      const [row] = await desk.outbox();
      expect(row).toMatchObject({ state: 'queued', attempts: 1, nextAttemptAt: '2026-11-22T12:01:00.000Z' });
      expect(row?.error).toMatch(/451.*Greylisted/);
      expect(desk.logged).toEqual([expect.stringMatching(/^warn \[email\] TKT-2026-00001 to ann@client\.test: .*451/)]);

      expect(await desk.deliver()).toEqual({ sent: 0, failed: 0, deferred: 0, queued: 1 });
      desk.pass(minute);
      expect(await desk.deliver()).toEqual({ sent: 1, failed: 0, deferred: 0, queued: 0 });
      expect(desk.sink.messages).toHaveLength(1);
    }),
  );

  it('is asked for 5 days, then the mail is given up with a note on the ticket', () =>
    withDesk({ mode: { code: 451, at: 'rcpt' } }, async (desk) => {
      const ticket = await desk.ticket();
      await desk.comment(ticket.id);
      let runs = 0;
      for (let elapsed = 0; elapsed <= 5 * day; elapsed += 6 * 60 * minute) {
        if ((await desk.deliver()).deferred > 0) runs++;
        desk.pass(6 * 60 * minute);
      }
      expect(runs).toBe(20);
      expect(await standing(desk)).toEqual([['ann@example.com', 'failed', runs + 1]]);
      expect(await events(desk, ticket.id)).toMatchObject([
        { from: 'ann@example.com', to: expect.stringMatching(/^given up after 5 days: .*451/), by: 'tkt' },
      ]);
    }));
});

describe('a server that refuses for good', () => {
  it.each(['mail', 'rcpt', 'data'] as const)('at %s is not asked again; the ticket shows it', (at) =>
    withDesk({ mode: { code: 550, at, text: '5.1.1 No such user' } }, async (desk) => {
      const ticket = await desk.ticket();
      await desk.comment(ticket.id);
      expect(await desk.deliver()).toEqual({ sent: 0, failed: 1, deferred: 0, queued: 0 });
      expect(await standing(desk)).toEqual([['ann@example.com', 'failed', 1]]);
      expect(await events(desk, ticket.id)).toMatchObject([
        { from: 'ann@example.com', to: expect.stringContaining('550 5.1.1 No such user') },
      ]);
      expect(desk.logged).toEqual([
        expect.stringMatching(/^error \[email\] .*550 5\.1\.1 No such user; not tried again$/),
      ]);
      desk.pass(day);
      await desk.deliver();
      expect(desk.sink.commands.filter((command) => command.startsWith('MAIL'))).toHaveLength(1);
    }),
  );

  it.each([
    [550, 'failed'],
    [450, 'queued'],
  ])('one recipient of two, with %i: that one is %s, the other has the mail', (code, state) =>
    withDesk({}, async (desk) => {
      const ticket = await desk.ticket();
      await addParticipant(desk.db, ticket.id, { name: '', email: 'bob@client.test' }, 'cc', 'john', noon);
      await desk.comment(ticket.id);
      desk.sink.use({ code, at: 'rcpt', only: ['bob@client.test'] }, 'accept');
      await desk.deliver();
      expect(await standing(desk)).toEqual([
        ['ann@example.com', 'sent', 1],
        ['bob@client.test', state, 1],
      ]);
      desk.pass(minute);
      await desk.deliver();
      const received = desk.sink.messages.map(({ envelope }) => envelope.to);
      expect(received).toEqual(state === 'queued' ? [['ann@example.com'], ['bob@client.test']] : [['ann@example.com']]);
    }),
  );
});

describe('a connection that ends before the answer', () => {
  it.each(['drop-before-250', 'reset-before-250'] as const)('%s: sent again, both copies with one Message-ID', (mode) =>
    withDesk({}, async (desk) => {
      await desk.owe('ann@client.test');
      desk.sink.use(mode, 'accept');
      expect(await desk.deliver()).toEqual({ sent: 0, failed: 0, deferred: 1, queued: 1 });
      desk.pass(minute);
      expect(await desk.deliver()).toEqual({ sent: 1, failed: 0, deferred: 0, queued: 0 });
      const ids = desk.sink.messages.map((message) => message.header('message-id'));
      expect(ids).toHaveLength(2);
      expect(new Set(ids).size).toBe(1);
      expect(desk.sink.messages[0]?.raw).toEqual(desk.sink.messages[1]?.raw);
    }),
  );

  it('does not hold up the mails behind it', () =>
    withDesk({}, async (desk) => {
      await desk.owe(...numbered(4));
      desk.sink.use('drop-in-data', 'accept');
      expect(await desk.deliver({ connections: 1 })).toEqual({ sent: 3, failed: 0, deferred: 1, queued: 1 });
    }));
});

describe('a server that is away', () => {
  it('is tried once a run, not once a mail; what waits goes out at the next run that finds it', async () => {
    const port = await freePort();
    await withDesk({ smtp: { port } }, async (desk) => {
      await desk.owe(...numbered(30));
      for (let run = 0; run < 3; run++) {
        expect(await desk.deliver()).toEqual({ sent: 0, failed: 0, deferred: 30, queued: 30 });
      }
      const attempts = (await standing(desk)).reduce((sum, [, , count]) => sum + count, 0);
      expect(attempts).toBeLessThanOrEqual(15);
      expect((await standing(desk)).every(([, state, count]) => state === 'queued' && count <= 1)).toBe(true);
      expect(desk.logged).toHaveLength(3);
      expect(desk.logged[0]).toMatch(
        /^error \[email\] 127\.0\.0\.1:\d+ refused the connection; .*30 mails wait in the outbox$/,
      );

      const revived = await startSmtpSink({ port });
      try {
        expect(await desk.deliver()).toEqual({ sent: 30, failed: 0, deferred: 0, queued: 0 });
        expect(new Set(revived.messages.map(({ envelope }) => envelope.to[0])).size).toBe(30);
        expect(revived.messages).toHaveLength(30);
      } finally {
        await revived.stop();
      }
    });
  });

  it('for 5 days: what waited so long is given up', async () => {
    const port = await freePort();
    await withDesk({ smtp: { port } }, async (desk) => {
      await desk.owe('old@client.test');
      desk.pass(5 * day);
      await desk.owe('new@client.test');
      await desk.deliver({ connections: 1 });
      expect((await standing(desk)).map(([to, state]) => [to, state])).toEqual([
        ['old@client.test', 'failed'],
        ['new@client.test', 'queued'],
      ]);
    });
  });

  it('so is one that refuses the log-in: no mail fails for a wrong password', () =>
    withDesk(
      {
        users: { support: 'right' },
        smtp: { auth: { kind: 'password', username: 'support', password: { kind: 'value', value: 'wrong' } } },
      },
      async (desk) => {
        await desk.owe('ann@client.test', 'bob@client.test');
        expect(await desk.deliver()).toEqual({ sent: 0, failed: 0, deferred: 2, queued: 2 });
        expect(desk.logged).toEqual([expect.stringMatching(/refused the log-in.*2 mails wait/)]);
        expect(desk.logged.join()).not.toContain('wrong');
      },
    ));

  it('is said once where there is none in the configuration', () =>
    withDesk({ smtp: null }, async (desk) => {
      await desk.owe('ann@client.test', 'bob@client.test');
      expect(await desk.deliver()).toEqual({ sent: 0, failed: 0, deferred: 0, queued: 2 });
      expect(desk.logged).toEqual([
        'warn [email] mailbox default: SMTP is not configured; 2 mails wait in the outbox. To send, set smtp.host.',
      ]);
      expect((await standing(desk)).map(([, , attempts]) => attempts)).toEqual([0, 0]);
    }));
});

describe('two that send at once', () => {
  it('never send a mail twice', () =>
    withDesk({}, async (desk) => {
      await desk.owe(...numbered(25));
      const reports = await Promise.all([desk.deliver(), desk.deliver(), desk.deliver()]);
      expect(reports.reduce((sum, { sent }) => sum + sent, 0)).toBe(25);
      expect(desk.sink.messages.map(({ envelope }) => envelope.to[0]).sort()).toEqual(numbered(25).sort());
    }));

  it('the second waits for the first, then sends its own', () =>
    withDesk({}, async (desk) => {
      const only = await desk.comment((await desk.ticket()).id);
      const lock = tryLock(desk.config.database, 'send');
      setTimeout(() => lock?.release(), 200);
      expect((await desk.deliver({ only })).sent).toBe(1);
    }));

  it('the second gives up after a while, and its mail stays due', () =>
    withDesk({}, async (desk) => {
      const only = await desk.comment((await desk.ticket()).id);
      const lock = tryLock(desk.config.database, 'send');
      expect(await desk.deliver({ only, waitMs: 100 })).toEqual({ sent: 0, failed: 0, deferred: 1, queued: 1 });
      expect(await standing(desk)).toEqual([['ann@example.com', 'queued', 0]]);
      lock?.release();
    }));

  it('with `only`, the mail of others is left to them', () =>
    withDesk({}, async (desk) => {
      await desk.owe('other@client.test');
      const only = await desk.comment((await desk.ticket()).id);
      expect(await desk.deliver({ only })).toEqual({ sent: 1, failed: 0, deferred: 0, queued: 0 });
      expect(desk.sink.messages.map(({ envelope }) => envelope.to)).toEqual([['ann@example.com']]);
    }));
});

describe('processes', () => {
  let program: Program;
  beforeAll(async () => {
    program = await buildProgram('tests/pipeline/deliver-worker.ts');
  });
  afterAll(() => program.remove());

  it('three at once never send a mail twice', () =>
    withDesk({}, async (desk) => {
      await desk.owe(...numbered(20));
      const args = [desk.config.database, String(desk.sink.port)];
      const outputs = await Promise.all([1, 2, 3].map(() => runProgram(program, args).output));
      const total = outputs.reduce((sum, output) => sum + (JSON.parse(output) as { sent: number }).sent, 0);
      expect(total).toBe(20);
      expect(desk.sink.messages.map(({ envelope }) => envelope.to[0]).sort()).toEqual(numbered(20).sort());
    }));

  it('killed while a server hangs: the next sends the same message, and the lock is free', () =>
    withDesk({ mode: 'hang' }, async (desk) => {
      await desk.owe('ann@client.test');
      const killed = runProgram(program, [desk.config.database, String(desk.sink.port)]);
      await desk.sink.waitFor(1);
      const gone = once(killed.process, 'exit');
      killed.process.kill('SIGKILL');
      await gone;
      expect((await standing(desk)).map(([, state]) => state)).toEqual(['sending']);
      desk.sink.use('accept');
      expect(await desk.deliver()).toEqual({ sent: 1, failed: 0, deferred: 0, queued: 0 });
      expect(new Set(desk.sink.messages.map((message) => message.header('message-id'))).size).toBe(1);
    }));
});

describe('a run that is cut short', () => {
  it('by a kill: what it left half done is sent by the next', () =>
    withDesk({}, async (desk) => {
      await desk.owe(...numbered(3));
      await transaction(desk.db, (trx) => claimDue(trx, noon, { limit: 2 }));
      expect((await standing(desk)).map(([, state]) => state)).toEqual(['sending', 'sending', 'queued']);
      expect((await desk.deliver()).sent).toBe(3);
      expect(desk.sink.messages).toHaveLength(3);
    }));

  it('by a signal ends within two seconds, with the mail in hand due again', () =>
    withDesk({ mode: 'hang' }, async (desk) => {
      await desk.owe(...numbered(5));
      const running = desk.deliver({ connections: 1 });
      await desk.sink.waitFor(1);
      const started = performance.now();
      desk.interrupt();
      expect(await running).toMatchObject({ sent: 0, failed: 0, queued: 5 });
      expect(performance.now() - started).toBeLessThan(await asIdle(2_000));
      const rows = await desk.outbox();
      expect(rows.every(({ state, nextAttemptAt }) => state === 'queued' && nextAttemptAt === noon)).toBe(true);
      expect(rows.map(({ attempts }) => attempts)).toEqual([1, 0, 0, 0, 0]);
    }));

  it('by its deadline begins no further mail, and cuts none off', () =>
    withDesk({ mode: { delayMs: 150 } }, async (desk) => {
      await desk.owe(...numbered(6));
      const first = await desk.deliver({ connections: 1, deadline: Date.parse(noon) + 400 });
      expect(first.sent).toBeGreaterThan(0);
      expect(first.sent).toBeLessThan(6);
      expect(first).toEqual({ sent: first.sent, failed: 0, deferred: 6 - first.sent, queued: 6 - first.sent });
      expect((await standing(desk)).filter(([, state]) => state === 'queued').every(([, , count]) => count === 0)).toBe(
        true,
      );
      desk.sink.use('accept');
      expect((await desk.deliver()).sent).toBe(6 - first.sent);
      expect(desk.sink.messages).toHaveLength(6);
    }));
});

it('a next attempt that a wrong clock put years ahead is due', () =>
  withDesk({}, async (desk) => {
    await desk.owe('ann@client.test');
    const [row] = await desk.outbox();
    const later = { state: 'queued', error: null, nextAttemptAt: '2031-01-01T00:00:00.000Z' } as const;
    await finishDelivery(desk.db, row?.id ?? 0, later, noon);
    expect((await desk.deliver()).sent).toBe(1);
  }));

it('no control character of a server’s answer reaches the log', () =>
  withDesk({ mode: { code: 550, at: 'rcpt', text: 'No\u001b[31m red\u202e' } }, async (desk) => {
    await desk.owe('ann@client.test');
    await desk.deliver();
    expect(desk.logged.join()).toContain('red');
    expect(desk.logged.join()).not.toMatch(/[\u001b\u202e]/);
  }));
