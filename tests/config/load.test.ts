import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { ConfigError, PermissionError } from '../../src/errors.ts';

let root = '';
let cwd = '';
let home = '';

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'tkt-config-'));
  cwd = path.join(root, 'work');
  home = path.join(root, 'home');
  mkdirSync(cwd);
  mkdirSync(home);
});

afterEach(() => rmSync(root, { recursive: true }));

function write(file: string, content: unknown, mode = 0o600): string {
  const target = path.resolve(root, file);
  mkdirSync(path.dirname(target), { recursive: true });
  writeFileSync(target, typeof content === 'string' ? content : JSON.stringify(content));
  chmodSync(target, mode);
  return target;
}

function load(env: Record<string, string> = {}, configPath?: string) {
  return loadConfig({ env, cwd, home, configPath });
}

/** The lines of the ConfigError, with the temporary folder cut off. */
function problems(env: Record<string, string> = {}, configPath?: string): string[] {
  try {
    load(env, configPath);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map((line) => line.replaceAll(`${root}/`, ''));
    throw error;
  }
  return [];
}

function refusal(env: Record<string, string> = {}): string {
  try {
    load(env);
  } catch (error) {
    if (error instanceof PermissionError) return error.message.replaceAll(`${root}/`, '');
    throw error;
  }
  return 'nothing was refused';
}

const server = { host: 'mail.test', username: 'ann' };

describe('without any file', () => {
  test('the defaults hold, and the database is in the home folder', () => {
    const config = load();
    expect(config).toMatchObject({ path: null, enabled: false, checkInterval: 300, strangers: 'new' });
    expect(config.database).toBe(path.join(home, '.local/share/tkt/tkt.db'));
    expect(config.mailboxes).toEqual([
      { name: 'default', address: 'support@example.com', displayName: '', imap: null, smtp: null, category: 'support' },
    ]);
  });

  test('$XDG_DATA_HOME moves the database, unless it is relative', () => {
    expect(load({ XDG_DATA_HOME: '/data' }).database).toBe('/data/tkt/tkt.db');
    expect(load({ XDG_DATA_HOME: 'data' }).database).toBe(path.join(home, '.local/share/tkt/tkt.db'));
  });

  test('no HOME is no error, as in the pipe of a mail server', () => {
    expect(path.isAbsolute(loadConfig({ env: {}, cwd }).database)).toBe(true);
    expect(path.isAbsolute(loadConfig({ env: { HOME: '' }, cwd }).database)).toBe(true);
  });
});

describe('the file', () => {
  const places = ['named.json', 'variable.json', 'work/tkt.config.json', 'home/.config/tkt/tkt.config.json'];

  test('is the first that there is: --config, TKT_CONFIG, the current folder, the home folder', () => {
    for (const place of places) write(place, {});
    const [named = '', variable = '', here = '', user = ''] = places.map((place) => path.join(root, place));
    expect(load({ TKT_CONFIG: variable }, named).path).toBe(named);
    expect(load({ TKT_CONFIG: variable }).path).toBe(variable);
    expect(load().path).toBe(here);
    rmSync(here);
    expect(load().path).toBe(user);
    expect(load({ XDG_CONFIG_HOME: path.join(root, 'elsewhere') }).path).toBe(null);
    expect(load({ TKT_CONFIG: '' }).path).toBe(user);
  });

  test('may be named by a relative path, and by TKT_CONFIG in a .env', () => {
    write('work/sub/mine.json', { enabled: true });
    expect(load({}, 'sub/mine.json').enabled).toBe(true);
    write('work/.env', 'TKT_CONFIG=sub/mine.json\n');
    expect(load().path).toBe(path.join(cwd, 'sub/mine.json'));
  });

  test('is an error where it was named and is not there', () => {
    expect(problems({}, 'none.json')).toEqual([
      'work/none.json: --config names this file, but there is none; write it with: tkt init',
    ]);
    expect(problems({ TKT_CONFIG: '/nowhere/x.json' })).toEqual([
      '/nowhere/x.json: TKT_CONFIG names this file, but there is none; write it with: tkt init',
    ]);
  });

  test('may begin with a byte order mark', () => {
    write('work/tkt.config.json', '\ufeff{"enabled":true}');
    expect(load().enabled).toBe(true);
  });

  test('that is a folder is an error', () => {
    mkdirSync(path.join(cwd, 'tkt.config.json'));
    expect(problems()).toEqual(['work/tkt.config.json: expected a file that can be read (EISDIR)']);
  });

  test('keeps relative paths relative to itself, and knows the home folder', () => {
    write('etc/tkt.config.json', { database: 'data/tkt.db', smtp: { host: 'mail.test', caFile: '~/ca.pem' } });
    const config = load({ TKT_CONFIG: path.join(root, 'etc/tkt.config.json') });
    expect(config.database).toBe(path.join(root, 'etc/data/tkt.db'));
    expect(config.mailboxes[0]?.smtp?.caFile).toBe(path.join(home, 'ca.pem'));
  });
});

