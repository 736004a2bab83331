import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { addExportCommand } from '../../src/commands/export.ts';
import { addImportCommand } from '../../src/commands/import.ts';
import { addListCommand } from '../../src/commands/list.ts';
import { addShowCommand } from '../../src/commands/show.ts';
import { addAgent } from '../../src/store/agents.ts';
import { checkIntegrity, prepare, transaction } from '../../src/store/database.ts';
import { addLocation, recordIntake } from '../../src/store/intake.ts';
import { addReference, putRawMessage } from '../../src/store/messages.ts';
import { enqueue } from '../../src/store/outbox.ts';
import { packMessage } from '../../src/store/pack.ts';
import { finishDelivery } from '../../src/store/sending.ts';
import {
  addEntry,
  addMentioned,
  addParticipant,
  addTag,
  assign,
  createTicket,
  setStatus,
} from '../../src/store/tickets.ts';
import { type Bench, openBench } from '../support/context.ts';
import { seedTicket, sha256 } from '../support/tickets.ts';

let desk: Bench;
let other: Bench;

beforeEach(async () => {
  desk = await openBench();
  other = await openBench();
});

afterEach(async () => {
  await desk.close();
  await other.close();
});

const at = '2026-11-22T10:00:00.000Z';
const raw = Buffer.from('From: ann@example.com\r\nSubject: Grüße\r\n\r\nFrom here\r\n\0\xff', 'latin1');

/** Tickets with something in every table. */
async function seedDesk(): Promise<void> {
  const { db } = desk;
  const attachment = {
    filename: 'log.txt',
    contentType: 'text/plain',
    size: 3,
    sha256: 'ab',
    contentId: 'x@y',
    inline: true,
  };
  const first = await seedTicket(db, {
    raw,
    body: 'Grüße \u202e aus\u0085 <b>"Köln"</b> \\ \u0001',
    attachments: [{ ...attachment, content: Buffer.from('abc'), signature: true }] as never,
    entry: { verified: true, automatic: true },
  });
  const second = await seedTicket(db, { subject: 'Printer', requester: { name: '', email: 'bob@example.com' }, at });
  await transaction(db, async (trx) => {
    await addAgent(trx, { login: 'alice', name: 'Alice', email: 'alice@desk.test' }, at);
    await assign(trx, first.id, { id: 1, login: 'alice' }, 'alice', at);
    await addTag(trx, first.id, 'vip', 'alice', at);
    await addParticipant(trx, first.id, { name: 'Cy', email: 'cy@example.com' }, 'added', 'alice', at);
    await addMentioned(trx, first.id, [{ name: 'Di', email: 'di@example.com' }]);
    await setStatus(trx, second.id, 'resolved', 'alice', at);
    await addReference(trx, {
      ...{ messageId: 'first@example.com', ticketId: first.id, entryId: first.entryId },
      ...{ kind: 'theirs', sentTo: [], mailKind: null },
    });
    const sent = Buffer.from('Subject: Re\r\n\r\nDone\r\n');
    const rawMessageId = await putRawMessage(trx, packMessage(sent), at);
    const comment = await addEntry(
      trx,
      {
        ...{ ticketId: first.id, type: 'comment', author: { name: 'Alice', email: 'alice@desk.test' }, agentId: 1 },
        ...{ body: 'Done', fullBody: 'Done', signature: null, subject: 'Re', messageId: 'ours@desk.test' },
        ...{ automatic: false, verified: null, rawMessageId: null, attachments: [] },
      },
      at,
    );
    await enqueue(
      trx,
      {
        ...{
          ticketId: first.id,
          entryId: comment.id,
          kind: 'comment',
          messageId: 'ours@desk.test',
          mailbox: 'default',
        },
        ...{ envelopeFrom: 'support@desk.test', subject: 'Re', rawMessageId, automatic: false },
        recipients: ['ann@example.com', 'cy@example.com'],
      },
      at,
    );
    await finishDelivery(trx, 1, { state: 'failed', error: '550 no such user', nextAttemptAt: null }, at);
    const intake = await recordIntake(
      trx,
      {
        ...{ sha256: sha256(raw), mailbox: 'default', messageId: 'first@example.com', sender: 'ann@example.com' },
        ...{ subject: 'Grüße', size: raw.length, outcome: 'ticket', reason: null, ticketId: first.id },
        ...{ entryId: first.entryId, rawMessageId: 1, receivedAt: at },
      },
      at,
    );
    await addLocation(trx, { mailbox: 'default', folder: 'INBOX', uidValidity: 7, uid: 42 }, intake);
  });
  prepare(db, 'update ticket set merged_into_id = ?, related_to_id = ? where id = ?').run([
    second.id,
    second.id,
    first.id,
  ]);
}

