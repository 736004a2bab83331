import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addShowCommand } from '../../src/commands/show.ts';
import { addAgent } from '../../src/store/agents.ts';
import { transaction } from '../../src/store/database.ts';
import { putRawMessage } from '../../src/store/messages.ts';
import { enqueue, listDeliveries } from '../../src/store/outbox.ts';
import { packMessage } from '../../src/store/pack.ts';
import { finishDelivery } from '../../src/store/sending.ts';
import { addEntry, addMentioned } from '../../src/store/tickets.ts';
import { type Bench, openBench, type TestContextOptions } from '../support/context.ts';
import { seedTicket } from '../support/tickets.ts';

const hostile = 'esc\u001b[2J csi\u009b bell\u0007 rtl\u202e sep\u2028 del\u007f';
const dangerous = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;
const raw = Buffer.from('From: ann@example.com\r\nSubject: bytes \xff\r\n\r\nas they came\r\n', 'latin1');

let bench: Bench;
let firstEntry: number;
let otherEntry: number;
const show = (argv: string[], options?: TestContextOptions) => bench.run(addShowCommand, ['show', ...argv], options);

beforeAll(async () => {
  bench = await openBench();
  const { db } = bench;
  const alice = await addAgent(
    db,
    { login: 'alice', name: 'Alice Smith', email: 'alice@example.com' },
    '2026-11-01T00:00:00.000Z',
  );
  const ticket = await seedTicket(db, {
    raw,
    attachments: [
      {
        filename: 'log.txt',
        contentType: 'text/plain',
        size: 1234,
        sha256: 'ab'.repeat(32),
        contentId: null,
        inline: false,
      },
    ],
  });
  firstEntry = ticket.entryId;
  const add = {
    ticketId: ticket.id,
    automatic: false,
    verified: null,
    rawMessageId: null,
    attachments: [],
    signature: null,
  };
  await transaction(db, async (trx) => {
    const staff = {
      ...add,
      agentId: alice.id,
      author: { name: 'Alice Smith', email: 'alice@example.com' },
      subject: '',
      messageId: null,
    };
    const comment = await addEntry(
      trx,
      { ...staff, type: 'comment', body: 'Try the new link.', fullBody: 'Try the new link.' },
      '2026-11-22T10:00:00.000Z',
    );
    await addEntry(
      trx,
      { ...staff, type: 'note', body: 'The old link expired.', fullBody: 'The old link expired.' },
      '2026-11-22T10:05:00.000Z',
    );
    await addEntry(
      trx,
      {
        ...add,
        type: 'email',
        agentId: null,
        author: { name: 'boss@corp.test', email: 'eve@evil.test' },
        subject: hostile,
        messageId: 'x@evil.test',
        verified: false,
        body: hostile,
        fullBody: hostile,
      },
      '2026-11-22T11:00:00.000Z',
    );
    await addMentioned(trx, ticket.id, [{ name: 'Bob', email: 'bob@example.com' }]);
    const rawMessageId = await putRawMessage(trx, packMessage(Buffer.from('x')), '2026-11-22T10:00:00.000Z');
    await enqueue(
      trx,
      {
        ticketId: ticket.id,
        entryId: comment.id,
        kind: 'comment',
        messageId: 'ours@example.com',
        mailbox: 'default',
        envelopeFrom: '',
        subject: 's',
        rawMessageId,
        automatic: false,
        recipients: ['ann@example.com'],
      },
      '2026-11-22T10:00:00.000Z',
    );
    const [delivery] = await listDeliveries(trx);
    if (delivery) {
      await finishDelivery(
        trx,
        delivery.id,
        { state: 'failed', error: `550 5.1.1 no such user \u001b[5m`, nextAttemptAt: null },
        '2026-11-22T10:01:00.000Z',
      );
    }
  });
  otherEntry = (await seedTicket(db, { subject: 'Another', raw: Buffer.from('another') })).entryId;
});
afterAll(() => bench.close());

