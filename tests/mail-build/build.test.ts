import { type AddressObject, type ParsedMail, simpleParser } from 'mailparser';
import MailComposer from 'nodemailer/lib/mail-composer';
import { describe, expect, it } from 'vitest';
import { cleanHeader } from '../../src/domain/clean.ts';
import {
  composeAutoReply,
  composeComment,
  type MailFrame,
  type OutgoingAttachment,
  type OutgoingMail,
} from '../../src/domain/compose.ts';
import { buildMessage } from '../../src/mail/build.ts';

const frame: MailFrame = {
  number: 'TKT-2026-00042',
  subject: 'Printer',
  from: { name: 'Support', address: 'support@example.com' },
  replyTo: null,
  messageId: `${'1'.repeat(32)}.tkt@example.com`,
  referenceId: `${'2'.repeat(32)}.ticket.tkt@example.com`,
  inReplyTo: 'second@client.test',
  references: ['first@client.test', 'second@client.test'],
  instance: '3'.repeat(32),
  date: new Date('2026-11-22T08:41:07Z'),
  viewUrl: null,
};

function comment(text: string, changes: Partial<MailFrame> = {}, attachments: OutgoingAttachment[] = [], name = 'Ann') {
  return composeComment(
    { ...frame, ...changes },
    {
      author: { name: 'John', email: 'john@example.com' },
      text,
      requester: { name, email: 'ann@client.test' },
      participants: [{ name: 'Bob, "the" <boss>', email: 'bob@client.test' }],
      supportAddresses: ['support@example.com'],
      attachments,
    },
  );
}

function addresses(field: AddressObject | AddressObject[] | undefined): string[] {
  return [field ?? []].flat().flatMap(({ value }) => value.map(({ address }) => address ?? ''));
}

/** Names of the header fields as they stand in the bytes, in lower case. */
function fieldNames(raw: Buffer): string[] {
  const head = raw.toString('latin1').split('\r\n\r\n', 1)[0] ?? '';
  return head
    .split('\r\n')
    .filter((line) => !/^[ \t]/.test(line))
    .map((line) => line.slice(0, line.indexOf(':')).toLowerCase());
}

const usualFields = [
  'cc',
  'content-type',
  'date',
  'from',
  'in-reply-to',
  'message-id',
  'mime-version',
  'references',
  'subject',
  'to',
  'x-tkt-loop',
  'x-tkt-ticket',
];

async function read(raw: Buffer): Promise<ParsedMail> {
  return await simpleParser(raw, { skipTextToHtml: true, skipHtmlToText: true });
}

/** What nodemailer makes of the same mail, all by itself. */
async function composed(mail: OutgoingMail): Promise<Buffer> {
  const ids = (list: readonly string[]) => list.map((id) => `<${id}>`);
  const composer = new MailComposer({
    ...mail,
    to: mail.to.map((to) => ({ ...to })),
    cc: mail.cc.map((cc) => ({ ...cc })),
    ...(mail.replyTo === null ? { replyTo: undefined } : { replyTo: mail.replyTo }),
    messageId: `<${mail.messageId}>`,
    inReplyTo: ids(mail.inReplyTo === null ? [] : [mail.inReplyTo])[0],
    references: ids(mail.references),
    headers: mail.headers.map(([key, value]) => ({ key, value: cleanHeader(value) })),
    attachments: mail.attachments.map((file) => ({
      ...file,
      contentDisposition: 'attachment',
      contentTransferEncoding: 'base64',
    })),
    newline: 'win',
  });
  return await composer.compile().build();
}

/** A message without what each builder may choose: the order of the fields in a header, and the boundaries. */
function withoutChoices(raw: Buffer): string {
  let text = raw.toString('latin1');
  const boundaries = [...text.matchAll(/boundary="([^"]+)"/g)].map(([, boundary]) => boundary ?? '');
  for (const boundary of boundaries) text = text.replaceAll(boundary, `boundary of ${boundary.at(-1)}`);
  const blocks = text.replace(/multipart\/(\w+);\s+boundary="[^"]+"/g, 'multipart/$1').split('\r\n\r\n');
  return blocks
    .map(sortHeader)
    .join('\r\n\r\n')
    .replace(/boundary of \d/g, 'boundary');
}

function sortHeader(block: string): string {
  const [delimiter = '', ...lines] = block.split('\r\n');
  const isPart = delimiter.startsWith('--');
  const fields = (isPart ? lines : [delimiter, ...lines]).join('\r\n').split(/\r\n(?=\S)/);
  const isHeader = fields.every((field) => /^[\w-]+:/.test(field));
  if (!isHeader) return block;
  return [...(isPart ? [delimiter] : []), ...fields.sort()].join('\r\n');
}

