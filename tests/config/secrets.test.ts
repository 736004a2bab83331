import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { accessToken, readSecret } from '../../src/config/secrets.ts';
import { ConfigError, PermissionError, TemporaryError } from '../../src/errors.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'tkt-secret-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(content: string, mode = 0o600): string {
  const target = path.join(folder, `secret-${mode}`);
  writeFileSync(target, content);
  chmodSync(target, mode);
  return target;
}

const command = (text: string, timeoutMs?: number) =>
  readSecret(
    { kind: 'command', command: text, key: 'imap.passwordCommand' },
    timeoutMs === undefined ? {} : { timeoutMs },
  );
const token = (text: string, timeoutMs?: number) =>
  accessToken({ kind: 'oauth2', username: 'ann', tokenCommand: text }, timeoutMs === undefined ? {} : { timeoutMs });

async function thrownBy(work: Promise<unknown>): Promise<Error> {
  try {
    await work;
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}

test('a value is the password', async () => {
  expect(await readSecret({ kind: 'value', value: ' a b ' })).toBe(' a b ');
});

test('of a file or a command the first line is the password, spaces and all', async () => {
  expect(await readSecret({ kind: 'file', path: file(' a b \r\nsecond\n') })).toBe(' a b ');
  expect(await command("printf ' a b \\nsecond\\n'")).toBe(' a b ');
  expect(await command('printf sesame')).toBe('sesame');
});

test('a command reads nothing of standard input, which may be a mail', async () => {
  expect(await command('cat; echo sesame')).toBe('sesame');
});

test('a password file that others can read is refused with the chmod to run', async () => {
  const shared = file('sesame', 0o640);
  const error = await thrownBy(readSecret({ kind: 'file', path: shared, key: 'imap.passwordFile' }));
  expect(error).toBeInstanceOf(PermissionError);
  expect(error.message).toContain(`chmod 600 ${shared}`);
});

test.each([
  [
    'a missing password',
    () => readSecret({ kind: 'missing', key: 'imap.password' }),
    'imap.password: expected a password, passwordCommand or passwordFile, or IMAP_PASSWORD in the environment',
  ],
  [
    'a missing password of the list',
    () => readSecret({ kind: 'missing', key: 'mailboxes[0].imap.password' }),
    'mailboxes[0].imap.password: expected a password, passwordCommand or passwordFile',
  ],
  [
    'a missing file',
    () => readSecret({ kind: 'file', path: '/nowhere', key: 'smtp.passwordFile' }),
    'smtp.passwordFile: expected a file that can be read, got /nowhere: no such file or directory',
  ],
  [
    'an empty file',
    () => readSecret({ kind: 'file', path: file('\nsesame'), key: 'k' }),
    'k: expected the password on the first line of',
  ],
  [
    'an empty answer',
    () => command('echo; echo sesame'),
    'imap.passwordCommand: expected the password on the first line of its output, got nothing',
  ],
  [
    'a command that is none',
    () => command('sesame-not-a-command'),
    'imap.passwordCommand: expected a command that can be run',
  ],
  [
    'a flood',
    () => command('while :; do echo sesame; done'),
    'imap.passwordCommand: expected little output, got more than 64 kB',
  ],
])('%s is a mistake of the configuration', async (_name, work, message) => {
  const error = await thrownBy(work());
  expect(error).toBeInstanceOf(ConfigError);
  expect(error.message).toContain(message);
  expect(error.message).not.toContain('sesame');
});

test.each([
  ['that fails', 'echo sesame; echo sesame >&2; exit 3', 'the command ended with exit code 3'],
  ['that is killed', 'echo sesame; kill -9 $$', 'the command was ended by SIGKILL'],
])('a command %s may do better the next time', async (_name, text, message) => {
  for (const error of [await thrownBy(command(text)), await thrownBy(token(text))]) {
    expect(error).toBeInstanceOf(TemporaryError);
    expect(error.message).toContain(message);
    expect(error.message).not.toContain('sesame');
  }
});

test('a command that hangs is ended, also where its children keep the pipe open', async () => {
  const start = performance.now();
  const hanging = 'sleep 20 & echo sesame; sleep 20';
  for (const error of [await thrownBy(command(hanging, 150)), await thrownBy(token(hanging, 150))]) {
    expect(error).toBeInstanceOf(TemporaryError);
    expect(error.message).toContain('took longer than 0.15 s');
  }
  expect(performance.now() - start).toBeLessThan(15_000);
});

test('an access token is the first line, without the space around it', async () => {
  expect(await token('printf "ya29.a-b_c~d+e/f==  \\nexpires\\n"')).toBe('ya29.a-b_c~d+e/f==');
});

test.each([
  ['nothing', 'true', 'tokenCommand: expected an access token on the first line of its output, got nothing'],
  ['two words', 'echo Bearer sesame', 'tokenCommand: expected an access token alone on the first line'],
  ['a control character', 'printf "a\\001sesame"', 'tokenCommand: expected an access token alone on the first line'],
  ['no command', 'sesame-not-a-command', 'tokenCommand: expected a command that can be run'],
])('an access token cannot be %s', async (_name, text, message) => {
  const error = await thrownBy(token(text));
  expect(error).toBeInstanceOf(ConfigError);
  expect(error.message).toContain(message);
  expect(error.message).not.toContain('sesame');
});

test('a password or token command ends when tkt is asked to', async () => {
  const controller = new AbortController();
  const { signal } = controller;
  const waiting = [
    readSecret({ kind: 'command', command: 'sleep 3' }, { signal }),
    accessToken({ kind: 'oauth2', username: 'ann', tokenCommand: 'sleep 3' }, { signal }),
  ];
  controller.abort();
  for (const work of waiting.map(thrownBy)) expect(await work).toBeInstanceOf(TemporaryError);
});
