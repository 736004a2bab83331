// RELIABILITY §3 rows 18 to 23: text, attachments and what a mail names its parts.

import { lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { addAttachmentsCommand } from '../../src/commands/attachments.ts';
import { addListCommand } from '../../src/commands/list.ts';
import { addShowCommand } from '../../src/commands/show.ts';
import { pinnedNow } from '../support/context.ts';
import { eml, type OpenDesk, openDesk } from '../support/open-desk.ts';

const ann = 'From: Ann Lee <ann@client.test>';

let desk: OpenDesk;
beforeEach(async () => {
  desk = await openDesk();
});
afterEach(() => desk.close());

const file = (headers: string[], content = 'x') =>
  eml(
    [ann, 'Subject: hello', 'Content-Type: multipart/mixed; boundary=b'],
    ['--b', 'Content-Type: text/plain', '', 'words', '--b', ...headers, '', content, '--b--'].join('\n'),
  );

describe('text lost by trimming', () => {
  test.each([
    ['all quoted', '> one\n> two'],
    ['a signature mark on line one', '-- \nAnn'],
    ['a signature mark alone', '-- '],
    ['answers between quotes', '> Is it on?\nYes.\n> Is it plugged in?\nNo.'],
    ['an attribution line alone', 'On Mon, 2 Nov 2026, Support wrote:\n> hello'],
    ['a forward mark alone', '---------- Forwarded message ---------'],
    ['a log with > in it', '$ cat x > y\n> prompt'],
  ])('%s: something is shown, and all of it is stored', async (_, body) => {
    await desk.receive(eml([ann, 'Subject: Re: hello'], body));
    const [entry] = (await desk.show(1)).entries;
    expect(entry?.body.trim()).not.toBe('');
    const kept = `${entry?.fullBody}\n${entry?.signature ?? ''}`.replace(/\s+/g, '');
    for (const line of body.split('\n')) expect(kept).toContain(line.replace(/\s+/g, ''));
    expect((await desk.run(addShowCommand, ['show', '1', '--full'])).stdout).toContain(body.split('\n').at(-1)?.trim());
  });
});

describe('attachment names', () => {
  const names: Array<[string, string[]]> = [
    ['a path', ['Content-Disposition: attachment; filename="../../../etc/passwd"']],
    ['a path of Windows', ['Content-Disposition: attachment; filename="C:\\\\Windows\\\\a.exe"']],
    ['an absolute path', ['Content-Disposition: attachment; filename="/etc/cron.d/x"']],
    ['RFC 2231 traversal', ["Content-Disposition: attachment; filename*=utf-8''..%2F..%2Fa.txt"]],
    ['RFC 2231 in pieces', ["Content-Disposition: attachment; filename*0*=utf-8''..%2F; filename*1*=..%2Fa.txt"]],
    ['encoded words', ['Content-Disposition: attachment; filename="=?utf-8?Q?=2E=2E=2Fa.txt?="']],
    ['a zero-width space before .htaccess', ["Content-Disposition: attachment; filename*=utf-8''%E2%80%8B.htaccess"]],
    ['a NUL', ["Content-Disposition: attachment; filename*=utf-8''a.txt%00.png"]],
    ['dots', ['Content-Disposition: attachment; filename=".."']],
    ['a name of 5 kB', [`Content-Disposition: attachment; filename="${'a'.repeat(5_000)}.txt"`]],
    ['an option', ['Content-Disposition: attachment; filename="-rf"']],
    ['a device', ['Content-Disposition: attachment; filename="CON.txt"']],
    ['__proto__', ['Content-Disposition: attachment; filename="__proto__"']],
    ['bidi', ["Content-Disposition: attachment; filename*=utf-8''a%E2%80%AEgpj.exe"]],
    ['nothing', ['Content-Disposition: attachment']],
  ];

  test.each(names)('%s: stays in the folder, visible, private, and over nothing', async (_, headers) => {
    await desk.receive(file(['Content-Type: image/png', ...headers], 'content'));
    const folder = join(desk.bench.folder, 'out');
    mkdirSync(folder);
    const outside = join(desk.bench.folder, 'outside.txt');
    const named = (await desk.show(1)).entries[0]?.attachments[0]?.filename ?? '';
    expect(named).not.toMatch(/[\\/\u0000-\u001f\u200b\u202e]|^[.-]|^$/);
    // What has that name already is a link to somewhere else.
    symlinkSync(outside, join(folder, named));
    const { code, stdout } = await desk.run(addAttachmentsCommand, ['attachments', '1', '--save', 'out']);
    expect(code).toBe(0);
    const [saved = ''] = readdirSync(folder).filter((name) => name !== named);
    expect(stdout).toContain(saved);
    expect(readFileSync(join(folder, saved), 'utf8').trim()).toBe('content');
    expect(lstatSync(join(folder, saved)).mode & 0o777).toBe(0o600);
    expect(saved.length).toBeLessThanOrEqual(255);
    expect(readdirSync(desk.bench.folder)).not.toContain('outside.txt');
  });

  test('a folder that is a link, and a file of the same name, are left as they are', async () => {
    await desk.receive(file(['Content-Disposition: attachment; filename="a.txt"'], 'new'));
    mkdirSync(join(desk.bench.folder, 'out'));
    writeFileSync(join(desk.bench.folder, 'out', 'a.txt'), 'old');
    await desk.run(addAttachmentsCommand, ['attachments', '1', '--save', 'out']);
    expect(readFileSync(join(desk.bench.folder, 'out', 'a.txt'), 'utf8')).toBe('old');
    expect(readFileSync(join(desk.bench.folder, 'out', 'a (1).txt'), 'utf8').trim()).toBe('new');
  });
});

test('attachment names: thousands of files of one name in one mail are written, each under a name of its own', async () => {
  const part = '--b\r\nContent-Type: application/pdf; name=a.pdf\r\n\r\nhi\r\n';
  await desk.receive(
    eml(
      ['From: eve@evil.test', 'Subject: many', 'Content-Type: multipart/mixed; boundary=b'],
      `${part.repeat(6_000)}--b--`,
    ),
  );
  // Reading the mail anew for each of them took minutes.
  const { code } = await desk.run(addAttachmentsCommand, ['attachments', '1', '--save', 'out']);
  expect(code).toBe(0);
  expect(readdirSync(join(desk.bench.folder, 'out'))).toHaveLength(6_000);
});

describe('zip and base64 bombs', () => {
  test('an archive is never opened: its size is that of its bytes', async () => {
    const zip = Buffer.concat([Buffer.from('PK\u0003\u0004'), Buffer.alloc(1_000)]);
    await desk.receive(
      file(['Content-Type: application/zip; name=42.zip', 'Content-Transfer-Encoding: base64'], zip.toString('base64')),
    );
    expect((await desk.show(1)).entries[0]?.attachments[0]).toMatchObject({ filename: '42.zip', size: zip.length });
  });

  test.each([
    ['no base64 at all', '!!!! not base64 !!!!'],
    ['padding in the middle', 'QUJD====QUJD'],
    ['half a group', 'QUJDR'],
    ['another alphabet', 'QUJD_-_-'],
  ])('garbage, %s, is a file of some bytes, and the raw message keeps what came', async (_, content) => {
    const raw = file(['Content-Type: image/png; name=a.png', 'Content-Transfer-Encoding: base64'], content);
    await desk.receive(raw);
    const [entry] = (await desk.show(1)).entries;
    expect(entry?.attachments).toHaveLength(1);
    const shown = await desk.run(addShowCommand, ['show', '1', '--raw', String(entry?.id)]);
    expect(shown.bytes.toString()).toBe(raw);
  });
});

describe('prototype pollution', () => {
  test('header fields, parameters, names and addresses called like members of every object are nothing special', async () => {
    const names = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', '__defineGetter__'];
    const raw = eml(
      [
        'From: constructor <constructor@client.test>',
        `To: ${names.map((name) => `${name}@client.test`).join(', ')}`,
        'Cc: __proto__ <__proto__@client.test>',
        'Subject: __proto__',
        'Message-ID: <__proto__@constructor>',
        ...names.map((name) => `${name}: polluted`),
        `Content-Type: multipart/mixed; boundary=b; ${names.map((name) => `${name}=polluted`).join('; ')}`,
      ],
      [
        '--b',
        `Content-Type: text/plain; __proto__=x; charset=__proto__`,
        '',
        'words',
        '--b',
        'Content-Type: __proto__/constructor; name=__proto__',
        'Content-Transfer-Encoding: constructor',
        'Content-Disposition: __proto__; filename=constructor',
        '',
        'x',
        '--b--',
      ].join('\n'),
    );
    await desk.receive(raw);
    expect(await desk.show(1)).toMatchObject({
      subject: '__proto__',
      requester: { email: 'constructor@client.test' },
      entries: [{ body: 'words' }],
    });
    expect((await desk.run(addListCommand, ['list', '--requester', 'constructor@client.test', '--json'])).code).toBe(0);
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

describe('charset traps', () => {
  const bytes = (charset: string, body: Buffer) =>
    Buffer.concat([
      Buffer.from(`${ann}\r\nSubject: hello\r\nContent-Type: text/plain; charset=${charset}\r\n\r\n`),
      body,
    ]);
  test.each([
    ['an unknown one', 'x-no-such-charset', Buffer.from('Grüße'), 'Grüße'],
    ['an unknown one for bytes that are no UTF-8', 'x-no-such', Buffer.from('Gr\xfc\xdfe', 'latin1'), 'Grüße'],
    ['a wrong one', 'us-ascii', Buffer.from('Grüße'), 'Grüße'],
    ['UTF-7 that would be a tag', 'utf-7', Buffer.from('+ADw-script+AD4-'), /script/],
    ['broken UTF-8', 'utf-8', Buffer.from([0x61, 0xc3, 0x28, 0xff, 0x62]), /^a.*b$/],
    ['overlong UTF-8', 'utf-8', Buffer.from([0x61, 0xc0, 0xaf, 0x62]), /^a[^/]*b$/],
    ['an escape of ISO-2022-JP that never ends', 'iso-2022-jp', Buffer.from('a\u001b$B$3$s'), /^a/],
    ['UTF-16 cut in half', 'utf-16le', Buffer.from([0x61, 0, 0x3d, 0xd8]), /^a/],
    ['a name of 10 kB', 'a'.repeat(10_000), Buffer.from('Grüße'), 'Grüße'],
  ])('%s is read as far as it goes, as valid text', async (_, charset, body, expected) => {
    const { body: read, fullBody } = await desk.explain(bytes(charset, body));
    if (typeof expected === 'string') expect(read).toBe(expected);
    else expect(read).toMatch(expected);
    for (const text of [read, fullBody]) expect(text).not.toMatch(/\p{Surrogate}/u);
  });
});

describe('dates', () => {
  test.each([
    '',
    'Date: nonsense',
    'Date: Fri, 31 Dec 9999 23:59:59 +0000',
    'Date: Mon, 1 Jan 275761 00:00:00 +0000',
    'Date: Fri, 1 Jan 2027 00:00:00 +0000',
    'Date: Thu, 1 Jan 1970 00:00:00 +0000',
    `Date: ${'9'.repeat(10_000)}`,
  ])('%.40s: the ticket was made when our clock says, in the year that it says', async (date) => {
    await desk.receive(eml([ann, 'Subject: hello', ...(date === '' ? [] : [date])]));
    const ticket = await desk.show(1);
    expect(ticket.number).toBe('TKT-2026-00001');
    expect([ticket.createdAt, ticket.entries[0]?.createdAt]).toEqual([pinnedNow, pinnedNow]);
  });
});
