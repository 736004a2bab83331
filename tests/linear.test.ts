// Nothing is quadratic: four times the mail takes about four times as long, whatever it is full of. Each rule by itself,
// over shapes that its own patterns match again and again; then whole messages through all of them.

import { describe, expect, test } from 'vitest';
import { readBounce } from '../src/domain/bounce.ts';
import { classifyMessage } from '../src/domain/classify.ts';
import { readForward } from '../src/domain/forward.ts';
import { mayRespond } from '../src/domain/responder.ts';
import { markSignatureImages } from '../src/domain/signature-images.ts';
import { readText } from '../src/domain/text-of.ts';
import { understand } from '../src/pipeline/understand.ts';
import { htmlToText } from '../src/text/html.ts';
import { readHtmlLines } from '../src/text/html-quote.ts';
import { growth, linearGrowth } from './support/cpu-time.ts';
import { inboundMessage, type MessageParts } from './support/inbound-message.ts';

const own = { addresses: ['support@tkt.test'], instance: 'instance-1' };
const startSize = 50_000;

/** `unit` again and again, `size` characters of it. */
const fill = (unit: string, size: number): string => unit.repeat(Math.ceil(size / unit.length));

type Shape = readonly [name: string, unit: string];

async function expectLinear(work: (size: number) => () => unknown, size = startSize): Promise<void> {
  expect(await growth(work, size)).toBeLessThan(linearGrowth);
}

describe('classify and respond', () => {
  const shapes: Array<[name: string, parts: (size: number) => MessageParts]> = [
    ['header fields', (size) => ({ fields: fill('Received: by a|X-Loop: |', size).split('|') })],
    ['a field of tokens', (size) => ({ fields: [`Auto-Submitted: ${fill('no; ', size)}`] })],
    ['Received fields', (size) => ({ fields: fill('Received: from a.test by b.test|', size).split('|') })],
    ['words of an absence in the subject', (size) => ({ subject: fill('out of office ', size) })],
    ['prefixes in the subject', (size) => ({ subject: fill('Re: Auto: [', size) })],
    ['words of an absence in the text', (size) => ({ text: fill('I am out of office until Monday.\n', size) })],
    ['words of an acknowledgement', (size) => ({ text: fill('Thank you for contacting us. We will reply. ', size) })],
    ['words of a challenge', (size) => ({ text: fill('your message is being held click here ', size) })],
    ['an absence in HTML', (size) => ({ text: null, html: fill('<p>I am away. In urgent cases', size) })],
    ['words of a bounce in the text', (size) => ({ text: fill('could not be delivered to a@b.test\n', size) })],
    [
      'From addresses',
      (size) => ({
        from: fill('|', size / 20)
          .split('|')
          .map(() => ({ name: 'no', address: 'a@b.test' })),
      }),
    ],
  ];
  test.each(shapes)('%s', async (_name, parts) => {
    await expectLinear((size) => {
      const message = inboundMessage(parts(size));
      return () => mayRespond(message, classifyMessage(message, own), own);
    });
  });
});

describe('bounces', () => {
  const daemon = { from: [{ name: 'Mail Delivery System', address: 'MAILER-DAEMON@mx.test' }], subject: 'Undelivered' };
  const texts: Shape[] = [
    ['recipients with reasons', '<ann@client.test>: host mx said: 550 5.1.1 no such user\n'],
    ['addresses alone', 'ann@client.test\n'],
    ['one line of addresses', '<ann@client.test> '],
    ['status codes', '550 5.1.1 '],
    ['labels', 'Final-Recipient: rfc822; ann@client.test\nAction: failed\n\n'],
    ['brackets', '<<'],
    ['at signs', 'a@'],
    ['dots', 'a.'],
    ['header blocks', 'Message-ID: <a@tkt.test>\nSubject: x\n\n'],
    ['markers of the original', '--- Below this line is a copy of the message.\n\n'],
    ['blank lines', '\n'],
  ];
  test.each(texts)('%s in the text', async (_name, unit) => {
    await expectLinear((size) => {
      const message = inboundMessage({ ...daemon, text: fill(unit, size) });
      return () => [classifyMessage(message, own), readBounce(message)];
    });
  });
  test.each(texts)('%s in a report', async (_name, unit) => {
    await expectLinear((size) => {
      const content = fill(unit, size);
      const reportParts = ['message/delivery-status', 'message/rfc822'].map((contentType) => ({
        contentType,
        content,
      }));
      const message = inboundMessage({ ...daemon, contentType: 'multipart/report', reportParts });
      return () => [classifyMessage(message, own), readBounce(message)];
    });
  });
});

