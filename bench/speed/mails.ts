// A support mailbox as it is in life: 70 % new requests, 25 % replies with quoted history, 5 % automatic mail; a tenth with
// attachments of 50 to 500 KB; several languages and charsets, half of it with an HTML part. About 35 KB a mail.

import { createRandom, type Random } from './random.ts';

interface Language {
  charset: string;
  encode(text: string): Buffer;
  words: string[];
  greeting: string;
  wrote: string;
}

const latin1 = (text: string) => Buffer.from(text, 'latin1');
const utf8 = (text: string) => Buffer.from(text, 'utf8');

const languages: Language[] = [
  {
    ...{
      charset: 'us-ascii',
      encode: latin1,
      greeting: 'Hello,',
      wrote: 'On Mon, Nov 2, 2026 at 9:12 AM, Support wrote:',
    },
    words: 'the printer in our office does not print since the update and shows an error when I try to log in'.split(
      ' ',
    ),
  },
  {
    ...{
      charset: 'utf-8',
      encode: utf8,
      greeting: 'Hi there \u2013',
      wrote: 'On 2 Nov 2026, at 09:12, Support wrote:',
    },
    words:
      'our invoice \u201cNovember\u201d is wrong \u2026 could you please send the caf\u00e9 a new one, thanks a lot'.split(
        ' ',
      ),
  },
  {
    ...{
      charset: 'iso-8859-1',
      encode: latin1,
      greeting: 'Guten Tag,',
      wrote: 'Am 02.11.2026 um 09:12 schrieb Support:',
    },
    words:
      'leider k\u00f6nnen wir uns seit gestern nicht mehr anmelden und der Drucker f\u00fcr die B\u00fcros geht nicht'.split(
        ' ',
      ),
  },
  {
    ...{
      charset: 'iso-8859-1',
      encode: latin1,
      greeting: 'Bonjour,',
      wrote: 'Le 2 nov. 2026 \u00e0 09:12, Support a \u00e9crit :',
    },
    words: 'depuis hier le t\u00e9l\u00e9chargement \u00e9choue et la commande n\u2019est pas arriv\u00e9e'
      .replace('\u2019', "'")
      .split(' '),
  },
  {
    ...{ charset: 'utf-8', encode: utf8, greeting: 'Здравствуйте!', wrote: '2 ноября 2026 г., 9:12, Support пишет:' },
    words: 'не могу войти в личный кабинет после обновления пришлите пожалуйста новый счёт'.split(' '),
  },
];

/** One of the mails that somebody can reply to. */
interface Sent {
  from: string;
  id: string;
  subject: string;
}

/** `count` mails for `support@example.test`, in the order in which they arrive. */
export function* generateMails(count: number, seed: number): Generator<Buffer> {
  const random = createRandom(seed);
  const sent: Sent[] = [];
  for (let index = 0; index < count; index++) {
    const language = random.pick(languages);
    const share = random.next();
    if (share < 0.25 && sent.length > 0) yield makeReply(random, language, random.pick(sent), index);
    else if (share < 0.3) yield makeNotice(random, index);
    else {
      const from = `client${index}@client${index % 500}.test`;
      const mail = { from, id: `<${index}.${seed}@mail.client.test>`, subject: makeText(random, language, 6) };
      // The last few hundred: people answer what is recent.
      sent.push(mail);
      if (sent.length > 300) sent.shift();
      yield makeMail(random, language, { ...mail, headers: [] }, makeBody(random, language, 60, 250));
    }
  }
}

function makeReply(random: Random, language: Language, to: Sent, index: number): Buffer {
  const headers = [`In-Reply-To: ${to.id}`, `References: ${to.id}`];
  const history = makeBody(random, language, 80, 300)
    .split('\n')
    .map((line) => `> ${line}`);
  const body = `${makeBody(random, language, 15, 80)}\n\n${language.wrote}\n${history.join('\n')}\n`;
  const mail = { from: to.from, id: `<${index}.re@mail.client.test>`, subject: `Re: ${to.subject}`, headers };
  return makeMail(random, language, mail, body);
}

function makeNotice(random: Random, index: number): Buffer {
  const headers = [random.pick(['Auto-Submitted: auto-generated', 'Precedence: bulk', 'List-Id: <news.client.test>'])];
  const mail = {
    from: `news${index % 20}@notices.test`,
    id: `<${index}.auto@notices.test>`,
    subject: 'Status report',
    headers,
  };
  const [english = languages[0] as Language] = languages;
  return makeMail(random, english, mail, makeBody(random, english, 100, 300));
}