it.each([
  ['plain words', comment('Fixed, please try again.')],
  ['an automatic reply', composeAutoReply(frame, { to: 'ann@client.test', status: 'open' })],
  ['words of several languages', comment('Grüße,\n\nжурнал 日本語', { subject: 'Größe' })],
  ['mostly Japanese', comment('注文の件でお問い合わせです。'.repeat(20), { subject: '注文の件' }, [], '山田太郎')],
  ['a subject with quotes', { ...comment('x'), subject: 'the "new" printer' }],
  ['a long subject', { ...comment('x'), subject: 'words that go on '.repeat(20).trim() }],
  ['a subject of 76 characters with its name', { ...comment('x'), subject: 'y'.repeat(67) }],
  ['a subject of one long word', { ...comment('x'), subject: 'y'.repeat(300) }],
  ['names that need quotes', comment('x', { from: { name: 'Ann, "the" Boss', address: 'support@example.com' } })],
  [
    'many references',
    comment('x', { references: Array.from({ length: 9 }, (_, n) => `${n}${'r'.repeat(40)}@c.test`) }),
  ],
  ['a long id', comment('x', { inReplyTo: `${'i'.repeat(90)}@client.test` })],
  ['no ids', comment('x', { inReplyTo: null, references: [] })],
  ['an answer to another address', comment('x', { replyTo: { name: 'Support', address: 'support+x@example.com' } })],
  ['long lines, trailing blanks, a dot alone', comment(`${'x'.repeat(3_000)}  \r\n.\r\n\n\t \n= end `)],
  [
    'attachments, one of them text with bare line feeds',
    comment('see attached', {}, [
      { filename: 'größe.txt', contentType: 'text/plain', content: Buffer.from('a\nb\r\nc') },
      { filename: `${'long name '.repeat(12)}.txt`, contentType: 'text/plain', content: Buffer.from('x') },
      { filename: 'a "quoted"; name', contentType: 'text/plain', content: Buffer.from('x') },
      { filename: 'noise', contentType: 'application/octet-stream', content: Buffer.from([0, 255, 13, 10, 13]) },
      { filename: 'empty', contentType: 'image/png', content: Buffer.alloc(0) },
    ]),
  ],
])('the fields and parts are those that nodemailer composes: %s', async (_, mail) => {
  expect(withoutChoices(buildMessage(mail))).toBe(withoutChoices(await composed(mail)));
});

it('a built mail reads back as it was composed', async () => {
  const mail = comment('Grüße,\n\nжурнал 日本語', { replyTo: { name: '', address: 'support+x@example.com' } });
  const parsed = await read(buildMessage(mail));
  expect(parsed.messageId).toBe(`<${mail.messageId}>`);
  expect(parsed.inReplyTo).toBe('<second@client.test>');
  expect(parsed.references).toEqual([`<${frame.referenceId}>`, '<first@client.test>', '<second@client.test>']);
  expect(parsed.subject).toBe('[TKT-2026-00042] New comment on your ticket');
  expect(parsed.date).toEqual(frame.date);
  expect(addresses(parsed.from)).toEqual(['support@example.com']);
  expect(addresses(parsed.to)).toEqual(['ann@client.test']);
  expect(addresses(parsed.cc)).toEqual(['bob@client.test']);
  expect(addresses(parsed.replyTo)).toEqual(['support+x@example.com']);
  expect(parsed.text).toBe(mail.text);
  expect(parsed.html).toBe(mail.html);
});

it('an auto-reply carries the fields that keep machines from answering it', async () => {
  const parsed = await read(buildMessage(composeAutoReply(frame, { to: 'ann@client.test', status: 'open' })));
  expect(parsed.headers.get('auto-submitted')).toBe('auto-replied');
  expect(parsed.headers.get('x-auto-response-suppress')).toBe('All');
  expect(parsed.headers.get('x-tkt-ticket')).toBe('TKT-2026-00042');
  expect(parsed.headers.get('x-tkt-loop')).toBe(frame.instance);
});