describe('forwards, replies and signatures', () => {
  const shapes: Shape[] = [
    ['forward markers', '---------- Forwarded message ---------\n'],
    ['forwards', '---------- Forwarded message ---------\nFrom: Ann <ann@client.test>\nSubject: x\n\ntext\n\n'],
    ['header lines', 'From: Ann <ann@client.test>\nTo: b@c.test\n'],
    ['quoted header lines', '> From: Ann <ann@client.test>\n> Subject: x\n'],
    ['one line of fields', 'From: Ann <ann@client.test>To: b@c.test Subject: x '],
    ['original messages', '-----Original Message-----\nFrom: a\n\n'],
    ['attributions', 'On Mon, Apr 2, 2024 at 6:26 PM Ann <a@b.test> wrote:\n'],
    ['halves of attributions', 'On Mon, Apr 2, 2024 at 6:26 PM\n'],
    ['rules', '________________\n'],
    ['delimiters', '-- \n'],
    ['closings', 'Kind regards,\n'],
    ['signatures', 'Kind regards,\nAnn Lee\nHead of IT\n+49 30 1234567\nwww.client.test\n\n'],
    ['mobile footers', 'Sent from my iPhone\n\n'],
    ['disclaimers', 'This e-mail is confidential and intended for the addressee only.\n\n'],
    ['telephone numbers', '+49 30 1234567 '],
    ['web addresses', 'https://client.test/a?b=c '],
    ['one line of dashes', '-'],
    ['one line of underscores', '_'],
    ['one line of spaces', ' '],
    ['deep quotes', '>>>>>>>>>>>>>>>>>>>> a\n'],
  ];
  const ways: Array<[way: string, parts: MessageParts, ahead: string]> = [
    ['in a forward', { subject: 'Fwd: Printer' }, '---------- Forwarded message ---------\nFrom: a@b.test\n\n'],
    ['in a reply', { subject: 'Re: Printer', inReplyTo: ['a@tkt.test'] }, 'It works.\n\n'],
  ];
  describe.each(ways)('%s', (_way, parts, ahead) => {
    test.each(shapes)('%s', async (_name, unit) => {
      await expectLinear((size) => {
        const message = inboundMessage({ ...parts, text: ahead + fill(unit, size) });
        return () => [readForward(message), readText(message, { asReply: true })];
      });
    });
  });
});

describe('HTML', () => {
  const shapes: Shape[] = [
    ['open elements', '<div>a'],
    ['open quotes', '<blockquote type=cite>a'],
    ['open tables', '<table><tr><td>a'],
    ['cells', '<tr><td>a</td><td>b</td></tr>'],
    ['list items', '<li>a'],
    ['nested lists', '<ul><li>a'],
    ['tags that never end', '<a '],
    ['attributes', ' a="b"'],
    ['quotation marks', '"'],
    ['comments that never end', '<!--'],
    ['conditional comments', '<![if a]>b<![endif]>'],
    ['entities', '&amp;&#8364;&nope;'],
    ['ampersands', '&'],
    ['angle brackets', '<'],
    ['closing tags', '</p>'],
    ['scripts', '<script>a</script>'],
    ['styles', '<style>a{b:c}</style>'],
    ['hidden elements', '<div style="display:none">a</div>'],
    ['links', '<a href="https://client.test/a">b</a> '],
    ['signatures with images', '<div class="gmail_signature">Ann<img src="cid:logo"></div>'],
    ['quotes of Gmail', '<div class="gmail_quote"><div class="gmail_attr">Ann wrote:</div>a</div>'],
    ['spaces', '&nbsp; '],
    ['code', '<pre>a\n  b</pre>'],
    ['line breaks', '<br>'],
  ];
  const logo = { filename: 'a', contentType: 'image/png', size: 9, sha256: '0', contentId: 'logo', inline: true };
  test.each(shapes)('%s', async (_name, unit) => {
    await expectLinear((size) => {
      const html = `<p>It works.</p>${fill(unit, size)}`;
      const message = inboundMessage({ text: null, html, attachments: [logo] });
      return () => [htmlToText(html), readHtmlLines(html), markSignatureImages(message, readText(message))];
    });
  });
});

describe('whole messages', () => {
  const head = 'From: Ann <ann@client.test>\r\nSubject: Fwd: Printer\r\nMIME-Version: 1.0\r\n';
  const shapes: Array<[name: string, start: string, unit: string]> = [
    ['parts', 'Content-Type: multipart/mixed; boundary=b\r\n\r\n', '--b\r\nContent-Type: text/html\r\n\r\n<p>a\r\n'],
    [
      'attached messages',
      'Content-Type: multipart/mixed; boundary=b\r\n\r\n',
      '--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: b@c.test\r\n\r\na\r\n',
    ],
    ['encoded words', 'X: a\r\n', ' =?utf-8?B?w6Q=?=\r\n'],
    ['addresses', 'Cc: a@b.test\r\n', ' , "a" <a@b.test>\r\n'],
    ['msg-ids', 'References: <a@b.test>\r\n', ' <a@b.test>\r\n'],
    ['forwards', '\r\n', '---------- Forwarded message ---------\r\nFrom: b@c.test\r\n\r\na\r\n'],
  ];
  test.each(shapes)('%s', async (_name, start, unit) => {
    await expectLinear((size) => {
      const raw = Buffer.from(head + start + fill(unit, size));
      return () => understand(raw, own);
    });
  });
});
