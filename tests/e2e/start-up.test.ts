// What a command loads before it does its work: reading commands never wait for the mail libraries. Which modules they
// are is read off the source maps of the built files that node loaded. Speed itself depends on the machine and is not tested.

import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { type Installation, installTkt, mail } from '../support/tkt.ts';

let tkt: Installation;

/** Names of the packages whose code the command loaded, `tkt` for our own; node itself tells, as it does for coverage. */
async function packagesOf(args: string[], options: { input?: string } = {}): Promise<Set<string>> {
  const folder = mkdtempSync(join(tkt.folder, 'loaded-'));
  await tkt.run(args, { ...options, env: { NODE_V8_COVERAGE: folder } });
  const packages = new Set<string>();
  for (const name of readdirSync(folder)) {
    const { result } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as { result: Array<{ url: string }> };
    for (const { url } of result.filter(({ url }) => url.startsWith('file:'))) {
      for (const source of sourcesOf(fileURLToPath(url))) packages.add(packageOf(source));
    }
  }
  return packages;
}

function sourcesOf(file: string): string[] {
  if (file.includes('/node_modules/')) return [file];
  return existsSync(`${file}.map`) ? JSON.parse(readFileSync(`${file}.map`, 'utf8')).sources : [];
}

function packageOf(source: string): string {
  return /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(source)?.[1] ?? 'tkt';
}

beforeAll(async () => {
  const closed = await freePort();
  tkt = await installTkt({
    enabled: true,
    supportEmail: 'support@example.test',
    imap: { host: '127.0.0.1', port: closed, username: 'support', password: 'secret', useSsl: false },
    smtp: { host: '127.0.0.1', port: closed, useTls: false },
  });
  await tkt.ok(['agent', 'add', 'alice', '--name', 'Alice', '--email', 'alice@example.test']);
  await tkt.ok(['receive'], { input: mail({ From: 'ann@client.test', Subject: 'First' }, 'Hello') });
});

afterAll(() => tkt?.remove());

describe('a reading command loads no library for mail, nor the one that checks configurations', () => {
  const heavy = ['imapflow', 'mailparser', 'nodemailer', 'iconv-lite', 'html-to-text', 'postal-mime', 'valibot'];

  test.each([
    [['list']],
    [['list', '--json']],
    [['list', '--all', '--count']],
    [['export', '-o', 'ndjson']],
    [['set-priority', '1', 'high']],
    [['set-status', '1', 'pending']],
    [['set-category', '1', 'bug']],
    [['tag', '1', '+vip']],
    [['assign', '1', 'none']],
    [['list', '-o', 'table', '--search', 'hello']],
    [['show', '1']],
    [['show', '1', '--json']],
    [['show', '1', '--full', '--events']],
    [['attachments', '1']],
    [['agent', 'list']],
    [['outbox']],
    [['quarantine']],
    [['help', 'poll']],
  ])('%j', async (args) => {
    const packages = await packagesOf(args);
    expect(packages).toContain('tkt');
    expect(heavy.filter((name) => packages.has(name))).toEqual([]);
  });

  test.each([
    [['list']],
    [['list', '--json']],
    [['list', '-o', 'table', '--search', 'hello']],
    [['list', '-o', 'csv', '--assignee', 'alice,none', '--requester', 'ann@client.test']],
    [['list', '--all', '--count']],
    [['list', '--mine', '--as', 'alice']],
    [['show', '1']],
    [['show', '1', '--json']],
    [['show', '1', '-o', 'table', '--full', '--events']],
    [['show', '1', '--raw', '1']],
    [['show', 'TKT-2020-00001']],
  ])('%j does without Kysely, too', async (args) => {
    const packages = await packagesOf(args);
    expect(packages).toContain('better-sqlite3');
    expect(packages).not.toContain('kysely');
  });

  test('assign loads nothing that only a sweep needs', async () => {
    expect(await packagesOf(['assign', '1', 'alice'])).not.toContain('imapflow');
  });

  test.each([[['--version']], [['--help']]])('%j does without database and schema, too', async (args) => {
    const packages = await packagesOf(args);
    expect([...packages].filter((name) => !['tkt', 'commander'].includes(name))).toEqual([]);
  });

  test.each([
    ['poll', 'imapflow', ''],
    ['set-priority 1 low', 'kysely', ''],
    ['receive', 'nodemailer', mail({ From: 'ann@client.test', Subject: 'Second' }, 'Hello')],
  ])('but %s loads %s, which shows that this test would notice', async (command, name, input) => {
    expect(await packagesOf(command.split(' '), { input })).toContain(name);
  });
});

