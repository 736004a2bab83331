// RELIABILITY §3 rows 13, 14 and 24: what came by mail never drives a terminal, a log or a spreadsheet.

import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addAttachmentsCommand } from '../../src/commands/attachments.ts';
import { addListCommand } from '../../src/commands/list.ts';
import { addOutboxCommand } from '../../src/commands/outbox.ts';
import { addQuarantineCommand } from '../../src/commands/quarantine.ts';
import { addShowCommand } from '../../src/commands/show.ts';
import { explainMessage } from '../../src/pipeline/explain.ts';
import { explanationLines } from '../../src/render/explanation.ts';
import { forTerminal, forTerminalLine, safeJson } from '../../src/text/terminal.ts';
import { dangerous, eml, type OpenDesk, openDesk } from '../support/open-desk.ts';
import { type Installation, installTkt } from '../support/tkt.ts';

// What others were driven by: OSC 52 writes the clipboard, CSI clears, DCS, C1 CSI, answers that are typed, bidi, links.
const attacks = [
  '\u001b]52;c;cm0gLXJm\u0007',
  '\u001b[2J\u001b[H',
  '\u001bP$q"p\u001b\\',
  '\u009b31m',
  '\u001b[6n',
  '\u001b]8;;http://evil.test\u0007link\u001b]8;;\u0007',
  '\u202egpj.exe\u2066',
  'a\u2028b\u2029c',
  'x\ry',
  '\u0000\u0007\u0008\u000b\u000c\u007f\u0085',
].join('|');

const word = `=?utf-8?B?${Buffer.from(attacks).toString('base64')}?=`;
const hostile = (from: string, more: string[] = []) =>
  eml(
    [
      `From: ${word} <${from}>`,
      `To: ${word} <someone@else.test>`,
      `Cc: ${word} <bob@client.test>`,
      `Subject: ${word}`,
      'Message-ID: <\u001b[2J@client.test>',
      ...more,
      'Content-Type: multipart/mixed; boundary=b',
    ],
    [
      '--b',
      'Content-Type: text/plain; charset=utf-8',
      '',
      `words ${attacks}`,
      '--b',
      `Content-Type: image/\u001b[31mpng; name="${word}.png"`,
      `Content-Disposition: attachment; filename*=utf-8''${encodeURIComponent(`a${attacks}.png`)}`,
      '',
      'x',
      '--b--',
    ].join('\n'),
  );

describe('terminal control, bidi and invisible text', () => {
  let desk: OpenDesk;
  beforeAll(async () => {
    desk = await openDesk({ limits: { maxMessageBytes: 20_000 } });
    await desk.receive(hostile('ann@client.test'));
    await desk.receive(hostile('bob@client.test', [`X-Pad: ${'x'.repeat(20_000)}`]));
    await desk.comment(1, 'hello');
  });
  afterAll(() => desk.close());

  test.each([
    ['list', addListCommand, ['list', '--all']],
    ['show', addShowCommand, ['show', '1', '--events']],
    ['show --full', addShowCommand, ['show', '1', '--full']],
    ['attachments', addAttachmentsCommand, ['attachments', '1']],
    ['outbox', addOutboxCommand, ['outbox', 'list', '--all']],
    ['quarantine', addQuarantineCommand, ['quarantine']],
    ['quarantine show', addQuarantineCommand, ['quarantine', 'show', '2']],
  ] as const)('%s shows it escaped in every format, in a terminal and in a pipe', async (_, add, argv) => {
    const forms = [[], ['-o', 'tsv'], ['-o', 'csv'], ['-o', 'json'], ['-o', 'ndjson'], ['-o', 'table']];
    let outputs = 0;
    for (const form of forms) {
      for (const terminal of [true, false]) {
        const { code, stdout, stderr } = await desk.run(add, [...argv, ...form], { terminal, color: false });
        if (code === 64) continue;
        expect({ form, code }).toEqual({ form, code: 0 });
        // CSV ends its records with CR LF.
        expect(stdout.replaceAll('\r\n', '\n')).not.toMatch(dangerous);
        expect(stderr).not.toMatch(dangerous);
        outputs += 1;
        if (form[1] === 'json') {
          JSON.parse(stdout);
          expect(stdout).toMatch(/^[^\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]*$/);
        }
      }
    }
    expect(outputs).toBeGreaterThanOrEqual(8);
  });

  test('explain prints it escaped', async () => {
    const explanation = await explainMessage(desk.pipeline, Buffer.from(hostile('ann@client.test')), {
      file: `a${attacks}.eml`,
    });
    expect(explanationLines(explanation)).not.toMatch(dangerous);
    expect(safeJson(explanation)).not.toMatch(dangerous);
  });

  test('what is shown on one line is one line, without invisible characters that make two names look the same', () => {
    expect(forTerminalLine(attacks)).not.toMatch(/[\n\r\t]/);
    expect(forTerminalLine('pay\u200bpal\u2060.\u{e0041}test\ufeff\u00ad')).toBe('paypal.test');
    expect(forTerminal(attacks)).toContain('\\x1b]52;c;');
  });

  test('a subject, a name and a file name have one line each in the list', async () => {
    const { stdout } = await desk.run(addListCommand, ['list', '--all', '-o', 'tsv']);
    expect(stdout.split('\n')).toHaveLength(2);
  });
});