async function exported(bench: Bench, ...argv: string[]): Promise<string> {
  const { code, stdout } = await bench.run(addExportCommand, ['export', ...argv]);
  expect(code).toBe(0);
  return stdout;
}

async function imported(bench: Bench, content: string) {
  const file = join(bench.folder, 'tickets.json');
  writeFileSync(file, content);
  return bench.run(addImportCommand, ['import', file]);
}

/** Without the ids of rows that nothing names. */
function rowsOf(bench: Bench, table: string): unknown[] {
  const inner = ['participant', 'event', 'reference'].includes(table);
  const rows = prepare(bench.db, `select * from ${table} ${inner ? 'order by ticket_id, id' : ''}`).all([]);
  return inner ? (rows as Array<{ id: number }>).map(({ id: _id, ...row }) => row) : rows;
}

describe('what was exported comes back whole', () => {
  test.each(['json', 'ndjson'])('as %s, byte by byte', async (format) => {
    await seedDesk();
    const before = await exported(desk, '-o', format);
    expect(await imported(other, before)).toMatchObject({ code: 0, stdout: 'imported 2 tickets\n', stderr: '' });
    expect(await exported(other, '-o', format)).toBe(before);
    expect(await checkIntegrity(other.db)).toEqual([]);
    expect(JSON.parse(await exported(other))[0].stored.messages[sha256(raw)]).toBe(raw.toString('base64'));
  });

  test('as every table had it, but for what belongs to no ticket', async () => {
    await seedDesk();
    await imported(other, await exported(desk));
    const tables =
      'ticket ticket_counter ticket_tag participant mentioned event entry attachment reference outbox delivery';
    for (const table of [...tables.split(' '), 'intake', 'intake_location', 'agent']) {
      expect([table, rowsOf(other, table)]).toEqual([table, rowsOf(desk, table)]);
    }
  });

  test('shown and found as before', async () => {
    await seedDesk();
    await imported(other, await exported(desk));
    for (const argv of [['1'], ['2', '--full', '--events'], ['1', '--json']]) {
      const shown = await desk.run(addShowCommand, ['show', ...argv]);
      expect(await other.run(addShowCommand, ['show', ...argv])).toEqual(shown);
    }
    for (const words of ['köln', 'alice', 'cy@example.com', 'printer', 'TKT-2026-00002']) {
      const found = await other.run(addListCommand, ['list', '--all', '--search', words, '--fields', 'number']);
      expect([words, found.stdout]).toEqual([words, expect.stringMatching(/^TKT/)]);
    }
  });

  test('and new tickets go on above it', async () => {
    await seedDesk();
    await imported(other, await exported(desk));
    expect((await seedTicket(other.db)).number).toBe('TKT-2026-00003');
  });
});

