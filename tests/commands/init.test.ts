import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { addInitCommand } from '../../src/commands/init.ts';
import { loadConfig } from '../../src/config/load.ts';
import { presetNames } from '../../src/config/presets.ts';
import { listAgents } from '../../src/store/agents.ts';
import { type Bench, openBench, runCommand } from '../support/context.ts';
import { type Dovecot, dovecotAvailable, startDovecot } from '../support/dovecot.ts';
import { type SmtpSink, startSmtpSink } from '../support/smtp-sink.ts';

const user = 'support@example.test';
let bench: Bench;
let home = '';

beforeEach(async () => {
  bench = await openBench();
  home = path.join(bench.folder, '.config/tkt/tkt.config.json');
});
afterEach(() => bench.close());

/** Without a terminal. */
function init(argv: string[], env: Record<string, string> = {}) {
  return bench.run(addInitCommand, ['init', ...argv], { env });
}

/** On a terminal, with these lines typed. What the terminal shows is in `stderr`. */
async function answer(lines: string[], argv: string[] = [], env: Record<string, string> = {}) {
  const context = bench.context({ terminal: true, env });
  const stdin = Object.assign(new PassThrough(), { isTTY: true });
  context.stdin = stdin as unknown as NodeJS.ReadStream;
  stdin.write(lines.map((line) => `${line}\n`).join(''));
  stdin.end();
  return runCommand(addInitCommand, ['init', ...argv], context);
}

function read(file = home) {
  return JSON.parse(readFileSync(file, 'utf8'));
}

const gmail = ['--preset', 'gmail', '--address', 'support@example.com', '--password-command', 'pass', '--no-test'];

