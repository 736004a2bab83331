// tkt receive as a mail server runs it: a pipe with next to no environment, whose exit code decides what the server does.

import { execFileSync, spawn } from 'node:child_process';
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Ticket, TicketDetails } from '../../src/domain/ticket.ts';
import type { Explanation } from '../../src/pipeline/explain.ts';
import { number, support } from '../support/mail-desk.ts';
import { type SmtpSink, startSmtpSink } from '../support/smtp-sink.ts';
import { finish, type Installation, installTkt, mail, tktScript } from '../support/tkt.ts';

let sink: SmtpSink;
let tkt: Installation;
beforeAll(async () => {
  sink = await startSmtpSink();
  tkt = await installTkt({ supportEmail: support, smtp: { host: '127.0.0.1', port: sink.port, useTls: false } });
});
afterAll(async () => {
  await tkt.remove();
  await sink.stop();
});

const receive = (input: string | Buffer) => tkt.run(['receive'], { input });
const tickets = () => tkt.json<Ticket[]>(['list', '--all', '--sort', 'number:asc', '--json']);

test.each([
  ['nothing', ''],
  ['empty lines', '\r\n\r\n'],
  ['a text', 'hello there, this is no mail\n'],
  ['a picture', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13])],
])('%s is no mail: 65, and nothing is kept of it', async (_name, input) => {
  const result = await receive(input);
  expect(result).toMatchObject({ code: 65, stdout: '', stderr: expect.stringContaining('no mail') });
  expect(result.stderr.trimEnd().split('\n')).toHaveLength(1);
  expect(await tickets()).toEqual([]);
});

test('a mail becomes a ticket and is answered; the same mail again is done already, and that is success', async () => {
  const raw = mail({ From: 'Ann <ann@client.test>', Subject: 'By pipe', 'Message-ID': '<p1@client.test>' }, 'Hello.\n');
  const first = await receive(raw);
  expect(first).toMatchObject({ code: 0, stdout: '' });
  expect(first.stderr).toContain(`[email-to-ticket] ✓ Created ticket ${number(1)} from ann@client.test`);
  expect(await receive(raw)).toMatchObject({ code: 0 });
  expect(await tickets()).toHaveLength(1);
  expect(sink.messages).toMatchObject([{ envelope: { from: '', to: ['ann@client.test'] } }]);
});

test('an mbox line in front, and bare newlines, are what some pipes write', async () => {
  const raw = `From ann@client.test Mon Nov 23 10:00:00 2026\n${mail({ From: 'ann@client.test', Subject: 'mbox' }, 'Hi.\n').replaceAll('\r\n', '\n')}`;
  expect(await receive(raw)).toMatchObject({ code: 0 });
  expect((await tickets()).at(-1)).toMatchObject({ subject: 'mbox', requester: { email: 'ann@client.test' } });
});

test('the same mail handed over again is known by its own bytes, whatever the time in the mbox line says', async () => {
  const before = (await tickets()).length;
  const raw = mail({ From: 'ann@client.test', Subject: 'tried twice' }, 'Once.\n').replaceAll('\r\n', '\n');
  const attempts = ['Mon Nov 23 10:00:00 2026', 'Mon Nov 23 10:05:00 2026'].map(
    (time) => `From ann@client.test  ${time}\n${raw}`,
  );
  for (const attempt of [...attempts, raw]) expect(await receive(attempt)).toMatchObject({ code: 0 });
  expect(await tickets()).toHaveLength(before + 1);
  const { entries } = await tkt.json<TicketDetails>(['show', number(before + 1), '--json']);
  expect(await tkt.ok(['show', number(before + 1), '--raw', String(entries[0]?.id)])).toBe(raw);
  const explained = await tkt.json<Explanation[]>(['explain', '--json'], { input: attempts[1] ?? '' });
  expect(explained[0]?.reasons).toContain('known already (ticket): poll would do nothing; a new mail like it:');
});

// As a parent that is a node program, or has the pipe for its own use too, leaves it.
test.each([
  ['receive', ['receive'], mail({ From: 'late@client.test', Subject: 'late' }, 'x')],
  ['explain', ['explain'], mail({ From: 'late@client.test', Subject: 'late' }, 'x')],
  ['comment', ['comment', '1', '--as', 'al'], 'words that come late'],
])('%s waits for what comes late through a pipe that does not block', async (_, args, input) => {
  await receive(mail({ From: 'first@client.test', Subject: 'first' }, 'x'));
  await tkt.run(['agent', 'add', 'al', '--name', 'Al', '--email', 'al@desk.test']);
  const pipe = join(tkt.folder, `pipe-${args[0]}`);
  execFileSync('mkfifo', [pipe]);
  const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
  const writer = openSync(pipe, 'w');
  const env = { PATH: process.env.PATH, HOME: tkt.folder, TKT_CONFIG: tkt.configFile };
  const ended = finish(spawn(process.execPath, [tktScript, ...args], { env, stdio: [reader, 'pipe', 'pipe'] }));
  await new Promise((resolve) => setTimeout(resolve, 700));
  writeSync(writer, input);
  for (const end of [writer, reader]) closeSync(end);
  const { code, stderr } = await ended;
  expect([code, stderr.includes('bug')], stderr).toEqual([0, false]);
});

