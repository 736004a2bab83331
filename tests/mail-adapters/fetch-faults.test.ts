// The IMAP adapter when the server refuses, lies or goes away: always a TemporaryError that says what to check.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ImapConfig, MailAuth } from '../../src/config/config.ts';
import { ConfigError, TemporaryError } from '../../src/errors.ts';
import { type MailboxSession, openMailbox } from '../../src/mail/fetch.ts';
import { makeCertificates } from '../support/certificates.ts';
import { type Dovecot, dovecotAvailable, startDovecot } from '../support/dovecot.ts';
import { freePort } from '../support/free-port.ts';
import { type ScriptOptions, startScriptedImap } from '../support/imap-script.ts';
import { type Relay, type RelayFault, startRelay } from '../support/relay.ts';
import { asIdle } from '../support/tkt.ts';

const user = 'support@example.test';
const silent = { debug() {}, info() {}, warn() {}, error() {}, progress() {} };
// For servers that are meant to be silent; others may be slow on a busy machine.
const quick = { connectMs: 1_000, greetingMs: 300, silenceMs: 400 };
const patient = { connectMs: 20_000, greetingMs: 20_000, silenceMs: 20_000 };
const secret = 'geheim*&"42';

/** A log-in by PLAIN that is not waited for. */
const atOnce = Buffer.from(`\0${user}\0${secret}`).toString('base64');

const closing: Array<() => Promise<void>> = [];
const uncaught: unknown[] = [];
const onUncaught = (error: unknown) => uncaught.push(error);

beforeAll(() => {
  process.on('uncaughtExceptionMonitor', onUncaught);
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) {
    await close();
  }
  expect(uncaught).toEqual([]);
});
afterAll(() => {
  process.off('uncaughtExceptionMonitor', onUncaught);
});

async function open(
  config: ImapConfig,
  signal = new AbortController().signal,
  timeouts = patient,
): Promise<MailboxSession> {
  const session = await openMailbox(config, { log: silent, signal, timeouts });
  closing.push(() => session.close());
  return session;
}

/** The error of something that must fail, with how long it took. */
async function failure(work: Promise<unknown>): Promise<{ error: Error; elapsedMs: number }> {
  const started = Date.now();
  const error = await work.then(
    () => new Error('it did not fail'),
    (thrown: Error) => thrown,
  );
  return { error, elapsedMs: Date.now() - started };
}

const password: MailAuth = { kind: 'password', username: user, password: { kind: 'value', value: secret } };

