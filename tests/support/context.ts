// A Context for tests of commands, in this process: streams that remember what they got, a pinned clock, a temporary database.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { Command, CommanderError } from 'commander';
import { loadConfig } from '../../src/config/load.ts';
import type { Context, Output } from '../../src/context.ts';
import { exitCodes, TktError } from '../../src/errors.ts';
import { closeDatabase, type Database, openDatabase } from '../../src/store/database.ts';

/** The present of every test that does not set its own. */
export const pinnedNow = '2026-11-22T12:00:00.000Z';

export interface TestContextOptions {
  /** Both output streams are terminals. */
  terminal?: boolean;
  columns?: number;
  color?: boolean;
  env?: Record<string, string | undefined>;
  stdin?: string;
  now?: string;
  quiet?: boolean;
  verbose?: boolean;
}

export interface TestOutput extends Output {
  bytes(): Buffer;
  text(): string;
  /** How often it was written to. */
  writes(): number;
}

export interface TestContext extends Context {
  stdout: TestOutput;
  stderr: TestOutput;
}

/** What a command left behind. */
export interface CommandResult {
  code: number;
  stdout: string;
  stderr: string;
  bytes: Buffer;
}

export type AddCommand = (program: Command, context: Context) => void;

/** A folder with a database, and commands run on it, each with a context of its own. */
export interface Bench {
  folder: string;
  db: Database;
  context(options?: TestContextOptions): TestContext;
  run(add: AddCommand, argv: string[], options?: TestContextOptions): Promise<CommandResult>;
  close(): Promise<void>;
}

export async function openBench(): Promise<Bench> {
  const folder = mkdtempSync(join(tmpdir(), 'tkt-test-'));
  const path = join(folder, 'tkt.db');
  const db = await openDatabase({ path, now: () => new Date(pinnedNow) });
  const context = (options: TestContextOptions = {}) => createTestContext(folder, path, db, options);
  return {
    folder,
    db,
    context,
    run: (add, argv, options) => runCommand(add, argv, context(options)),
    async close() {
      await closeDatabase(db);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function createTestContext(folder: string, path: string, db: Database, options: TestContextOptions): TestContext {
  const stdout = rememberingOutput(options);
  const stderr = rememberingOutput(options);
  const env = { PAGER: '', TKT_DATABASE: path, HOME: folder, ...options.env };
  const stdin = Object.assign(new PassThrough(), { isTTY: options.stdin === undefined && options.terminal === true });
  stdin.end(options.stdin ?? '');
  const line = (text: string) => stderr.write(`${text}\n`);
  return {
    env,
    cwd: folder,
    stdin: stdin as unknown as NodeJS.ReadStream,
    stdout,
    stderr,
    now: () => new Date(options.now ?? pinnedNow),
    randomBytes: (count) => Buffer.alloc(count, 7),
    globals: { color: true, quiet: options.quiet === true, verbose: options.verbose === true },
    log: {
      debug: (text) => options.verbose && line(text),
      info: (text) => !options.quiet && line(text),
      warn: line,
      error: line,
      progress: () => {},
    },
    signal: new AbortController().signal,
    config: () => loadConfig({ env, cwd: folder }),
    database: async () => db,
    exitCode: 0,
  };
}

/** Runs one command line as main does: an expected failure is its lines on stderr and its exit code; a bug is thrown. */
export async function runCommand(add: AddCommand, argv: string[], context: TestContext): Promise<CommandResult> {
  const program = new Command('tkt').exitOverride().configureOutput({
    writeOut: (text) => context.stdout.write(text),
    writeErr: (text) => context.stderr.write(text),
    getOutHelpWidth: () => 100,
  });
  add(program, context);
  let code: number;
  try {
    await program.parseAsync(argv, { from: 'user' });
    code = context.exitCode;
  } catch (error) {
    if (error instanceof TktError) {
      context.stderr.write(`tkt: ${error.message}\n`);
      code = error.exitCode;
    } else if (error instanceof CommanderError) {
      code = error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    } else throw error;
  }
  return { code, stdout: context.stdout.text(), stderr: context.stderr.text(), bytes: context.stdout.bytes() };
}

function rememberingOutput(options: TestContextOptions): TestOutput {
  const chunks: Buffer[] = [];
  const isTerminal = options.terminal === true;
  return {
    write: (data) => {
      chunks.push(Buffer.from(data));
    },
    isTerminal,
    columns: options.columns ?? 80,
    color: options.color ?? false,
    bytes: () => Buffer.concat(chunks),
    text: () => Buffer.concat(chunks).toString('utf8'),
    writes: () => chunks.length,
  };
}