describe('the environment', () => {
  test('sets every key of the table', () => {
    const config = load({
      EMAIL_TO_TICKET_ENABLED: 'true',
      EMAIL_TO_TICKET_CHECK_INTERVAL: '60',
      SUPPORT_EMAIL: 'Help@Desk.TEST',
      IMAP_HOST: 'imap.desk.test',
      IMAP_PORT: '1993',
      IMAP_USERNAME: 'in',
      IMAP_PASSWORD: ' se#cret ',
      IMAP_USE_SSL: 'no',
      SMTP_HOST: 'smtp.desk.test',
      SMTP_PORT: '465',
      SMTP_USERNAME: 'out',
      SMTP_PASSWORD: 'word',
      SMTP_FROM: 'desk@desk.test',
      SMTP_USE_TLS: '1',
      TKT_DATABASE: 'here.db',
      TKT_AGENT: 'alice',
    });
    expect(config).toMatchObject({
      enabled: true,
      checkInterval: 60,
      agent: 'alice',
      database: path.join(cwd, 'here.db'),
    });
    expect(config.mailboxes).toEqual([
      {
        name: 'default',
        address: 'Help@desk.test',
        displayName: '',
        category: 'support',
        imap: {
          host: 'imap.desk.test',
          port: 1993,
          security: 'starttls',
          auth: { kind: 'password', username: 'in', password: { kind: 'value', value: ' se#cret ' } },
          caFile: null,
          mailbox: 'INBOX',
          intake: 'new',
          after: { kind: 'seen' },
        },
        smtp: {
          host: 'smtp.desk.test',
          port: 465,
          security: 'tls',
          auth: { kind: 'password', username: 'out', password: { kind: 'value', value: 'word' } },
          caFile: null,
          from: 'desk@desk.test',
          nullSender: true,
        },
      },
    ]);
  });

  test.each([
    ['true', true],
    ['TRUE', true],
    ['1', true],
    ['yes', true],
    ['false', false],
    ['0', false],
    ['No', false],
  ])('EMAIL_TO_TICKET_ENABLED=%s is %s', (text, expected) => {
    write('work/tkt.config.json', { enabled: !expected });
    expect(load({ EMAIL_TO_TICKET_ENABLED: text }).enabled).toBe(expected);
  });

  test('wins over .env, that over the file, and an empty variable counts for nothing', () => {
    write('work/tkt.config.json', { supportEmail: 'file@x.test', checkInterval: 1, enabled: true });
    write('work/.env', 'SUPPORT_EMAIL=dotenv@x.test\nEMAIL_TO_TICKET_CHECK_INTERVAL=2\nEMAIL_TO_TICKET_ENABLED=\n');
    expect(load({ EMAIL_TO_TICKET_CHECK_INTERVAL: '3', SUPPORT_EMAIL: '' })).toMatchObject({
      enabled: true,
      checkInterval: 3,
      mailboxes: [{ address: 'dotenv@x.test' }],
    });
  });

  test('reads the .env beside the file, nearer than the one of the current folder', () => {
    const file = write('etc/tkt.config.json', {});
    write('etc/.env', 'SUPPORT_EMAIL=beside@x.test\nTKT_DATABASE=beside.db\n');
    write('work/.env', 'SUPPORT_EMAIL=here@x.test\nEMAIL_TO_TICKET_CHECK_INTERVAL=7\n');
    const config = load({ TKT_CONFIG: file });
    expect(config).toMatchObject({ checkInterval: 7, mailboxes: [{ address: 'beside@x.test' }] });
    expect(config.database).toBe(path.join(root, 'etc/beside.db'));
  });

  test('a password in it replaces the password command of the file', () => {
    write('work/tkt.config.json', { imap: { ...server, passwordCommand: 'false' } });
    expect(load({ IMAP_PASSWORD: 'x' }).mailboxes[0]?.imap?.auth).toMatchObject({
      password: { kind: 'value', value: 'x' },
    });
  });
});