describe('a server that plays a part', () => {
  async function scripted(options: ScriptOptions, overrides: Partial<ImapConfig> = {}): Promise<ImapConfig> {
    const server = await startScriptedImap(options);
    closing.push(() => server.stop());
    const auth = password;
    const base = { host: '127.0.0.1', port: server.port, security: 'none', auth, caFile: null } as const;
    return { ...base, mailbox: 'INBOX', intake: 'new', after: { kind: 'seen' }, ...overrides };
  }

  it.each<[name: string, options: ScriptOptions, expected: RegExp]>([
    [
      'refuses the log-in',
      { answers: { LOGIN: '%t NO [AUTHENTICATIONFAILED] Invalid credentials' } },
      /refused the log-in of support@example\.test .*Invalid credentials.* check imap\.username and the password/,
    ],
    [
      'repeats the password while it refuses it',
      { answers: { LOGIN: `%t NO no user support@example.test with password ${secret}` } },
      /refused the log-in .*with password \*\*\*/,
    ],
    [
      'refuses the log-in that it took without asking for the password',
      {
        capabilities: 'IMAP4rev1 AUTH=PLAIN SASL-IR',
        answers: { AUTHENTICATE: `%t NO [AUTHENTICATIONFAILED] Invalid credentials: ${atOnce}` },
      },
      /refused the log-in of support@example\.test .*Invalid credentials: \*\*\*.* check imap\.username and the password/,
    ],
    [
      'has no time for log-ins',
      { answers: { LOGIN: '%t NO [UNAVAILABLE] Temporary authentication failure' } },
      /asks to wait: ".*Temporary authentication failure"; the next sweep tries again/,
    ],
    [
      'is throttling',
      { answers: { SELECT: '%t NO [THROTTLED] Account exceeded command or bandwidth limits' } },
      /asks to wait: ".*Account exceeded/,
    ],
    [
      'is throttling the way Exchange does',
      { answers: { 'UID SEARCH': '%t BAD Request is throttled. Suggested Backoff Time: 92415 milliseconds' } },
      /asks to wait: ".*throttled/,
    ],
    [
      'says goodbye at once',
      { greeting: '* BYE Too many connections from your address' },
      /closed the connection \(it said: Too many connections from your address\)/,
    ],
    [
      'says goodbye at SELECT',
      { answers: { SELECT: '* BYE Shutting down for maintenance' } },
      /closed the connection|fell silent/,
    ],
    ['cuts the connection at LOGIN', { answers: { LOGIN: null } }, /closed the connection/],
    ['cuts the connection at SEARCH', { answers: { 'UID SEARCH': null } }, /closed the connection/],
    ['refuses to search', { answers: { 'UID SEARCH': '%t NO Not now\x1b[2J' } }, /refused: ".*Not now\\x1b\[2J"/],
    ['refuses to fetch', { answers: { 'UID FETCH': '%t NO Mailbox is damaged' } }, /refused: ".*Mailbox is damaged/],
    ['refuses to set flags', { answers: { 'UID STORE': '%t NO Over quota' } }, /refused: ".*Over quota"/],
    ['falls silent at SELECT', { answers: { SELECT: '' } }, /fell silent for 0\.4 s/],
    ['falls silent at FETCH', { answers: { 'UID FETCH': '' } }, /fell silent for 0\.4 s/],
    ['never greets', { greeting: '' }, /sent no greeting within 0\.3 s; check that imap\.port goes with imap\.useSsl/],
    [
      'takes no log-ins in the clear',
      { capabilities: 'IMAP4rev1 LOGINDISABLED' },
      /refused the log-in .*Login is disabled/,
    ],
  ])('and %s makes the sweep end with the reason', async (_name, options, expected) => {
    const config = await scripted(options);
    const isSilent = /fell silent|no greeting/.test(expected.source);
    const { error, elapsedMs } = await failure(
      open(config, undefined, isSilent ? quick : patient).then(async (session) => {
        await session.search({ unseen: true });
        await session.fetch([1], () => {});
        await session.markSeen([1]);
      }),
    );
    expect(error).toBeInstanceOf(TemporaryError);
    expect(error.message).toMatch(expected);
    expect(error.message).not.toContain('\n');
    expect(error.message).not.toContain(secret);
    // imapflow would wait for ten seconds and more where it is throttled.
    expect(elapsedMs).toBeLessThan(8_000);
  });

  it('that offers no STARTTLS gets no password', async () => {
    const server = await startScriptedImap();
    closing.push(() => server.stop());
    const config = await scripted({}, { port: server.port, security: 'starttls' });
    const { error } = await failure(open(config));
    expect(error).toBeInstanceOf(TemporaryError);
    expect(error.message).toContain('offers no STARTTLS');
    expect(server.lines.join('\n')).not.toMatch(/LOGIN|AUTHENTICATE/i);
  });

  it('without UIDPLUS and MOVE never expunges what others have deleted', async () => {
    const server = await startScriptedImap();
    closing.push(() => server.stop());
    const session = await open(await scripted({}, { port: server.port }));
    await session.move([1, 2], 'Done');
    await session.remove([2]);
    const done = server.lines.filter((line) => /COPY|STORE|EXPUNGE|MOVE/.test(line));
    expect(done).toEqual([
      'UID COPY 1:2 Done',
      'UID STORE 1:2 +FLAGS.SILENT (\\Seen \\Deleted)',
      'UID STORE 2 +FLAGS.SILENT (\\Seen \\Deleted)',
    ]);
  });

  it.each<[capability: string, mechanism: string, token: string]>([
    ['AUTH=XOAUTH2', 'XOAUTH2', `user=${user}\x01auth=Bearer ya29.token\x01\x01`],
    ['AUTH=OAUTHBEARER', 'OAUTHBEARER', `auth=Bearer ya29.token\x01\x01`],
  ])('with %s is given the access token', async (capability, mechanism, expected) => {
    const server = await startScriptedImap({ capabilities: `IMAP4rev1 ${capability}` });
    closing.push(() => server.stop());
    const auth: MailAuth = { kind: 'oauth2', username: user, tokenCommand: 'echo ya29.token' };
    await open(await scripted({}, { port: server.port, auth }));
    const line = server.lines.find((each) => each.startsWith('AUTHENTICATE')) ?? '';
    expect(line.split(' ')[1]).toBe(mechanism);
    expect(Buffer.from(line.split(' ')[2] ?? '', 'base64').toString()).toContain(expected);
  });

  it('that takes no token says which key to look at', async () => {
    const server = await startScriptedImap({ capabilities: 'IMAP4rev1 AUTH=PLAIN' });
    closing.push(() => server.stop());
    const auth: MailAuth = { kind: 'oauth2', username: user, tokenCommand: 'echo ya29.token' };
    const { error } = await failure(scripted({}, { port: server.port, auth }).then((config) => open(config)));
    expect(error).toBeInstanceOf(TemporaryError);
    expect(error.message).toContain('check imap.auth');
  });
});

describe('no server', () => {
  const config = (overrides: Partial<ImapConfig>): ImapConfig => ({
    ...{ host: '127.0.0.1', port: 1, security: 'tls', auth: password, caFile: null },
    ...{ mailbox: 'INBOX', intake: 'new', after: { kind: 'seen' } },
    ...overrides,
  });

  it('is told with host and port', async () => {
    const port = await freePort();
    const { error } = await failure(open(config({ port })));
    expect(error).toBeInstanceOf(TemporaryError);
    expect(error.message).toBe(
      `127.0.0.1:${port} refused the connection; check imap.host and imap.port, and that the server runs`,
    );
    expect(error.cause).toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('is told when its name is not known', async () => {
    const { error } = await failure(open(config({ host: 'imap.nowhere.invalid' })));
    expect(error.message).toMatch(/host name imap\.nowhere\.invalid is not known|DNS gave no answer/);
  });

  it.each<[name: string, overrides: Partial<ImapConfig>, message: string]>([
    ['another machine is not spoken to in the clear', { host: 'imap.example.com', security: 'none' }, 'imap.host'],
    ['a CA file that is not there is a configuration error', { caFile: '/nowhere/ca.pem' }, 'imap.caFile'],
    ['no log-in is a configuration error', { auth: null }, 'imap.username'],
  ])('%s', async (_name, overrides, message) => {
    const { error } = await failure(open(config(overrides)));
    expect(error).toBeInstanceOf(ConfigError);
    expect(error.message).toContain(message);
  });

  it('is waited for once the signal was given', async () => {
    const { error } = await failure(open(config({}), AbortSignal.abort()));
    expect(error).toBeInstanceOf(TemporaryError);
    expect(error.message).toContain('interrupted');
  });
});

describe.skipIf(!dovecotAvailable)('a Dovecot', () => {
  let dovecot: Dovecot;
  let relay: Relay;

  beforeAll(async () => {
    dovecot = await startDovecot({ tls: true });
    for (let count = 0; count < 8; count++) {
      await dovecot.deliver(user, `Subject: ${count}\r\n\r\n${'x'.repeat(200_000)}\r\n`);
    }
    relay = await startRelay(dovecot.imapPort);
  });
  afterAll(async () => {
    await relay?.stop();
    await dovecot?.stop();
  });
  afterEach(() => relay.setFault(null));

  const plain = () => dovecot.config({ port: relay.port, caFile: null });

  /** A whole sweep; what it got. */
  async function sweep(config: ImapConfig, signal?: AbortSignal, timeouts = patient): Promise<number> {
    const session = await open(config, signal, timeouts);
    const uids = await session.search({ unseen: true });
    let bytes = 0;
    await session.fetch(uids, ({ raw }) => {
      expect(raw.length % 100).toBe(200_016 % 100);
      bytes += raw.length;
    });
    return bytes;
  }

  // Greeting, log-in, select, search, then 1.6 MB of messages.
  const offsets = [0, 10, 120, 500, 900, 1_500, 2_000, 100_000, 201_800, 202_100, 1_200_000];
  it.each(
    (['cut', 'reset', 'stall'] as const).flatMap((kind) =>
      offsets.map((afterBytes): RelayFault => ({ kind, afterBytes })),
    ),
  )('behind a wire with $kind after $afterBytes bytes hands out no broken message', async (fault) => {
    relay.setFault(fault);
    const { error, elapsedMs } = await failure(sweep(plain(), undefined, fault.kind === 'stall' ? quick : patient));
    expect(error).toBeInstanceOf(TemporaryError);
    expect(error.message).toMatch(/closed the connection|fell silent|no greeting/);
    expect(elapsedMs).toBeLessThan(15_000);
    relay.setFault(null);
  });

  it('is read whole when the wire is', async () => {
    expect(await sweep(plain())).toBeGreaterThan(8 * 200_000);
  });

  it('that is killed while it sends ends the fetch', async () => {
    const session = await open(plain());
    const uids = await session.search({ unseen: true });
    relay.setFault({ kind: 'stall', afterBytes: 300_000 });
    const fetching = failure(session.fetch(uids, () => {}));
    for (const worker of dovecot.workers()) {
      process.kill(worker, 'SIGKILL');
    }
    const { error } = await fetching;
    expect(error).toBeInstanceOf(TemporaryError);
    const again = await failure(session.search({ unseen: true }));
    expect(again.error).toBeInstanceOf(TemporaryError);
    expect((await failure(session.fetch(uids, () => {}))).error).toBeInstanceOf(TemporaryError);
  });

  it('is left at once when tkt is stopped', async () => {
    const stop = new AbortController();
    relay.setFault({ kind: 'stall', afterBytes: 300_000 });
    setTimeout(() => stop.abort(), 100);
    const { error, elapsedMs } = await failure(sweep(plain(), stop.signal));
    expect(error.message).toContain('interrupted');
    expect(elapsedMs).toBeLessThan(await asIdle(1_500));
  });

  it.each<[name: string, overrides: () => Partial<ImapConfig>, expected: RegExp]>([
    ['a wrong password', () => ({ auth: password }), /refused the log-in of support@example.test/],
    [
      'an unknown CA',
      () => ({ security: 'tls', port: dovecot.imapsPort, caFile: null }),
      /authority that is not known.*imap\.caFile/,
    ],
    [
      'an unknown CA at STARTTLS',
      () => ({ security: 'starttls', caFile: null }),
      /authority that is not known.*imap\.caFile/,
    ],
    ['TLS to the plain port', () => ({ security: 'tls' }), /does not speak TLS from the start; check that imap\.port/],
    ['no TLS to the TLS port', () => ({ port: dovecot.imapsPort, caFile: null }), /no greeting|closed the connection/],
    [
      'a mailbox that is not there',
      () => ({ mailbox: 'Nowhere' }),
      /^no mailbox Nowhere; check imap\.mailbox; there are INBOX$/,
    ],
  ])('with %s says so', async (_name, overrides, expected) => {
    const isSilent = /no greeting/.test(expected.source);
    const opening = open(dovecot.config(overrides()), undefined, isSilent ? quick : patient);
    const { error } = await failure(opening);
    expect(error).toBeInstanceOf(TemporaryError);
    expect(error.message).toMatch(expected);
    expect(error.message).not.toContain(secret);
  });

  it('with a certificate for another name, or a CA file that is none, says so', async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'tkt-ca-'));
    closing.push(async () => rmSync(folder, { recursive: true }));
    const certificates = makeCertificates(folder, ['DNS:mail.example.org']);
    const other = await startDovecot({
      tls: true,
      extra: `ssl_cert = <${certificates.certFile}\nssl_key = <${certificates.keyFile}`,
    });
    closing.push(() => other.stop());
    const config = other.config({ security: 'tls', port: other.imapsPort, caFile: certificates.caFile });
    expect((await failure(open(config))).error.message).toContain('is for another host name; check imap.host');
    const noPem = path.join(folder, 'empty.pem');
    writeFileSync(noPem, 'nothing\n');
    expect((await failure(open({ ...config, caFile: noPem }))).error).toBeInstanceOf(ConfigError);
  });

  it('that restarts with another UIDVALIDITY shows it', async () => {
    const before = (await open(dovecot.config())).uidValidity;
    await dovecot.resetUidValidity(user);
    const session = await open(dovecot.config());
    expect(session.uidValidity).not.toBe(before);
    expect(await session.search({ unseen: true })).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });
});