test('what cannot be processed is held, and the mail server has done its part', async () => {
  expect(await receive(mail({ Subject: 'from nobody' }, 'x'))).toMatchObject({ code: 0 });
  expect(await tkt.json(['quarantine', '--json'])).toMatchObject([{ subject: 'from nobody' }]);
});

test('SMTP that is away does not make the mail server try again', async () => {
  const before = (await tickets()).length;
  sink.use({ code: 451, at: 'mail' });
  const { code, stderr } = await receive(mail({ From: 'bob@client.test' }, 'x'));
  expect(code).toBe(0);
  expect(stderr.split('\n').filter((line) => line.startsWith('[email]'))).toHaveLength(1);
  sink.use('accept');
  expect(await tickets()).toHaveLength(before + 1);
  expect(await tkt.json(['outbox', '--json'])).toMatchObject([{ to: 'bob@client.test', state: 'queued' }]);
});

test('what a server that was away has left in the outbox goes with the next message', async () => {
  sink.use({ code: 421, at: 'connect' });
  const { code, stderr } = await receive(mail({ From: 'carl@client.test' }, 'first'));
  expect(code).toBe(0);
  expect(stderr.split('\n').filter((line) => line.startsWith('[email]'))).toHaveLength(1);
  sink.use('accept');
  const before = sink.messages.length;
  expect(await receive(mail({ From: 'dora@client.test' }, 'second'))).toMatchObject({ code: 0 });
  expect(sink.messages.slice(before).map(({ envelope }) => envelope.to)).toEqual([
    ['dora@client.test'],
    ['carl@client.test'],
  ]);
});

test('without HOME, PATH and terminal, in the root folder, it works as from a shell', async () => {
  const before = (await tickets()).length;
  const script = [process.execPath, tktScript, '--config', tkt.configFile, 'receive'];
  const child = spawn('setsid', ['--wait', 'env', '-i', ...script], { cwd: '/' });
  const result = await finish(child, mail({ From: 'cron@client.test', Subject: 'bare' }, 'From the pipe.\n'));
  expect(result.code, result.stderr).toBe(0);
  expect(await tickets()).toHaveLength(before + 1);

  // The shell of an alias may have closed what nobody reads.
  const closed = spawn('sh', ['-c', `env -i ${script.map((word) => `'${word}'`).join(' ')} >&- 2>&-`], { cwd: '/' });
  expect((await finish(closed, mail({ From: 'closed@client.test' }, 'x'))).code).toBe(0);
  expect(await tickets()).toHaveLength(before + 2);
});

test('without any configuration it keeps the mail in the default database', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tkt-pipe-'));
  const env = { XDG_DATA_HOME: join(folder, 'data'), XDG_CONFIG_HOME: join(folder, 'config') };
  const child = spawn(process.execPath, [tktScript, 'receive'], { cwd: folder, env });
  const result = await finish(child, mail({ From: 'ann@client.test' }, 'x'));
  expect(result.code, result.stderr).toBe(0);
  const list = await finish(spawn(process.execPath, [tktScript, 'list', '--fields', 'number'], { cwd: folder, env }));
  expect(list.stdout).toBe(`${number(1)}\n`);
  await rm(folder, { recursive: true });
});

test('a mailbox that is not configured is 78; a database that cannot be had is 74', async () => {
  const raw = mail({ From: 'ann@client.test' }, 'x');
  const unknown = await tkt.run(['receive', '--mailbox', 'sales'], { input: raw });
  expect(unknown).toMatchObject({ code: 78, stderr: expect.stringContaining('"sales"; known: default') });
  await writeFile(join(tkt.folder, 'file'), '');
  const env = { TKT_DATABASE: join(tkt.folder, 'file/tkt.db') };
  const unwritable = await tkt.run(['receive'], { input: raw, env });
  expect(unwritable).toMatchObject({ code: 74, stdout: '', stderr: expect.stringContaining('file/tkt.db') });
});
