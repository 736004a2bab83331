import { lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { addAttachmentsCommand } from '../../src/commands/attachments.ts';
import { openSaveFolder, safeName } from '../../src/commands/save-file.ts';
import { parseMessage } from '../../src/mail/parse.ts';
import { type Bench, openBench, type TestContextOptions } from '../support/context.ts';
import { seedTicket } from '../support/tickets.ts';

const raw = Buffer.from(
  [
    'From: Ann <ann@example.com>',
    'To: support@example.com',
    'Subject: two files',
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary=b',
    '',
    '--b',
    'Content-Type: text/plain',
    '',
    'See the files.',
    '--b',
    'Content-Type: text/plain; name="log.txt"',
    'Content-Disposition: attachment; filename="log.txt"',
    'Content-Transfer-Encoding: base64',
    '',
    Buffer.from('first file\n').toString('base64'),
    '--b',
    'Content-Type: application/octet-stream',
    'Content-Disposition: attachment; filename="../../evil.sh"',
    'Content-Transfer-Encoding: base64',
    '',
    Buffer.from('second file').toString('base64'),
    '--b--',
    '',
  ].join('\r\n'),
);

let bench: Bench;
let save: string;
let count = 0;
const run = (argv: string[], options?: TestContextOptions) =>
  bench.run(addAttachmentsCommand, ['attachments', ...argv], options);

beforeAll(async () => {
  bench = await openBench();
  await seedTicket(bench.db, { raw, attachments: (await parseMessage(raw)).attachments });
  await seedTicket(bench.db, { subject: 'without files' });
});
beforeEach(() => {
  count += 1;
  save = join(bench.folder, `save-${count}`);
});
afterAll(() => bench.close());

describe('listing', () => {
  test('names each file with its size, type and hash', async () => {
    const { code, stdout } = await run(['1', '--json']);
    expect(code).toBe(0);
    const files = JSON.parse(stdout);
    expect(files).toHaveLength(2);
    expect(files[0]).toMatchObject({
      ticket: 'TKT-2026-00001',
      filename: 'log.txt',
      contentType: 'text/plain',
      size: 11,
    });
    expect(files[0].sha256).toMatch(/^[0-9a-f]{64}$/);
    expect((await run(['1', '--fields', 'filename,size'])).stdout).toMatch(/^log\.txt\t11\n/);
    expect((await run(['1'], { terminal: true })).stdout).toMatch(/FILENAME/);
  });

  test('a ticket without files is success', async () => {
    expect(await run(['2', '--json'])).toMatchObject({ code: 0, stdout: '[]\n' });
    expect(await run(['2'], { terminal: true })).toMatchObject({ code: 0, stdout: '', stderr: 'No attachments.\n' });
  });
});

describe('--save', () => {
  test('writes the decoded content into the folder, for the owner alone, and prints each path', async () => {
    const { code, stdout } = await run(['1', '--save', save]);
    expect(code).toBe(0);
    const paths = stdout.trimEnd().split('\n');
    expect(paths).toHaveLength(2);
    expect(paths[0]).toBe(join(save, 'log.txt'));
    expect(paths.map((path) => readFileSync(path, 'utf8'))).toEqual(['first file\n', 'second file']);
    for (const path of paths) {
      expect(path.startsWith(`${save}/`)).toBe(true);
      expect(lstatSync(path).mode & 0o777).toBe(0o600);
    }
    expect(lstatSync(save).mode & 0o777).toBe(0o700);
  });

  test('a second time nothing is written over', async () => {
    await run(['1', '--save', save]);
    writeFileSync(join(save, 'log.txt'), 'mine');
    const { stdout } = await run(['1', '--save', save]);
    expect(stdout).toContain(join(save, 'log (1).txt'));
    expect(readFileSync(join(save, 'log.txt'), 'utf8')).toBe('mine');
    expect(readdirSync(save)).toHaveLength(4);
  });

  test('a symbolic link in the folder is not followed', async () => {
    mkdirSync(save);
    const outside = join(bench.folder, `outside-${count}`);
    symlinkSync(outside, join(save, 'log.txt'));
    expect((await run(['1', '--save', save])).stdout).toContain('log (1).txt');
    expect(readdirSync(bench.folder)).not.toContain(`outside-${count}`);
  });

  test('as JSON it tells the paths', async () => {
    const { stdout } = await run(['1', '--save', save, '--json', 'path,size']);
    expect(JSON.parse(stdout)[0]).toEqual({ path: join(save, 'log.txt'), size: 11 });
  });

  test('a folder that is a file is refused', async () => {
    writeFileSync(save, '');
    expect(await run(['1', '--save', save])).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('no folder'),
    });
  });

  test('a relative folder is taken from the current one', async () => {
    const { stdout } = await run(['1', '--save', `rel-${count}`]);
    expect(stdout).toContain(`rel-${count}/log.txt`);
    expect(readdirSync(join(bench.folder, `rel-${count}`))).toHaveLength(2);
  });
});

test.each([
  ['../../etc/passwd', '__.._etc_passwd'],
  ['..\\..\\boot.ini', '__.._boot.ini'],
  ['/etc/shadow', '_etc_shadow'],
  ['.htaccess', '_htaccess'],
  ['\u200b.htaccess', '_htaccess'],
  ['..', '_'],
  ['.', '_'],
  ['', 'attachment'],
  ['   ', 'attachment'],
  ['a\u0000b\nc', 'a_b_c'],
  ['gpj.\u202eexe', 'gpj.exe'],
  ['Größe 日本.pdf', 'Größe 日本.pdf'],
])('the file name %j becomes %j', (name, expected) => {
  expect(safeName(name)).toBe(expected);
});

test('a very long name keeps its extension and fits a file system', () => {
  const write = openSaveFolder(bench.folder, save);
  const first = write(`${'語'.repeat(2_000)}.pdf`, Buffer.from('a'));
  const second = write(`${'語'.repeat(2_000)}.pdf`, Buffer.from('b'));
  expect(first).toMatch(/語\.pdf$/);
  expect(second).toMatch(/語 \(1\)\.pdf$/);
  expect(readdirSync(save)).toHaveLength(2);
});
