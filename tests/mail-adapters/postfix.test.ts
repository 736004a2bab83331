// Both adapters with a real mail server between them: SMTP → Postfix → LMTP → Dovecot → IMAP.

import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openMailbox } from '../../src/mail/fetch.ts';
import { openTransport, type Transport } from '../../src/mail/send.ts';
import { makeCertificates } from '../support/certificates.ts';
import { type Dovecot, dovecotAvailable, startDovecot } from '../support/dovecot.ts';
import { type Postfix, postfixAvailable, startPostfix } from '../support/postfix.ts';

const signal = new AbortController().signal;
const log = { debug() {}, info() {}, warn() {}, error() {}, progress() {} };
const ann = 'ann@example.test';

describe.skipIf(!dovecotAvailable || !postfixAvailable)('through Postfix', () => {
  let folder: string;
  let dovecot: Dovecot;
  let postfix: Postfix;
  let transport: Transport;

  beforeAll(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'tkt-both-'));
    dovecot = await startDovecot({ users: { 'support@example.test': 'one', [ann]: 'two' } });
    postfix = await startPostfix({ lmtpPort: dovecot.lmtpPort, certificates: makeCertificates(folder) });
    transport = openTransport(postfix.config(), { log, signal, pool: 2 });
  });
  afterAll(async () => {
    await transport?.close();
    await postfix?.stop();
    await dovecot?.stop();
    rmSync(folder, { recursive: true });
  });

  async function arrived(count: number): Promise<string[]> {
    for (let tries = 0; tries < 200; tries++) {
      const messages = await dovecot.read(ann);
      if (messages.length >= count) {
        return messages.map(String);
      }
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    throw new Error(`${count} messages did not arrive:\n${postfix.log()}`);
  }

  it('a message with the null reverse-path arrives, and IMAP gives it back', async () => {
    const raw = Buffer.from(`From: support@example.test\r\nTo: ${ann}\r\nSubject: Grüße\r\n\r\n.Hello\r\n`);
    expect(await transport.send({ from: '', to: [ann], raw })).toEqual([
      { address: ann, ok: true, permanent: false, error: null },
    ]);
    const [message] = await arrived(1);
    expect(message).toMatch(/^Return-Path: <>/);
    expect(message).toContain('\n.Hello\n');
    const auth = { kind: 'password', username: ann, password: { kind: 'value', value: 'two' } } as const;
    const session = await openMailbox(dovecot.config({ auth }), { log, signal });
    await session.fetch(await session.search({ unseen: true }), (fetched) => {
      expect(fetched.raw.toString()).toContain('Subject: Grüße\r\n');
    });
    await session.close();
  });

  it('an address of elsewhere is refused for good, the others get the message', async () => {
    const raw = Buffer.from('Subject: two\r\n\r\nHello\r\n');
    const results = await transport.send({ from: 'support@example.test', to: ['eve@elsewhere.example', ann], raw });
    expect(results.map(({ ok, permanent }) => [ok, permanent])).toEqual([
      [false, true],
      [true, false],
    ]);
    expect(results[0]?.error).toContain('550 5.1.1 <eve@elsewhere.example>');
    await arrived(2);
  });

  it('fifty messages over two connections all arrive', async () => {
    const send = (index: number) =>
      transport.send({ from: '', to: [ann], raw: Buffer.from(`Subject: number ${index}\r\n\r\nHello\r\n`) });
    const results = await Promise.all(Array.from({ length: 50 }, (_, index) => send(index)));
    expect(results.flat().every(({ ok }) => ok)).toBe(true);
    const subjects = (await arrived(52)).flatMap((message) => /^Subject: (number \d+)/m.exec(message)?.[1] ?? []);
    expect(new Set(subjects).size).toBe(50);
  });
});
