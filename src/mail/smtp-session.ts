// One SMTP connection, with promises: nodemailer's own answers a lost connection by an event here and a callback there.

import { isAscii } from 'node:buffer';
import { Readable } from 'node:stream';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { SmtpConfig } from '../config/config.ts';
import { SendError, type SmtpError } from './smtp-result.ts';
import { tlsOptions } from './tls.ts';
import type { Timeouts } from './trouble.ts';

export type SmtpLogIn = { user: string; pass: string } | { user: string; accessToken: string };

const quitMs = 1_000;

/** A logged-in connection. Messages go over it one at a time. */
export class SmtpSession {
  /** False once it is closed or lost. */
  alive = true;
  /** Messages that the server has answered so far. */
  sent = 0;
  /** The last message failed: `reset` before the next. */
  tainted = false;
  readonly #connection: SMTPConnection;
  readonly #lost: Promise<never>;

  private constructor(connection: SMTPConnection) {
    this.#connection = connection;
    this.#lost = new Promise((_resolve, reject) => {
      const end = (error: SmtpError) => {
        this.alive = false;
        reject(error);
      };
      connection.on('error', end);
      connection.on('end', () => end(Object.assign(new Error('Connection closed'), { code: 'ECONNECTION' })));
    });
    this.#lost.catch(() => {});
  }

  /** Throws ConfigError for a CA file that cannot be read, else nodemailer's errors. */
  static async open(
    config: SmtpConfig,
    login: SmtpLogIn | null,
    timeouts: Timeouts,
    signal: AbortSignal,
  ): Promise<SmtpSession> {
    const connection = new SMTPConnection({
      host: config.host,
      port: config.port,
      secure: config.security === 'tls',
      requireTLS: config.security === 'starttls',
      // On loopback STARTTLS is taken only where its certificate can be verified.
      ignoreTLS: config.security === 'none' && config.caFile === null,
      tls: tlsOptions(config, 'smtp'),
      connectionTimeout: timeouts.connectMs,
      dnsTimeout: timeouts.connectMs,
      greetingTimeout: timeouts.greetingMs,
      socketTimeout: timeouts.silenceMs,
      socketCloseTimeout: 0,
      logger: false,
      customAuth: { XOAUTH2: xoauth2 },
    });
    const session = new SmtpSession(connection);
    const abandon = () => connection.close();
    signal.addEventListener('abort', abandon);
    try {
      signal.throwIfAborted();
      await session.#step<void>((done) => connection.connect((error) => done(error ?? null)));
      if (login !== null) {
        await session.#logIn(config, login);
      }
      return session;
    } catch (error) {
      connection.close();
      throw error;
    } finally {
      signal.removeEventListener('abort', abandon);
    }
  }

  async #logIn(config: SmtpConfig, login: SmtpLogIn): Promise<void> {
    if (!this.#connection.allowsAuth) {
      if (config.security === 'none') {
        // A relay on this machine that trusts whoever is here.
        return;
      }
      throw Object.assign(new Error('the server offers no log-in'), { code: 'EAUTH' });
    }
    const auth = 'pass' in login ? login : { user: login.user, pass: login.accessToken, method: 'XOAUTH2' };
    await this.#step((done) => this.#connection.login(auth, done));
  }

  /** Recipients that the server refused one by one, with the others accepted; throws SendError when none was. */
  async send(from: string, to: readonly string[], raw: Buffer): Promise<SmtpError[]> {
    const content = new Content(raw);
    const envelope = { from, to: [...to], size: raw.length, use8BitMime: !isAscii(raw) };
    try {
      this.#refuseUnicode(from, to);
      const info = await this.#step<SMTPConnection.SentMessageInfo | undefined>((done) =>
        this.#connection.send(envelope, content, done),
      );
      return info?.rejectedErrors ?? [];
    } catch (error) {
      this.tainted = true;
      throw new SendError(error as SmtpError, content.isSent);
    } finally {
      this.sent += 1;
    }
  }

  /** RFC 6531 §3.2: such an address may only be given to a server that announced SMTPUTF8; nodemailer gives it to any. */
  #refuseUnicode(from: string, to: readonly string[]): void {
    const address = [from, ...to].find((each) => /[^\u0000-\u007f]/.test(each));
    const extensions: unknown = Reflect.get(this.#connection, '_supportedExtensions');
    if (address !== undefined && !(Array.isArray(extensions) && extensions.includes('SMTPUTF8'))) {
      const error = new Error(`the server takes no addresses outside ASCII (SMTPUTF8): ${address}`);
      throw Object.assign(error, { code: 'EENVELOPE' });
    }
  }

  /** After a refused message: makes sure that nothing of it is left for the next one. Closes when it cannot. */
  async reset(): Promise<void> {
    try {
      await this.#step((done) => this.#connection.reset(done));
      this.tainted = false;
    } catch {
      this.#connection.close();
    }
  }

  /** Says QUIT and waits a second at most for the answer. Never throws. */
  async close(): Promise<void> {
    if (this.alive) {
      let timer: NodeJS.Timeout | undefined;
      const patience = new Promise((resolve) => {
        timer = setTimeout(resolve, quitMs);
      });
      this.#connection.quit();
      await Promise.race([this.#lost.catch(() => {}), patience]);
      clearTimeout(timer);
    }
    this.drop();
  }

  /** Ends it now; what is under way throws. */
  drop(): void {
    this.alive = false;
    this.#connection.close();
  }

  #step<T>(start: (done: (error: Error | null, value?: T) => void) => void): Promise<T> {
    const answered = new Promise<T>((resolve, reject) => {
      start((error, value) => (error ? reject(error) : resolve(value as T)));
    });
    return Promise.race([answered, this.#lost]);
  }
}

/** A message as nodemailer wants it to know whether the server ever got to see it; without the turns that a stream takes. */
class Content extends Readable {
  isSent = false;
  readonly #raw: Buffer;

  constructor(raw: Buffer) {
    super();
    this.#raw = raw;
  }

  override pipe<T extends NodeJS.WritableStream>(connection: T): T {
    this.isSent = true;
    connection.end(this.#raw);
    return connection;
  }
}

// nodemailer's own would hide the server's reason behind its failure to fetch a second token.
async function xoauth2({ auth, sendCommand }: SMTPConnection.CustomAuthenticationContext): Promise<void> {
  const { user, pass } = auth.credentials;
  const token = Buffer.from(`user=${user}\x01auth=Bearer ${pass}\x01\x01`).toString('base64');
  let answer = await sendCommand(`AUTH XOAUTH2 ${token}`);
  if (answer.status === 334) {
    // The reason, for programs; an empty line gets the refusal.
    answer = await sendCommand('');
  }
  if (answer.status !== 235) {
    throw new Error('Invalid login');
  }
}
