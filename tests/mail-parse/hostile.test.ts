import { expect, test } from 'vitest';

import { parseMessage } from '../../src/mail/parse.ts';
import { cpuTime } from '../support/cpu-time.ts';

const header = 'From: ann@example.com\r\nTo: support@example.test\r\nSubject: Hello\r\nMIME-Version: 1.0\r\n';

function nested(depth: number): string {
  let text = 'Content-Type: multipart/mixed; boundary=b0\r\n\r\n';
  for (let level = 1; level < depth; level += 1)
    text += `--b${level - 1}\r\nContent-Type: multipart/mixed; boundary=b${level}\r\n\r\n`;
  return `${text}--b${depth - 1}\r\n\r\nthe innermost text\r\n`;
}

const mixed = 'Content-Type: multipart/mixed; boundary=b\r\n\r\n';
const base64Line = `${'QUFB'.repeat(19)}\r\n`;

/** What must still be there of each: the header always, the text where it is plain what it is. */
const bombs: Array<[name: string, mail: () => string, text: string | null]> = [
  ['5,000 multiparts inside each other', () => header + nested(5_000), 'the innermost text\n'],
  [
    '9,000 multiparts that share a boundary',
    () => `${header}${'Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n'.repeat(9_000)}\r\ntext`,
    'text',
  ],
  [
    '50,000 parts',
    () => `${header}${mixed}--b\r\n\r\nfirst${'\r\n--b\r\nContent-Type: image/png\r\n\r\nx'.repeat(50_000)}`,
    'first',
  ],
  ['a header field of 2 MB', () => `X-Long: ${'a'.repeat(2_000_000)}\r\n${header}\r\ntext`, 'text'],
  ['a header field folded 500,000 times', () => `X-Long: ${'a\r\n '.repeat(500_000)}b\r\n${header}\r\ntext`, 'text'],
  ['50,000 header fields before the sender', () => `${'Received: x\r\n'.repeat(50_000)}${header}\r\ntext`, 'text'],
  ['100,000 lines of junk in the header', () => `${'junk\r\nX-A: b\r\n'.repeat(100_000)}${header}\r\ntext`, 'text'],
  ['100,000 recipients', () => `${header}Cc: ${'Ann <ann@example.com>, '.repeat(100_000)}\r\n\r\ntext`, 'text'],
  ['150,000 encoded words in a row', () => `${header}X-Words: ${'=?utf-8?Q?a?= '.repeat(150_000)}\r\n\r\ntext`, 'text'],
  [
    'two million lines of dashes',
    () => `${header}${mixed}--b\r\n\r\ntext\r\n--b\r\nContent-Type: text/x-log\r\n\r\n${'--\n'.repeat(2_000_000)}`,
    'text',
  ],
  [
    'a boundary of 2,000 dashes, and 24 MB of dashes',
    () =>
      `${header}Content-Type: multipart/mixed; boundary="${'-'.repeat(2_000)}"\r\n\r\n--b\r\n\r\ntext\r\n--b\r\nContent-Type: text/x-log\r\n\r\n${`${'-'.repeat(2_001)}\r\n`.repeat(12_000)}`,
    'text',
  ],
  [
    'a file of 20 MB',
    () =>
      `${header}${mixed}--b\r\n\r\ntext\r\n--b\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n${base64Line.repeat(340_000)}--b--`,
    'text',
  ],
];

test.each(bombs)('%s leaves header and text, in good time', async (_name, mail, text) => {
  const raw = Buffer.from(mail(), 'latin1');
  const message = await parseMessage(raw);
  expect([message.subject, message.from[0]?.address]).toEqual(['Hello', 'ann@example.com']);
  expect(message.text?.replaceAll('\r\n', '\n')).toBe(text);
  expect(await cpuTime(() => parseMessage(raw), 1)).toBeLessThan(4_000);
});

test('what a limit leaves out is named', async () => {
  const raw = Buffer.from(
    `${'Received: x\r\n'.repeat(3_000)}${header}${mixed}${'--b\r\n\r\npart\r\n'.repeat(20)}--b--`,
  );
  const { defects, text } = await parseMessage(raw, { maxParts: 5, maxText: 10 });
  expect(defects).toEqual([
    '1001 header fields over the limit of 2000 were left out',
    'more than 5 parts: the rest was left out',
    'text over the limit of 10 characters was left out',
  ]);
  expect(text).toBe('part\npart\npa');
});

test.each([
  ['nested multiparts', (size: number) => header + nested(size / 40)],
  ['quoted lines', (size: number) => `${header}\r\n${'> quoted\r\n'.repeat(size / 10)}`],
  [
    'flowed lines',
    (size: number) => `${header}Content-Type: text/plain; format=flowed\r\n\r\n${'word \r\n'.repeat(size / 7)}`,
  ],
  ['unclosed encoded words', (size: number) => `${header}X: ${'=?utf-8?Q?a'.repeat(size / 11)}\r\n\r\ntext`],
  ['begin lines of uuencode', (size: number) => `${header}\r\n${'begin 644 a\r\n#86)C\r\n'.repeat(size / 20)}`],
  [
    'base64 full of padding',
    (size: number) => `${header}Content-Transfer-Encoding: base64\r\n\r\n${'QQ==\r\n'.repeat(size / 6)}`,
  ],
])('twice as many %s take about twice as long', async (_name, mail) => {
  const time = (size: number): Promise<number> => {
    const raw = Buffer.from(mail(size), 'latin1');
    return cpuTime(() => parseMessage(raw));
  };
  const small = await time(250_000);
  const large = await time(1_000_000);
  // Four times the size: linear gives 4, quadratic 16. A few milliseconds are noise.
  expect(large).toBeLessThan(10 * small + 40);
});

test('random damage never makes the parser throw', async () => {
  const whole = Buffer.from(
    `${header}Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/html; charset=gb2312\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<p>=C4=E3</p>\r\n--b\r\nContent-Type: image/png; name*0*=utf-8''a%C3; name*1*=%A4\r\nContent-Transfer-Encoding: base64\r\n\r\nQUJD\r\n--b--\r\n`,
  );
  let seed = 42;
  const random = (below: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff;
    return seed % below;
  };
  for (let round = 0; round < 2_000; round += 1) {
    const damaged = Buffer.from(whole);
    for (let hit = 0; hit < 8; hit += 1) damaged[random(damaged.length)] = random(256);
    const message = await parseMessage(damaged.subarray(0, damaged.length - random(100)));
    const texts = [
      message.subject,
      message.text ?? '',
      message.html ?? '',
      ...message.attachments.map(({ filename }) => filename),
    ];
    for (const text of texts) expect(text).not.toMatch(/\p{Surrogate}/u);
    for (const { filename } of message.attachments) expect(filename).toMatch(/^[^\\/\u0000-\u001f]+$/);
  }
});
