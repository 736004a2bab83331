// Fetches passwords and access tokens at the moment they are needed. No message of an error shows one: not what a
// command printed, nor the command, which may be the password put under the wrong key.

import { execFile } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { ConfigError, PermissionError, systemReason, TemporaryError } from '../errors.ts';
import { forTerminalLine } from '../text/terminal.ts';
import type { MailAuth, Secret } from './config.ts';
import { refuseShared } from './permissions.ts';

const commandTimeoutMs = 30_000;

export interface CommandOptions {
  /** Ends the command. */
  signal?: AbortSignal;
  /** 30 s unless given. */
  timeoutMs?: number;
}

/**
 * The password; `options` are for a password command.
 * Throws ConfigError where it is missing, empty, or its command cannot be run; PermissionError where others can read
 * its file; TemporaryError where its command failed or took too long.
 */
export async function readSecret(secret: Secret, options: CommandOptions = {}): Promise<string> {
  switch (secret.kind) {
    case 'value':
      return secret.value;
    case 'missing':
      throw new ConfigError([`${secret.key}: ${wanted(secret.key)}`]);
    case 'file':
      return readSecretFile(secret.path, secret.key ?? 'passwordFile');
    case 'command':
      return readPasswordCommand(secret.command, secret.key ?? 'passwordCommand', options);
  }
}

function wanted(key: string): string {
  const [, server] = /(imap|smtp)\.password$/.exec(key) ?? [];
  const variable =
    server === undefined || key.includes('[') ? '' : `, or ${server.toUpperCase()}_PASSWORD in the environment`;
  return `expected a password, passwordCommand or passwordFile${variable}`;
}

function readSecretFile(path: string, key: string): string {
  const shown = forTerminalLine(path);
  let content: string;
  try {
    const refusal = refuseShared(path, statSync(path), 'a password');
    if (refusal !== null) throw new PermissionError(refusal);
    content = readFileSync(path, 'utf8');
  } catch (error) {
    if (!isSystemError(error)) throw error;
    if (error.code === 'EACCES' || error.code === 'EPERM') {
      throw new PermissionError(`${key}: this user may not read ${shown}`);
    }
    throw new ConfigError([`${key}: expected a file that can be read, got ${shown}: ${systemReason(error)}`]);
  }
  const password = firstLine(content);
  if (password === '')
    throw new ConfigError([`${key}: expected the password on the first line of ${shown}, got nothing`]);
  return password;
}

async function readPasswordCommand(command: string, key: string, options: CommandOptions): Promise<string> {
  return filled(firstLine(await runCommand(command, key, options)), key, 'the password');
}

/** What a command prints. Not run synchronously: a signal that ends tkt would wait for it. */
function runCommand(command: string, key: string, options: CommandOptions): Promise<string> {
  const { signal, timeoutMs = commandTimeoutMs } = options;
  const limits = { encoding: 'utf8', timeout: timeoutMs, maxBuffer: 65_536, killSignal: 'SIGKILL' } as const;
  return new Promise((resolve, reject) => {
    // Its standard error, on which gpg and pass complain, is not shown: nobody knows what may be on it.
    const child = execFile('/bin/sh', ['-c', command], { ...limits, ...(signal && { signal }) }, (error, stdout) =>
      error === null ? resolve(stdout) : reject(explainFailure(error, key, timeoutMs)),
    );
    // Our own standard input may be the mail that `receive` reads.
    child.stdin?.end();
  });
}

/**
 * The access token of an OAuth2 log-in, from the first line that its command prints. Throws as `readSecret` does,
 * and ConfigError for what cannot be a token (RFC 6750 §2.1: no spaces, no control characters).
 */
export async function accessToken(
  auth: Extract<MailAuth, { kind: 'oauth2' }>,
  options: CommandOptions = {},
): Promise<string> {
  const output = await runCommand(auth.tokenCommand, 'tokenCommand', options);
  const token = filled(firstLine(output).trim(), 'tokenCommand', 'an access token');
  if (/[^\u0021-\u007e]/.test(token)) {
    throw new ConfigError([
      'tokenCommand: expected an access token alone on the first line of its output, without spaces',
    ]);
  }
  return token;
}

function firstLine(text: string): string {
  return text.split(/\r?\n/, 1)[0] ?? '';
}

function filled(value: string, key: string, what: string): string {
  if (value !== '') return value;
  throw new ConfigError([`${key}: expected ${what} on the first line of its output, got nothing; ${byHand}`]);
}

const byHand = 'run the command by hand, as the user that tkt runs as, to see why';

/** The error of a command without a word of what it is or what it printed. */
function explainFailure(error: unknown, key: string, timeoutMs: number): unknown {
  if (!(error instanceof Error)) return error;
  const { code, status, signal, killed } = error as Error &
    Partial<Record<'code' | 'status' | 'signal' | 'killed', unknown>>;
  if (code === 'ABORT_ERR') return new TemporaryError(`${key}: the command was interrupted`);
  if (code === 'ETIMEDOUT' || killed === true) {
    return new TemporaryError(`${key}: the command took longer than ${timeoutMs / 1000} s; ${byHand}`);
  }
  if (code === 'ENOBUFS' || code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') {
    return new ConfigError([`${key}: expected little output, got more than 64 kB; ${byHand}`]);
  }
  const exit = typeof status === 'number' ? status : code;
  if (exit === 126 || exit === 127) return new ConfigError([`${key}: expected a command that can be run; ${byHand}`]);
  if (typeof exit === 'number')
    return new TemporaryError(`${key}: the command ended with exit code ${exit}; ${byHand}`);
  if (typeof signal === 'string') return new TemporaryError(`${key}: the command was ended by ${signal}; ${byHand}`);
  if (typeof code === 'string') return new TemporaryError(`${key}: the command could not be started (${code})`);
  return error;
}

function isSystemError(error: unknown): error is Error & { code: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}