describe('as JSON', () => {
  test('a ticket has its entries, participants and events, with the keys of the contract', async () => {
    const { code, stdout } = await show(['1', '--json']);
    expect(code).toBe(0);
    const ticket = JSON.parse(stdout);
    expect(ticket).toMatchObject({ number: 'TKT-2026-00001', entryCount: 4, waitingOn: 'staff' });
    expect(ticket.entries).toHaveLength(4);
    expect(ticket.entries[0]).toEqual({
      id: firstEntry,
      type: 'email',
      author: { name: 'Ann Lee', email: 'ann@example.com', login: null },
      body: 'The reset link does not work.',
      fullBody: 'The reset link does not work.\n\n> what was quoted',
      signature: 'Ann Lee, Example Ltd',
      subject: "Can't login to account",
      messageId: '<first@example.com>',
      automatic: false,
      verified: null,
      attachments: [
        {
          id: expect.any(Number),
          filename: 'log.txt',
          contentType: 'text/plain',
          size: 1234,
          sha256: 'ab'.repeat(32),
          inline: false,
          signature: false,
        },
      ],
      deliveries: [],
      createdAt: '2026-11-22T09:00:00.000Z',
    });
    expect(ticket.entries[1].deliveries).toEqual([
      expect.objectContaining({ to: 'ann@example.com', state: 'failed', at: '2026-11-22T10:01:00.000Z' }),
    ]);
    expect(ticket.entries[3]).toMatchObject({ verified: false, body: hostile });
    expect(ticket.participants).toEqual([{ name: 'Ann Lee', email: 'ann@example.com', role: 'requester' }]);
    expect(ticket.mentioned).toEqual([{ name: 'Bob', email: 'bob@example.com' }]);
    expect(ticket.events[0]).toMatchObject({ type: 'created', by: 'ann@example.com' });
    expect(stdout).not.toMatch(dangerous);
  });

  test.each([[['--json', '1']], [['1', '--json']], [['--json', 'tkt-2026-1']], [['-o', 'json', '#1']]])(
    '%j: --json does not swallow the ticket',
    async (argv) => {
      expect(JSON.parse((await show(argv)).stdout)).toMatchObject({ number: 'TKT-2026-00001' });
    },
  );

  test('a cell of TSV that holds a list is JSON again once its escapes are undone', async () => {
    const { stdout } = await show(['1', '--fields', 'entries']);
    expect(stdout).not.toMatch(dangerous);
    const escapes: Record<string, string> = { t: '\t', n: '\n', r: '\r' };
    const cell = stdout.trimEnd().replace(/\\(.)/g, (_all, character: string) => escapes[character] ?? character);
    expect(JSON.parse(cell)).toEqual(JSON.parse((await show(['1', '--json', 'entries'])).stdout).entries);
  });

  test('--fields picks from the ticket and from what belongs to it', async () => {
    const { stdout } = await show(['1', '--json', 'participants,number']);
    expect(Object.keys(JSON.parse(stdout))).toEqual(['participants', 'number']);
    expect((await show(['1', '--fields', 'requester.email,status'])).stdout).toBe('ann@example.com\topen\n');
    expect(await show(['1', '--fields', 'bogus'])).toMatchObject({
      code: 64,
      stdout: '',
      stderr: expect.stringContaining('entries'),
    });
  });

  test('several tickets from stdin are an array; one that fails is named and the exit code is 1', async () => {
    const { code, stdout, stderr } = await show(['--json', '-'], {
      stdin: '1\tignored\nTKT-2026-00099\n\nTKT-2026-00002\n',
    });
    expect(code).toBe(1);
    expect(JSON.parse(stdout).map((ticket: { number: string }) => ticket.number)).toEqual([
      'TKT-2026-00001',
      'TKT-2026-00002',
    ]);
    expect(stderr).toContain('TKT-2026-00099');
  });
});

describe('in a pipe', () => {
  test('TSV has a line for each field, then the entries with what belongs to them', async () => {
    const lines = (await show(['1'])).stdout.trimEnd().split('\n');
    expect(lines[0]).toBe('number\tTKT-2026-00001');
    expect(lines).toContain('requester\tAnn Lee <ann@example.com>');
    expect(lines).toContain('mentioned\tBob <bob@example.com>');
    expect(lines).toContain(
      `entry\t${firstEntry}\temail\tAnn Lee <ann@example.com>\t2026-11-22T09:00:00.000Z\tThe reset link does not work.`,
    );
    expect(lines.filter((line) => line.startsWith('entry\t'))).toHaveLength(4);
    expect(lines.filter((line) => line.startsWith('attachment\t'))).toHaveLength(1);
    expect(lines.filter((line) => line.startsWith('event\t'))).toHaveLength(0);
    expect((await show(['1', '--events'])).stdout).toContain('event\tcreated\t\tTKT-2026-00001\tann@example.com');
    expect((await show(['1', '--full'])).stdout).toContain('work.\\n\\n> what was quoted');
  });

  test('a page has full times and no colour', async () => {
    const { stdout } = await show(['1', '-o', 'table']);
    expect(stdout).toContain('2026-11-22T09:00:00.000Z');
    expect(stdout).not.toContain(' ago');
    expect(stdout).not.toMatch(dangerous);
  });
});

