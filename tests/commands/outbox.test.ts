import { afterEach, beforeEach, expect, test } from 'vitest';
import { addOutboxCommand } from '../../src/commands/outbox.ts';
import { putRawMessage } from '../../src/store/messages.ts';
import { enqueue, listDeliveries } from '../../src/store/outbox.ts';
import { packMessage } from '../../src/store/pack.ts';
import { finishDelivery } from '../../src/store/sending.ts';
import { type Bench, openBench, type TestContextOptions } from '../support/context.ts';
import { type SmtpSink, startSmtpSink } from '../support/smtp-sink.ts';
import { seedTicket } from '../support/tickets.ts';

const at = '2026-11-22T10:00:00.000Z';
const raw = Buffer.from('From: support@example.com\r\nTo: ann@example.com\r\nSubject: hello\r\n\r\nhi\r\n');

let bench: Bench;
let sink: SmtpSink;
let ticketId: number;
let serial = 0;
const run = (argv: string[], options: TestContextOptions = {}) =>
  bench.run(addOutboxCommand, ['outbox', ...argv], {
    ...options,
    env: { SMTP_HOST: '127.0.0.1', SMTP_PORT: String(sink.port), SMTP_USE_TLS: 'false', ...options.env },
  });

async function queue(to: string): Promise<number> {
  const rawMessageId = await putRawMessage(bench.db, packMessage(raw), at);
  serial += 1;
  await enqueue(
    bench.db,
    {
      ticketId,
      entryId: null,
      kind: 'auto-reply',
      messageId: `m${serial}@example.com`,
      mailbox: 'default',
      envelopeFrom: 'support@example.com',
      subject: 'hello \u001b[5m',
      rawMessageId,
      automatic: true,
      recipients: [to],
    },
    at,
  );
  const ids = (await listDeliveries(bench.db, { all: true })).map((row) => row.id);
  return Math.max(...ids);
}

beforeEach(async () => {
  bench = await openBench();
  sink = await startSmtpSink();
  ticketId = (await seedTicket(bench.db)).id;
});
afterEach(async () => {
  await sink.stop();
  await bench.close();
});

test('an empty outbox is success', async () => {
  expect(await run(['--json'])).toMatchObject({ code: 0, stdout: '[]\n' });
  expect(await run([], { terminal: true })).toMatchObject({ code: 0, stdout: '', stderr: 'The outbox is empty.\n' });
});

test('the list has the keys of the contract, with and without `list`', async () => {
  const id = await queue('ann@example.com');
  const expected = [
    {
      id,
      ticket: 'TKT-2026-00001',
      to: 'ann@example.com',
      subject: 'hello \u001b[5m',
      kind: 'auto-reply',
      state: 'queued',
      attempts: 0,
      nextAttemptAt: at,
      error: null,
    },
  ];
  expect(JSON.parse((await run(['--json'])).stdout)).toEqual(expected);
  expect(JSON.parse((await run(['list', '--json'])).stdout)).toEqual(expected);
  const table = (await run([], { terminal: true, columns: 120 })).stdout;
  expect(table).toContain('ann@example.com');
  expect(table).not.toContain('\u001b');
});

test('what failed stays in the list, what was sent leaves it', async () => {
  const failed = await queue('ann@example.com');
  const sent = await queue('bob@example.com');
  await finishDelivery(bench.db, failed, { state: 'failed', error: '550 no', nextAttemptAt: null }, at);
  await finishDelivery(bench.db, sent, { state: 'sent', error: null, nextAttemptAt: null }, at);
  expect((await run(['--fields', 'id,state,error'])).stdout).toBe(`${failed}\tfailed\t550 no\n`);
  expect((await run(['--all', '--fields', 'id'])).stdout).toBe(`${failed}\n${sent}\n`);
});

test('what bounced stays in the list until it is dropped', async () => {
  const id = await queue('ann@example.com');
  await finishDelivery(bench.db, id, { state: 'bounced', error: '5.1.1', nextAttemptAt: null }, at);
  expect((await run(['--fields', 'state,error'])).stdout).toBe('bounced\t5.1.1\n');
  expect((await run(['drop', String(id)])).code).toBe(0);
  expect((await run(['--json'])).stdout).toBe('[]\n');
});

