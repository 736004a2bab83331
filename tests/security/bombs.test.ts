// RELIABILITY §3 rows 15, 16 and 17: what costs too much to read is bounded or stopped, through the built tkt and its worker.

import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TicketDetails } from '../../src/domain/ticket.ts';
import type { Explanation } from '../../src/pipeline/explain.ts';
import { openReader } from '../../src/pipeline/guard.ts';
import { unpackBytes } from '../../src/store/pack.ts';
import { type Installation, installTkt, tktScript } from '../support/tkt.ts';

const head = 'From: Ann <ann@client.test>\r\nTo: support@example.test\r\nSubject: bomb\r\nMIME-Version: 1.0\r\n';
const mixed = 'Content-Type: multipart/mixed; boundary=b\r\n\r\n';
const html = (body: string) => `${head}Content-Type: text/html\r\n\r\n${body}`;
const fill = (text: string, bytes: number) => text.repeat(Math.floor(bytes / text.length));
const mb = 1024 * 1024;

/** Megabytes of memory that a process may take at its peak, whatever the mail (RELIABILITY §4). */
const maxMegabytes = 600;

let tkt: Installation;
beforeAll(async () => {
  tkt = await installTkt({ supportEmail: 'support@example.test' });
});
afterAll(() => tkt.remove());

/** A run that leaves its peak memory, all threads together, in a file. */
async function measured(args: string[], input: string | Buffer) {
  const file = join(tkt.folder, 'peak');
  const report = `process.on('exit',()=>require('fs').writeFileSync('${file}',String(process.resourceUsage().maxRSS)))`;
  const script = join(tkt.folder, 'report.cjs');
  await writeFile(script, report);
  const startedAt = performance.now();
  const finished = await tkt.run(args, { input, env: { NODE_OPTIONS: `--require=${script}` } });
  return { ...finished, seconds: (performance.now() - startedAt) / 1000, megabytes: Number(readFileSync(file)) / 1024 };
}

describe('MIME bombs', () => {
  const bombs: Array<[string, () => string]> = [
    [
      '24 MB in one file',
      () =>
        `${head}${mixed}--b\r\n\r\ntext\r\n--b\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n${fill(`${'QUFB'.repeat(19)}\r\n`, 24 * mb)}--b--`,
    ],
    ['24 MB of carriage returns', () => `${head}\r\ntext${fill('\r', 24 * mb)}`],
    ['24 MB of delimiters of signatures', () => `${head}\r\ntext\r\n${fill('--\r\n', 24 * mb)}`],
    ['24 MB of nested tables', () => html(fill('<table><tr><td>', 24 * mb))],
    [
      '5,000 multiparts in each other',
      () =>
        `${head}Content-Type: multipart/mixed; boundary=b0\r\n\r\n${Array.from({ length: 5_000 }, (_, i) => `--b${i}\r\nContent-Type: multipart/mixed; boundary=b${i + 1}\r\n\r\n`).join('')}`,
    ],
    ['a table of 200,000 cells', () => html(`<table>${`<tr>${'<td>a</td>'.repeat(100)}</tr>`.repeat(2_000)}</table>`)],
  ];
  test.each(bombs)('%s: a ticket or held, in bounded memory', async (_, mail) => {
    const { code, stderr, megabytes } = await measured(['receive'], Buffer.from(mail(), 'latin1'));
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(
      /Created ticket TKT-\d{4}-\d{5} from ann@client\.test|Quarantined a message from ann@client\.test/,
    );
    expect(megabytes).toBeGreaterThan(30);
    expect(megabytes).toBeLessThan(maxMegabytes);
  });

  test('over maxMessageBytes it is held whole, its header read', async () => {
    const raw = `${head}\r\n${fill('word ', 34 * mb)}`;
    const { code, stderr, megabytes } = await measured(['receive'], raw);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: expect.stringContaining('Quarantined a message from ann@client.test'),
    });
    expect(megabytes).toBeLessThan(250);
  });
});

