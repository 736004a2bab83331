// Sends messages over SMTP: explicit envelope, raw bytes, an answer for each recipient. Connections are kept and shared.

import type { SmtpConfig } from '../config/config.ts';
import { accessToken, readSecret } from '../config/secrets.ts';
import type { Log } from '../context.ts';
import { TemporaryError, TktError } from '../errors.ts';
import {
  type Explainer,
  explainSmtp,
  failAll,
  isClosing,
  isCrowding,
  mayBeCrowding,
  mixed,
  type RecipientResult,
  SendError,
  type SmtpError,
} from './smtp-result.ts';
import type { SmtpLogIn, SmtpSession } from './smtp-session.ts';
import { refusePlainText } from './tls.ts';
import { defaultTimeouts, type Timeouts } from './trouble.ts';
import { Turns } from './turns.ts';

export type { RecipientResult } from './smtp-result.ts';

/** One for each recipient, in the order given. */
export type SendResult = RecipientResult[];

export interface Envelope {
  /** '' is the null reverse-path (RFC 5321 §4.5.5). */
  from: string;
  to: readonly string[];
}

export interface Transport {
  /**
   * Sends one message; up to `pool` at the same time, the others wait their turn. Never throws: what fails, fails for
   * each recipient, temporary unless the server refused the message or the address itself.
   */
  send(message: Envelope & { raw: Buffer }): Promise<SendResult>;
  /** Connects and logs in. Throws TemporaryError with what to check, ConfigError, PermissionError. */
  verify(): Promise<void>;
  /** Waits for what is under way, then says goodbye. Never throws. */
  close(): Promise<void>;
}

export interface OpenTransportOptions {
  log: Log;
  /** Messages that wait fail at once; those under way have a second to finish. */
  signal: AbortSignal;
  /** Connections at most; 1 unless given. */
  pool?: number;
  timeouts?: Partial<Timeouts>;
  /** How long a server that could not be reached is left alone: messages fail without waiting for it. 30 s. */
  restMs?: number;
}

const defaultRestMs = 30_000;
const graceMs = 1_000;

/** Nothing is connected before the first message. */
export function openTransport(config: SmtpConfig, options: OpenTransportOptions): Transport {
  return new Pool(config, options);
}

class Pool implements Transport {
  readonly #config: SmtpConfig;
  readonly #log: Log;
  readonly #signal: AbortSignal;
  readonly #explainer: Explainer & { secrets: string[] };
  /** Of connections: fewer than were asked for where the server does not take as many. */
  readonly #turns: Turns;
  readonly #restMs: number;
  readonly #idle: SmtpSession[] = [];
  readonly #open = new Set<SmtpSession>();
  readonly #connecting = new Set<Promise<SmtpSession>>();
  #logIn: Promise<SmtpLogIn | null> | null = null;
  #outage: { error: Error; until: number } | null = null;
  readonly #onAbort = () => {
    setTimeout(() => this.#dropAll(), graceMs).unref();
  };

  constructor(config: SmtpConfig, options: OpenTransportOptions) {
    const timeouts = { ...defaultTimeouts, ...options.timeouts };
    this.#config = config;
    this.#log = options.log;
    this.#signal = options.signal;
    this.#turns = new Turns(options.pool ?? 1);
    this.#restMs = options.restMs ?? defaultRestMs;
    this.#explainer = { config, timeouts, secrets: [] };
    this.#signal.addEventListener('abort', this.#onAbort);
  }

  async send({ from, to, raw }: Envelope & { raw: Buffer }): Promise<SendResult> {
    const recipients = [...new Set(to)];
    for (;;) {
      await this.#turns.take();
      try {
        return await this.#attempt(from, recipients, raw);
      } catch (error) {
        if (!(error instanceof Crowded)) return this.#fail(recipients, error);
        this.#narrow(error);
      } finally {
        this.#turns.end();
      }
    }
  }