describe('log-in and security', () => {
  test.each([
    ['IMAP with TLS', { imap: { ...server } }, 'tls', 993],
    ['IMAP without useSsl asks for STARTTLS', { imap: { ...server, useSsl: false } }, 'starttls', 143],
    ['a port stays as it is given', { imap: { ...server, useSsl: false, port: 993 } }, 'starttls', 993],
    ['a loopback name', { imap: { ...server, host: 'localhost', useSsl: false } }, 'none', 143],
    ['a loopback address', { imap: { ...server, host: '127.8.9.1', useSsl: false } }, 'none', 143],
    ['the loopback address of IPv6', { imap: { ...server, host: '::1', useSsl: false } }, 'none', 143],
    [
      'a host that only looks like it',
      { imap: { ...server, host: '127.0.0.1.evil.test', useSsl: false } },
      'starttls',
      143,
    ],
    ['SMTP', { smtp: { ...server } }, 'starttls', 587],
    ['SMTP on 465', { smtp: { ...server, port: 465 } }, 'tls', 465],
    ['SMTP to the MTA beside us', { smtp: { host: 'LOCALHOST', port: 25, useTls: false } }, 'none', 25],
  ])('%s', (_name, file, security, port) => {
    write('work/tkt.config.json', file);
    const [mailbox] = load().mailboxes;
    expect(mailbox?.imap ?? mailbox?.smtp).toMatchObject({ security, port });
  });

  test('no user name for SMTP means no log-in', () => {
    expect(load({ SMTP_HOST: 'mail.test' }).mailboxes[0]?.smtp?.auth).toBe(null);
  });

  test('a missing password is no problem before somebody logs in', () => {
    expect(load({ IMAP_HOST: 'mail.test', IMAP_USERNAME: 'ann' }).mailboxes[0]?.imap?.auth).toEqual({
      kind: 'password',
      username: 'ann',
      password: { kind: 'missing', key: 'imap.password' },
    });
  });

  test('settings without a host are not configured', () => {
    expect(load({ IMAP_USERNAME: 'ann', IMAP_PASSWORD: 'x' }).mailboxes[0]?.imap).toBe(null);
  });

  test.each([
    [
      { ...server, passwordCommand: 'pass show x' },
      { kind: 'command', command: 'pass show x', key: 'imap.passwordCommand' },
    ],
    [
      { ...server, password: 'x' },
      { kind: 'value', value: 'x' },
    ],
  ])('a password comes from %o', (imap, password) => {
    write('work/tkt.config.json', { imap });
    expect(load().mailboxes[0]?.imap?.auth).toMatchObject({ kind: 'password', username: 'ann', password });
  });

  test('a password file is found beside the configuration', () => {
    write('work/tkt.config.json', { imap: { ...server, passwordFile: 'secret' } });
    expect(load().mailboxes[0]?.imap?.auth).toMatchObject({
      password: { kind: 'file', path: path.join(cwd, 'secret') },
    });
  });

  test('OAuth2 takes a token command', () => {
    write('work/tkt.config.json', { imap: { ...server, auth: 'oauth2', tokenCommand: 'mutt_oauth2 ann' } });
    expect(load().mailboxes[0]?.imap?.auth).toEqual({
      kind: 'oauth2',
      username: 'ann',
      tokenCommand: 'mutt_oauth2 ann',
    });
  });

  test.each([
    ['smtp.gmail.com', {}, false],
    ['smtp.gmail.com', { nullSender: true }, true],
    ['mail.test', {}, true],
    ['mail.test', { nullSender: false }, false],
  ])('the null reverse-path at %s with %o: %s', (host, smtp, expected) => {
    write('work/tkt.config.json', { smtp: { host, ...smtp } });
    expect(load().mailboxes[0]?.smtp?.nullSender).toBe(expected);
  });

  test.each([
    ['seen', { kind: 'seen' }],
    ['delete', { kind: 'delete' }],
    ['move:Done/2026 a', { kind: 'move', folder: 'Done/2026 a' }],
  ])('imap.after %s', (after, expected) => {
    write('work/tkt.config.json', { imap: { ...server, after } });
    expect(load().mailboxes[0]?.imap?.after).toEqual(expected);
  });
});