describe('from flags', () => {
  test('writes a file that only its owner can read, and says what next', async () => {
    const { code, stdout, stderr } = await init(gmail);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(statSync(home).mode & 0o777).toBe(0o600);
    expect(statSync(path.dirname(home)).mode & 0o777).toBe(0o700);
    expect(read()).toEqual({
      enabled: true,
      checkInterval: 300,
      supportEmail: 'support@example.com',
      imap: {
        host: 'imap.gmail.com',
        port: 993,
        useSsl: true,
        username: 'support@example.com',
        passwordCommand: 'pass',
      },
      smtp: {
        host: 'smtp.gmail.com',
        port: 587,
        useTls: true,
        username: 'support@example.com',
        passwordCommand: 'pass',
        nullSender: false,
      },
    });
    expect(stdout).toContain(`wrote ${home} (mode 0600)\n`);
    expect(stdout).toMatch(/^ {2}\*\/5 \* \* \* \* .* poll -q$/m);
    expect(stdout).not.toContain('--config');
    expect(stdout).toContain('tkt doctor --send-test');
  });

  test.each([
    ['microsoft365', ['--token-command', 'oama access x'], 'outlook.office365.com', 'smtp.office365.com'],
    ['yahoo', ['--password-command', 'pass'], 'imap.mail.yahoo.com', 'smtp.mail.yahoo.com'],
  ])('knows the servers of %s', async (preset, login, imap, smtp) => {
    await init(['--preset', preset, '--address', 'a@example.com', '--no-test', ...login]);
    expect(loadConfig({ env: { HOME: bench.folder }, cwd: bench.folder }).mailboxes[0]).toMatchObject({
      imap: { host: imap, port: 993, security: 'tls' },
      smtp: { host: smtp, port: 587, security: 'starttls', nullSender: false },
    });
  });

  test('an access token is OAuth2', async () => {
    await init(['--preset', 'microsoft365', '--address', 'a@example.com', '--no-test', '--token-command', 'oama']);
    expect(read().imap).toMatchObject({ auth: 'oauth2', tokenCommand: 'oama' });
  });

  test('a file in another place is named in the crontab line', async () => {
    const file = path.join(bench.folder, 'my desk.json');
    const { stdout } = await init([...gmail, '--file', 'my desk.json']);
    expect(existsSync(file)).toBe(true);
    expect(stdout).toContain(` --config '${file}' poll -q\n`);
    expect(stdout).toContain(`  tkt --config '${file}' list `);
  });

  test('TKT_CONFIG names the file to write', async () => {
    const file = path.join(bench.folder, 'sub', 'x.json');
    await init(gmail, { TKT_CONFIG: file });
    expect(existsSync(file)).toBe(true);
  });

  test('a file that is there is left as it is, unless --force is given', async () => {
    mkdirSync(path.dirname(home), { recursive: true });
    writeFileSync(home, '{"mine": true}', { mode: 0o644 });
    const { code, stderr } = await init(gmail);
    expect(code).toBe(1);
    expect(stderr).toContain('is there already and was left as it is');
    expect(read()).toEqual({ mine: true });
    expect((await init([...gmail, '--force'])).code).toBe(0);
    expect(read().enabled).toBe(true);
    expect(statSync(home).mode & 0o777).toBe(0o600);
  });

  test('--force through a link writes what it points at', async () => {
    const target = path.join(bench.folder, 'target.json');
    writeFileSync(target, '{}');
    symlinkSync(target, path.join(bench.folder, 'link.json'));
    await init([...gmail, '--file', 'link.json', '--force']);
    expect(read(target).enabled).toBe(true);
    expect(statSync(target).mode & 0o777).toBe(0o600);
  });

  test('a password of the environment is not written', async () => {
    const { code, stdout } = await init(['--preset', 'yahoo', '--address', 'a@example.com', '--no-test'], {
      IMAP_PASSWORD: 'sesame',
      SMTP_PASSWORD: 'sesame',
    });
    expect(code).toBe(0);
    expect(readFileSync(home, 'utf8')).not.toMatch(/sesame|password/);
    expect(stdout).toContain('IMAP_PASSWORD and SMTP_PASSWORD were not written');
  });

  test.each<[string, string[], RegExp]>([
    ['nothing at all', [], /no terminal.*needs --preset, --address, one of --password-file/],
    [
      'no password',
      ['--preset', 'gmail', '--address', 'a@example.com'],
      /needs one of --password-file, --password-command, --token-command and IMAP_PASSWORD/,
    ],
    ['no servers', ['--preset', 'custom', '--address', 'a@example.com', '--password-file', 'x'], /needs --imap-host/],
    [
      'no SMTP server',
      ['--preset', 'custom', '--address', 'a@example.com', '--password-file', 'x', '--imap-host', 'h'],
      /needs --smtp-host/,
    ],
    ['an address that is none', [...gmail, '--address', 'support'], /--address: expected an address/],
    ['a host that is none', [...gmail, '--imap-host', 'https://x'], /--imap-host: expected a host name/],
    ['a port that is none', [...gmail, '--imap-port', 'imap'], /--imap-port: expected 1-65535, got "imap"/],
    ['two passwords', [...gmail, '--password-file', 'x'], /exclude each other/],
    ['a preset that is none', ['--preset', 'aol'], /Allowed choices are gmail, microsoft365, yahoo, custom/],
  ])('%s is a usage error, and nothing is written', async (_name, argv, expected) => {
    const { code, stderr } = await init(argv);
    expect(code).toBe(64);
    expect(stderr).toMatch(expected);
    expect(existsSync(home)).toBe(false);
  });

  test('the presets of --help are those that there are', async () => {
    const { stdout } = await init(['--help']);
    expect(stdout).toContain(`choices: ${presetNames.map((name) => `"${name}"`).join(', ')}`);
  });

  test.skipIf(process.getuid?.() === 0)('a folder that may not be written to is 77', async () => {
    expect((await init([...gmail, '--file', '/etc/none/tkt.config.json'])).code).toBe(77);
  });
});

