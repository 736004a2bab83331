import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';

import type { InboundMessage } from '../../src/domain/message.ts';
import { openAttachments, parseMessage, UnreadableMessage } from '../../src/mail/parse.ts';

const header = 'From: Ann Lee <ann@example.com>\nTo: support@example.test\nSubject: Hello\nMIME-Version: 1.0\n';
const bytes = (text: string): Buffer => Buffer.from(text.replaceAll('\n', '\r\n'), 'latin1');
const parse = (text: string): Promise<InboundMessage> => parseMessage(bytes(text));
const utf8 = (text: string): string => Buffer.from(text).toString('latin1');

/** A multipart of the given kind whose parts are written out, header and all. */
function multipart(kind: string, ...parts: string[]): string {
  const boundary = `b-${kind}-${parts.length}`;
  const body = parts.map((part) => `--${boundary}\n${part}\n`).join('');
  return `Content-Type: multipart/${kind}; boundary="${boundary}"\n\n${body}--${boundary}--\n`;
}

test('an ordinary message is read in full', async () => {
  const message = await parse(
    `${header}Cc: Bob <bob@example.com>\nReply-To: ann@other.example\nMessage-ID: <1@example.com>\nIn-Reply-To: <0@example.com>\n` +
      'References: <a@example.com>\n <0@example.com>\nDate: Tue, 31 Feb 2026 25:61:00 +0000\n\nHello,\nworld\n',
  );
  expect(message).toMatchObject({
    from: [{ name: 'Ann Lee', address: 'ann@example.com' }],
    to: [{ name: '', address: 'support@example.test' }],
    cc: [{ name: 'Bob', address: 'bob@example.com' }],
    replyTo: [{ name: '', address: 'ann@other.example' }],
    sender: null,
    subject: 'Hello',
    messageId: '1@example.com',
    inReplyTo: ['0@example.com'],
    references: ['a@example.com', '0@example.com'],
    date: 'Tue, 31 Feb 2026 25:61:00 +0000',
    contentType: 'text/plain',
    text: 'Hello,\nworld\n',
    html: null,
    attachments: [],
    defects: [],
  });
  expect(message.headers.at(0)).toEqual({ name: 'from', value: 'Ann Lee <ann@example.com>' });
  expect(message.headers.find(({ name }) => name === 'references')?.value).toBe('<a@example.com> <0@example.com>');
});

test('every From field counts, so that two senders are seen to be two', async () => {
  const { from } = await parse('From: eve@evil.test\nFrom: ann@example.com\nSubject: x\n\nbody\n');
  expect(from.map(({ address }) => address)).toEqual(['eve@evil.test', 'ann@example.com']);
});

test('header names of the object prototype are header names', async () => {
  const { headers, contentTypeParams } = await parse(
    `__proto__: x\nconstructor: y\nContent-Type: text/plain; __proto__=1; charset=utf-8\n${header}\nbody\n`,
  );
  expect(headers.slice(0, 2).map(({ name }) => name)).toEqual(['__proto__', 'constructor']);
  expect(contentTypeParams).toContainEqual(['__proto__', '1']);
});

test.each([
  ['a line of an mbox', `From ann@example.com Thu Jan  1 00:00:00 2026\n${header}\nbody\n`],
  ['empty lines', `\n\n${header}\nbody\n`],
  ['a byte order mark', `\u00ef\u00bb\u00bf${header}\nbody\n`],
  ['a space', ` ${header}\nbody\n`],
  ['a line that is no field', `---- Original message ----\n${header}\nbody\n`],
])('%s before the header does no harm', async (_name, text) => {
  const message = await parse(text);
  expect([message.subject, message.from[0]?.address, message.text]).toEqual(['Hello', 'ann@example.com', 'body\n']);
});

test.each([
  ['an empty line of blanks', `${header} \nbody\n`, 'body\n'],
  ['no empty line', `${header}body\n`, 'body\n'],
  ['folded lines that lost their indentation', `Received: from a\nby b\nfor c\n${header}\nbody\n`, 'body\n'],
  ['a space before the colon', `X-Odd : 1\n${header}\nbody\n`, 'body\n'],
])('a header with %s is read to its end', async (_name, text, expected) => {
  const message = await parse(text);
  expect([message.subject, message.text]).toEqual(['Hello', expected]);
});

test.each([
  ['LF', '\n'],
  ['CR LF', '\r\n'],
  ['CR alone', '\r'],
])('line ends of %s are read', async (_name, eol) => {
  const mail = `${header}${multipart('mixed', 'Content-Type: text/plain\n\none\ntwo', 'Content-Type: image/png; name=a.png\n\nPNG')}`;
  const message = await parseMessage(Buffer.from(mail.replaceAll('\n', eol)));
  expect([message.subject, message.text, message.attachments.map(({ filename, size }) => [filename, size])]).toEqual([
    'Hello',
    'one\ntwo',
    [['a.png', 3]],
  ]);
});