describe('several mailboxes', () => {
  const billing = { name: 'billing', address: 'billing@x.test', category: 'billing', imap: { ...server } };

  test('stand beside the single form, which is called default and lends them its SMTP server', () => {
    write('work/tkt.config.json', {
      supportEmail: 'support@x.test',
      supportName: 'Desk',
      smtp: { ...server, from: 'noreply@x.test' },
      mailboxes: [
        billing,
        { name: 'sales', address: 'sales@x.test', supportName: 'Sales', smtp: { host: 'other.test' } },
      ],
    });
    expect(load().mailboxes).toMatchObject([
      { name: 'default', address: 'support@x.test', imap: null, smtp: { from: 'noreply@x.test' } },
      {
        name: 'billing',
        displayName: 'Desk',
        category: 'billing',
        imap: { host: 'mail.test' },
        smtp: { host: 'mail.test', from: 'billing@x.test' },
      },
      { name: 'sales', displayName: 'Sales', category: 'support', smtp: { host: 'other.test', from: 'sales@x.test' } },
    ]);
  });

  test('stand alone where the single form says nothing', () => {
    write('work/tkt.config.json', { mailboxes: [billing] });
    expect(load().mailboxes.map((mailbox) => mailbox.name)).toEqual(['billing']);
  });

  test('have names and addresses of their own', () => {
    write('work/tkt.config.json', {
      supportEmail: 'support@x.test',
      mailboxes: [billing, billing, { name: 'default', address: 'd@x.test' }],
    });
    expect(problems()).toEqual([
      'work/tkt.config.json: mailboxes[1].name: expected one that no other mailbox has, got "billing"',
      'work/tkt.config.json: mailboxes[1].address: expected one that no other mailbox has, got "billing@x.test"',
      'work/tkt.config.json: mailboxes[2].name: expected one that no other mailbox has, got "default"',
    ]);
  });
});