describe('on a terminal', () => {
  const page = async (argv: string[] = [], columns = 100) =>
    (await show(['1', ...argv], { terminal: true, columns })).stdout;

  test('the page says who, when, and what became of the answers', async () => {
    const text = await page();
    expect(text).toMatch(/^TKT-2026-00001 {2}Can't login to account\n/);
    expect(text).toMatch(/requester +Ann Lee <ann@example.com>/);
    expect(text).toMatch(/mentioned +Bob <bob@example.com> .*tkt comment TKT-2026-00001 --cc bob@example.com/);
    expect(text).toContain('3h ago (2026-11-22T09:00:00.000Z)');
    expect(text).toContain('Alice Smith (alice) · comment');
    expect(text).toContain('INTERNAL NOTE');
    expect(text).toMatch(/attachment #\d+: log.txt \(1.2 kB, text\/plain\)/);
    expect(text).toContain('✗ failed · to ann@example.com');
    expect(text).toContain('550 5.1.1 no such user \\x1b[5m');
    expect(text.indexOf('The reset link')).toBeLessThan(text.indexOf('Try the new link'));
  });

  test('a sender whose check failed and a name with another address are pointed out', async () => {
    const text = await page();
    expect(text).toContain('UNVERIFIED');
    expect(text).toContain('boss@corp.test <eve@evil.test> (!)');
    expect(text.match(/\(!\)/g)).toHaveLength(1);
  });

  test('quoted text, signature and history come when asked for', async () => {
    expect(await page()).not.toContain('what was quoted');
    expect(await page()).not.toContain('created TKT-2026-00001');
    const full = await page(['--full', '--events']);
    expect(full).toContain('> what was quoted');
    expect(full).toContain('Ann Lee, Example Ltd');
    expect(full).toContain('created TKT-2026-00001 · by ann@example.com');
  });

  test('bodies are wrapped to the width', async () => {
    const text = await page([], 40);
    expect(text).toContain('The reset link does not work.');
    expect(text).not.toMatch(dangerous);
  });

  test('no control that came by mail is raw, in colour either', async () => {
    expect(await page(['--full', '--events'])).not.toMatch(dangerous);
    const { stdout } = await show(['1'], { terminal: true, color: true });
    expect(stdout).toContain('\u001b[');
    expect(stdout.replaceAll(/\u001b\[\d+m/g, '')).not.toMatch(dangerous);
  });
});

describe('--raw', () => {
  test('writes the stored bytes', async () => {
    const { code, bytes } = await show(['1', '--raw', String(firstEntry)]);
    expect(code).toBe(0);
    expect(bytes.equals(raw)).toBe(true);
  });

  test('refuses a terminal without --force', async () => {
    const refused = await show(['1', '--raw', String(firstEntry)], { terminal: true });
    expect(refused).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('--force') });
    expect((await show(['1', '--raw', String(firstEntry), '--force'], { terminal: true })).bytes.equals(raw)).toBe(
      true,
    );
  });

  test('refuses an entry of another ticket, one that was no mail, and one that is not there', async () => {
    expect(await show(['1', '--raw', String(otherEntry)])).toMatchObject({ code: 1, stdout: '' });
    expect(await show(['1', '--raw', String(firstEntry + 1)])).toMatchObject({ code: 1, stdout: '' });
    expect(await show(['1', '--raw', '4711'])).toMatchObject({ code: 1, stdout: '' });
    expect(await show(['1', '--raw', 'x'])).toMatchObject({ code: 64, stdout: '' });
  });
});

describe('TICKET', () => {
  test.each(['TKT-2026-00001', 'tkt-2026-1', '1', '#1', '00001'])('%s is the first ticket', async (ticket) => {
    expect((await show([ticket, '--fields', 'number'])).stdout).toBe('TKT-2026-00001\n');
  });

  test.each([
    ['99', 1, 'no such ticket'],
    ['TKT-2025-00001', 1, 'no such ticket'],
    ['ABC-2026-00001', 1, 'no such ticket'],
    ['printer', 64, 'no ticket number'],
    ['', 64, 'no ticket number'],
  ])('%j is answered with exit code %i', async (ticket, code, hint) => {
    expect(await show([ticket])).toMatchObject({ code, stdout: '', stderr: expect.stringContaining(hint) });
  });

  test('a last part that two years have is refused, with both numbers', async () => {
    const other = await openBench();
    await seedTicket(other.db, { at: '2025-06-01T00:00:00.000Z' });
    await seedTicket(other.db);
    const { code, stderr } = await other.run(addShowCommand, ['show', '1']);
    await other.close();
    expect(code).toBe(1);
    expect(stderr).toContain('TKT-2026-00001 or TKT-2025-00001');
  });
});
