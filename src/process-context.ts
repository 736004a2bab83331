// The Context of a real process: file descriptors, environment, signals. Tests make their own.

import { randomBytes } from 'node:crypto';
import { fstatSync, readSync, statSync, writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import type { Config } from './config/config.ts';
import type { Context, GlobalOptions, Output } from './context.ts';
import { StoreError, systemReason } from './errors.ts';
import { createLog, type ProcessLog } from './log.ts';
import type { Database } from './store/database.ts';

/** The reader of our output has gone (`tkt list | head -1`): stop, quietly. */
export class OutputClosed extends Error {}

/** Everything a process opened, so that main can close it. */
export interface ProcessContext extends Context {
  /** Reads the configuration where it is right; loads what can say otherwise. `--version` and `--help` do without. */
  prepare(): Promise<void>;
  close(): Promise<void>;
  log: ProcessLog;
}

/** @param globals filled in by main when the command line has been read. */
export function createProcessContext(globals: GlobalOptions): ProcessContext {
  const env = process.env;
  const stdout = outputTo(1, 'standard output', env, globals);
  const stderr = outputTo(2, 'standard error', env, globals);
  let loader: typeof import('./config/load.ts') | undefined;
  let config: Config | undefined;
  let database: Promise<Database> | undefined;
  let abort: AbortController | undefined;
  const log = createLog(stderr, globals);
  const useLogFormat = (loaded: Config) => {
    log.format = globals.runsUnattended ? loaded.log.format : 'text';
  };
  const loadOptions = () => ({ env, cwd: process.cwd(), ...(globals.config ? { configPath: globals.config } : {}) });

  const context: ProcessContext = {
    async prepare() {
      const { quickConfig } = await import('./config/quick.ts');
      config = quickConfig(loadOptions()) ?? undefined;
      if (config) useLogFormat(config);
      else loader = await import('./config/load.ts');
    },
    env,
    cwd: process.cwd(),
    get stdin() {
      return process.stdin as NodeJS.ReadStream;
    },
    stdout,
    stderr,
    now: () => new Date(),
    randomBytes: drawRandom(),
    globals,
    log,
    get signal() {
      abort ??= abortOnSignals();
      return abort.signal;
    },
    config() {
      if (!config) {
        if (!loader) throw new Error('the configuration was asked for before its module was loaded');
        config = loader.loadConfig(loadOptions());
        useLogFormat(config);
      }
      return config;
    },
    async database() {
      database ??= import('./store/database.ts').then(({ openDatabase }) =>
        openDatabase({ path: context.config().database, now: context.now, progress: log.progress }),
      );
      return database;
    },
    exitCode: 0,
    async close() {
      const opened = await database?.catch(() => undefined);
      if (opened) await (await import('./store/database.ts')).closeDatabase(opened);
    },
  };
  return context;
}

/** SIGINT, SIGTERM and SIGHUP ask for an orderly end; who does not manage in two seconds is ended. SQLite rolls back. */
function abortOnSignals(): AbortController {
  const controller = new AbortController();
  const stop = () => {
    controller.abort();
    setTimeout(() => process.exit(75), 1_500).unref();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, stop);
  return controller;
}

function outputTo(fd: 1 | 2, name: string, env: NodeJS.ProcessEnv, globals: GlobalOptions): Output {
  let isTerminal: boolean | undefined;
  const output: Output = {
    write: (data) => writeFully(fd, typeof data === 'string' ? Buffer.from(data, 'utf8') : data, name),
    get isTerminal() {
      isTerminal ??= mayBeTerminal(fd) && isatty(fd);
      return isTerminal;
    },
    get columns() {
      // The stream of a pipe does not know, and takes node four milliseconds to make.
      const known = output.isTerminal ? (fd === 1 ? process.stdout : process.stderr).columns : undefined;
      return known || Number(env.COLUMNS) || 80;
    },
    get color() {
      if (!globals.color || env.NO_COLOR) return false;
      if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== '0';
      return output.isTerminal && env.TERM !== 'dumb';
    },
  };
  return output;
}

/** False for pipes, files and /dev/null, which so need none of what node has for terminals (it loads that on first use). */
function mayBeTerminal(fd: number): boolean {
  try {
    const stats = fstatSync(fd);
    return stats.isCharacterDevice() && stats.rdev !== statSync('/dev/null').rdev;
  } catch {
    return false;
  }
}

/** Synchronous, so that a closed or full reader shows at the write that met it and not some time later. */
function writeFully(fd: number, data: Uint8Array, name: string): void {
  let offset = 0;
  while (offset < data.length) {
    try {
      offset += writeSync(fd, data, offset);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === 'EAGAIN') {
        // The other side of a non-blocking pipe is slower than we are.
        waitForOtherSide();
      } else if (code === 'EPIPE' || code === 'EBADF') {
        throw new OutputClosed(name);
      } else {
        throw new StoreError(`cannot write to ${name}: ${systemReason(error)}`, { cause: error });
      }
    }
  }
}

function waitForOtherSide(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
}

/** Reads all of standard input, as bytes. */
export function readStdin(): Buffer {
  const parts: Buffer[] = [];
  for (;;) {
    const part = Buffer.allocUnsafe(stdinBytes);
    const length = readSome(part);
    if (length === 0) return Buffer.concat(parts);
    parts.push(part.subarray(0, length));
  }
}

const stdinBytes = 64 * 1024;

/** Waits for the other side of a pipe that does not block: its owner may have made it so, and node does. */
function readSome(part: Buffer): number {
  for (;;) {
    try {
      return readSync(0, part);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === 'EOF') return 0;
      if (code !== 'EAGAIN')
        throw new StoreError(`cannot read standard input: ${systemReason(error)}`, { cause: error });
      waitForOtherSide();
    }
  }
}

/** Fetched by the kilobyte and given out once each: a call to the system for every id would be half of its making. */
function drawRandom(): (count: number) => Buffer {
  let store: Buffer = Buffer.alloc(0);
  return (count) => {
    if (store.length < count) store = randomBytes(Math.max(count, 1024));
    const drawn = store.subarray(0, count);
    store = store.subarray(count);
    return drawn;
  };
}