describe('what is wrong', () => {
  test('is told all at once, with the place it is in', () => {
    write('work/tkt.config.json', {
      checkInterval: 0,
      databse: 'x',
      imap: { host: 'https://imap.test', prot: 993, port: 70000 },
      smtp: { host: 'smtp.test', useTls: false },
    });
    expect(problems({ SMTP_PORT: 'abc' })).toEqual([
      'work/tkt.config.json: databse: unknown key; the nearest known one is "database"',
      'work/tkt.config.json: imap.prot: unknown key; the nearest known one is "imap.port"',
      'work/tkt.config.json: checkInterval: expected 1-604800, got 0',
      'work/tkt.config.json: imap.host: expected the name of a host such as mail.example.com, without a scheme or a port, got "https://imap.test"',
      'work/tkt.config.json: imap.port: expected 1-65535, got 70000',
      'environment SMTP_PORT: smtp.port: expected 1-65535, got "abc"',
      'work/tkt.config.json: smtp.useTls: expected true: mail and password would cross the network in plain text (false is for a loopback host alone)',
    ]);
  });

  test.each<[string, unknown, string]>([
    ['a list instead of an object', [], 'expected a JSON object { … }'],
    ['a section that is none', { imap: 5 }, 'imap: expected an object { … }, got 5'],
    ['a boolean as text', { enabled: 'true' }, 'enabled: expected true or false, got "true"'],
    ['a number as text', { smtp: { port: '587' } }, 'smtp.port: expected 1-65535, got "587"'],
    ['a fraction', { checkInterval: 1.5 }, 'checkInterval: expected 1-604800, got 1.5'],
    ['null where there is a default', { enabled: null }, 'enabled: expected true or false, got null'],
    ['a choice', { strangers: 'allow' }, 'strangers: expected "new" or "quarantine", got "allow"'],
    [
      'a priority',
      { tickets: { defaultPriority: 'top' } },
      'tickets.defaultPriority: expected "low", "medium", "high" or "urgent", got "top"',
    ],
    [
      'a folder to move to that is empty',
      { imap: { after: 'move:' } },
      'imap.after: expected "seen", "delete" or "move:FOLDER", got "move:"',
    ],
    [
      'a host with a port',
      { imap: { host: 'imap.test:993' } },
      'imap.host: expected the name of a host such as mail.example.com, without a scheme or a port, got "imap.test:993"',
    ],
    [
      'an empty host',
      { smtp: { host: '' } },
      'smtp.host: expected the name of a host such as mail.example.com, without a scheme or a port, got ""',
    ],
    [
      'an address without a domain',
      { supportEmail: 'support' },
      'supportEmail: expected an address such as support@example.com (a name goes into supportName), got "support"',
    ],
    [
      'an address with a name',
      { smtp: { from: 'Ann <a@x.test>' } },
      'smtp.from: expected an address such as support@example.com (a name goes into supportName), got "Ann <a@x.test>"',
    ],
    [
      'an address of two lines',
      { supportEmail: 'a@x.test\nBcc: b@x.test' },
      'supportEmail: expected an address such as support@example.com (a name goes into supportName), got "a@x.test\\nBcc: b@x.test"',
    ],
    [
      'a name of two lines',
      { supportName: 'a\r\nBcc: b' },
      'supportName: expected a name on one line, got "a\\r\\nBcc: b"',
    ],
    [
      'a prefix',
      { tickets: { prefix: 'tkt-' } },
      'tickets.prefix: expected 1-16 capital letters and digits, a letter first, got "tkt-"',
    ],
    [
      'an address of tickets without the number',
      { ticketUrl: 'https://x.test/' },
      'ticketUrl: expected a web address with {number} in it, such as https://desk.example.com/t/{number}, got "https://x.test/"',
    ],
    [
      'an address of tickets that runs code',
      { ticketUrl: 'javascript:{number}' },
      'ticketUrl: expected a web address with {number} in it, such as https://desk.example.com/t/{number}, got "javascript:{number}"',
    ],
    [
      'two passwords',
      { imap: { ...server, passwordFile: 'x', passwordCommand: 'y' } },
      'imap.passwordFile: expected one of password, passwordCommand, passwordFile, got passwordCommand and passwordFile',
    ],
    ['no user name', { imap: { host: 'mail.test' } }, 'imap.username: expected a user name, as host is set'],
    [
      'a password for nobody',
      { smtp: { host: 'mail.test', passwordFile: 'x' } },
      'smtp.username: expected a user name, as passwordFile is set',
    ],
    [
      'OAuth2 without a command',
      { imap: { ...server, auth: 'oauth2' } },
      'imap.tokenCommand: expected a command that prints an access token, as auth is "oauth2"',
    ],
    [
      'OAuth2 and a password',
      { imap: { ...server, auth: 'oauth2', tokenCommand: 'x', passwordFile: 'y' } },
      'imap.passwordFile: expected none, as auth is "oauth2"',
    ],
    [
      'a token command that nobody asked for',
      { imap: { ...server, tokenCommand: 'x' } },
      'imap.tokenCommand: expected none, or auth to be "oauth2"',
    ],
    [
      'an OAuth2 flow of a later version',
      { imap: { ...server, clientId: 'x' } },
      'imap.clientId: unknown key; the nearest known one is "imap.intake"',
    ],
    [
      'PostgreSQL',
      { database: 'postgres://u:sesame@h/d' },
      'database: expected the path of a SQLite file; other databases are not supported yet',
    ],
    [
      'a key in the wrong section',
      { password: 'sesame' },
      'password: unknown key; the nearest known one is "imap.password"',
    ],
    [
      'the prototype',
      '{"__proto__": {"enabled": true}}',
      '__proto__: unknown key; the nearest known one is "supportName"',
    ],
    [
      'a mailbox without an address',
      { mailboxes: [{ name: 'a' }] },
      'mailboxes[0].address: expected a value, got nothing',
    ],
    [
      'a key of a mailbox',
      { mailboxes: [{ name: 'a', address: 'a@x.test', imap: { hots: 'x' } }] },
      'mailboxes[0].imap.hots: unknown key; the nearest known one is "mailboxes[0].imap.host"',
    ],
    [
      'escape sequences',
      { strangers: '\u001b[2Jx\u0085' },
      'strangers: expected "new" or "quarantine", got "\\u001b[2Jx\\u0085"',
    ],
    ['a comment', '{\n  // off for now\n  "enabled": true }', 'line 2, column 3: JSON has no comments'],
  ])('%s', (_name, file, expected) => {
    write('work/tkt.config.json', file);
    expect(problems()).toEqual([`work/tkt.config.json: ${expected}`]);
  });

  test.each([
    [
      { EMAIL_TO_TICKET_ENABLED: 'maybe' },
      'environment EMAIL_TO_TICKET_ENABLED: enabled: expected true or false, got "maybe"',
    ],
    [{ IMAP_PORT: '99999' }, 'environment IMAP_PORT: imap.port: expected 1-65535, got 99999'],
    [{ IMAP_PORT: '0x3e1' }, 'environment IMAP_PORT: imap.port: expected 1-65535, got "0x3e1"'],
    [{ IMAP_HOST: 'mail.test' }, 'environment: imap.username: expected a user name, as host is set'],
    [
      { SMTP_HOST: 'mail.test', SMTP_USE_TLS: 'no' },
      'environment SMTP_USE_TLS: smtp.useTls: expected true: mail and password would cross the network in plain text (false is for a loopback host alone)',
    ],
  ])('%o', (env, expected) => {
    expect(problems(env)).toEqual([expected]);
  });

  test('in a .env is told with its line', () => {
    write('work/.env', 'IMAP_PORT=x\nIMAP_PASSWORD: sesame\nSMTP_PASSWORD="sesame\n');
    expect(problems()).toEqual([
      'work/.env: line 2: expected IMAP_PASSWORD=VALUE',
      'work/.env: line 3: SMTP_PASSWORD: expected a closing "',
      'work/.env IMAP_PORT: imap.port: expected 1-65535, got "x"',
    ]);
  });

  test.each<[string, unknown]>([
    ['of the wrong type', { imap: { ...server, password: { a: 'sesame' } } }],
    ['of two lines', { imap: { ...server, password: 'sesame\n' } }],
    ['beside another', { imap: { ...server, password: 'sesame', passwordFile: 'x' } }],
    ['as a list', { imap: { ...server, passwordCommand: ['echo sesame'] } }],
    ['in a command of two lines', { imap: { ...server, passwordCommand: 'echo \\\nsesame' } }],
    ['before a mistake in the JSON', '{"imap": {"password": "sesame",}}'],
    ['at a mistake in the JSON', '{"imap": {"password": sesame}}'],
    ['unclosed', '{"imap": {"password": "sesame}}'],
  ])('never shows a password: %s', (_name, file) => {
    write('work/tkt.config.json', file);
    expect(problems().length).toBeGreaterThan(0);
    expect(problems().join('\n')).not.toContain('sesame');
  });
});