describe('terminal control in the log', () => {
  let tkt: Installation;
  beforeAll(async () => {
    tkt = await installTkt({ supportEmail: 'support@example.test' });
  });
  afterAll(() => tkt.remove());

  test.each([
    ['text', {}],
    ['JSON', { log: { format: 'json' } }],
  ])('lines of %s have none of it, nor have errors', async (name, config) => {
    await tkt.configure({ supportEmail: 'support@example.test', limits: { maxMessageBytes: 3_000 }, ...config });
    const runs = [
      await tkt.run(['receive', '-v'], { input: hostile(`${name}@client.test`) }),
      await tkt.run(['receive', '-v'], { input: hostile(`${name}@client.test`, [`X-Pad: ${'x'.repeat(3_000)}`]) }),
      await tkt.run(['show', '\u001b[2J']),
      await tkt.run([`\u001b[2J${attacks.replaceAll('\0', '')}`]),
      await tkt.run(['explain', `\u001b[2J\u009b.eml`]),
    ];
    expect(runs.map(({ code }) => code)).toEqual([0, 0, 64, 64, 1]);
    for (const { stdout, stderr } of runs) {
      expect(stderr).not.toBe('');
      expect(stdout + stderr).not.toMatch(dangerous);
    }
    if (name === 'JSON') for (const line of runs[0]?.stderr.trim().split('\n') ?? []) JSON.parse(line);
  });
});

// Every write to standard output or error is in a file of this list, each of which the tests here and in tests/commands try.
test('terminal control: no file writes to a stream but those that are tried', () => {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .filter((file) =>
      /\b(?:stdout|stderr)\.write\(|\bconsole\.|writeSync\([12]\b/.test(readFileSync(`src/${file}`, 'utf8')),
    )
    .sort();
  const tried = [
    'commands/attachments.ts',
    'commands/change.ts',
    'commands/doctor.ts',
    'commands/explain.ts',
    'commands/init.ts',
    'commands/limited-rows.ts',
    'commands/list.ts',
    'commands/outbox.ts',
    'commands/poll.ts',
    'commands/prompt.ts',
    'commands/quarantine.ts',
    'commands/raw-output.ts',
    'commands/show.ts',
    'log.ts',
    'main.ts',
    'process-context.ts',
    'render/pager.ts',
  ];
  expect(files.filter((file) => !tried.includes(file))).toEqual([]);
});

describe('CSV and formula injection', () => {
  test.each(['=1+2', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '\uff1d1', '\ufeff=1', '"=1'])(
    'a cell that begins with %j computes nothing',
    async (start) => {
      const desk = await openDesk();
      await desk.receive(
        eml(['From: ann@client.test', `Subject: =?utf-8?B?${Buffer.from(`${start}|cmd`).toString('base64')}?=`]),
      );
      const { stdout } = await desk.run(addListCommand, ['list', '-o', 'csv', '--fields', 'subject']);
      const cell = stdout.split('\r\n')[1] ?? '';
      expect(cell.replace(/^"/, '')).toMatch(/^(?:'|"")/);
      await desk.close();
    },
  );
});
