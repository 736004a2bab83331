import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { addDoctorCommand } from '../../src/commands/doctor.ts';
import { recordIntake } from '../../src/store/intake.ts';
import { type Bench, openBench, type TestContextOptions } from '../support/context.ts';
import { type Dovecot, dovecotAvailable, startDovecot } from '../support/dovecot.ts';
import { freePort } from '../support/free-port.ts';
import { type SmtpSink, startSmtpSink } from '../support/smtp-sink.ts';

const user = 'support@example.test';
let bench: Bench;
let sink: SmtpSink;

beforeAll(async () => {
  sink = await startSmtpSink({ users: { [user]: 'secret' } });
});
afterAll(() => sink.stop());
beforeEach(async () => {
  bench = await openBench();
});
afterEach(() => bench.close());

interface File {
  enabled?: boolean;
  supportEmail?: string;
  imap?: Record<string, unknown>;
  smtp?: Record<string, unknown>;
}

function configure(file: File, mode = 0o600): void {
  const target = path.join(bench.folder, 'tkt.config.json');
  writeFileSync(target, JSON.stringify({ supportEmail: user, ...file }));
  chmodSync(target, mode);
}

function smtp(password = 'secret') {
  return { host: '127.0.0.1', port: sink.port, useTls: false, username: user, password };
}

/** Real time, as the files of the test are written in it. */
function doctor(argv: string[] = [], options: TestContextOptions = {}) {
  return bench.run(addDoctorCommand, ['doctor', ...argv], { now: new Date().toISOString(), ...options });
}

describe('without servers', () => {
  test('says that nothing is configured, and how to begin', async () => {
    const { code, stdout } = await doctor();
    expect(code).toBe(78);
    expect(stdout).toContain('✓ config: no file; the environment and the defaults hold\n');
    expect(stdout).toContain('✗ config: no mail server is configured — run tkt init, or set imap.host and smtp.host\n');
    expect(stdout).toMatch(/^✓ database: .*tkt\.db, whole$/m);
    expect(stdout).toMatch(/^✓ clock: 20\d\d-.*, time zone .+$/m);
  });

  test('names every problem of the configuration, and goes on to the clock', async () => {
    configure({ enabled: 'on' as never, imap: { prot: 1 } });
    const { code, stdout } = await doctor();
    expect(code).toBe(78);
    expect(stdout.split('\n').map((line) => line.replace(`${bench.folder}/`, ''))).toEqual([
      '✗ config: tkt.config.json: imap.prot: unknown key; the nearest known one is "imap.port"',
      '✗ config: tkt.config.json: enabled: expected true or false, got "on"',
      expect.stringMatching(/^✓ clock/),
      '',
    ]);
  });

  test('a configuration with a password that others can read is 77, with the chmod to run', async () => {
    configure({ smtp: smtp() }, 0o644);
    const { code, stdout } = await doctor();
    expect(code).toBe(77);
    expect(stdout).toContain(`run: chmod 600 ${path.join(bench.folder, 'tkt.config.json')}`);
  });

  test('a password file and a database that others can read are found', async () => {
    const file = path.join(bench.folder, 'password');
    writeFileSync(file, 'secret');
    chmodSync(file, 0o644);
    chmodSync(path.join(bench.folder, 'tkt.db'), 0o644);
    configure({
      smtp: { host: '127.0.0.1', port: sink.port, useTls: false, username: user, passwordFile: 'password' },
    });
    const { code, stdout } = await doctor();
    expect(code).toBe(77);
    expect(stdout).toContain(`chmod 600 ${file}\n`);
    expect(stdout).toContain(`run: chmod o= ${path.join(bench.folder, 'tkt.db')}\n`);
    expect(stdout).not.toContain('✓ files');
  });

  test('a password file that is missing is found', async () => {
    configure({ smtp: { host: '127.0.0.1', port: sink.port, useTls: false, username: user, passwordFile: 'none' } });
    const { code, stdout } = await doctor();
    expect(code).toBe(78);
    expect(stdout).toContain(`✗ files: smtp.passwordFile: there is no ${path.join(bench.folder, 'none')}\n`);
  });

  test('enabled without IMAP is wrong, IMAP without enabled is worth a look', async () => {
    configure({ enabled: true, smtp: smtp() });
    expect((await doctor()).stdout).toContain(
      '✗ imap: not configured, but enabled is true — set imap.host (IMAP_HOST)\n',
    );
    configure({ smtp: smtp() });
    expect((await doctor()).stdout).toContain('✓ imap: not configured; mail comes through tkt receive\n');
  });

  test('a database that is not there yet is no fault, and is not made', async () => {
    const database = path.join(bench.folder, 'new', 'deeper', 'tkt.db');
    configure({ smtp: smtp() });
    const { code, stdout } = await doctor([], { env: { TKT_DATABASE: database } });
    expect(stdout).toContain(`✓ database: none yet; the first command that needs one makes ${database}\n`);
    expect(code).toBe(0);
  });

  test.each([
    ['1999-01-01T00:00:00.000Z', 'which is long past'],
    ['2999-01-01T00:00:00.000Z', 'which is far ahead'],
    ['2026-01-01T00:00:00.000Z', 'but the database was written on 20'],
  ])('a clock at %s is wrong', async (now, why) => {
    configure({ smtp: smtp() });
    const { code, stdout } = await doctor([], { now });
    expect(stdout).toContain(`✗ clock: it is ${now} by this machine, ${why}`);
    expect(code).toBe(78);
  });

  test('what has waited for over a day wants a look, and is no failure', async () => {
    configure({ smtp: smtp() });
    const held = {
      sha256: 'aa',
      mailbox: 'default',
      messageId: null,
      sender: 'eve@example.test',
      subject: '',
      size: 1,
      outcome: 'quarantined' as const,
      reason: 'no sender',
      ticketId: null,
      entryId: null,
      rawMessageId: null,
      receivedAt: '2026-01-01T00:00:00.000Z',
    };
    const threeDaysAgo = new Date(Date.now() - 3 * 86_400_000 - 1000).toISOString();
    await recordIntake(bench.db, held, threeDaysAgo);
    await recordIntake(bench.db, { ...held, sha256: 'bb' }, new Date().toISOString());
    const { code, stdout } = await doctor();
    expect(stdout).toContain('! quarantine: 1 held, the oldest for 3d — look: tkt quarantine\n');
    expect(code).toBe(0);
  });
});