test.each([
  ['nothing', ''],
  ['text without a header', 'just some words\nand more of them\n'],
  ['zeros', '\u0000'.repeat(1_000)],
])('%s is refused as unreadable', async (_name, text) => {
  await expect(parse(text)).rejects.toThrow(UnreadableMessage);
});

test.each([
  [
    'plain and HTML',
    multipart('alternative', 'Content-Type: text/plain\n\nplain', 'Content-Type: text/html\n\n<p>rich</p>'),
    'plain',
    '<p>rich</p>',
  ],
  [
    'a blank plain text beside HTML',
    multipart('alternative', 'Content-Type: text/plain\n\n \n', 'Content-Type: text/html\n\n<p>rich</p>'),
    null,
    '<p>rich</p>',
  ],
  ['HTML alone', 'Content-Type: text/html\n\n<p>rich</p>\n', null, '<p>rich</p>\n'],
  [
    'two texts',
    multipart('mixed', 'Content-Type: text/plain\n\none', 'Content-Type: text/plain\n\ntwo'),
    'one\ntwo',
    null,
  ],
  ['parts without a header', multipart('mixed', '\none', '\ntwo'), 'one\ntwo', null],
  ['text labelled attachment that is all there is', 'Content-Disposition: attachment\n\nhello\n', 'hello\n', null],
  ['a rare kind of text', 'Content-Type: text/enriched\n\nhello\n', 'hello\n', null],
  ['a type that is none', 'Content-Type: text\n\nhello\n', 'hello\n', null],
  ['two Content-Types', 'Content-Type: nonsense\nContent-Type: text/html\n\n<p>x</p>\n', null, '<p>x</p>\n'],
])('the text of a message with %s', async (_name, rest, text, html) => {
  const message = await parse(header + rest);
  expect([message.text, message.html, message.attachments]).toEqual([text, html, []]);
});

test('text and HTML that follow each other both stand in either form', async () => {
  const { text, html } = await parse(
    header + multipart('mixed', 'Content-Type: text/plain\n\na < b', 'Content-Type: text/html\n\n<p>rich</p>'),
  );
  expect(text).toBe('a < b\nrich');
  expect(html).toContain('a &lt; b');
  expect(html).toContain('<p>rich</p>');
});

test('a picture in related HTML is inline, a file beside it is not', async () => {
  const related = multipart(
    'related',
    'Content-Type: text/html\n\n<img src="cid:logo@x">',
    'Content-Type: image/png\nContent-ID: <logo@x>\n\nPNG',
  );
  const { attachments, html } = await parse(
    header + multipart('mixed', related, 'Content-Type: application/pdf; name="r.pdf"\n\nPDF'),
  );
  expect(html).toBe('<img src="cid:logo@x">');
  expect(attachments).toMatchObject([
    { filename: 'attachment-1.png', contentType: 'image/png', contentId: 'logo@x', inline: true },
    { filename: 'r.pdf', contentType: 'application/pdf', contentId: null, inline: false },
  ]);
});

test('attachments have exact sizes and hashes, and openAttachments gives the same bytes', async () => {
  const content = Buffer.from(Array.from({ length: 1_000 }, (_unused, index) => (index * 7) & 255));
  const lines = content.toString('base64').replace(/.{76}/g, '$&\n');
  const mail = `${header}${multipart('mixed', 'Content-Type: text/plain\n\nhello', `Content-Type: application/pdf; name="../../etc/r.pdf"\nContent-Transfer-Encoding: base64\n\n${lines}`)}`;
  const { attachments } = await parse(mail);
  expect(attachments).toMatchObject([
    { filename: 'r.pdf', size: 1_000, sha256: createHash('sha256').update(content).digest('hex') },
  ]);
  expect(openAttachments(bytes(mail))(0)).toEqual(content);
  expect(() => openAttachments(bytes(mail))(1)).toThrow(RangeError);
});

test('an attached message is an attachment, a report part and a message to look into', async () => {
  const inner = `Subject: Printer / broken\nFrom: bob@example.com\nMessage-ID: <9@example.com>\n${multipart('mixed', 'Content-Type: text/plain\n\ninner text')}`;
  const message = await parse(
    header + multipart('mixed', 'Content-Type: text/plain\n\nsee below', `Content-Type: message/rfc822\n\n${inner}`),
  );
  expect(message.text).toBe('see below');
  expect(message.attachments).toMatchObject([{ filename: 'Printer _ broken.eml', contentType: 'message/rfc822' }]);
  expect(message.reportParts).toMatchObject([
    { contentType: 'message/rfc822', content: expect.stringContaining('inner text') },
  ]);
  expect(message.attachedMessages).toEqual([
    {
      from: [{ name: '', address: 'bob@example.com' }],
      subject: 'Printer / broken',
      date: null,
      messageId: '9@example.com',
      text: 'inner text',
      html: null,
    },
  ]);
});

