// Mails and header fields that were changed at random, through the code of explain and receive, and out again: no throw,
// bounded time, no control on the way out, valid UTF-8, and no header field that is not ours.
// A failure prints its seed and path; TKT_FUZZ_SEED runs it again, TKT_FUZZ_SECONDS makes it longer.

import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TicketDetails } from '../../src/domain/ticket.ts';
import { parseMessage } from '../../src/mail/parse.ts';
import { explainMessage } from '../../src/pipeline/explain.ts';
import { formatCsvRecord, formatTsvLine } from '../../src/render/delimited.ts';
import { explanationLines } from '../../src/render/explanation.ts';
import { formatTicketPage } from '../../src/render/ticket-page.ts';
import { safeJson } from '../../src/text/terminal.ts';
import { dangerous, type OpenDesk, openDesk } from '../support/open-desk.ts';

const seconds = Number(process.env.TKT_FUZZ_SECONDS ?? 15);
const seed = Number(process.env.TKT_FUZZ_SEED ?? Date.now() % 1_000_000_007);

/** A message of ours that is changed: the cases of tests/mail, and one with everything. */
const everything = [
  'Return-Path: <ann@client.test>',
  'Authentication-Results: mx.example.test; dmarc=pass (p=none) header.from=client.test',
  'From: =?utf-8?Q?Ann_L=C3=A9e?= <ann@client.test>',
  'Reply-To: "Ann, at home" <ann@home.test>',
  'To: Support <support@example.test>, =?iso-8859-1?B?R3L832U=?= <x@client.test>',
  'Cc: Bob <bob@client.test>, team: a@client.test, b@client.test;',
  'Subject: Re: [TKT-2026-00001] =?utf-8?Q?Gr=C3=BC=C3=9Fe?=',
  'Message-ID: <one@client.test>',
  'In-Reply-To: <zero@client.test>',
  'References: <zero@client.test> <minus-one@client.test>',
  'Date: Mon, 23 Nov 2026 10:00:00 +0000',
  'MIME-Version: 1.0',
  'Content-Type: multipart/mixed; boundary="b"',
  '',
  '--b',
  'Content-Type: text/plain; charset=utf-8; format=flowed',
  'Content-Transfer-Encoding: quoted-printable',
  '',
  'Hello =C3=BC,=20',
  'it fails.',
  '',
  'On Mon, 23 Nov 2026, Support wrote:',
  '> try again',
  '-- ',
  'Ann',
  '--b',
  'Content-Type: text/html; charset=gb2312',
  '',
  '<table><tr><td>a</td><td><a href="http://x.test/">b</a></td></tr></table><blockquote>q</blockquote>',
  '--b',
  "Content-Type: image/png; name*0*=utf-8''a%C3; name*1*=%A4.png",
  'Content-Disposition: attachment; filename="a.png"',
  'Content-Transfer-Encoding: base64',
  '',
  'QUJDREVG',
  '--b',
  'Content-Type: message/rfc822',
  '',
  'From: carl@client.test',
  'Subject: inner',
  '',
  'inner words',
  '--b--',
  '',
].join('\r\n');
const cases = (readdirSync('tests/mail', { recursive: true, encoding: 'utf8' }) as string[])
  .filter((name) => name.endsWith('.eml'))
  .map((name) => readFileSync(`tests/mail/${name}`));
const mails = [Buffer.from(everything), ...cases];

/** What is put in: what readers trip over. */
const tokens = [
  '\r\n',
  '\n',
  '\r',
  '\0',
  '\r\n\r\n',
  '\u001b[2J',
  '\u009b',
  '\u0085',
  '\u2028',
  '\u202e',
  '\u200b',
  '\ud83d',
  '\xff',
  '\xc3',
  ':',
  ';',
  '"',
  '\\',
  '<',
  '>',
  '@',
  ',',
  '(',
  ')',
  '=',
  '=?',
  '?=',
  '=?utf-8?Q?=0D=0ABcc:_eve@evil.test?=',
  '=?utf-8?B?DQpCY2M6IGV2ZUBldmlsLnRlc3Q=?=',
  '\r\nBcc: eve@evil.test',
  '\r\n.\r\n',
  '\r\n ',
  '--b',
  '--b--',
  '<table>',
  '<blockquote>',
  '<!--',
  '&#x1b;',
  '&#0;',
  '&#xD800;',
  "filename*=utf-8''%0d%0aBcc:",
  '__proto__',
  'constructor',
  '> ',
  '-- \r\n',
  'From: eve@evil.test\r\n',
  'Content-Type: multipart/mixed; boundary=b\r\n',
  'Content-Transfer-Encoding: base64\r\n',
  'charset=utf-16',
  'charset=iso-2022-jp',
  '%',
  'a'.repeat(2_000),
  ' '.repeat(500),
];

type Change = { kind: 'put' | 'cut' | 'flip' | 'repeat'; at: number; length: number; token: string; byte: number };

