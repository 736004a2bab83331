// The SMTP adapter against a server that refuses, drops and hangs: what each recipient is told.

import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { MailAuth, SmtpConfig } from '../../src/config/config.ts';
import { ConfigError, TemporaryError } from '../../src/errors.ts';
import { type OpenTransportOptions, openTransport, type SendResult, type Transport } from '../../src/mail/send.ts';
import { type Certificates, makeCertificates } from '../support/certificates.ts';
import { startRelay } from '../support/relay.ts';
import { type SinkMode, type SinkOptions, type SmtpSink, startSmtpSink } from '../support/smtp-sink.ts';
import { asIdle } from '../support/tkt.ts';

const silent = { debug() {}, info() {}, warn() {}, error() {}, progress() {} };
// For servers that are meant to be silent; others may be slow on a busy machine.
const quick = { timeouts: { connectMs: 1_000, greetingMs: 700, silenceMs: 700 } };
const raw = Buffer.from('From: support@example.test\r\nSubject: Hello\r\n\r\n.dot\r\nHello\r\n');
const ann = 'ann@example.com';
const bob = 'bob@example.com';
const secret = 'p@ss word/geheim';

function password(value = secret): MailAuth {
  return { kind: 'password', username: 'support@example.test', password: { kind: 'value', value } };
}

