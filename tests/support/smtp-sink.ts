// An SMTP server on loopback that keeps what it is sent and, told so, refuses, drops, resets or hangs.

import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerSession } from 'smtp-server';
import type { SmtpConfig } from '../../src/config/config.ts';
import type { Certificates } from './certificates.ts';

/** What happens to one transaction (one MAIL FROM), or to one connection for `at: 'connect'`. */
export type SinkMode =
  | 'accept'
  /** The connection ends while the message is on its way; nothing is kept. */
  | 'drop-in-data'
  /** The message is kept, the connection ends before the 250. */
  | 'drop-before-250'
  /** The same by RST. */
  | 'reset-before-250'
  /** The message is kept and never answered. */
  | 'hang'
  /** No greeting, or no answer to MAIL. */
  | { hangAt: 'connect' | 'mail' }
  /** Accepted after a while. */
  | { delayMs: number }
  /** Refused with this code; at `rcpt` only these recipients, if named. */
  | { code: number; at: 'connect' | 'mail' | 'rcpt' | 'data'; text?: string; only?: readonly string[] };

export interface SinkMessage {
  /** `from` is '' for the null reverse-path. */
  envelope: { from: string; to: string[] };
  raw: Buffer;
  /** Unfolded values by lower-case name. */
  headers: Map<string, string[]>;
  /** The first value of a field, or null. */
  header(name: string): string | null;
  /** The server answered 250. */
  acknowledged: boolean;
  /** Over TLS. */
  secure: boolean;
  /** Who logged in. */
  user: string | null;
  at: Date;
}

export interface SmtpSink {
  port: number;
  /** Every message whose final dot arrived, in order. */
  messages: SinkMessage[];
  /** What clients asked for, oldest first: `AUTH user`, `MAIL a@b`, `RCPT c@d`, `DATA`. Never a password. */
  commands: string[];
  /** Connections accepted so far, and the most at one time. */
  readonly connections: number;
  readonly mostAtOnce: number;
  /** Behaviour from the next transaction on: one mode each, the last one for all that follow. */
  use(...modes: [SinkMode, ...SinkMode[]]): void;
  /** A client configuration for it. */
  config(overrides?: Partial<SmtpConfig>): SmtpConfig;
  /** Resolves when that many messages have arrived; rejects when they did not in time. */
  waitFor(count: number, timeoutMs?: number): Promise<SinkMessage[]>;
  stop(): Promise<void>;
}

export interface SinkOptions {
  mode?: SinkMode;
  /** Fixed port, to bring a relay back where it was. */
  port?: number;
  /** `starttls` offers it, `tls` from the start, `none` (default) knows no TLS. */
  security?: 'none' | 'starttls' | 'tls';
  certificates?: Certificates;
  /** Users with their passwords or access tokens: a log-in is required then. */
  users?: Record<string, string>;
  /** Connections at one time; what comes over any more is refused at that step. */
  room?: { connections: number; at: 'connect' | 'mail' | 'data'; code: number; text: string };
  /** SIZE in bytes. */
  size?: number;
  /** SMTPUTF8 is offered unless false. */
  smtpUtf8?: boolean;
  /** PIPELINING is offered unless false. */
  pipelining?: boolean;
}

