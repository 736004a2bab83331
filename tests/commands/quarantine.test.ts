import { afterEach, beforeEach, expect, test } from 'vitest';
import { addQuarantineCommand } from '../../src/commands/quarantine.ts';
import { recordIntake } from '../../src/store/intake.ts';
import { putRawMessage } from '../../src/store/messages.ts';
import { packMessage } from '../../src/store/pack.ts';
import { type Bench, openBench, type TestContextOptions } from '../support/context.ts';
import { sha256 } from '../support/tickets.ts';

const at = '2026-11-22T10:00:00.000Z';
const dangerous = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;
const mail = Buffer.from(
  'From: Eve <eve@example.com>\r\nSubject: held\r\nMessage-ID: <h@example.com>\r\n\r\nwords \u001b[2J of eve\r\n',
);

let bench: Bench;
const run = (argv: string[], options?: TestContextOptions) =>
  bench.run(addQuarantineCommand, ['quarantine', ...argv], options);

async function hold(raw: Buffer, reason: string): Promise<number> {
  const rawMessageId = await putRawMessage(bench.db, packMessage(raw), at);
  return recordIntake(
    bench.db,
    {
      sha256: sha256(raw),
      mailbox: 'default',
      messageId: 'h@example.com',
      sender: 'eve@example.com',
      subject: 'held \u001b[31m',
      size: raw.length,
      outcome: 'quarantined',
      reason,
      ticketId: null,
      entryId: null,
      rawMessageId,
      receivedAt: at,
    },
    at,
  );
}

beforeEach(async () => {
  bench = await openBench();
});
afterEach(() => bench.close());

test('nothing held is success', async () => {
  expect(await run(['--json'])).toMatchObject({ code: 0, stdout: '[]\n' });
  expect(await run([], { terminal: true })).toMatchObject({ code: 0, stdout: '', stderr: 'Nothing is held.\n' });
});

test('the list has the keys of the contract, with and without `list`', async () => {
  const id = await hold(mail, 'spam');
  const expected = [
    {
      id,
      from: 'eve@example.com',
      subject: 'held \u001b[31m',
      messageId: '<h@example.com>',
      reason: 'spam',
      receivedAt: at,
      size: mail.length,
    },
  ];
  expect(JSON.parse((await run(['--json'])).stdout)).toEqual(expected);
  expect(JSON.parse((await run(['list', '--json'])).stdout)).toEqual(expected);
  expect((await run([])).stdout).toBe(
    `${id}\teve@example.com\theld \\x1b[31m\t<h@example.com>\tspam\t${at}\t${mail.length}\n`,
  );
  const table = (await run([], { terminal: true })).stdout;
  expect(table).toContain('2h ago');
  expect(table).not.toMatch(dangerous);
});

test('show gives the reason and a text to read; --raw the bytes', async () => {
  const id = await hold(mail, 'spam');
  const page = (await run(['show', String(id)], { terminal: true })).stdout;
  expect(page).toContain('spam');
  expect(page).toContain('words \\x1b[2J of eve');
  expect(page).not.toMatch(dangerous);
  expect(JSON.parse((await run(['show', String(id), '--json'])).stdout)).toMatchObject({ id, reason: 'spam' });
  expect((await run(['show', String(id), '--raw'])).bytes.equals(mail)).toBe(true);
  expect(await run(['show', String(id), '--raw'], { terminal: true })).toMatchObject({ code: 1, stdout: '' });
});

test('bytes that are no mail are shown as they are, made safe', async () => {
  const id = await hold(Buffer.from([0, 1, 2, 27, 91, 50, 74, 255, 10]), 'no sender');
  const { code, stdout } = await run(['show', String(id)], { terminal: true });
  expect(code).toBe(0);
  expect(stdout).not.toMatch(dangerous);
});

test('drop takes a message off the list and keeps its line; a second time it is refused', async () => {
  const id = await hold(mail, 'spam');
  expect(await run(['drop', String(id)])).toMatchObject({ code: 0, stdout: `${id}: dropped\n` });
  expect((await run(['--json'])).stdout).toBe('[]\n');
  expect(await run(['drop', String(id)])).toMatchObject({ code: 1, stdout: '' });
});

test('release runs it again by the rules as they are now: what they no longer hold is a ticket', async () => {
  const id = await hold(mail, 'spam');
  const { code, stdout } = await run(['release', String(id)]);
  expect({ code, stdout }).toEqual({ code: 0, stdout: `${id}: ticket TKT-2026-00001\n` });
  expect((await run(['--json'])).stdout).toBe('[]\n');
  // The message that was held is the entry's: its bytes are not stored again.
  const messages = await bench.db.selectFrom('raw_message').select('id').where('sha256', '=', sha256(mail)).execute();
  expect(messages).toHaveLength(1);
});

test('release --json prints the tickets', async () => {
  const [one, two] = [await hold(mail, 'spam'), await hold(Buffer.from('Subject: x\r\n\r\ny\r\n'), 'no sender')];
  const { code, stdout } = await run(['release', String(one), String(two), '--json']);
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject([{ number: 'TKT-2026-00001', status: 'open' }]);
  expect(JSON.parse((await run(['release', String(two), '--json'])).stdout)).toEqual([]);
});

test('release holds again what the rules still hold, with the way past them; --as-ticket is that way', async () => {
  const nobody = Buffer.from('To: support@example.com\r\nSubject: held\r\n\r\nwords\r\n');
  const id = await hold(nobody, 'no sender');
  const { code, stdout, stderr } = await run(['release', String(id)]);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toContain(`${id} is held again: no sender`);
  expect(stderr).toContain(`tkt quarantine release --as-ticket ${id}`);
  expect(JSON.parse((await run(['--json'])).stdout)).toMatchObject([{ id }]);
  expect(await run(['release', '--as-ticket', String(id)])).toMatchObject({
    code: 0,
    stdout: `${id}: ticket TKT-2026-00001\n`,
  });
  expect((await run(['--json'])).stdout).toBe('[]\n');
  expect(await run(['release', '--as-ticket', String(id)])).toMatchObject({ code: 1, stdout: '' });
});

test('bytes in which there is not even a header stay held, also with --as-ticket', async () => {
  const id = await hold(Buffer.from([0, 1, 2]), 'unreadable');
  expect(await run(['release', '--as-ticket', String(id)])).toMatchObject({ code: 1, stdout: '' });
  expect(JSON.parse((await run(['--json'])).stdout)).toMatchObject([{ id }]);
});

test('one that is not there is named, the others are done, and the exit code is 1', async () => {
  const id = await hold(mail, 'spam');
  const { code, stdout, stderr } = await run(['drop', '999', String(id)]);
  expect({ code, stdout }).toEqual({ code: 1, stdout: `${id}: dropped\n` });
  expect(stderr).toContain('999');
});

test.each([
  [['show', 'x'], 64],
  [['show', '999'], 1],
  [['release'], 64],
  [['bogus'], 64],
  [['--json', 'bogus'], 64],
])('%j ends with exit code %i', async (argv, code) => {
  expect(await run(argv)).toMatchObject({ code, stdout: '' });
});