describe('a message', () => {
  const closing: Array<() => Promise<void>> = [];
  let folder: string;
  let certificates: Certificates;

  beforeAll(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'tkt-send-'));
    certificates = makeCertificates(folder);
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) {
      await close();
    }
  });

  async function sinkWith(options: SinkOptions = {}): Promise<SmtpSink> {
    const sink = await startSmtpSink(options);
    closing.push(() => sink.stop());
    return sink;
  }

  function transportTo(config: SmtpConfig, options: Partial<OpenTransportOptions> = {}): Transport {
    const signal = new AbortController().signal;
    const transport = openTransport(config, { log: silent, signal, restMs: 0, ...options });
    closing.push(() => transport.close());
    return transport;
  }

  /** What became of one message to these recipients, `ok`, `temporary` or `permanent` each. */
  async function outcome(transport: Transport, to: string[] = [ann]): Promise<string[]> {
    return (await transport.send({ from: 'support@example.test', to, raw })).map(verdict);
  }
  const verdict = ({ ok, permanent }: SendResult[number]) => (ok ? 'ok' : permanent ? 'permanent' : 'temporary');

  it('arrives as the bytes it is, with its envelope', async () => {
    const sink = await sinkWith();
    const result = await transportTo(sink.config()).send({ from: 'support@example.test', to: [ann, bob], raw });
    expect(result).toEqual([
      { address: ann, ok: true, permanent: false, error: null },
      { address: bob, ok: true, permanent: false, error: null },
    ]);
    expect(sink.messages[0]?.raw.toString()).toBe(raw.toString());
    expect(sink.messages[0]?.envelope).toEqual({ from: 'support@example.test', to: [ann, bob] });
  });

  it('leaves with the null reverse-path where the sender is empty', async () => {
    const sink = await sinkWith();
    const relay = await startRelay(sink.port);
    closing.push(() => relay.stop());
    await transportTo(sink.config({ port: relay.port })).send({ from: '', to: [ann], raw });
    expect(sink.messages[0]?.envelope.from).toBe('');
    expect(sink.commands).toContain('MAIL ');
  });

  it('cannot end early, nor smuggle another one, whatever its line ends are', async () => {
    const sink = await sinkWith();
    const smuggling = 'Subject: x\r\n\r\nbody\n.\nMAIL FROM:<a@b>\r.\rRCPT TO:<c@d>\r\n.\r\nDATA\n.\r\nend\r\n';
    await transportTo(sink.config()).send({ from: '', to: [ann], raw: Buffer.from(smuggling) });
    expect(sink.messages).toHaveLength(1);
    expect(sink.commands.filter((command) => command.startsWith('MAIL'))).toHaveLength(1);
    expect(sink.messages[0]?.raw.toString()).toContain('end');
  });

  it.each<[name: string, mode: SinkMode, expected: string]>([
    ['refused for now at MAIL', { code: 451, at: 'mail' }, 'temporary'],
    ['refused for now at RCPT', { code: 450, at: 'rcpt' }, 'temporary'],
    ['refused for now after DATA', { code: 452, at: 'data' }, 'temporary'],
    ['refused for good at MAIL', { code: 552, at: 'mail' }, 'permanent'],
    ['refused for good at RCPT', { code: 550, at: 'rcpt' }, 'permanent'],
    ['refused for good after DATA', { code: 554, at: 'data' }, 'permanent'],
    ['turned away with 421 at MAIL', { code: 421, at: 'mail' }, 'temporary'],
    ['turned away with 421 at RCPT', { code: 421, at: 'rcpt' }, 'temporary'],
    ['turned away at the door, for good it says', { code: 554, at: 'connect' }, 'temporary'],
    ['turned away at the door for now', { code: 421, at: 'connect' }, 'temporary'],
    ['refused because nobody logged in', { code: 530, at: 'mail', text: '5.7.0 Authentication required' }, 'temporary'],
    [
      'over the daily limit of Google',
      { code: 550, at: 'data', text: '5.4.5 Daily user sending limit exceeded' },
      'temporary',
    ],
    ['cut off in its middle', 'drop-in-data', 'temporary'],
    ['cut off before its 250', 'drop-before-250', 'temporary'],
    ['reset before its 250', 'reset-before-250', 'temporary'],
    ['never answered', 'hang', 'temporary'],
    ['never answered at MAIL', { hangAt: 'mail' }, 'temporary'],
    ['sent to a server that does not greet', { hangAt: 'connect' }, 'temporary'],
  ])('%s is told as that, and the next one goes out', async (_name, mode, expected) => {
    const sink = await sinkWith();
    sink.use(mode, 'accept');
    const isSilent = typeof mode === 'string' ? mode === 'hang' : 'hangAt' in mode;
    const transport = transportTo(sink.config(), isSilent ? quick : {});
    const [first] = await transport.send({ from: '', to: [ann], raw });
    expect(first && verdict(first)).toBe(expected);
    expect(first?.error).toMatch(/^127\.0\.0\.1:\d+[^\n]+$/);
    expect(await outcome(transport)).toEqual(['ok']);
    expect(sink.messages.at(-1)?.acknowledged).toBe(true);
  });

  it.each<[name: string, pipelining: boolean, code: number, expected: string]>([
    ['for good', true, 550, 'permanent'],
    ['for now', true, 450, 'temporary'],
    ['for good, one command at a time', false, 550, 'permanent'],
  ])('with one recipient refused %s reaches the others', async (_name, pipelining, code, expected) => {
    const sink = await sinkWith({ pipelining, mode: { code, at: 'rcpt', only: [bob] } });
    const transport = transportTo(sink.config());
    expect(await outcome(transport, [ann, bob, 'eve@example.com'])).toEqual(['ok', expected, 'ok']);
    expect(sink.messages[0]?.envelope.to).toEqual([ann, 'eve@example.com']);
    expect(await outcome(transport, [bob])).toEqual([expected]);
    expect(await outcome(transport, [ann])).toEqual(['ok']);
  });

  it('that may have arrived says so', async () => {
    const sink = await sinkWith({ mode: 'drop-before-250' });
    const [lost] = await transportTo(sink.config()).send({ from: '', to: [ann], raw });
    expect(lost?.error).toContain('may have arrived');
    sink.use({ hangAt: 'mail' });
    const [unsent] = await transportTo(sink.config(), quick).send({ from: '', to: [ann], raw });
    expect(unsent?.error).toMatch(/fell silent for 0.7 s$/);
  });

  it('larger than the server takes is refused for good', async () => {
    const sink = await sinkWith({ size: 1000 });
    const transport = transportTo(sink.config());
    const [result] = await transport.send({ from: '', to: [ann], raw: Buffer.alloc(2000, 'x') });
    expect(result).toMatchObject({ ok: false, permanent: true });
    expect(await outcome(transport)).toEqual(['ok']);
  });

  it.each<[name: string, smtpUtf8: boolean, address: string, expected: string]>([
    ['goes to an address outside ASCII where the server takes those', true, 'jörg@example.com', 'ok'],
    ['does not go there where it does not', false, 'jörg@example.com', 'permanent'],
    ['with a line break in an address goes nowhere', true, 'ann@example.com>\r\nRCPT TO:<eve@example.com', 'permanent'],
  ])('%s', async (_name, smtpUtf8, address, expected) => {
    const sink = await sinkWith({ smtpUtf8 });
    expect(await outcome(transportTo(sink.config()), [address])).toEqual([expected]);
    expect(sink.messages).toHaveLength(expected === 'ok' ? 1 : 0);
  });

  it('goes out over one connection after another message, over several at a time where told so', async () => {
    const sink = await sinkWith({ mode: { delayMs: 20 } });
    const one = transportTo(sink.config());
    await Promise.all(Array.from({ length: 5 }, () => outcome(one)));
    expect(sink.connections).toBe(1);
    const many = transportTo(sink.config(), { pool: 3 });
    const verdicts = await Promise.all(Array.from({ length: 12 }, () => outcome(many)));
    expect(new Set(verdicts.flat())).toEqual(new Set(['ok']));
    expect(sink.connections).toBe(4);
    expect(sink.messages).toHaveLength(17);
  });

  it.each<SinkOptions['room'] & object>([
    { connections: 3, at: 'connect', code: 421, text: '4.7.0 Too many concurrent SMTP connections; try again later' },
    { connections: 3, at: 'mail', code: 421, text: '4.3.2 Service not available' },
    { connections: 3, at: 'data', code: 432, text: '4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded' },
    { connections: 1, at: 'connect', code: 554, text: '5.7.1 too many connections from your address' },
  ])('goes out over as many connections as the server has room for: $connections, else $code at $at', async (room) => {
    const sink = await sinkWith({ mode: { delayMs: 20 }, room });
    const transport = transportTo(sink.config(), { pool: 5, restMs: 60_000 });
    const verdicts = await Promise.all(Array.from({ length: 20 }, () => outcome(transport)));
    expect(verdicts.flat()).toEqual(Array.from({ length: 20 }, () => 'ok'));
    expect(sink.messages).toHaveLength(20);
    // Not one try more than it takes to learn that.
    expect(sink.connections).toBe(5);
    await transport.verify();
  });

  it('is not thought to find room where a server has none at all', async () => {
    const room = { connections: 0, at: 'connect', code: 421, text: '4.7.0 Too many connections' } as const;
    const sink = await sinkWith({ room });
    const transport = transportTo(sink.config(), { pool: 5 });
    const verdicts = await Promise.all(Array.from({ length: 5 }, () => outcome(transport)));
    expect(verdicts.flat()).toEqual(Array.from({ length: 5 }, () => 'temporary'));
    await expect(transport.verify()).rejects.toThrow('Too many connections');
  });

  it('is told of an answer that is about the message, whatever the other connections do', async () => {
    const sink = await sinkWith({ mode: { delayMs: 200 } });
    const transport = transportTo(sink.config(), { pool: 2 });
    const busy = outcome(transport);
    await sink.waitFor(1);
    sink.use({ code: 452, at: 'rcpt', text: '4.5.3 Too many recipients' });
    expect(await outcome(transport)).toEqual(['temporary']);
    expect(await busy).toEqual(['ok']);
  });

  it('goes out over a new connection when the server ended the old one in between', async () => {
    const sink = await sinkWith();
    const relay = await startRelay(sink.port);
    closing.push(() => relay.stop());
    const transport = transportTo(sink.config({ port: relay.port }));
    expect(await outcome(transport)).toEqual(['ok']);
    relay.cutAll();
    expect(await outcome(transport)).toEqual(['ok']);
    sink.use({ code: 421, at: 'mail', text: '4.7.0 Too many messages on this connection' }, 'accept');
    expect(await outcome(transport)).toEqual(['ok']);
    expect(sink.messages).toHaveLength(3);
  });

  it('does not wait for a server that was away a moment ago', async () => {
    const sink = await sinkWith();
    await sink.stop();
    const transport = transportTo(sink.config(), { restMs: 60_000 });
    const first = await transport.send({ from: '', to: [ann], raw });
    expect(first[0]?.error).toBe(
      `127.0.0.1:${sink.port} refused the connection; check smtp.host and smtp.port, and that the server runs`,
    );
    const back = await sinkWith({ port: sink.port });
    expect(await outcome(transport)).toEqual(['temporary']);
    const later = Date.now() + 61_000;
    const clock = vi.spyOn(Date, 'now').mockReturnValue(later);
    expect(await outcome(transport)).toEqual(['ok']);
    clock.mockRestore();
    expect(back.messages).toHaveLength(1);
  });

  it('is not thought to be welcome because an old connection lies idle', async () => {
    const sink = await sinkWith();
    const relay = await startRelay(sink.port);
    closing.push(() => relay.stop());
    const transport = transportTo(sink.config({ port: relay.port }), quick);
    expect(await outcome(transport)).toEqual(['ok']);
    relay.setFault({ kind: 'stall', afterBytes: 0 });
    await expect(transport.verify()).rejects.toThrow(/sent no greeting|fell silent/);
  });

  describe('to a server with a log-in', () => {
    const users = { 'support@example.test': secret };

    it.each<[name: string, options: () => SinkOptions]>([
      ['over STARTTLS', () => ({ security: 'starttls', certificates, users })],
      ['over TLS', () => ({ security: 'tls', certificates, users })],
      ['on loopback', () => ({ users })],
    ])('is sent %s', async (_name, options) => {
      const sink = await sinkWith(options());
      expect(await outcome(transportTo(sink.config({ auth: password() })))).toEqual(['ok']);
      expect(sink.messages[0]).toMatchObject({
        user: 'support@example.test',
        secure: options().security !== undefined,
      });
    });

    it('is sent with an access token', async () => {
      const sink = await sinkWith({ users: { 'support@example.test': 'ya29.token' } });
      const auth: MailAuth = { kind: 'oauth2', username: 'support@example.test', tokenCommand: 'echo ya29.token' };
      expect(await outcome(transportTo(sink.config({ auth })))).toEqual(['ok']);
      expect(sink.messages[0]?.user).toBe('support@example.test');
    });

    it.each<[name: string, auth: MailAuth, check: string]>([
      ['password', password('wrong secret'), 'check smtp.username and the password'],
      [
        'token',
        { kind: 'oauth2', username: 'support@example.test', tokenCommand: 'echo wrong-secret' },
        'tokenCommand',
      ],
    ])('waits when the %s is refused, and the error shows none', async (_name, auth, check) => {
      const sink = await sinkWith({ security: 'starttls', certificates, users });
      const transport = transportTo(sink.config({ auth }));
      const results = await transport.send({ from: '', to: [ann, bob], raw });
      expect(results.map(verdict)).toEqual(['temporary', 'temporary']);
      expect(results[0]?.error).toContain(check);
      expect(results[0]?.error).toContain('535');
      expect(JSON.stringify(results)).not.toMatch(/wrong.secret/);
      await expect(transport.verify()).rejects.toThrow(TemporaryError);
    });

    it('is never sent in the clear when STARTTLS is asked for', async () => {
      const sink = await sinkWith({ users });
      const [result] = await transportTo(sink.config({ auth: password(), security: 'starttls' })).send({
        from: '',
        to: [ann],
        raw,
      });
      expect(result).toMatchObject({ ok: false, permanent: false });
      expect(result?.error).toContain('offers no STARTTLS');
      expect(sink.commands).toEqual([]);
    });

    it.each<[name: string, security: 'starttls' | 'tls']>([
      ['STARTTLS', 'starttls'],
      ['TLS', 'tls'],
    ])('is not sent over %s to a certificate that nobody vouches for', async (_name, security) => {
      const sink = await sinkWith({ security, certificates, users });
      const [result] = await transportTo(sink.config({ auth: password(), caFile: null })).send({
        from: '',
        to: [ann],
        raw,
      });
      expect(result?.error).toContain('set smtp.caFile');
      expect(sink.commands).toEqual([]);
    });

    it('is not sent to a certificate for another name', async () => {
      const elsewhere = mkdtempSync(path.join(folder, 'other-'));
      const sink = await sinkWith({
        security: 'starttls',
        certificates: makeCertificates(elsewhere, ['DNS:mail.example.org']),
      });
      const [result] = await transportTo(sink.config()).send({ from: '', to: [ann], raw });
      expect(result?.error).toContain('is for another host name; check smtp.host');
    });

    it('waits when TLS is spoken to a port without it', async () => {
      const sink = await sinkWith();
      const [result] = await transportTo(sink.config({ security: 'tls' })).send({ from: '', to: [ann], raw });
      expect(result?.error).toContain('does not speak TLS from the start; check that smtp.port goes with smtp.useTls');
    });

    it('waits when there is no password, and says which key is missing', async () => {
      const sink = await sinkWith({ users });
      const auth: MailAuth = { kind: 'password', username: 'x', password: { kind: 'missing', key: 'smtp.password' } };
      const transport = transportTo(sink.config({ auth }));
      const [result] = await transport.send({ from: '', to: [ann], raw });
      expect(result).toMatchObject({ ok: false, permanent: false });
      expect(result?.error).toContain('smtp.password');
      await expect(transport.verify()).rejects.toThrow(ConfigError);
    });
  });

  it('is not sent in the clear to another machine', async () => {
    const sink = await sinkWith();
    const transport = transportTo(sink.config({ host: 'mail.example.com' }));
    await expect(transport.verify()).rejects.toThrow('smtp.host');
  });

  it('has a moment to finish when tkt is stopped; those in line fail at once', async () => {
    const sink = await sinkWith({ mode: { delayMs: 100 } });
    const stop = new AbortController();
    const transport = transportTo(sink.config(), { signal: stop.signal });
    const results = Promise.all([outcome(transport), outcome(transport)]);
    await sink.waitFor(1);
    stop.abort();
    expect(await results).toEqual([['ok'], ['temporary']]);
    sink.use('hang');
    expect(sink.messages).toHaveLength(1);
  });

  it('that hangs when tkt is stopped is given up after a second', async () => {
    const sink = await sinkWith({ mode: 'hang' });
    const stop = new AbortController();
    const transport = transportTo(sink.config(), { signal: stop.signal });
    const result = outcome(transport);
    await sink.waitFor(1);
    const started = Date.now();
    stop.abort();
    expect(await result).toEqual(['temporary']);
    expect(Date.now() - started).toBeLessThan(await asIdle(1_900));
  });

  it('needs a server that can be verified beforehand', async () => {
    const sink = await sinkWith({ users: { 'support@example.test': secret } });
    await expect(transportTo(sink.config({ auth: password() })).verify()).resolves.toBeUndefined();
    await sink.stop();
    await expect(transportTo(sink.config()).verify()).rejects.toThrow('refused the connection');
  });
});