function makeText(random: Random, language: Language, count: number): string {
  return Array.from({ length: count }, () => random.pick(language.words)).join(' ');
}

function makeBody(random: Random, language: Language, least: number, most: number): string {
  const lines = [language.greeting, ''];
  for (let left = random.between(least, most); left > 0; left -= 12)
    lines.push(makeText(random, language, Math.min(left, 12)));
  return `${lines.join('\n')}\n\n-- \nClient ${random.between(1, 999)}\nExample Ltd\n`;
}

type Header = Sent & { headers: string[] };

function makeMail(random: Random, language: Language, header: Header, body: string): Buffer {
  const hasHtml = random.chance(0.5);
  const hasFile = random.chance(0.1);
  const boundary = `b${random.between(1e8, 9e8)}`;
  const text = makePart(`text/plain; charset=${language.charset}`, language.encode(body));
  const html = makePart(
    `text/html; charset=${language.charset}`,
    language.encode(
      `<html><body><p>${body.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('\n', '<br>\n')}</p></body></html>`,
    ),
  );
  let content = hasHtml ? makeMultipart('alternative', `${boundary}a`, [text, html]) : text;
  if (hasFile) content = makeMultipart('mixed', boundary, [content, makeFile(random)]);
  return Buffer.from(
    [
      `Return-Path: <${header.from}>`,
      `Received: from mail.client.test (mail.client.test [192.0.2.7]) by mx.example.test; Mon, 2 Nov 2026 09:12:00 +0000`,
      `From: Client <${header.from}>`,
      'To: Support <support@example.test>',
      `Subject: ${encodeHeader(language, header.subject)}`,
      'Date: Mon, 2 Nov 2026 09:11:58 +0000',
      `Message-ID: ${header.id}`,
      'MIME-Version: 1.0',
      ...header.headers,
      content,
    ].join('\r\n'),
    'latin1',
  );
}

/** A header of the part, an empty line, and the content; lines end in CRLF. */
function makePart(type: string, bytes: Buffer): string {
  return `Content-Type: ${type}\r\nContent-Transfer-Encoding: base64\r\n\r\n${wrapBase64(bytes)}`;
}

function makeMultipart(kind: string, boundary: string, parts: string[]): string {
  const inner = parts.map((part) => `--${boundary}\r\n${part}\r\n`).join('');
  return `Content-Type: multipart/${kind}; boundary="${boundary}"\r\n\r\n${inner}--${boundary}--\r\n`;
}

function makeFile(random: Random): string {
  const bytes = Buffer.alloc(random.between(50, 500) * 1024);
  for (let at = 0; at + 4 <= bytes.length; at += 4) bytes.writeUInt32LE(Math.floor(random.next() * 4294967296), at);
  const name = `scan-${random.between(1, 999)}.pdf`;
  return makePart(`application/pdf; name="${name}"`, bytes).replace(
    '\r\n',
    `\r\nContent-Disposition: attachment; filename="${name}"\r\n`,
  );
}

function encodeHeader(language: Language, text: string): string {
  if (language.charset === 'us-ascii') return text;
  return `=?${language.charset}?B?${language.encode(text).toString('base64')}?=`;
}

function wrapBase64(bytes: Buffer): string {
  return bytes.toString('base64').replace(/.{76}/g, '$&\r\n');
}

/** One mail of about `megabytes` MB, nearly all of it an attachment that does not compress. */
export function makeLargeMail(megabytes: number): Buffer {
  const random = createRandom(megabytes);
  const words = Uint32Array.from({ length: (megabytes * 1024 * 1024 * 3) / 4.1 / 4 }, () => random.next() * 2 ** 32);
  const bytes = Buffer.from(words.buffer);
  const file = makePart('application/octet-stream; name="disk.img"', bytes);
  const text = makePart('text/plain; charset=us-ascii', Buffer.from('The image that you asked for.\n'));
  const header =
    'From: Client <large@client.test>\r\nTo: support@example.test\r\nSubject: Image\r\nMessage-ID: <large@client.test>\r\n';
  return Buffer.from(`${header}MIME-Version: 1.0\r\n${makeMultipart('mixed', 'large', [text, file])}`, 'latin1');
}