/** Starts the sink on 127.0.0.1. */
export async function startSmtpSink(options: SinkOptions = {}): Promise<SmtpSink> {
  const security = options.security ?? 'none';
  let modes: SinkMode[] = [options.mode ?? 'accept'];
  const modeOfSession = new Map<string, SinkMode>();
  const messages: SinkMessage[] = [];
  const commands: string[] = [];
  const waiting = new Set<() => void>();
  const sockets = new Map<string, boolean>();
  let connections = 0;
  let mostAtOnce = 0;

  const nextMode = (): SinkMode => (modes.length > 1 ? modes.shift() : modes[0]) ?? 'accept';
  const withoutRoom = new Set<string>();
  const modeOf = (session: SMTPServerSession): SinkMode => {
    if (options.room && withoutRoom.has(session.id)) return options.room;
    return modeOfSession.get(session.id) ?? 'accept';
  };

  const server = new SMTPServer({
    banner: 'sink',
    logger: false,
    authOptional: options.users === undefined,
    allowInsecureAuth: true,
    authMethods: ['PLAIN', 'LOGIN', 'XOAUTH2'],
    secure: security === 'tls',
    disabledCommands: [...(security === 'starttls' ? [] : ['STARTTLS']), ...(options.users ? [] : ['AUTH'])],
    hideSMTPUTF8: options.smtpUtf8 === false,
    hidePIPELINING: options.pipelining === false,
    disableReverseLookup: true,
    closeTimeout: 10,
    ...(options.size === undefined ? {} : { size: options.size }),
    ...(options.certificates === undefined
      ? {}
      : { cert: readFileSync(options.certificates.certFile), key: readFileSync(options.certificates.keyFile) }),
    onConnect(session, callback) {
      connections += 1;
      sockets.set(session.id, true);
      mostAtOnce = Math.max(mostAtOnce, sockets.size);
      if (options.room && sockets.size > options.room.connections) withoutRoom.add(session.id);
      const mode = withoutRoom.has(session.id) ? modeOf(session) : (modes[0] ?? 'accept');
      if (typeof mode === 'object' && 'hangAt' in mode && mode.hangAt === 'connect') {
        nextMode();
        return;
      }
      if (typeof mode === 'object' && 'code' in mode && mode.at === 'connect') {
        nextMode();
        callback(refusal(mode.code, mode.text));
        return;
      }
      callback();
    },
    onClose(session) {
      sockets.delete(session.id);
    },
    onAuth(auth, _session, callback) {
      const name = auth.username ?? '';
      commands.push(`AUTH ${name}`);
      const expected = options.users?.[name];
      const given = auth.method === 'XOAUTH2' ? auth.accessToken : auth.password;
      if (expected !== undefined && expected === given) {
        callback(null, { user: name });
      } else {
        callback(refusal(535, '5.7.8 Username and password not accepted'));
      }
    },
    onMailFrom(address, session, callback) {
      modeOfSession.set(session.id, nextMode());
      const mode = modeOf(session);
      commands.push(`MAIL ${address.address}`);
      if (typeof mode === 'object' && 'hangAt' in mode) {
        return;
      }
      refuseAt('mail', mode, callback);
    },
    onRcptTo(address, session, callback) {
      const mode = modeOf(session);
      commands.push(`RCPT ${address.address}`);
      if (typeof mode === 'object' && 'code' in mode && mode.only && !mode.only.includes(address.address)) {
        callback();
      } else {
        refuseAt('rcpt', mode, callback);
      }
    },
    onData(stream, session, callback) {
      const mode = modeOf(session);
      commands.push('DATA');
      if (mode === 'drop-in-data') {
        stream.resume();
        endConnection(session, 'cut');
        return;
      }
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => finish(Buffer.concat(chunks), session, mode, callback));
    },
  });

  function finish(raw: Buffer, session: SMTPServerSession, mode: SinkMode, callback: (error?: Error | null) => void) {
    if (typeof mode === 'object' && 'code' in mode && mode.at === 'data') {
      callback(refusal(mode.code, mode.text));
      return;
    }
    const message = messageOf(raw, session);
    messages.push(message);
    for (const check of waiting) {
      check();
    }
    if (mode === 'hang') {
      return;
    }
    if (mode === 'drop-before-250' || mode === 'reset-before-250') {
      endConnection(session, mode === 'reset-before-250' ? 'reset' : 'cut');
      return;
    }
    const acknowledge = () => {
      message.acknowledged = true;
      callback();
    };
    if (typeof mode === 'object' && 'delayMs' in mode) {
      setTimeout(acknowledge, mode.delayMs);
    } else {
      acknowledge();
    }
  }

  function endConnection(session: SMTPServerSession, how: 'cut' | 'reset'): void {
    for (const connection of server.connections) {
      if (connection.session?.id === session.id) {
        how === 'reset' ? connection._socket.resetAndDestroy() : connection._socket.destroy();
      }
    }
  }

  // A client that gives up on a certificate, or resets, is part of the tests.
  server.on('error', () => {});
  await new Promise<void>((resolve, reject) => {
    server.server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const port = (server.server.address() as AddressInfo).port;

  return {
    port,
    messages,
    commands,
    get connections() {
      return connections;
    },
    get mostAtOnce() {
      return mostAtOnce;
    },
    use(...next) {
      modes = [...next];
    },
    config: (overrides = {}) => ({
      host: '127.0.0.1',
      port,
      security,
      auth: null,
      caFile: options.certificates?.caFile ?? null,
      from: 'support@example.test',
      nullSender: true,
      ...overrides,
    }),
    waitFor(count, timeoutMs = 10_000) {
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(check);
          reject(new Error(`${messages.length} of ${count} messages arrived within ${timeoutMs} ms`));
        }, timeoutMs);
        const check = () => {
          if (messages.length >= count) {
            clearTimeout(timer);
            waiting.delete(check);
            resolve(messages);
          }
        };
        waiting.add(check);
        check();
      });
    },
    stop() {
      for (const connection of server.connections) {
        connection._socket.destroy();
      }
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function refuseAt(step: 'mail' | 'rcpt', mode: SinkMode, callback: (error?: Error | null) => void): void {
  if (typeof mode === 'object' && 'code' in mode && mode.at === step) {
    callback(refusal(mode.code, mode.text));
  } else {
    callback();
  }
}

function refusal(code: number, text?: string): Error {
  return Object.assign(new Error(text ?? (code < 500 ? 'Try again later' : 'No')), { responseCode: code });
}

function messageOf(raw: Buffer, session: SMTPServerSession): SinkMessage {
  const { mailFrom, rcptTo } = session.envelope;
  const headers = readHeaders(raw);
  return {
    envelope: { from: mailFrom === false ? '' : mailFrom.address, to: rcptTo.map((recipient) => recipient.address) },
    raw,
    headers,
    header: (name) => headers.get(name.toLowerCase())?.[0] ?? null,
    acknowledged: false,
    secure: session.secure,
    user: session.user ?? null,
    at: new Date(),
  };
}

function readHeaders(raw: Buffer): Map<string, string[]> {
  const text = raw.toString('latin1');
  const end = text.search(/\r?\n\r?\n/);
  const headers = new Map<string, string[]>();
  let last: string[] | undefined;
  for (const line of (end < 0 ? text : text.slice(0, end)).split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (/^[ \t]/.test(line) && last !== undefined) {
      last.push(`${last.pop() ?? ''} ${line.trim()}`);
    } else if (colon > 0) {
      const name = line.slice(0, colon).toLowerCase();
      last = headers.get(name) ?? [];
      last.push(line.slice(colon + 1).trim());
      headers.set(name, last);
    }
  }
  return headers;
}