describe.skipIf(!dovecotAvailable)('with servers', () => {
  let dovecot: Dovecot;
  let sink: SmtpSink;
  beforeAll(async () => {
    dovecot = await startDovecot({ users: { [user]: 'secret word' } });
    sink = await startSmtpSink({ users: { [user]: 'secret word' } });
  });
  afterAll(async () => {
    await dovecot.stop();
    await sink.stop();
  });

  const servers = () => [
    '--preset',
    'custom',
    '--imap-host',
    '127.0.0.1',
    '--imap-port',
    String(dovecot.imapPort),
    '--imap-starttls',
    '--smtp-host',
    '127.0.0.1',
    '--smtp-port',
    String(sink.port),
  ];

  test('asks for each thing, tries the log-ins, writes the file and adds the agent', async () => {
    const { code, stdout, stderr } = await answer(
      [
        '9', // no such choice
        'custom',
        'support',
        user,
        'Example Desk',
        'http://nowhere',
        '127.0.0.1',
        String(dovecot.imapPort),
        'n',
        'localhost',
        String(sink.port),
        '',
        '1',
        'secret word',
        '',
        'alice',
        'Alice Smith',
        user,
        'Alice@Example.test',
      ],
      [],
    );
    expect(stderr).toContain('expected 1-4 or a name');
    expect(stderr).toContain('expected an address such as support@example.com');
    expect(stderr).toContain('expected a host name');
    expect(stderr).toContain('✓ logged in to 127.0.0.1\n✓ logged in to localhost\n');
    expect(stderr).toContain('not the support address');
    expect(stderr + stdout).not.toContain('secret word');
    expect(code).toBe(0);
    expect(read()).toMatchObject({
      supportEmail: user,
      supportName: 'Example Desk',
      imap: { host: '127.0.0.1', port: dovecot.imapPort, useSsl: false, username: user, password: 'secret word' },
      smtp: {
        host: 'localhost',
        port: sink.port,
        useTls: false,
        username: user,
        password: 'secret word',
        nullSender: true,
      },
    });
    expect(loadConfig({ env: { HOME: bench.folder }, cwd: bench.folder }).enabled).toBe(true);
    expect(stdout).toContain('added agent alice\n');
    const { openDatabase, closeDatabase } = await import('../../src/store/database.ts');
    const db = await openDatabase({ path: path.join(bench.folder, '.local/share/tkt/tkt.db'), now: () => new Date() });
    expect(await listAgents(db)).toMatchObject([{ login: 'alice', name: 'Alice Smith', email: 'alice@example.test' }]);
    await closeDatabase(db);
  });

  test('after a wrong password another one can be given', async () => {
    const { code, stderr, stdout } = await answer(
      ['Desk', 'password', 'sesame', 'again', 'password', 'secret word', 'n'],
      [...servers(), '--address', user, '--username', user],
    );
    expect(stderr).toMatch(/✗ .*refused the log-in/);
    expect(stderr + stdout).not.toMatch(/sesame|secret word/);
    expect(code).toBe(0);
    expect(read().imap.password).toBe('secret word');
  });

  test('a file whose log-in failed is written only if one wants it', async () => {
    const argv = [
      ...servers(),
      '--address',
      user,
      '--username',
      user,
      '--name',
      'x',
      '--password-command',
      'echo sesame',
    ];
    expect((await answer(['stop'], argv)).code).toBe(1);
    expect(existsSync(home)).toBe(false);
    const script = await init(argv);
    expect(script.code).toBe(75);
    expect(script.stderr).toContain('--no-test writes the file all the same');
    expect(existsSync(home)).toBe(false);
    expect((await answer(['write', 'n'], argv)).code).toBe(0);
    expect(read().imap.passwordCommand).toBe('echo sesame');
  });

  test('passwords of the environment are tried', async () => {
    const { code, stderr } = await init([...servers(), '--address', user], {
      IMAP_PASSWORD: 'secret word',
      SMTP_PASSWORD: 'secret word',
    });
    expect(stderr).toContain('✓ logged in to 127.0.0.1');
    expect(code).toBe(0);
  });
});

describe('on a terminal', () => {
  test('Gmail is explained, and its app password loses its spaces', async () => {
    const { code, stderr } = await answer(
      ['1', 'support@example.com', '', '', '1', 'abcd efgh ijkl mnop', 'n'],
      ['--no-test'],
    );
    expect(code).toBe(0);
    expect(stderr).toContain('https://myaccount.google.com/apppasswords');
    expect(stderr).not.toContain('abcd efgh');
    expect(read().imap.password).toBe('abcdefghijklmnop');
  });

  test('Microsoft 365 proposes OAuth2', async () => {
    await answer(['microsoft365', 'support@example.com', '', '', '', 'oama access x', 'n'], ['--no-test']);
    expect(read().imap).toMatchObject({ auth: 'oauth2', tokenCommand: 'oama access x' });
  });

  test('a file that is there is overwritten only after a yes', async () => {
    mkdirSync(path.dirname(home), { recursive: true });
    writeFileSync(home, '{"mine": true}');
    expect((await answer([''], gmail)).code).toBe(1);
    expect(read()).toEqual({ mine: true });
    expect((await answer(['y', '', '', 'n'], gmail)).code).toBe(0);
    expect(read().enabled).toBe(true);
  });

  test('the end of the input stops it, and nothing is written', async () => {
    const { code, stderr } = await answer(['gmail']);
    expect(code).toBe(1);
    expect(stderr).toContain('stopped');
    expect(existsSync(home)).toBe(false);
  });
});
