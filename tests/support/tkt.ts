// The built tkt as a process, in a folder of its own, against the real servers of a test.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const tktScript = fileURLToPath(new URL('../../dist/tkt.js', import.meta.url));

export interface Finished {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface TktOptions {
  input?: string | Buffer;
  env?: Record<string, string | undefined>;
}

/** An installation: a configuration, a database, and nothing from the user who runs the tests. */
export interface Installation {
  folder: string;
  configFile: string;
  database: string;
  run(args: string[], options?: TktOptions): Promise<Finished>;
  /** Standard output; throws when the exit code is not 0. */
  ok(args: string[], options?: TktOptions): Promise<string>;
  json<T>(args: string[], options?: TktOptions): Promise<T>;
  start(args: string[], options?: TktOptions): ChildProcess;
  configure(config: Record<string, unknown>): Promise<void>;
  remove(): Promise<void>;
}

export async function installTkt(config: Record<string, unknown> = {}): Promise<Installation> {
  const folder = await mkdtemp(join(tmpdir(), 'tkt-e2e-'));
  const configFile = join(folder, 'tkt.config.json');
  const database = join(folder, 'tkt.db');
  const configure = (values: Record<string, unknown>) =>
    writeFile(configFile, JSON.stringify({ database, ...values }), { mode: 0o600 });
  await configure(config);

  const start = (args: string[], options: TktOptions = {}) => {
    const env = { PATH: process.env.PATH, HOME: folder, TKT_CONFIG: configFile, ...options.env };
    return spawn(process.execPath, [tktScript, ...args], { cwd: folder, env, stdio: ['pipe', 'pipe', 'pipe'] });
  };
  const run = (args: string[], options: TktOptions = {}) => finish(start(args, options), options.input);
  const ok = async (args: string[], options?: TktOptions) => {
    const { code, signal, stdout, stderr } = await run(args, options);
    if (code !== 0) throw new Error(`tkt ${args.join(' ')} ended with ${code ?? signal}:\n${stderr}${stdout}`);
    return stdout;
  };
  return {
    folder,
    configFile,
    database,
    configure,
    start,
    run,
    ok,
    json: async (args, options) => JSON.parse(await ok(args, options)),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/**
 * How long `ms` of an idle machine may be on this one, by the start of a process: so that a limit of the contract can be
 * tested while others keep the processors busy. The slower of two starts, for what keeps them busy comes and goes.
 */
export async function asIdle(ms: number): Promise<number> {
  const starts: number[] = [];
  for (let i = 0; i < 2; i++) {
    const startedAt = performance.now();
    await finish(spawn(process.execPath, [tktScript, '--version']));
    starts.push(performance.now() - startedAt);
  }
  const idleMs = 50;
  return ms * Math.max(1, Math.max(...starts) / idleMs);
}

/** Gives the process its input and waits for its end. */
export function finish(child: ChildProcess, input?: string | Buffer): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout?.on('data', (chunk) => stdout.push(chunk));
    child.stderr?.on('data', (chunk) => stderr.push(chunk));
    child.on('error', reject);
    child.on('close', (code, signal) =>
      resolve({ code, signal, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() }),
    );
    // Who does not read its input may be gone before all of it is written.
    child.stdin?.on('error', () => {});
    child.stdin?.end(input ?? '');
  });
}

/** A mail of 24 MB that takes seconds to read: a question and an answer, over and over. */
export function slowMail(from: string): Buffer {
  return Buffer.from(mail({ From: from, Subject: 'slow' }, 'On Monday, X wrote:\n> q\nanswer\n'.repeat(700_000)));
}

/** A plain mail with CRLF line ends. */
export function mail(fields: Record<string, string | undefined>, body: string): string {
  const defaults = { To: 'support@example.test', Date: 'Mon, 23 Nov 2026 10:00:00 +0000' };
  const head = Object.entries({ ...defaults, ...fields }).flatMap(([name, value]) =>
    value ? [`${name}: ${value}`] : [],
  );
  return `${head.join('\n')}\n\n${body}`.replace(/\r?\n/g, '\r\n');
}