describe('SMTP', () => {
  test('a log-in that works is told with the server, and all is well', async () => {
    configure({ smtp: smtp() });
    const { code, stdout } = await doctor();
    expect(stdout).toContain(`✓ smtp: logged in to 127.0.0.1:${sink.port} (this machine) as ${user}\n`);
    expect(code).toBe(0);
  });

  test('a wrong password is told without showing it', async () => {
    configure({ smtp: smtp('sesame') });
    const { code, stdout, stderr } = await doctor();
    expect(stdout).toMatch(/^✗ smtp: .*(log-in|username|password)/m);
    expect(stdout + stderr).not.toContain('sesame');
    expect(code).toBe(75);
  });

  test('a server that is away is temporary', async () => {
    configure({ smtp: { ...smtp(), port: await freePort() } });
    const { code, stdout } = await doctor();
    expect(stdout).toMatch(/^✗ smtp: 127\.0\.0\.1:\d+ refused the connection/m);
    expect(code).toBe(75);
  });

  test('a missing password is 78 and names the key', async () => {
    configure({ smtp: { ...smtp(), password: null } });
    const { code, stdout } = await doctor();
    expect(stdout).toContain(
      '✗ smtp: smtp.password: expected a password, passwordCommand or passwordFile, or SMTP_PASSWORD',
    );
    expect(code).toBe(78);
  });

  test('--send-test sends as an auto-reply is sent', async () => {
    configure({ smtp: smtp() });
    const sent = sink.messages.length;
    const { code, stdout } = await doctor(['--send-test', 'ann@example.test']);
    expect(stdout).toContain('✓ send-test: 127.0.0.1 took the mail to ann@example.test');
    expect(code).toBe(0);
    const message = sink.messages[sent];
    expect(message?.envelope).toEqual({ from: '', to: ['ann@example.test'] });
    expect(message?.header('from')).toBe(user);
    expect(message?.header('auto-submitted')).toBe('auto-generated');
    expect(message?.header('message-id')).toMatch(/^<[0-9a-f]{32}\.tkt@example\.test>$/);
  });

  test('--send-test uses the address where the null reverse-path is off', async () => {
    configure({ smtp: { ...smtp(), nullSender: false } });
    const sent = sink.messages.length;
    await doctor(['--send-test', 'ann@example.test']);
    expect(sink.messages[sent]?.envelope.from).toBe(user);
  });

  test('--send-test tells a refusal, and what to try', async () => {
    configure({ smtp: smtp() });
    sink.use({ code: 550, at: 'mail', text: 'sender refused' }, 'accept');
    const { code, stdout } = await doctor(['--send-test', 'ann@example.test']);
    expect(stdout).toMatch(
      /^✗ send-test: .*sender refused.* — if it refuses the empty sender, set smtp\.nullSender to false$/m,
    );
    expect(code).toBe(75);
  });

  test('--send-test wants an address', async () => {
    expect((await doctor(['--send-test', 'ann'])).stderr).toContain('--send-test: expected an address, got "ann"');
  });
});

