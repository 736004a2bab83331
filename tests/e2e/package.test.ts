// What `npm pack` ships, installed into an empty folder as a user installs it.

import { execFile, execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { simpleParser } from 'mailparser';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { finish, mail, tktScript } from '../support/tkt.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);
const readJson = (file: string) => JSON.parse(readFileSync(file, 'utf8'));

let folder: string;
let tarball: string;
/** Paths in the tarball. */
let files: string[];
const unpacked = (path: string) => join(folder, 'package', path);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tkt-package-'));
  tarball = await pack();
  execFileSync('tar', ['-xzf', tarball, '-C', folder]);
  files = execFileSync('tar', ['-tzf', tarball], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((path) => path.replace(/^package\//, ''));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Packs a copy of the checkout: the build that `npm pack` does must not take dist/ from tests that run meanwhile. */
async function pack(): Promise<string> {
  const copy = join(folder, 'copy');
  mkdirSync(copy);
  const left = new Set(['node_modules', 'dist', '.git', 'coverage']);
  cpSync(root, copy, { recursive: true, filter: (path) => !left.has(path.slice(root.length).split('/')[0] ?? '') });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: copy });
  // What the build says comes before the answer.
  const [{ filename }] = JSON.parse(stdout.slice(stdout.indexOf('[\n')));
  return join(folder, filename);
}

describe('the package', () => {
  test.each([
    'LICENSE',
    'README.md',
    'CHANGELOG.md',
    'tkt.config.example.json',
    'tkt.config.schema.json',
    'dist/tkt.js',
    'dist/package.json',
    'dist/understand-worker.js',
    'dist/import-worker.js',
    'dist/THIRD-PARTY-LICENSES.txt',
  ])('has %s', (path) => {
    expect(files).toContain(path);
  });

  test('has nothing else but the pieces of the program', () => {
    const known = /^(package\.json|LICENSE|[A-Z]+\.md|tkt\.config\.(example|schema)\.json|dist\/.*)$/;
    expect(files.filter((path) => !known.test(path))).toEqual([]);
    expect(
      files.filter(
        (path) =>
          path.startsWith('dist/') &&
          !/\.js(\.map)?$|\/chunks\/[\w.-]+\.bin$|THIRD-PARTY-LICENSES\.txt$|dist\/package\.json$/.test(path),
      ),
    ).toEqual([]);
  });

  test('names an executable file as tkt', () => {
    const path = unpacked(readJson(unpacked('package.json')).bin.tkt);
    expect(statSync(path).mode & 0o111).toBe(0o111);
    expect(readFileSync(path, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
  });

  test('has source maps that name no folder of the machine that built it', () => {
    const maps = files.filter((path) => path.endsWith('.map')).map((path) => readJson(unpacked(path)));
    expect(maps.length).toBeGreaterThan(10);
    const sources = maps.flatMap(({ sources }) => sources as string[]);
    expect(sources.filter((path) => path.startsWith('/') || path.includes(':'))).toEqual([]);
    expect(maps.filter((map) => 'sourcesContent' in map || 'sourceRoot' in map)).toEqual([]);
  });

  test('carries the licences of what is bundled, and nothing of the tests’ servers', () => {
    const notices = readFileSync(unpacked('dist/THIRD-PARTY-LICENSES.txt'), 'utf8');
    const names = [...notices.matchAll(/^(\S+) \d+\.\d+\.\d+\S* \(/gm)].map(([, name]) => name);
    expect(names).toEqual(expect.arrayContaining(['commander', 'imapflow', 'kysely', 'nodemailer']));
    expect(names).not.toContain('hoodiecrow-imap');
    expect(names).not.toContain('smtp-server');
    expect(readJson(unpacked('package.json')).dependencies).toEqual({ 'better-sqlite3': expect.any(String) });
  });
});

// mailparser and imapflow pin nodemailer 10.0.12, whose reader takes an address out of a comment (CVE-2026-121424).
describe('the one nodemailer is the mended one', () => {
  const mallory = 'From: mallory@evil.test (a (b) <alice@client.test>)\nTo: support@example.test\n\nHello\n';

  test('in the lock file', () => {
    const { packages } = readJson(join(root, 'package-lock.json'));
    const copies = Object.entries<{ version: string }>(packages).filter(([path]) =>
      path.endsWith('node_modules/nodemailer'),
    );
    expect(copies.map(([path, { version }]) => [path, version])).toEqual([['node_modules/nodemailer', '10.6.0']]);
  });

  test('in the bundle', () => {
    const notices = readFileSync(unpacked('dist/THIRD-PARTY-LICENSES.txt'), 'utf8');
    expect(notices.match(/^nodemailer \S+/gm)).toEqual(['nodemailer 10.6.0']);
  });

  test('as mailparser reads with it, and as tkt reads', async () => {
    expect((await simpleParser(mallory)).from?.value).toMatchObject([{ address: 'mallory@evil.test' }]);
    const { stdout } = await finish(spawn(process.execPath, [tktScript, 'explain', '--json']), mallory);
    expect(JSON.parse(stdout)).toMatchObject([{ from: { email: 'mallory@evil.test' } }]);
  });
});

describe('installed with npm i -g into an empty folder', { timeout: 240_000 }, () => {
  let prefix: string;
  let home: string;
  let offline: string | undefined;

  function tkt(args: string[], input = '') {
    const env = { PATH: process.env.PATH, HOME: home };
    return finish(spawn(join(prefix, 'bin', 'tkt'), args, { cwd: home, env }), input);
  }

  beforeAll(async () => {
    prefix = join(folder, 'prefix');
    home = join(folder, 'home');
    mkdirSync(home);
    const args = ['install', '--global', '--prefix', prefix, '--no-audit', '--no-fund', '--prefer-offline'];
    // npm 11 warns of install scripts that nobody allowed by name, later ones do not run them: this one compiles SQLite.
    const allow = ['--allow-scripts=better-sqlite3'];
    await run('npm', [...args, ...allow, tarball], { cwd: folder }).catch((error: { stderr: string }) => {
      if (
        !/ENOTCACHED|ENETUNREACH|EHOSTUNREACH|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ERR_SOCKET_TIMEOUT|FETCH_ERROR|\bE(?:403|407|429|5\d\d)\b/.test(
          error.stderr,
        )
      )
        throw error;
      offline = 'the npm registry cannot be reached';
    });
  }, 8 * 60_000);

  test('runs with a clean HOME: --version, receive, list', async (context) => {
    if (offline) context.skip(offline);
    const { version } = readJson(join(root, 'package.json'));
    expect(await tkt(['--version'])).toEqual({ code: 0, signal: null, stdout: `${version}\n`, stderr: '' });

    const raw = mail({ From: 'Ann Lee <ann@client.test>', Subject: 'First' }, 'Hello');
    const received = await tkt(['receive'], raw);
    expect(received).toMatchObject({ code: 0, stderr: expect.stringContaining('✓ Created ticket TKT-') });

    const listed = await tkt(['list', '--json']);
    expect(JSON.parse(listed.stdout)).toMatchObject([{ subject: 'First', requester: { email: 'ann@client.test' } }]);
    expect(statSync(join(home, '.local/share/tkt/tkt.db')).mode & 0o777).toBe(0o600);
  });

  test('says how to build SQLite where its install script did not run, or ran for another Node', async (context) => {
    if (offline) context.skip(offline);
    const library = join(prefix, 'lib/node_modules/tkt/node_modules/better-sqlite3');
    const advice = `was not built for this Node, ${process.version}. To build it: cd ${library} && npm run install\n`;
    for (const content of [null, 'not a library']) {
      rmSync(join(library, 'build'), { recursive: true });
      mkdirSync(join(library, 'build/Release'), { recursive: true });
      if (content) writeFileSync(join(library, 'build/Release/better_sqlite3.node'), content);
      expect(await tkt(['list'])).toMatchObject({ code: 74, stdout: '', stderr: expect.stringContaining(advice) });
    }
  });
});