describe('export', () => {
  test('has nothing a terminal would obey', async () => {
    await seedDesk();
    expect(await exported(desk, '-o', 'ndjson')).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  });

  test('takes every status unless told otherwise, and the filters of list', async () => {
    await seedDesk();
    const subjects = async (...argv: string[]) =>
      JSON.parse(await exported(desk, ...argv)).map((t: { subject: string }) => t.subject);
    expect(await subjects()).toEqual(["Can't login to account", 'Printer']);
    expect(await subjects('--status', 'open')).toEqual(["Can't login to account"]);
    expect(await subjects('--search', 'printer')).toEqual(['Printer']);
    expect(await subjects('--tag', 'none')).toEqual([]);
    expect(await exported(desk, '--tag', 'none')).toBe('[]\n');
    expect(await exported(desk, '--tag', 'none', '-o', 'ndjson')).toBe('');
  });

  test('shows a ticket as show does', async () => {
    await seedDesk();
    const [ticket] = JSON.parse(await exported(desk));
    const shown = JSON.parse((await desk.run(addShowCommand, ['show', '1', '--json'])).stdout);
    expect(ticket).toMatchObject(shown);
  });

  test('as CSV has a header, and no formula', async () => {
    await seedTicket(desk.db, { subject: '=1+1' });
    const [header = '', row = ''] = (await exported(desk, '-o', 'csv')).split('\r\n');
    expect(header).toMatch(/^number,subject,status,/);
    expect(row).toContain(",'=1+1,");
  });

  test('as a mailbox has the mails of clients and to them', async () => {
    await seedDesk();
    const { bytes } = await desk.run(addExportCommand, ['export', '-o', 'mbox']);
    const lines = bytes.toString('latin1').split('\n');
    expect(lines.filter((line) => line.startsWith('From '))).toEqual([
      'From ann@example.com Sun Nov 22 09:00:00 2026',
      'From support@desk.test Sun Nov 22 10:00:00 2026',
    ]);
    expect(lines).toContain('>From here');
  });

  test('as a mailbox stays away from a terminal', async () => {
    await seedDesk();
    const run = (...argv: string[]) =>
      desk.run(addExportCommand, ['export', '-o', 'mbox', ...argv], { terminal: true });
    expect(await run()).toMatchObject({ code: 1, stdout: '' });
    expect(await run('--force')).toMatchObject({ code: 0 });
  });
});

