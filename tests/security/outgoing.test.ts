// RELIABILITY §3 rows 11 and 12: nothing of a mail that came in decides about the header or the envelope of one that goes out.

import { simpleParser } from 'mailparser';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addAssignCommand } from '../../src/commands/assign.ts';
import { cleanHeader } from '../../src/domain/clean.ts';
import { buildMessage } from '../../src/mail/build.ts';
import { deliverDue } from '../../src/pipeline/deliver.ts';
import { eml, field, type OpenDesk, openDesk } from '../support/open-desk.ts';
import { type SmtpSink, startSmtpSink } from '../support/smtp-sink.ts';

const q = (text: string) =>
  `=?utf-8?Q?${[...Buffer.from(text)].map((b) => `=${b.toString(16).padStart(2, '0')}`).join('')}?=`;
const breaks = ['\r\n', '\n', '\r', '\u0085', '\u2028', '\u2029', '\u000b', '\u000c', '\u0000', '\r\n\r\n', '\r\n '];

/** The names of the header fields, lower case, in order; continuation lines belong to theirs. */
const names = (raw: string) =>
  (raw.split('\r\n\r\n', 1)[0] ?? '')
    .split('\r\n')
    .filter((line) => !/^[ \t]/.test(line))
    .map((line) => line.split(':', 1)[0]?.toLowerCase());

describe('header injection', () => {
  let desk: OpenDesk;
  beforeAll(async () => {
    desk = await openDesk();
    await desk.receive(eml(['From: ann@client.test', 'Subject: plain']));
    await desk.comment(1, 'plain');
  });
  afterAll(() => desk.close());

  test.each(breaks)('%j in subject, names, file name and ids adds no field and no recipient', async (lineBreak) => {
    const evil = `x${lineBreak}Bcc: eve@evil.test${lineBreak}Content-Type: text/html`;
    const seq = (await desk.tickets()).length + 1;
    await desk.receive(
      eml(
        [
          `From: ${q(evil)} <ann${seq}@client.test>`,
          `Cc: ${q(evil)} <bob@client.test>`,
          `Subject: ${q(evil)}`,
          `Message-ID: <a${lineBreak.replace(/[\r\n]+/g, '\r\n ')}b@client.test>`,
          `References: <ok@client.test> <${q('a\r\nBcc:')}@client.test>`,
          `Content-Type: text/plain; name="${q(evil)}"`,
        ],
        `words${lineBreak}Bcc: eve@evil.test`,
      ),
    );
    await desk.run(addAssignCommand, ['assign', String(seq), 'john', '--as', 'john']);
    await desk.comment(seq, `hello ${evil}`);
    const plain = await desk.owed();
    const sent = plain.filter(({ raw }) => field(raw, 'X-Tkt-Ticket') === `TKT-2026-${String(seq).padStart(5, '0')}`);
    expect(sent.map(({ kind }) => kind)).toEqual(['auto-reply', 'assignment', 'comment']);
    for (const { raw, to, kind } of sent) {
      const known = plain.find((mail) => mail.kind === kind)?.raw ?? raw;
      const extra = names(raw).filter((name) => !names(known).includes(name));
      expect(extra.filter((name) => !['cc', 'in-reply-to'].includes(name ?? ''))).toEqual([]);
      expect(names(raw)).not.toContain('bcc');
      expect(to.join()).not.toContain('evil');
      // Read back, nobody is addressed but those that the envelope names.
      const parsed = await simpleParser(raw);
      const addressed = [parsed.to, parsed.cc, parsed.bcc].flat().flatMap((list) => list?.value ?? []);
      expect(addressed.map(({ address }) => address).sort()).toEqual([...to].sort());
      expect(raw.replaceAll('\r\n', '')).not.toMatch(/[\r\n\0]/);
    }
  });

  test('an encoded word that decodes to an encoded word goes out as text', () => {
    expect(cleanHeader('=?utf-8?Q?=0D=0ABcc: eve@evil.test?=')).not.toMatch(/=\?[^ ]*\?q\?/i);
  });

  test('References take 4 kB at most, whatever came in', async () => {
    const ids = Array.from({ length: 5_000 }, (_, i) => `<${i}.${'a'.repeat(40)}@client.test>`).join(' ');
    const seq = (await desk.tickets()).length + 1;
    await desk.receive(eml(['From: carl@client.test', 'Subject: long', `References: ${ids}`]));
    for (let i = 0; i < 30; i++) {
      await desk.receive(
        eml([
          'From: carl@client.test',
          `Subject: [TKT-2026-${String(seq).padStart(5, '0')}] ${i}`,
          `Message-ID: <${i}${'b'.repeat(300)}@client.test>`,
        ]),
      );
    }
    await desk.comment(seq, 'hello');
    const raw = (await desk.owed()).at(-1)?.raw ?? '';
    expect((field(raw, 'References') ?? '').length).toBeLessThanOrEqual(4_096);
    for (const line of raw.split('\r\n')) expect(line.length).toBeLessThanOrEqual(998);
  });

  test('an address that is more than a dot-atom never reaches the envelope', async () => {
    for (const address of [
      '"a b"@client.test',
      'a@client.test SIZE=1',
      'a@client.test>\r\nRCPT TO:<eve@evil.test',
      '',
    ]) {
      const mail = {
        messageId: 'x@example.test',
        from: { name: '', address: 'support@example.test' },
        to: [{ name: '', address }],
        cc: [],
        replyTo: null,
        subject: 'x',
        text: 'x',
        html: 'x',
        inReplyTo: null,
        references: [],
        headers: [],
        attachments: [],
        automatic: null,
        date: new Date(0),
      };
      expect(() => buildMessage(mail)).toThrow('not an address');
    }
  });
});

describe('SMTP smuggling', () => {
  let sink: SmtpSink;
  let desk: OpenDesk;
  beforeAll(async () => {
    sink = await startSmtpSink();
    desk = await openDesk({ smtp: { host: '127.0.0.1', port: sink.port, useTls: false } });
    await desk.receive(eml(['From: ann@client.test', 'Subject: plain']));
    await desk.run(addAssignCommand, ['assign', '1', 'john', '--as', 'john']);
    await deliverDue(desk.pipeline, {});
  });
  afterAll(async () => {
    await desk.close();
    await sink.stop();
  });

  const smuggled =
    'MAIL FROM:<eve@evil.test>\r\nRCPT TO:<victim@other.test>\r\nDATA\r\nFrom: eve@evil.test\r\n\r\nhello\r\n.';
  test.each([
    ['\n.\n'],
    ['\n.\r\n'],
    ['\r.\r'],
    ['\r\n.\r'],
    ['\r\n\0.\r\n'],
    ['\r\n.\r\n'],
    ['.\r\n'],
    ['\u0085.\u0085'],
  ])('a body with %j, quoted to the assigned agent and sent in a comment, is one transaction each', async (end) => {
    const before = sink.messages.length;
    await desk.receive(
      Buffer.from(`From: ann@client.test\r\nSubject: [TKT-2026-00001] x\r\n\r\nwords${end}${smuggled}${end}more\r\n`),
    );
    await desk.comment(1, `words${end}${smuggled}${end}more`);
    await deliverDue(desk.pipeline, {});
    const sent = sink.messages.slice(before);
    expect(sent.map(({ envelope }) => envelope.to)).toEqual([['john@desk.test'], ['ann@client.test']]);
    for (const { raw } of sent) {
      expect(raw.toString('latin1').replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
      expect(raw.toString()).toContain('more');
    }
    expect(sink.commands.filter((command) => command.includes('evil'))).toEqual([]);
  });
});