test('a word that is no subcommand names the nearest', async () => {
  expect(await run(['rety'])).toMatchObject({ code: 64, stderr: expect.stringContaining('did you mean retry?') });
});

test('retry sends now what was to wait, and what had failed', async () => {
  const waits = await queue('ann@example.com');
  const failed = await queue('bob@example.com');
  await finishDelivery(
    bench.db,
    waits,
    { state: 'queued', error: '451 later', nextAttemptAt: '2026-11-23T00:00:00.000Z' },
    at,
  );
  await finishDelivery(bench.db, failed, { state: 'failed', error: '550 no', nextAttemptAt: null }, at);
  const { code, stdout, stderr } = await run(['retry', String(waits), String(failed)]);
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: `${waits}: sent\n${failed}: sent\n`, stderr: '' });
  expect(sink.messages.map((message) => message.envelope.to[0]).sort()).toEqual(['ann@example.com', 'bob@example.com']);
  expect((await run(['--json'])).stdout).toBe('[]\n');
});

test('with --json retry and drop print the mails', async () => {
  const sent = await queue('ann@example.com');
  const retried = await run(['retry', String(sent), '--json']);
  expect(JSON.parse(retried.stdout)).toMatchObject([{ id: sent, to: 'ann@example.com', state: 'sent', attempts: 1 }]);
  const given = await queue('bob@example.com');
  sink.use({ code: 550, at: 'rcpt' });
  const refused = await run(['retry', String(given), '--json']);
  expect(refused.code).toBe(1);
  expect(JSON.parse(refused.stdout)).toMatchObject([{ id: given, state: 'failed' }]);
  expect(JSON.parse((await run(['drop', String(given), '--json'])).stdout)).toMatchObject([{ id: given }]);
  expect((await run(['--json'])).stdout).toBe('[]\n');
});

test('a terminal shows 50 of them and says so, unless --limit does; a pipe gets all', async () => {
  for (let i = 1; i <= 53; i++) await queue(`client${i}@example.com`);
  const lines = async (argv: string[], terminal: boolean) =>
    (await run(argv, { terminal, columns: 200 })).stdout.trimEnd().split('\n');
  const page = await lines([], true);
  expect(page).toHaveLength(52);
  expect(page.at(-1)).toBe('50 of 53 mails; --limit N shows more');
  expect(await lines(['--limit', '60'], true)).toHaveLength(54);
  expect((await lines(['--limit', '2'], true)).at(-1)).toBe('2 of 53 mails; --limit N shows more');
  expect(await lines([], false)).toHaveLength(53);
  expect(await lines(['--limit', '2'], false)).toHaveLength(2);
  expect(await run(['--limit', '0'])).toMatchObject({ code: 64, stdout: '' });
});

test('a server that is away leaves it in the outbox and ends with 75', async () => {
  const id = await queue('ann@example.com');
  const { code, stdout, stderr } = await run(['retry', '--all'], { env: { SMTP_PORT: '9' } });
  expect({ code, stdout }).toEqual({ code: 75, stdout: '' });
  expect(stderr).toContain(`${id} to ann@example.com: queued`);
});

test('a recipient that is refused for good ends with 1', async () => {
  const id = await queue('ann@example.com');
  sink.use({ code: 550, at: 'rcpt' });
  const { code, stderr } = await run(['retry', String(id)]);
  expect(code).toBe(1);
  expect(stderr).toContain('failed');
});

test('drop gives up; what is not there is named, and the exit code is 1', async () => {
  const id = await queue('ann@example.com');
  const { code, stdout, stderr } = await run(['drop', '999', String(id)]);
  expect({ code, stdout }).toEqual({ code: 1, stdout: `${id}: dropped\n` });
  expect(stderr).toContain('999');
  expect((await run(['--json'])).stdout).toBe('[]\n');
  expect(await run(['retry', '--all'])).toMatchObject({ code: 0, stdout: '' });
  expect(sink.messages).toHaveLength(0);
});

test.each([[['retry']], [['retry', '--all', '1']], [['retry', 'x']], [['drop']], [['bogus']], [['-o', 'yaml']]])(
  '%j is a usage error',
  async (argv) => {
    expect(await run(argv)).toMatchObject({ code: 64, stdout: '' });
  },
);