describe('import', () => {
  test('leaves a ticket that is there as it is, names it, and takes the others', async () => {
    await seedDesk();
    const all = await exported(desk, '-o', 'ndjson');
    await imported(other, all.split('\n')[0] ?? '');
    const before = await exported(other);
    const again = await imported(other, all.replace('Köln', 'Bonn'));
    expect(again).toMatchObject({ code: 1, stdout: 'imported 1 ticket\n' });
    expect(again.stderr).toBe('tkt: TKT-2026-00001: is there already; left as it is\n');
    expect(JSON.parse(await exported(other))[0].entries).toEqual(JSON.parse(before)[0].entries);
  });

  test('takes what show prints, and less', async () => {
    await seedDesk();
    const shown = (await desk.run(addShowCommand, ['show', '1', '--json'])).stdout;
    expect(await imported(other, shown)).toMatchObject({ code: 0 });
    const least = {
      number: 'OLD-2019-7',
      subject: 'Old',
      requester: { email: 'eve@example.com' },
      createdAt: '2019-05-01T10:00:00Z',
    };
    expect(await imported(other, JSON.stringify(least))).toMatchObject({ code: 0 });
    const [ticket] = JSON.parse(await exported(other, '--since', '2019-01-01', '--until', '2019-12-31'));
    expect(ticket).toMatchObject({
      ...{ number: 'OLD-2019-7', status: 'open', priority: 'medium', waitingOn: 'staff', entryCount: 0 },
      ...{ createdAt: '2019-05-01T10:00:00.000Z', participants: [{ email: 'eve@example.com', role: 'requester' }] },
    });
  });

  test('keeps ids of entries where they are free, and gives others where not', async () => {
    await seedDesk();
    const all = await exported(desk);
    await seedTicket(other.db, { at: '2025-01-01T00:00:00.000Z' });
    await imported(other, all);
    const [, first] = JSON.parse(await exported(other)) as Array<{
      entries: Array<{ id: number }>;
      stored: { mails: Array<{ entry: number }> };
    }>;
    expect(first?.entries.map(({ id }) => id)).toEqual([2, 3]);
    expect(first?.stored.mails[0]?.entry).toBe(3);
  });

  test('gives other ids than those that it gives itself', async () => {
    await seedTicket(other.db, { at: '2025-01-01T00:00:00.000Z' });
    const entries = [1, 2, 3].map((id) => ({ id, author: { email: 'a@example.com' }, body: `Line ${id}` }));
    const ticket = {
      number: 'OLD-2019-7',
      subject: 'Old',
      requester: { email: 'a@example.com' },
      createdAt: at,
      entries,
    };
    expect(await imported(other, JSON.stringify(ticket))).toMatchObject({ code: 0, stderr: '' });
    const tickets = JSON.parse(await exported(other)) as Array<{
      number: string;
      entries: Array<{ id: number; body: string }>;
    }>;
    const ids = tickets.find(({ number }) => number === 'OLD-2019-7')?.entries.map(({ id, body }) => [id, body]);
    expect(ids?.map(([, body]) => body)).toEqual(['Line 1', 'Line 2', 'Line 3']);
    expect(new Set([1, ...(ids ?? []).map(([id]) => id)]).size).toBe(4);
  });

  const least = { number: 'TKT-2026-00001', subject: 'x', requester: { email: 'a@example.com' }, createdAt: at };
  test.each<[string, object, string]>([
    ['no number', { ...least, number: undefined }, 'number: expected a text'],
    ['a number of another form', { ...least, number: '42' }, 'number: expected one such as TKT-2026-00042'],
    ['a status that there is not', { ...least, status: 'new' }, 'status: expected open, pending, resolved, closed'],
    ['a time that is none', { ...least, createdAt: 'today' }, 'createdAt: expected a time'],
    ['an entry that is none', { ...least, entries: [1] }, 'entries[0]: expected an object'],
    [
      'a message that is not what its hash says',
      { ...least, stored: { messages: { ab: 'Zm9v' } } },
      'its bytes have the hash',
    ],
  ])('names a ticket with %s, and takes the next', async (_name, ticket, message) => {
    const next = { ...least, number: 'TKT-2026-00009' };
    const { code, stdout, stderr } = await imported(other, `${JSON.stringify(ticket)}\n${JSON.stringify(next)}\n`);
    expect({ code, stdout }).toEqual({ code: 1, stdout: 'imported 1 ticket\n' });
    expect(stderr).toContain(message);
  });

  test.each([
    ['no JSON', 'number,subject\n', 'expected a JSON object after 0 of them'],
    ['JSON that breaks off', '[{"number":', 'the JSON object after 0 of them has no end'],
  ])('refuses %s', async (_name, content, message) => {
    const { code, stderr } = await imported(other, content);
    expect(code).toBe(1);
    expect(stderr).toContain(message);
  });

  test('says that a file is not there', async () => {
    const { code, stderr } = await other.run(addImportCommand, ['import', join(other.folder, 'none.json')]);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining('none.json: no such file or directory'),
    });
  });

  const messages = { [sha256(raw)]: raw.toString('base64') };
  const mail = (messageId: string, ...to: string[]) => ({
    ...{ kind: 'comment', messageId, mailbox: 'default', envelopeFrom: '', subject: '', createdAt: at },
    ...{ message: sha256(raw), deliveries: to.map((recipient) => ({ to: recipient, state: 'sent', at })) },
  });
  const bob = { name: 'Bob', email: 'bob@example.com' };
  test.each<[string, object, string]>([
    [
      'a msg-id of another',
      { stored: { mails: [mail('same@desk.test')], messages } },
      'messageId of one is that of another',
    ],
    [
      'a recipient twice',
      { stored: { mails: [mail('x@desk.test', 'a@x.test', 'a@x.test')], messages } },
      'same recipient',
    ],
    ['a participant twice', { participants: [bob, bob] }, 'participants: one is there twice'],
  ])('writes the others where the database refuses one: %s', async (_name, odd, message) => {
    const first = { ...least, stored: { mails: [mail('same@desk.test')], messages } };
    const tickets = [first, { ...least, number: 'TKT-2026-00002', ...odd }, { ...least, number: 'TKT-2026-00003' }];
    const { code, stdout, stderr } = await imported(other, JSON.stringify(tickets));
    expect({ code, stdout }).toEqual({ code: 1, stdout: 'imported 2 tickets\n' });
    expect(stderr).toMatch(/^tkt: TKT-2026-00002: [^\n]+\n$/);
    expect(stderr).toContain(message);
    expect(await checkIntegrity(other.db)).toEqual([]);
  });
});

test('tickets that are created after an import find their words', async () => {
  await imported(other, '[]');
  await transaction(other.db, (trx) =>
    createTicket(
      trx,
      {
        ...{
          prefix: 'TKT',
          subject: 'Later',
          priority: 'low',
          category: 'bug',
          requester: { name: '', email: 'x@y.test' },
        },
        ...{ cc: [], language: 'en', mailbox: 'default', referenceId: 'r@y.test', waitingOn: 'staff', by: 'x@y.test' },
      },
      at,
    ),
  );
  expect(await exported(other, '--search', 'later', '-o', 'ndjson')).toContain('"Later"');
});