const changes: fc.Arbitrary<Change> = fc.record({
  kind: fc.constantFrom('put', 'put', 'put', 'cut', 'flip', 'repeat'),
  // Most of what matters is in the header.
  at: fc.oneof(fc.double({ min: 0, max: 0.3, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })),
  length: fc.integer({ min: 1, max: 200 }),
  token: fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...tokens) },
    { weight: 1, arbitrary: fc.string({ maxLength: 50 }) },
  ),
  byte: fc.integer({ min: 0, max: 255 }),
});

function apply(raw: Buffer, { kind, at, length, token, byte }: Change): Buffer {
  const start = Math.floor(at * raw.length);
  const end = Math.min(raw.length, start + length);
  const middle = {
    put: Buffer.from(token),
    cut: Buffer.alloc(0),
    flip: Buffer.concat([Buffer.from([byte]), raw.subarray(start + 1, end)]),
    repeat: Buffer.concat(Array.from({ length: 20 }, () => raw.subarray(start, end))),
  }[kind];
  return Buffer.concat([raw.subarray(0, start), middle, raw.subarray(kind === 'put' ? start : end)]);
}

const mutated = fc
  .tuple(fc.constantFrom(...mails), fc.array(changes, { minLength: 1, maxLength: 12 }))
  .map(([raw, list]) => list.reduce(apply, raw));

let desk: OpenDesk;
beforeAll(async () => {
  desk = await openDesk({
    trustedAuthservId: 'mx.example.test',
    limits: { autoRepliesPerHour: 100_000, autoRepliesPerSweep: 100_000 },
  });
  await desk.receive(everything);
  await desk.comment(1, 'hello');
});
afterAll(() => desk?.close());

const loneSurrogate = /\p{Surrogate}/u;

function checkOutput(text: string, what: string): void {
  // CSV ends its records with CR LF.
  if (dangerous.test(text.replaceAll('\r\n', '\n'))) throw new Error(`a control in ${what}: ${JSON.stringify(text)}`);
  if (loneSurrogate.test(text)) throw new Error(`half a character in ${what}: ${JSON.stringify(text)}`);
}

const plain = (text: string) => text;
function checkTicket(ticket: TicketDetails): void {
  const options = { now: new Date(), full: true, events: true, paint: (_: unknown, text: string) => plain(text) };
  checkOutput(formatTicketPage(ticket, { ...options, width: null }), 'show');
  checkOutput(formatTicketPage(ticket, { ...options, width: 80 }), 'show on a terminal');
  checkOutput(safeJson(ticket), 'JSON');
  const cells = ticket.entries.flatMap(({ subject, fullBody, author, attachments }) => [
    subject ?? '',
    fullBody,
    author.name,
    author.email,
    ...attachments.map(({ filename }) => filename),
  ]);
  checkOutput(formatTsvLine(cells), 'TSV');
  checkOutput(formatCsvRecord(cells.map((text) => ({ text, defuse: true }))), 'CSV');
}

const ours = new Set(
  'from to cc reply-to subject message-id in-reply-to references date mime-version content-type content-transfer-encoding auto-submitted x-auto-response-suppress x-tkt-ticket x-tkt-loop'.split(
    ' ',
  ),
);

/** What goes out is read back: only our fields, each once, and nobody addressed whom the envelope does not name. */
async function checkSent(raw: string, to: string[]): Promise<void> {
  if (/[^\r]\n|\r[^\n]|\0/.test(raw)) throw new Error(`a bare line end in ${JSON.stringify(raw)}`);
  const message = await parseMessage(Buffer.from(raw));
  const names = message.headers.map(({ name }) => name);
  for (const name of names)
    if (!ours.has(name)) throw new Error(`a field that is not ours, ${name}: ${JSON.stringify(raw)}`);
  expect(new Set(names).size).toBe(names.length);
  expect([...message.to, ...message.cc].map(({ address }) => address).sort()).toEqual([...to].sort());
  expect(message.from.map(({ address }) => address)).toEqual(['support@example.test']);
}

test(`changed mails do no harm (seed ${seed})`, { timeout: 600_000 }, async () => {
  let done = 0;
  let sent = (await desk.owed()).at(-1)?.id ?? 0;
  const property = fc.asyncProperty(mutated, async (raw) => {
    done += 1;
    const startedAt = process.cpuUsage();
    const explanation = await explainMessage(desk.pipeline, raw, { file: 'a.eml' });
    checkOutput(explanationLines(explanation), 'explain');
    checkOutput(safeJson(explanation), 'explain --json');
    await desk.receive(raw);
    const spent = process.cpuUsage(startedAt);
    expect((spent.user + spent.system) / 1e6).toBeLessThan(5);
    const last = await desk.lastTicket();
    checkTicket(await desk.show(last));
    await desk.comment(last, 'hello');
    for (const { id, raw: out, to } of await desk.owed(sent)) {
      sent = id;
      await checkSent(out, to);
    }
  });
  await fc.assert(property, {
    seed,
    numRuns: 1_000_000,
    interruptAfterTimeLimit: seconds * 1_000,
    markInterruptAsFailure: false,
  });
  expect(done).toBeGreaterThan(10);
});