test('a poll that finds nothing loads no large library that imapflow has for other things', async () => {
  const large = ['pino', 'socks', 'libmime', 'iconv-lite', 'encoding-japanese'];
  const packages = await packagesOf(['poll']);
  expect(large.filter((name) => packages.has(name))).toEqual([]);
});

describe('what the build has compiled', () => {
  /** Says of each file of compiled code whether V8 took it. */
  const spy = `const vm = require('node:vm'), taken = [];
    const { Script } = vm;
    vm.Script = class extends Script {
      constructor(code, options) {
        super(code, options);
        if (options?.cachedData) taken.push([options.filename.replace(/^.*[/]|-.*$/g, ''), !this.cachedDataRejected]);
      }
    };
    process.on('exit', () => require('node:fs').writeFileSync(process.env.SPY_FILE, JSON.stringify(taken)));`;

  test.each([
    [['--version'], ['core']],
    [['list'], ['core', 'desk']],
    [
      ['list', '-o', 'table'],
      ['core', 'desk', 'screen'],
    ],
    [
      ['set-priority', '1', 'high'],
      ['core', 'desk', 'kysely'],
    ],
    [
      ['assign', '1', 'alice'],
      ['core', 'desk', 'kysely', 'notify', 'mail'],
    ],
    [['poll'], ['core', 'desk', 'poll', 'kysely', 'mail', 'sweep']],
  ])('is taken by %j', async (args, names) => {
    const [script, file] = [join(tkt.folder, 'spy.cjs'), join(tkt.folder, 'taken.json')];
    writeFileSync(script, spy);
    await tkt.run(args, { env: { NODE_OPTIONS: `--require=${script}`, SPY_FILE: file } });
    const taken = JSON.parse(readFileSync(file, 'utf8')) as Array<[string, boolean]>;
    expect(taken.map(([name]) => name)).toEqual(expect.arrayContaining(names));
    expect(taken.filter(([, isTaken]) => !isTaken)).toEqual([]);
  });
});

test.each([[['--version']], [['--help']], [['list', '--help']]])(
  '%j through a pipe makes no stream of node',
  async (args) => {
    const [script, file] = [join(tkt.folder, 'modules.cjs'), join(tkt.folder, 'modules.txt')];
    const write = "require('node:fs').writeFileSync(process.env.SPY_FILE, process.moduleLoadList.join('\\n'))";
    writeFileSync(script, `process.on('exit', () => ${write});`);
    await tkt.ok(args, { env: { NODE_OPTIONS: `--require=${script}`, SPY_FILE: file } });
    const modules = readFileSync(file, 'utf8').split('\n');
    expect(modules).toContain('NativeModule fs');
    expect(modules).not.toContain('NativeModule stream');
  },
);

describe('a stack in terms of the sources', () => {
  test('is printed for TKT_DEBUG=1, from the source maps', async () => {
    const { stderr } = await tkt.run(['--config', 'missing.json', 'list'], { env: { TKT_DEBUG: '1' } });
    const places = [...stderr.matchAll(/([\w./-]+\.ts):(\d+):\d+\)?$/gm)].map(([, file = '', line]) => [file, line]);
    expect(places.map(([file]) => file)).toEqual(expect.arrayContaining(['src/config/load.ts', 'bin/tkt.ts']));
    expect(stderr).not.toContain('dist/');
    const [, line] = places.find(([file]) => file === 'bin/tkt.ts') ?? [];
    const entry = readFileSync(new URL('../../bin/tkt.ts', import.meta.url), 'utf8').split('\n');
    expect(entry[Number(line) - 1]).toContain('await main(');
  });
});