describe('slow regexes and quadratic readers', () => {
  const own = { addresses: ['support@example.test'], instance: '' };
  const script = join(dirname(tktScript), 'understand-worker.js');
  const slow = Buffer.from(html(fill('<ul><li>x', 20 * mb)));
  const good = Buffer.from(`${head}\r\nhello\r\n`);

  test.each([
    ['time', { messageSeconds: 0.3 }, {}, 'reading it took longer than 0.3 s (limits.messageSeconds)'],
    ['memory', { messageSeconds: 60 }, { heapMb: 20 }, 'reading it took more than 20 MB of memory'],
  ])(
    'a mail that takes too much %s is stopped, its header is known, and the next ones are read',
    async (_, limits, options, why) => {
      const reader = openReader(own, { ...limits, maxMessageBytes: 30 * mb }, { script, ...options });
      for (const raw of [good, slow, good, slow, good]) {
        const reading = await reader.read(raw);
        if (raw === good) {
          // A loaded machine may need longer than a moment to start a worker.
          if ('message' in reading) expect(reading.text.body).toBe('hello');
        } else {
          expect(reading).toMatchObject({ unreadable: why });
          if ('header' in reading)
            expect(reading.header).toMatchObject({ subject: 'bomb', from: [{ address: 'ann@client.test' }] });
        }
      }
      await reader.close();
    },
  );

  test('those that were asked for behind it are read all the same, each with its own answer', async () => {
    const reader = openReader(own, { messageSeconds: 60, maxMessageBytes: 30 * mb }, { script, heapMb: 20 });
    const letter = (word: string) => Buffer.from(`${head}\r\n${word}\r\n`);
    const mails = [letter('one'), slow, letter('two'), slow, letter('three')];
    const taken = await Promise.all(mails.map((raw) => reader.take(raw)));
    expect(taken.map(({ reading }) => ('text' in reading ? reading.text.body : reading.unreadable))).toEqual([
      'one',
      'reading it took more than 20 MB of memory',
      'two',
      'reading it took more than 20 MB of memory',
      'three',
    ]);
    expect(taken.every(({ packed }, index) => unpackBytes(packed).equals(mails[index] ?? good))).toBe(true);
    await reader.close();
  });

  test('a large mail in memory that threads share is read like others, and so are those around it', async () => {
    const reader = openReader(own, { messageSeconds: 60, maxMessageBytes: 30 * mb }, { script });
    const file = `Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n${fill('QUJD\r\n', 10 * mb)}`;
    const text = Buffer.from(`${head}${mixed}--b\r\n\r\nlarge\r\n--b\r\n${file}\r\n--b--\r\n`);
    const large = Buffer.from(new SharedArrayBuffer(text.length));
    text.copy(large);
    const mails = [good, large, good, large, large, good];
    for (const taken of [await Promise.all(mails.map((raw) => reader.take(raw))), [await reader.take(large)]]) {
      for (const [index, { reading, packed }] of taken.entries()) {
        const raw = taken.length === 1 ? large : (mails[index] ?? good);
        expect(reading).toMatchObject({ text: { body: raw === good ? 'hello' : 'large' } });
        expect(unpackBytes(packed).equals(raw)).toBe(true);
      }
    }
    expect(await reader.read(good)).toMatchObject({ text: { body: 'hello' } });
    await reader.close();
  });

  test('it is held with all its bytes, and a ticket can be made of it', async () => {
    await tkt.configure({ supportEmail: 'support@example.test', limits: { messageSeconds: 1 } });
    const { code, stderr } = await tkt.run(['receive'], { input: slow });
    expect(code, stderr).toBe(0);
    // A machine that reads it within a second has a ticket of it.
    if (stderr.includes('Created ticket')) return;
    expect(stderr).toContain('Quarantined a message from ann@client.test: reading it took longer than 1 s');
    const held = await tkt.json<Array<{ id: number; size: number; subject: string }>>(['quarantine', '--json']);
    expect(held.at(-1)).toMatchObject({ size: slow.length, subject: 'bomb' });
    const id = String(held.at(-1)?.id);
    expect(await tkt.ok(['quarantine', 'show', id, '--raw'])).toBe(slow.toString());
    const made = await tkt.ok(['quarantine', 'release', '--as-ticket', id]);
    const number = /TKT-\d{4}-\d{5}/.exec(made)?.[0] ?? expect.fail(made);
    expect((await tkt.json<TicketDetails>(['show', number, '--json'])).requester.email).toBe('ann@client.test');
  });
});

describe('HTML-only mail and alternatives that disagree', () => {
  const explain = async (raw: string) => (await tkt.json<Explanation[]>(['explain', '--json', '-'], { input: raw }))[0];
  beforeAll(() => tkt.configure({ supportEmail: 'support@example.test' }));

  test('no script, style, hidden or tracking text is shown, and nothing is fetched', async () => {
    const explanation = await explain(
      html(
        '<script>alert(1)</script><style>p{}</style><p>Hello</p><p style="display:none">hidden words</p>' +
          '<img src="http://evil.test/track.gif"><iframe src="http://evil.test/"></iframe><object data="http://evil.test/x">',
      ),
    );
    expect(explanation?.body).toContain('Hello');
    expect(explanation?.fullBody).not.toMatch(/alert|p\{\}|hidden words|evil/);
  });

  test('text is not made HTML: markup in plain text stays the text that it is', async () => {
    const explanation = await explain(`${head}\r\n<b>bold</b> &lt;script&gt;\r\n`);
    expect(explanation?.body).toBe('<b>bold</b> &lt;script&gt;');
  });

  test('of alternatives that disagree the text is shown; the HTML is in the raw message, one flag away', async () => {
    const raw = `${head}Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\nthe text says yes\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>the HTML says no</p>\r\n--b--\r\n`;
    await tkt.ok(['receive'], { input: raw });
    const [ticket] = await tkt.json<Array<{ number: string }>>([
      'list',
      '--json',
      '--sort',
      'number:desc',
      '--limit',
      '1',
    ]);
    const shown = await tkt.json<TicketDetails>(['show', ticket?.number ?? '', '--json']);
    expect(shown.entries[0]?.fullBody).toMatch(/the text says yes|the HTML says no/);
    const entry = String(shown.entries[0]?.id);
    expect(await tkt.ok(['show', ticket?.number ?? '', '--raw', entry])).toContain('the HTML says no');
  });
});