test('a delivery report and an invitation come as report parts', async () => {
  const message = await parse(
    header +
      multipart(
        'report',
        'Content-Type: text/plain\n\nfailed',
        'Content-Type: message/delivery-status\n\nStatus: 5.1.1',
        'Content-Type: text/calendar\n\nBEGIN:VCALENDAR',
      ),
  );
  expect(message.contentType).toBe('multipart/report');
  expect(message.reportParts.map(({ contentType, content }) => [contentType, content])).toEqual([
    ['message/delivery-status', 'Status: 5.1.1'],
    ['text/calendar', 'BEGIN:VCALENDAR'],
  ]);
  expect(message.attachments.map(({ filename }) => filename)).toEqual(['attachment-1.txt', 'attachment-2.ics']);
});

test('format=flowed is undone, quotes and signature delimiter kept (RFC 3676)', async () => {
  const message = await parse(
    `${header}Content-Type: text/plain; format=flowed\n\nA paragraph that \nwas wrapped.\n> quoted \n> too\n From here\n-- \nAnn\n`,
  );
  expect(message.flowed).toBe(true);
  expect(message.text).toBe('A paragraph that was wrapped.\n> quoted too\nFrom here\n-- \nAnn\n');
});

test('DelSp=yes takes the space of the break away', async () => {
  const { text } = await parse(`${header}Content-Type: text/plain; format=flowed; delsp=yes\n\nlong \nword\n`);
  expect(text).toBe('longword\n');
});

test.each([
  ['UTF-8 under a wrong label', 'iso-8859-1', utf8('Grüße – ok'), 'Grüße – ok'],
  ['windows-1252 called iso-8859-1', 'iso-8859-1', 'it\u0092s', 'it’s'],
  ['latin1 without a label', '', 'Gr\u00fc\u00dfe', 'Grüße'],
  ['GB 18030 called GB 2312', 'gb2312', '\u0081\u0030\u0081\u0030\u00c4\u00e3', '\u0080你'],
  ['an unknown charset', 'x-nobody-knows', 'plain words', 'plain words'],
  ['an unknown charset with UTF-8 in it', 'x-nobody-knows', utf8('Grüße'), 'Grüße'],
  ['ISO-2022-JP', 'iso-2022-jp', '\u001b$B%F%9%H\u001b(B', 'テスト'],
  ['UTF-7', 'utf-7', 'Gr+APwA3w-e 1 +- 1', 'Grüße 1 + 1'],
])('the body in %s', async (_name, charset, raw, expected) => {
  const type = charset === '' ? '' : `Content-Type: text/plain; charset="${charset}"\n`;
  const { text } = await parse(`${header}${type}\n${raw}`);
  expect(text).toBe(expected);
});

test('raw bytes in a header field are read in the charset of the body', async () => {
  const mail =
    'From: ann@example.com\nSubject: \u00cf\u00f0\u00e8\u00e2\u00e5\u00f2\nContent-Type: text/plain; charset=windows-1251\n\nx\n';
  expect((await parse(mail)).subject).toBe('Привет');
});

test('a multipart whose boundary is wrong or missing still gives its parts', async () => {
  const parts =
    '--real\nContent-Type: text/plain\n\nhello\n--real\nContent-Type: application/pdf; name=a.pdf\n\nPDF\n--real--\n';
  for (const declared of ['; boundary=other', '']) {
    const message = await parse(`${header}Content-Type: multipart/mixed${declared}\n\n${parts}`);
    expect([message.text, message.attachments.map(({ filename }) => filename)]).toEqual(['hello', ['a.pdf']]);
    expect(message.defects).toHaveLength(1);
  }
});

test('a multipart without any parts is shown as the text it is', async () => {
  const message = await parse(`${header}Content-Type: multipart/mixed; boundary=b\n\nNo parts here.\n`);
  expect(message.text).toBe('No parts here.\n');
  expect(message.defects).toContain('a multipart without parts');
});

test('parts of a multipart that is cut off in the middle are kept', async () => {
  const message = await parse(
    `${header}Content-Type: multipart/mixed; boundary=b\n\n--b\n\nhello\n--b\nContent-Type: application/pdf\n\nPD`,
  );
  expect([message.text, message.attachments[0]?.size]).toEqual(['hello', 2]);
  expect(message.defects).toEqual(['a multipart that does not end']);
});
