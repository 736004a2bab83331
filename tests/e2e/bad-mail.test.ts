// Mail as it should not be: without a sender, with two, empty, too large, broken, hostile. Each ends as exactly one ticket
// or held message, with its bytes, and costs the mails behind it nothing.

import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dovecotAvailable } from '../support/dovecot.ts';
import { type MailDesk, type MailHouse, number, openMailHouse, support } from '../support/mail-desk.ts';
import { mail, slowMail } from '../support/tkt.ts';

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const crlf = (text: string) => text.replace(/\r?\n/g, '\r\n');
const latin1 = (text: string) => Buffer.from(text, 'latin1');

describe.skipIf(!dovecotAvailable)('bad mail', () => {
  let house: MailHouse;
  beforeAll(async () => {
    house = await openMailHouse();
  });
  afterAll(() => house?.close());

  /** The bytes that `quarantine show --raw` writes. */
  async function heldBytes(desk: MailDesk, id: number): Promise<Buffer> {
    const child = desk.tkt.start(['quarantine', 'show', String(id), '--raw']);
    child.stdin?.end();
    const chunks: Buffer[] = [];
    for await (const chunk of child.stdout ?? []) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  }

  test('without a sender, with two, empty, not UTF-8, HTML only, broken: each has its outcome, in one sweep', async () => {
    const desk = await house.open();
    const date = 'Date: Mon, 23 Nov 2026 10:00:00 +0000';
    const noFrom = crlf(`To: ${support}\nSubject: who am I\n${date}\n\nAnonymous words.\n`);
    const twoFrom = crlf(
      `From: ann@client.test\nFrom: eve@evil.test\nTo: ${support}\nSubject: two Froms\n${date}\n\nWho wrote this?\n`,
    );
    const html = mail(
      { From: 'html@client.test', Subject: 'HTML only', 'Content-Type': 'text/html; charset=utf-8' },
      '<html><head><style>p{color:red}</style></head><body><p>Dear <b>support</b>,</p><p>it is broken.</p></body></html>',
    );
    const tree = mail(
      { From: 'tree@client.test', Subject: 'Broken tree', 'Content-Type': 'multipart/mixed; boundary="a"' },
      [
        '--a',
        'Content-Type: multipart/alternative; boundary="never-there"',
        '',
        '--a',
        'Content-Type: text/plain',
        '',
        'Words in a tree that never closes.',
        '--b',
        'Content-Type: image/png; name="x.png"',
        'Content-Transfer-Encoding: base64',
        '',
        '!!!not base64!!!',
      ].join('\n'),
    );
    const bytes = latin1(
      crlf(
        `From: B\xf6rje <borje@client.test>\nTo: ${support}\nSubject: Gr\xfc\xdfe\n${date}\n\nH\xe4ll\xf8 \xff\xfe\x00 Welt\n`,
      ),
    );
    for (const raw of [noFrom, twoFrom, '', html, tree, bytes]) await desk.deliver(raw);
    await desk.write({ From: 'good@client.test', Subject: 'Behind them' });

    const { code, stderr } = await desk.sweep();
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('Processing 7 new emails...');
    expect(stderr).toMatch(/Quarantined a message from nobody: no sender/);
    expect(await desk.flags()).toEqual({ seen: 7, unseen: 0 });

    const held = await desk.held();
    expect(held).toMatchObject([
      { from: '', subject: 'who am I', size: noFrom.length, reason: expect.stringContaining('no sender') },
      { from: '', subject: '', size: 0 },
    ]);
    expect(await heldBytes(desk, held[0]?.id ?? 0)).toEqual(Buffer.from(noFrom));

    const tickets = await desk.tickets();
    expect(tickets.map(({ subject }) => subject)).toEqual([
      'two Froms',
      'HTML only',
      'Broken tree',
      'Grüße',
      'Behind them',
    ]);
    const texts = await Promise.all(
      tickets.map(async (_, index) => (await desk.show(index + 1)).entries[0]?.body ?? ''),
    );
    expect(texts[1]).toContain('it is broken.');
    expect(texts[1]).not.toMatch(/color|</);
    expect(texts[2]).toContain('Words in a tree that never closes.');
    expect(texts[3]).toMatch(/^Hällø/);
    // Nobody is sure who wrote the mail with two Froms, so that nobody is answered.
    expect(desk.sink.messages.map(({ envelope }) => envelope.to[0]).sort()).toEqual(
      ['borje@client.test', 'good@client.test', 'html@client.test', 'tree@client.test'].sort(),
    );
  });

  test('a mail over the limit is held with all its bytes, and a release makes a ticket of it', async () => {
    const desk = await house.open();
    const line = `${'abcdefghijklmnopqrstuvwxyz0123456789'.repeat(2)}\r\n`;
    const file = Buffer.from(line.repeat(Math.ceil(26_300_000 / line.length)));
    const head = mail(
      { From: 'big@client.test', Subject: 'A large file', 'Content-Type': 'multipart/mixed; boundary="x"' },
      ['--x', 'Content-Type: text/plain', '', 'Here it is.', '--x', 'Content-Type: application/octet-stream', ''].join(
        '\n',
      ),
    );
    const raw = Buffer.concat([
      Buffer.from(`${head}Content-Disposition: attachment; filename="big.bin"\r\n\r\n`),
      file,
      Buffer.from('--x--\r\n'),
    ]);
    expect(raw.length).toBeGreaterThan(26_214_400);
    await desk.write({ From: 'before@client.test' });
    await desk.deliver(raw);
    await desk.write({ From: 'after@client.test' });

    expect(await desk.poll()).toMatchObject({ fetched: 3, created: [number(1), number(2)], quarantined: 1 });
    const [held] = await desk.held();
    expect(held).toMatchObject({
      from: 'big@client.test',
      subject: 'A large file',
      size: raw.length,
      reason: expect.stringContaining('limits.maxMessageBytes'),
    });
    const id = held?.id ?? 0;
    expect(sha256(await heldBytes(desk, id))).toBe(sha256(raw));
    expect(await desk.poll()).toMatchObject({ fetched: 0, quarantined: 0 });

    expect(await desk.tkt.ok(['quarantine', 'release', '--as-ticket', String(id)])).toBe(
      `${id}: ticket ${number(3)}\n`,
    );
    const ticket = await desk.show(3);
    expect(ticket.requester.email).toBe('big@client.test');
    expect(ticket.entries[0]).toMatchObject({ body: 'Here it is.', attachments: [{ filename: 'big.bin' }] });
    expect(ticket.entries[0]?.attachments[0]?.size).toBeGreaterThan(26_000_000);
    expect(await desk.held()).toEqual([]);
    expect(desk.sink.messages.at(-1)?.envelope.to).toEqual(['big@client.test']);
    const again = await desk.run(['quarantine', 'release', String(id)]);
    expect(again).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(`no held message ${id}`) });
  });

  test('of a mail of more than a hundred megabytes the beginning is held, and all of it stays in the mailbox', async () => {
    const desk = await house.open();
    await desk.reconfigure({ imap: { ...desk.imap, after: 'delete' } });
    const huge = Buffer.alloc(110_000_000, 'some words in a line of text that goes on\r\n');
    huge.write(mail({ From: 'eve@evil.test', Subject: 'huge' }, ''));
    await desk.deliver(huge);
    await desk.write({ From: 'ann@client.test' });
    const report = await desk.poll();
    expect(report).toMatchObject({ fetched: 2, quarantined: 1, created: [number(1)] });
    const [held] = await desk.held();
    expect(held).toMatchObject({ from: 'eve@evil.test', subject: 'huge', reason: expect.stringContaining('too many') });
    expect(await desk.flags()).toEqual({ seen: 1, unseen: 0 });
    expect(await desk.poll()).toMatchObject({ fetched: 0 });
    expect(await desk.flags()).toEqual({ seen: 1, unseen: 0 });
  });

  test('bombs cost the mails around them nothing, and each is kept', async () => {
    const desk = await house.open();
    const depth = 5_000;
    const nested = Array.from(
      { length: depth },
      (_, i) => `--b${i}\r\nContent-Type: multipart/mixed; boundary="b${i + 1}"\r\n\r\n`,
    ).join('');
    const bombs: Array<[name: string, raw: string]> = [
      [
        'nested',
        mail(
          { From: 'nested@client.test', Subject: 'nested', 'Content-Type': 'multipart/mixed; boundary="b0"' },
          nested,
        ),
      ],
      [
        'header',
        mail({ From: 'header@client.test', Subject: 'header', 'X-Long': 'x'.repeat(2_000_000) }, 'Below 2 MB.'),
      ],
      [
        'references',
        mail(
          { From: 'refs@client.test', Subject: 'refs', References: '<a@b.test> '.repeat(50_000) },
          'Many references.',
        ),
      ],
      [
        'subject',
        mail({ From: 'subject@client.test', Subject: `${'[TKT-2026-00001] '.repeat(60_000)}` }, 'Long subject.'),
      ],
      [
        'tables',
        mail(
          { From: 'tables@client.test', Subject: 'tables', 'Content-Type': 'text/html' },
          '<table><tr><td>'.repeat(20_000),
        ),
      ],
      [
        'parts',
        mail(
          { From: 'parts@client.test', Subject: 'parts', 'Content-Type': 'multipart/mixed; boundary="p"' },
          '--p\n\nx\n'.repeat(20_000),
        ),
      ],
      [
        'recipients',
        mail(
          {
            From: 'rcpt@client.test',
            Subject: 'rcpt',
            Cc: Array.from({ length: 20_000 }, (_, i) => `u${i}@x.test`).join(', '),
          },
          'Cc.',
        ),
      ],
      [
        'quotes',
        mail(
          { From: 'quotes@client.test', Subject: 'quotes' },
          `Top.\n\nOn Monday, X wrote:\n${'> quoted\n'.repeat(200_000)}`,
        ),
      ],
    ];
    for (const [name, raw] of bombs) {
      await desk.deliver(raw);
      await desk.write({ From: `after-${name}@client.test`, Subject: `after ${name}` });
    }
    const startedAt = performance.now();
    const report = await desk.poll();
    expect(performance.now() - startedAt).toBeLessThan(30_000);
    expect(report.fetched).toBe(bombs.length * 2);
    expect(report.created).toHaveLength(bombs.length * 2);
    const tickets = await desk.tickets();
    for (const [name] of bombs) {
      expect(tickets.filter(({ requester }) => requester.email === `after-${name}@client.test`)).toHaveLength(1);
    }
    expect(await desk.poll()).toMatchObject({ fetched: 0 });
    // Each can be looked at.
    for (let seq = 1; seq <= tickets.length; seq += 2) await desk.tkt.ok(['show', String(seq), '--full']);
  });

  test('a mail that takes longer than limits.messageSeconds is held, and those behind it are taken', async () => {
    const desk = await house.open({ config: { limits: { messageSeconds: 2 } } });
    const raw = slowMail('slow@client.test');
    await desk.deliver(raw);
    await desk.write({ From: 'after@client.test' });
    const report = await desk.poll();
    expect(report.fetched).toBe(2);
    expect((await desk.tickets()).map(({ requester }) => requester.email)).toContain('after@client.test');
    // A machine that reads it in two seconds has a ticket of it.
    if (report.created.length < 2) {
      const [held] = await desk.held();
      expect(held).toMatchObject({ size: raw.length, reason: expect.stringContaining('limits.messageSeconds') });
      expect(sha256(await heldBytes(desk, held?.id ?? 0))).toBe(sha256(raw));
    }
    expect(await desk.poll()).toMatchObject({ fetched: 0 });
  });

  test('the same Message-ID with other bytes is another mail; the same bytes twice are one', async () => {
    const desk = await house.open();
    const raw = mail({ From: 'ann@client.test', Subject: 'Twice', 'Message-ID': '<same@client.test>' }, 'One.\n');
    await desk.deliver(raw);
    await desk.deliver(raw);
    await desk.deliver(
      mail({ From: 'bob@client.test', Subject: 'Other', 'Message-ID': '<same@client.test>' }, 'Two.\n'),
    );
    expect(await desk.poll()).toMatchObject({ created: [number(1), number(2)], commented: [] });
    await desk.deliver(raw);
    expect(await desk.poll()).toMatchObject({ created: [], commented: [], sent: 0 });
    expect((await desk.tickets()).map(({ subject, entryCount }) => [subject, entryCount])).toEqual([
      ['Twice', 1],
      ['Other', 1],
    ]);
    expect(await desk.flags()).toEqual({ seen: 4, unseen: 0 });
    expect(desk.sink.messages).toHaveLength(2);
  });

  test('strangers: "quarantine" holds who knows only a number; a release gives them a ticket of their own', async () => {
    const desk = await house.open({ config: { strangers: 'quarantine' } });
    await desk.write({ From: 'ann@client.test' });
    await desk.poll();
    await desk.write({ From: 'eve@evil.test', Subject: `Re: [${number(1)}] Question` });
    await desk.write({ From: 'new@client.test', Subject: 'Nothing to do with it' });
    expect(await desk.poll()).toMatchObject({ created: [number(2)], quarantined: 1, commented: [] });
    const [held] = await desk.held();
    expect(held).toMatchObject({ from: 'eve@evil.test', reason: expect.stringContaining(number(1)) });
    expect(desk.sink.messages.some(({ envelope }) => envelope.to.includes('eve@evil.test'))).toBe(false);
    expect(await desk.tkt.ok(['quarantine', 'release', '--as-ticket', String(held?.id)])).toContain(number(3));
    expect((await desk.show(3)).requester.email).toBe('eve@evil.test');
    expect((await desk.show(1)).entryCount).toBe(1);
  });

  test('the sixth mail of one sender within the hour makes its ticket, without an automatic reply', async () => {
    const desk = await house.open();
    for (let i = 0; i < 6; i++) await desk.write({ From: i % 2 ? 'ann@client.test' : 'Ann <ANN@client.test>' });
    const report = await desk.poll();
    expect(report).toMatchObject({ sent: 5 });
    expect(report.created).toHaveLength(6);
    expect(desk.sink.messages).toHaveLength(5);
    expect(await desk.poll()).toMatchObject({ sent: 0, queued: 0 });
  });

  test('a signed Reply-To joins from any address; one that is forged, or of another ticket, does not', async () => {
    const desk = await house.open({ config: { plusAddressing: true } });
    await desk.write({ From: 'ann@client.test' });
    await desk.write({ From: 'bob@client.test' });
    await desk.poll();
    const replyTo =
      desk.sink.messages.find(({ envelope }) => envelope.to[0] === 'ann@client.test')?.header('Reply-To') ?? '';
    const signed = /[^\s<]+@example\.test/.exec(replyTo)?.[0] ?? expect.fail(replyTo);
    expect(signed).toMatch(/^support\+TKT-\d{4}-00001\.[0-9a-f]{16}@/);

    await desk.write({ From: 'phone@other.test', To: signed, Subject: 'from my phone' });
    expect(await desk.poll()).toMatchObject({ commented: [number(1)], created: [] });
    const forgeries = [
      signed.replace(/[0-9a-f]{16}@/, '0123456789abcdef@'),
      signed.replace('00001', '00002'),
      signed.replace(/\.[0-9a-f]{16}@/, '@'),
    ];
    for (const to of forgeries) await desk.write({ From: 'eve@evil.test', To: to, Subject: 'let me in' });
    expect(await desk.poll()).toMatchObject({ commented: [], created: [3, 4, 5].map(number) });
    expect((await desk.show(1)).entryCount).toBe(2);
    expect((await desk.show(2)).entryCount).toBe(1);
  });

  test('mail whose DMARC failed is nobody’s: it joins nothing by its From, and is not answered', async () => {
    const desk = await house.open({ config: { trustedAuthservId: 'mx.example.test' } });
    const checked = (result: string, id = 'mx.example.test') => ({
      'Authentication-Results': `${id}; dmarc=${result}`,
    });
    await desk.write({ ...checked('pass'), From: 'ann@client.test' });
    expect(await desk.poll()).toMatchObject({ created: [number(1)], sent: 1 });
    await desk.write({ ...checked('fail'), From: 'ann@client.test', Subject: `Re: [${number(1)}] forged` });
    expect(await desk.poll()).toMatchObject({ created: [number(2)], commented: [], sent: 0 });
    await desk.write({ ...checked('pass'), From: 'ann@client.test', Subject: `Re: [${number(1)}] true` });
    // Anybody can write a field in the name of a server that is not ours.
    await desk.write({
      ...checked('fail', 'mx.evil.test'),
      From: 'ann@client.test',
      Subject: `Re: [${number(1)}] too`,
    });
    expect(await desk.poll()).toMatchObject({ created: [], commented: [number(1), number(1)] });
    expect((await desk.show(1)).entries.map(({ verified }) => verified)).toEqual([true, true, null]);
    expect((await desk.show(2)).entries.map(({ verified }) => verified)).toEqual([false]);
  });

  test('no control character of a mail reaches stdout or stderr, in any command and any format', async () => {
    const desk = await house.open({ config: { strangers: 'quarantine' } });
    const evil = '\u001b]52;c;ZXZpbA==\u0007\u001b[2J\u009b31m\u202eevil\u2066\u2028x\u0000\u007f';
    const encoded = `=?utf-8?B?${Buffer.from(`Hi ${evil}`).toString('base64')}?=`;
    const fields = {
      From: `${encoded} <eve@evil.test>`,
      Cc: `${encoded} <cc@evil.test>`,
      'Message-ID': '<\u001b[31m@evil.test>',
    };
    const parts = [
      '--x',
      'Content-Type: text/plain; charset=utf-8',
      'Content-Transfer-Encoding: base64',
      '',
      Buffer.from(`Body ${evil}\nmore\n`).toString('base64'),
      '--x',
      `Content-Type: text/plain; name="${encoded}"`,
      `Content-Disposition: attachment; filename="${encoded}"`,
      '',
      'file',
      '--x--',
    ].join('\n');
    const raw = mail({ ...fields, Subject: encoded, 'Content-Type': 'multipart/mixed; boundary=x' }, parts);
    await desk.deliver(raw);
    await desk.deliver(mail({ ...fields, From: undefined, Subject: encoded }, `raw ${evil}`));
    const hostile = mail(
      { ...fields, From: `${encoded} <eve2@evil.test>`, Subject: `[${number(1)}] ${encoded}` },
      evil,
    );
    await writeFile(join(desk.tkt.folder, 'evil.eml'), raw);
    desk.sink.use({ code: 451, at: 'rcpt', text: `wait ${evil.replaceAll(/[\u0000\u2028]/g, '')}` });

    const runs = [await desk.sweep('--dry-run'), await desk.sweep('-v')];
    await desk.deliver(hostile);
    runs.push(
      await desk.sweep('-v'),
      await desk.run(['explain', 'evil.eml']),
      await desk.run(['explain', '--json', 'evil.eml']),
    );
    const formats = {
      'list --all --fields number,subject,requester,status': ['table', 'tsv', 'csv', 'json', 'ndjson'],
      'show 1': ['table', 'json'],
      'quarantine list': ['table', 'tsv', 'csv', 'json'],
      'outbox list': ['table', 'tsv', 'json'],
      'attachments 1': ['table', 'tsv', 'json'],
    };
    for (const [command, outputs] of Object.entries(formats)) {
      for (const output of outputs) runs.push(await desk.run([...command.split(' '), '-o', output]));
    }
    for (const args of [
      ['show', '1', '--full', '--events'],
      ['quarantine', 'show', '2'],
      ['list', '--search', 'evil'],
      ['attachments', '1', '--save', 'out'],
      ['outbox', 'retry', '--all'],
    ]) {
      runs.push(await desk.run(args));
    }
    await desk.reconfigure({ log: { format: 'json' } });
    await desk.write({ From: `${encoded} <third@evil.test>`, Subject: encoded });
    runs.push(await desk.sweep('-v'));
    const dangerous = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;
    for (const { stdout, stderr } of runs) {
      // RFC 4180 ends the lines of CSV with CR LF.
      expect(`${stdout}${stderr}`.replaceAll('\r\n', '\n')).not.toMatch(dangerous);
    }
    expect(runs.filter(({ stdout }) => stdout.includes('evil')).length).toBeGreaterThan(15);
    expect(runs.every(({ code }) => code !== 70 && code !== null)).toBe(true);
    for (const { raw: sent } of desk.sink.messages)
      expect(sent.toString('latin1')).not.toMatch(/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/);
  });
});
