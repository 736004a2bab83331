// What a command may touch: streams, clock, randomness, configuration, database. Everything heavy is opened on first use.

import type { Config } from './config/config.ts';
import type { Database } from './store/database.ts';

export interface GlobalOptions {
  config?: string;
  /** false with --no-color. */
  color: boolean;
  quiet: boolean;
  verbose: boolean;
  /** The command is one for cron or a mail server: log.format is for what it says. */
  runsUnattended?: boolean;
}

/** A stream to write to, and what is known of who reads it. */
export interface Output {
  write(text: string | Uint8Array): void;
  isTerminal: boolean;
  /** Columns of the terminal; 80 where unknown. */
  columns: number;
  /** Colour is wanted: a terminal, or FORCE_COLOR; not with NO_COLOR or --no-color (CONTRACT §2). */
  color: boolean;
}

export interface Log {
  /** Only with --verbose. */
  debug(line: string): void;
  /** Progress; silent with --quiet. */
  info(line: string): void;
  warn(line: string): void;
  error(line: string): void;
  /** How far a long work is, in one line that the next one replaces; '' takes it away. On a terminal alone. */
  progress(line: string): void;
}

export interface Context {
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  stdin: NodeJS.ReadStream;
  stdout: Output;
  stderr: Output;
  now(): Date;
  randomBytes(count: number): Buffer;
  globals: GlobalOptions;
  log: Log;
  /** SIGINT or SIGTERM came: end within two seconds, with the work in hand finished or rolled back. */
  signal: AbortSignal;
  /** Read and validated on first call. Throws ConfigError with every problem at once. */
  config(): Config;
  /** Opened and migrated on first call; closed by main. Throws StoreError, PermissionError. */
  database(): Promise<Database>;
  /** The exit code when the command ends without throwing: `refused` when some of a bulk failed. */
  exitCode: number;
}
