// The named errors, and the exit code of each (sysexits.h, which Postfix and procmail understand).
// An expected failure is one of these; anything else that is thrown is a bug and ends with `exitCodes.bug`.

export const exitCodes = {
  done: 0,
  /** Understood but refused: no such ticket, no such agent, some of a bulk failed. */
  refused: 1,
  /** EX_USAGE */
  usage: 64,
  /** EX_DATAERR: `receive` was given something that is no mail. */
  notMail: 65,
  /** EX_SOFTWARE */
  bug: 70,
  /** EX_IOERR: disk or database. */
  io: 74,
  /** EX_TEMPFAIL: the next cron run tries again. */
  temporary: 75,
  /** EX_NOPERM */
  permission: 77,
  /** EX_CONFIG */
  config: 78,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** A failure that was foreseen. Its message is one or two lines: what failed, why, what to do. Never a secret. */
export abstract class TktError extends Error {
  abstract readonly exitCode: ExitCode;
  override get name(): string {
    return this.constructor.name;
  }
}

/** Understood, but there is no such ticket or agent, or a rule forbids it. */
export class RefusedError extends TktError {
  readonly exitCode = exitCodes.refused;
}

/** The command line is wrong: unknown option, bad value. */
export class UsageError extends TktError {
  readonly exitCode = exitCodes.usage;
}

/** What came on standard input is no mail. */
export class NotMailError extends TktError {
  readonly exitCode = exitCodes.notMail;
}

/** The disk or the database failed: full, read-only, damaged, newer than this program. */
export class StoreError extends TktError {
  readonly exitCode = exitCodes.io;
}

/** A server, the network, or a lock was not to be had just now. */
export class TemporaryError extends TktError {
  readonly exitCode = exitCodes.temporary;
}

/** The operating system said no, or a file that holds a secret can be read by others. */
export class PermissionError extends TktError {
  readonly exitCode = exitCodes.permission;
}

/** Configuration missing or wrong. `problems` has a line for each: file, key and the value expected. */
export class ConfigError extends TktError {
  readonly exitCode = exitCodes.config;
  readonly problems: readonly string[];
  constructor(problems: readonly string[], options?: ErrorOptions) {
    super(problems.join('\n'), options);
    this.problems = problems;
  }
}

/** Node's `ENOENT: no such file or directory, open 'a.txt'` in the words of the system alone, for a message that names the file. */
export function systemReason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return /^E[A-Z0-9]+: ([^,]+)/.exec(message)?.[1] ?? message;
}