  /** No more connections than the server has taken: Microsoft 365, say, takes three. The message waits for one of them. */
  #narrow({ cause }: Crowded): void {
    this.#turns.narrow(this.#countAlive());
    this.#log.debug(`${explainSmtp(cause, this.#explainer)}: going on over ${this.#turns.limit} at a time`);
  }

  #countAlive(): number {
    return [...this.#open].filter(({ alive }) => alive).length;
  }

  async #attempt(from: string, to: string[], raw: Buffer): Promise<SendResult> {
    this.#signal.throwIfAborted();
    const session = await this.#session();
    const reused = session.sent > 0;
    try {
      const rejected = await session.send(from, to, raw);
      return mixed(to, rejected, this.#explainer);
    } catch (error) {
      if (!(error instanceof SendError)) throw error;
      const stale = !error.contentSent && (!session.alive || isClosing(error.cause));
      // A server may end a connection between two messages (RFC 5321 §4.5.3.2.7): a new one, once.
      if (reused && stale && !this.#signal.aborted) {
        session.drop();
        return await this.#attempt(from, to, raw);
      }
      if (!stale && !isCrowding(error.cause)) throw error;
      session.drop();
      throw this.#countAlive() > 0 ? new Crowded(error.cause) : error;
    } finally {
      await this.#release(session);
    }
  }

  async #release(session: SmtpSession): Promise<void> {
    if (session.alive && session.tainted) {
      await session.reset();
    }
    if (session.alive) {
      this.#idle.push(session);
    } else {
      this.#open.delete(session);
    }
  }

  async #session(): Promise<SmtpSession> {
    for (let session = this.#idle.pop(); session !== undefined; session = this.#idle.pop()) {
      if (session.alive) {
        return session;
      }
      this.#open.delete(session);
    }
    if (this.#outage !== null && Date.now() < this.#outage.until) {
      throw this.#outage.error;
    }
    try {
      const session = await this.#connect();
      this.#outage = null;
      return session;
    } catch (error) {
      if (await this.#isCrowded(error)) throw new Crowded(error as SmtpError);
      // Read again for the next try: a token expires, a password is mended.
      this.#logIn = null;
      if (error instanceof Error && !this.#signal.aborted) {
        this.#outage = { error, until: Date.now() + this.#restMs };
      }
      throw error;
    }
  }

  /** Whether one more connection failed, but others of ours are there. */
  async #isCrowded(error: unknown): Promise<boolean> {
    if (this.#signal.aborted || error instanceof TktError || !mayBeCrowding(error as SmtpError)) return false;
    // Those that are still on their way may be what the server has taken.
    await Promise.allSettled(this.#connecting);
    return this.#countAlive() > 0;
  }

  async #connect(): Promise<SmtpSession> {
    const connecting = this.#openSession();
    this.#connecting.add(connecting);
    try {
      return await connecting;
    } finally {
      this.#connecting.delete(connecting);
    }
  }

  async #openSession(): Promise<SmtpSession> {
    refusePlainText(this.#config, 'smtp');
    this.#logIn ??= this.#readLogIn();
    const logIn = await this.#logIn;
    // Loaded with the first connection: most polls have nothing to send.
    const { SmtpSession } = await import('./smtp-session.ts');
    const session = await SmtpSession.open(this.#config, logIn, this.#explainer.timeouts, this.#signal);
    this.#open.add(session);
    this.#log.debug(`${this.#config.host}:${this.#config.port} connected for sending`);
    return session;
  }

  async #readLogIn(): Promise<SmtpLogIn | null> {
    const { auth } = this.#config;
    if (auth === null) {
      return null;
    }
    const options = { signal: this.#signal };
    const secret =
      auth.kind === 'password' ? await readSecret(auth.password, options) : await accessToken(auth, options);
    this.#explainer.secrets.push(secret);
    return auth.kind === 'password'
      ? { user: auth.username, pass: secret }
      : { user: auth.username, accessToken: secret };
  }

  #fail(recipients: string[], error: unknown): SendResult {
    if (this.#signal.aborted || error instanceof TktError) {
      const text = error instanceof TktError ? error.message : 'interrupted';
      return recipients.map((address) => ({ address, ok: false, permanent: false, error: text }));
    }
    const contentSent = error instanceof SendError && error.contentSent;
    const cause = (error instanceof SendError ? error.cause : error) as SmtpError;
    return failAll(recipients, cause, { ...this.#explainer, contentSent });
  }

  async verify(): Promise<void> {
    await this.#turns.take();
    try {
      // A connection of its own: one that lies idle may be dead without anybody knowing.
      const session = await this.#connect();
      this.#outage = null;
      this.#open.delete(session);
      await session.close();
    } catch (error) {
      // One that has no room for this connection, beside those that it has taken, is there.
      if (isCrowding(error as SmtpError) && this.#countAlive() > 0) return;
      // Read again for the next try: a token expires, a password is mended.
      this.#logIn = null;
      if (error instanceof TktError || !(error instanceof Error)) {
        throw error;
      }
      throw new TemporaryError(explainSmtp(error, this.#explainer), { cause: error });
    } finally {
      this.#turns.end();
    }
  }

  async close(): Promise<void> {
    // Whoever has every turn knows that nothing is under way.
    await Promise.all(Array.from({ length: this.#turns.limit }, () => this.#turns.take()));
    this.#signal.removeEventListener('abort', this.#onAbort);
    await Promise.all([...this.#open].map((session) => session.close()));
    this.#dropAll();
    for (let turn = 0; turn < this.#turns.limit; turn++) {
      this.#turns.end();
    }
  }

  #dropAll(): void {
    for (const session of this.#open) {
      session.drop();
    }
    this.#open.clear();
    this.#idle.length = 0;
  }
}

/** The server does not take so many connections at a time. */
class Crowded extends Error {
  override readonly cause: SmtpError;
  constructor(cause: SmtpError) {
    super(cause.message, { cause });
    this.cause = cause;
  }
}