describe('no header field comes out of a value', () => {
  const attempts = [
    'x\r\nBcc: eve@evil.test',
    'x\nBcc: eve@evil.test',
    'x\rBcc: eve@evil.test',
    'x\u2028Bcc: eve@evil.test',
    'x\u2029Bcc: eve@evil.test',
    'x\u0085Bcc: eve@evil.test',
    'x\0\r\n\r\nbody',
    '=?utf-8?Q?x=0D=0ABcc:_eve@evil.test?=',
    '=?utf-8?B?eA0KQmNjOiBldmVAZXZpbC50ZXN0?=',
    '" <eve@evil.test>, "',
    '"><eve@evil.test>',
    'a, eve@evil.test; b: c;',
    '\\"\r\n eve@evil.test (',
    'group: eve@evil.test;',
  ];
  it.each(attempts)('%j', async (attempt) => {
    const mail = comment(
      attempt,
      { subject: attempt, from: { name: attempt, address: 'support@example.com' } },
      [],
      attempt,
    );
    for (const subject of [mail.subject, `[TKT-2026-00042] ${attempt}`]) {
      const raw = buildMessage({ ...mail, subject, headers: [...mail.headers, ['X-Test', attempt]] });
      expect(fieldNames(raw).sort()).toEqual([...usualFields, 'x-test'].sort());
      const parsed = await read(raw);
      expect(parsed.bcc).toBeUndefined();
      expect(addresses(parsed.from)).toEqual(['support@example.com']);
      expect(addresses(parsed.to)).toEqual(['ann@client.test']);
      expect(addresses(parsed.cc)).toEqual(['bob@client.test']);
      expect(parsed.subject).not.toMatch(/[\r\n\u0085\u2028\u2029]/);
    }
  });

  it('an address that is not plain is refused rather than written', async () => {
    const mail = comment('x');
    expect(() => buildMessage({ ...mail, to: [{ name: '', address: 'a@b.test>, <eve@evil.test' }] })).toThrow();
  });
});

describe('the bytes', () => {
  it('end every line in CR LF, with a dot on a line of its own between bare line ends', async () => {
    const raw = buildMessage(
      comment('one\n.\ntwo\r.\rthree\r\n.\r\nMAIL FROM:<eve@evil.test>\n', {}, [
        { filename: 'a.txt', contentType: 'text/plain', content: Buffer.from('\n.\nQUIT\n\r.\r') },
      ]),
    );
    expect(raw.toString('latin1').replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    expect((await read(raw)).text).toContain('"one\n.\ntwo\n.\nthree\n.\nMAIL FROM:<eve@evil.test>"');
  });

  it('have no line over 998 octets', async () => {
    const long = Array.from({ length: 200 }, (_, index) => `${'i'.repeat(390)}${index}@${'d'.repeat(390)}.test`);
    const raw = buildMessage(comment('x'.repeat(20_000), { subject: 'y'.repeat(20_000), references: long }));
    expect(
      Math.max(
        ...raw
          .toString('latin1')
          .split('\r\n')
          .map((line) => line.length),
      ),
    ).toBeLessThanOrEqual(998);
  });

  it('are kept for an attachment, whatever it is called', async () => {
    const content = Buffer.from('From: a@b.test\n\n.\n\xff\n', 'latin1');
    const files: OutgoingAttachment[] = [
      {
        filename: 'журнал 日本語 with a rather long name that takes more than one line.txt',
        contentType: 'text/plain',
        content,
      },
      { filename: '../../etc/passwd\r\nX: y', contentType: 'text/html', content },
      { filename: 'a "quoted"; name.eml', contentType: 'message/rfc822', content },
      { filename: '', contentType: 'text/plain\r\nX-Evil: 1', content },
      { filename: 'empty.bin', contentType: 'application/octet-stream', content: Buffer.alloc(0) },
    ];
    const raw = buildMessage(comment('see attached', {}, files));
    const parsed = await read(raw);
    expect(parsed.attachments.map(({ filename }) => filename)).toEqual([
      'журнал 日本語 with a rather long name that takes more than one line.txt',
      '.._.._etc_passwd X: y',
      'a "quoted"; name.eml',
      'attachment',
      'empty.bin',
    ]);
    // An attached message is a file like any other: as message/rfc822 it could not be base64.
    expect(
      raw
        .toString('latin1')
        .match(/^Content-Type: [^;\r]*/gm)
        ?.slice(-5),
    ).toEqual([
      'Content-Type: text/plain',
      'Content-Type: text/html',
      'Content-Type: application/octet-stream',
      'Content-Type: application/octet-stream',
      'Content-Type: application/octet-stream',
    ]);
    for (const { content: arrived } of parsed.attachments.slice(0, 4)) expect(arrived).toEqual(content);
    expect(parsed.attachments[4]?.content).toHaveLength(0);
  });
});