describe('files that others can read', () => {
  test.each([0o644, 0o640, 0o604])(
    'a configuration with a password and mode %o is refused, with the command that mends it',
    (mode) => {
      const file = write('work/tkt.config.json', { imap: { ...server, password: 'sesame' } }, mode);
      const octal = mode.toString(8).padStart(4, '0');
      expect(refusal()).toBe(
        `work/tkt.config.json: it holds a password and others can read it (mode ${octal}); run: chmod 600 work/tkt.config.json`,
      );
      chmodSync(file, 0o600);
      expect(refusal()).toBe('nothing was refused');
    },
  );

  test('the password of a mailbox in the list counts too', () => {
    write(
      'work/tkt.config.json',
      { mailboxes: [{ name: 'a', address: 'a@x.test', smtp: { ...server, password: 'x' } }] },
      0o644,
    );
    expect(refusal()).toMatch(/chmod 600/);
  });

  test('a .env with a password is refused, one of another program is not', () => {
    write('work/.env', 'STRIPE_PASSWORD=x\nIMAP_PORT=1\n', 0o644);
    expect(refusal()).toBe('nothing was refused');
    write('work/.env', 'IMAP_PASSWORD=sesame\n', 0o644);
    expect(refusal()).toBe(
      'work/.env: it holds a password and others can read it (mode 0644); run: chmod 600 work/.env',
    );
  });

  test('without a password in it a configuration is for all to read, but not to write', () => {
    const file = write('work/tkt.config.json', { imap: { ...server, password: null, passwordCommand: 'pass' } }, 0o644);
    expect(refusal()).toBe('nothing was refused');
    chmodSync(file, 0o666);
    expect(refusal()).toBe('work/tkt.config.json: everybody can write to it; run: chmod o-w work/tkt.config.json');
  });

  test('a folder with a space in its name gives a command that can be pasted', () => {
    write("work/it's here/.env", 'SMTP_PASSWORD=x', 0o644);
    const options = { env: {}, home, cwd: path.join(cwd, "it's here") };
    expect(() => loadConfig(options)).toThrow(`chmod 600 '${path.join(cwd, "it'\\''s here/.env")}'`);
  });

  test('are told together with what else is wrong', () => {
    write('work/tkt.config.json', { enabled: 1, imap: { ...server, password: 'x' } }, 0o644);
    expect(problems()).toEqual([
      'work/tkt.config.json: enabled: expected true or false, got 1',
      expect.stringMatching(/chmod 600/),
    ]);
  });
});

test.skipIf(process.getuid?.() !== 0)('a file found in a folder of somebody else is not obeyed', async () => {
  const { chownSync } = await import('node:fs');
  const file = write('work/tkt.config.json', { imap: { ...server, passwordCommand: 'evil' } }, 0o644);
  chownSync(file, 4711, 4711);
  expect(refusal()).toBe(
    'work/tkt.config.json: it belongs to another user; to use it all the same, name it with --config',
  );
  expect(load({ TKT_CONFIG: file }).path).toBe(file);
  expect(load({ SUDO_UID: '4711' }).path).toBe(file);
  rmSync(file);
  chownSync(write('work/.env', 'TKT_DATABASE=x\n', 0o644), 4711, 4711);
  expect(refusal()).toBe('work/.env: it belongs to another user and sets TKT_DATABASE; run tkt in another folder');
});