describe.skipIf(!dovecotAvailable)('IMAP', () => {
  let dovecot: Dovecot;
  beforeAll(async () => {
    dovecot = await startDovecot({ tls: true });
  });
  afterAll(() => dovecot.stop());

  function imap(overrides: Record<string, unknown> = {}) {
    return {
      host: 'localhost',
      port: dovecot.imapsPort,
      username: user,
      password: 'secret',
      caFile: dovecot.caFile,
      ...overrides,
    };
  }

  test('a log-in that works is told with the number of messages', async () => {
    configure({ enabled: true, imap: imap(), smtp: smtp() });
    const { code, stdout } = await doctor([], { color: true });
    expect(stdout).toContain(
      `✓\u001b[39m imap: logged in to localhost:${dovecot.imapsPort} (TLS) as ${user}; 0 messages in INBOX\n`,
    );
    expect(code).toBe(0);
  });

  test.each([
    ['a mailbox that is missing', { mailbox: 'Nowhere' }, /Nowhere/, 75],
    ['an authority that is not known', { caFile: null }, /imap\.caFile/, 75],
    ['a CA file that is missing', { caFile: '/nowhere/ca.pem' }, /\/nowhere\/ca\.pem/, 78],
    // The last, as Dovecot makes the address wait after it.
    ['a wrong password', { password: 'sesame' }, /refused the log-in/, 75],
  ])('%s is told with what to do', async (_name, overrides, expected, exit) => {
    configure({ enabled: true, imap: imap(overrides), smtp: smtp() });
    const { code, stdout } = await doctor();
    const line = stdout.split('\n').find((text) => text.startsWith('✗ imap: '));
    expect(line).toMatch(expected);
    expect(stdout).not.toContain('sesame');
    expect(stdout).toContain('✓ smtp');
    expect(code).toBe(exit);
  });
});

test('a damaged database is 74', async () => {
  configure({ smtp: smtp() });
  const database = path.join(bench.folder, 'other.db');
  writeFileSync(database, 'not a database at all, but a text of some length '.repeat(100), { mode: 0o600 });
  const context = bench.context({ env: { TKT_DATABASE: database }, now: new Date().toISOString() });
  const { openDatabase } = await import('../../src/store/database.ts');
  context.database = () => openDatabase({ path: database, now: context.now });
  const { runDoctor } = await import('../../src/commands/doctor.ts');
  await runDoctor(context, {});
  expect(context.stdout.text()).toMatch(/^✗ database: .*other\.db/m);
  expect(context.exitCode).toBe(74);
});
