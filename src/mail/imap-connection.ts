// One connection to an IMAP server. The only place that runs imapflow, whose ways it hides: without an error listener a reset
// ends the process, a refused command may be answered with `false`, and without a connection nothing is an error.

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ImapFlow } from 'imapflow';
import type { ImapConfig, MailAuth } from '../config/config.ts';
import { accessToken, readSecret } from '../config/secrets.ts';
import { ConfigError, TemporaryError, TktError } from '../errors.ts';
import { type ClientOptions, ImapClient, plainResponse } from './imap-client.ts';
import { explainImap, type ImapError } from './imap-trouble.ts';
import { tlsOptions } from './tls.ts';
import type { Timeouts } from './trouble.ts';

export type ImapLogIn = { user: string; pass: string } | { user: string; accessToken: string };

/** Throws ConfigError, PermissionError or TemporaryError where there is no password or token to be had. */
export async function readLogIn(config: ImapConfig, signal: AbortSignal): Promise<ImapLogIn> {
  const auth: MailAuth | null = config.auth;
  if (auth === null) {
    throw new ConfigError(['imap.username: expected a user name to log in with']);
  }
  return auth.kind === 'password'
    ? { user: auth.username, pass: await readSecret(auth.password, { signal }) }
    : { user: auth.username, accessToken: await accessToken(auth, { signal }) };
}

/** One imapflow client, its errors made ours. */
export class Connection {
  readonly #client: ImapFlow;
  readonly #explain: (error: ImapError) => string;
  readonly #signal: AbortSignal;
  readonly #onAbort = () => this.drop();
  /** Why imapflow answered `false`: it tells only its log. */
  #refusal: ImapError | null = null;
  /** What broke the connection, when a command only learns that there is none any more. */
  #breakage: ImapError | null = null;

  constructor(config: ImapConfig, login: ImapLogIn, timeouts: Timeouts, signal: AbortSignal) {
    const secrets = 'pass' in login ? [login.pass, plainResponse(login)] : [login.accessToken];
    this.#explain = (error) => explainImap(error, config, timeouts, secrets);
    this.#signal = signal;
    const listen = (entry: unknown) => this.#notice(entry);
    const ignore = () => {};
    this.#client = new ImapClient({
      ...clientOptions(config, login, timeouts),
      logger: { trace: ignore, debug: ignore, info: ignore, warn: listen, error: listen },
    });
    // Without a listener, a reset ends the process.
    this.#client.on('error', (error: ImapError) => {
      this.#breakage ??= error;
    });
    signal.addEventListener('abort', this.#onAbort);
  }

  /** A capability that the server announced. */
  has(capability: string): boolean {
    return this.#client.capabilities.has(capability);
  }

  /** Runs commands; every failure comes out as a TemporaryError with the reason and what to check. */
  async run<T>(work: (client: ImapFlow) => Promise<T>): Promise<T> {
    this.#mustBeOpen();
    this.#refusal = null;
    try {
      const answer = await work(this.#client);
      // Without a connection imapflow fetches nothing and says nothing: that must not look like an empty mailbox.
      this.#mustBeOpen();
      return answer;
    } catch (error) {
      throw this.#translate(error);
    }
  }

  #mustBeOpen(): void {
    if (this.#signal.aborted || this.#client.isClosed) {
      throw this.#translate(Object.assign(new Error('Connection not available'), { code: 'NoConnection' }));
    }
  }

  /** The same for commands that imapflow answers with `false` or nothing when the server refuses. */
  async must<T>(work: (client: ImapFlow) => Promise<T | false | undefined>): Promise<T> {
    const answer = await this.run(work);
    if (answer === false || answer === undefined) {
      throw this.#translate(this.#refusal ?? new Error('the server refused the command'));
    }
    return answer;
  }

  #translate(error: unknown): Error {
    if (this.#signal.aborted) {
      return this.#interrupted(error);
    }
    if (error instanceof TktError || !(error instanceof Error)) {
      return error instanceof Error ? error : new Error(String(error));
    }
    // "Connection not available" is only what is left of the true reason.
    const lost = (error as ImapError).code === 'NoConnection';
    const cause: ImapError = lost ? (this.#breakage ?? error) : error;
    return new TemporaryError(this.#explain(cause), { cause });
  }

  #interrupted(cause?: unknown): TemporaryError {
    return new TemporaryError('interrupted while talking to the IMAP server', { cause });
  }

  #notice(entry: unknown): void {
    const error = typeof entry === 'object' && entry !== null && 'err' in entry ? entry.err : null;
    if (!(error instanceof Error)) {
      return;
    }
    this.#refusal = error;
    // imapflow would wait for minutes and try again; the next sweep does that.
    if ((error as ImapError).code === 'ETHROTTLE') {
      this.#breakage = error;
      setImmediate(() => this.#client.close());
    }
  }

  /** Ends it now; what is under way throws. */
  drop(): void {
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#client.close();
  }

  /** Says goodbye and does not wait for the answer, as nothing depends on it. Never throws. */
  async close(): Promise<void> {
    if (this.#client.usable) {
      this.#client.logout().catch(() => {});
      // It is on its way by then, unless the server is still at something else.
      await nextTurn();
    }
    this.drop();
  }
}

function clientOptions(config: ImapConfig, login: ImapLogIn, timeouts: Timeouts): ClientOptions {
  return {
    // Else imapflow makes a random one, for a log that nobody reads.
    id: 'tkt',
    usesFolders: config.mailbox.toUpperCase() !== 'INBOX' || config.after.kind === 'move',
    host: config.host,
    port: config.port,
    secure: config.security === 'tls',
    // Required, or else (loopback) taken only where its certificate can be verified.
    ...(config.security === 'starttls' ? { doSTARTTLS: true } : {}),
    ...(config.security === 'none' && config.caFile === null ? { doSTARTTLS: false } : {}),
    tls: tlsOptions(config, 'imap'),
    auth: login,
    clientInfo: { name: 'tkt', vendor: 'tkt', 'support-url': '' },
    connectionTimeout: timeouts.connectMs,
    greetingTimeout: timeouts.greetingMs,
    socketTimeout: timeouts.silenceMs,
    disableAutoIdle: true,
    // Round trips that bring nothing to a sweep.
    disableAutoEnable: true,
    disableCompression: true,
    disableIMAP4rev2: true,
  };
}
