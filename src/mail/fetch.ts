// Reads a mailbox over IMAP: what a sweep may ask of one, and how that is said to imapflow.

import type { ImapFlow } from 'imapflow';
import type { ImapConfig } from '../config/config.ts';
import type { Log } from '../context.ts';
import { TemporaryError } from '../errors.ts';
import { forTerminalLine } from '../text/terminal.ts';
import { Connection, readLogIn } from './imap-connection.ts';
import {
  type FetchedMessage,
  fetchFacts,
  fetchLarge,
  fetchMessages,
  type MessageFacts,
  type MessageSize,
} from './imap-fetch.ts';
import type { ImapError } from './imap-trouble.ts';
import { refusePlainText } from './tls.ts';
import { defaultTimeouts, type Timeouts } from './trouble.ts';
import { formatUidSets } from './uid-set.ts';

export type { FetchedMessage, MessageFacts, MessageSize };

export interface OpenMailboxOptions {
  log: Log;
  /** Ends the session at once: what is under way rejects with TemporaryError. */
  signal: AbortSignal;
  timeouts?: Partial<Timeouts>;
}

export interface MailboxQuery {
  unseen: boolean;
  /** That UID and those above it, up to `highestUid`. */
  sinceUid?: number;
  /** Those that arrived since then; IMAP counts in days of the server's zone, so up to two days more come along. */
  sinceDate?: Date;
}

/** Every method throws TemporaryError when the server refuses, falls silent or goes away, or the signal is given. */
export interface MailboxSession {
  /** RFC 9051 §2.3.1.1: UIDs mean the same messages only while this stays. */
  readonly uidValidity: number;
  /** Flags cannot be set: markSeen, move and remove do nothing and return false. */
  readonly readOnly: boolean;
  /** Number of messages when it was opened. */
  readonly exists: number;
  /** The highest UID given out when it was opened; mail that comes later has a higher one. 0 for none so far. */
  readonly highestUid: number;
  /** UIDs of every message that one of the conditions fits, ascending. */
  search(query: MailboxQuery): Promise<number[]>;
  /** One command for all; messages that are gone are left out. */
  sizes(uids: readonly number[]): Promise<MessageSize[]>;
  /** The same, with what only some sweeps need. */
  facts(uids: readonly number[]): Promise<MessageFacts[]>;
  /**
   * Fetches without setting \Seen, one command for all: mind their total size. `onMessage` gets them in the server's
   * order, one after the other, and may use the session. Its own errors are thrown as they are.
   * `missing`: those asked for that did not come; others have deleted them. `maxBytes`: no more than the beginning.
   */
  fetch(
    uids: readonly number[],
    onMessage: (message: FetchedMessage) => Promise<void> | void,
    options?: { maxBytes?: number },
  ): Promise<{ missing: number[] }>;
  /** One large message of about `size` bytes, in memory that threads share. Null where others have deleted it. */
  fetchLarge(uid: number, size: number): Promise<FetchedMessage | null>;
  /** One command for all. False when nothing could be set. */
  markSeen(uids: readonly number[]): Promise<boolean>;
  /** To another folder, which is created if need be. */
  move(uids: readonly number[], folder: string): Promise<boolean>;
  /** Deletes these and nothing else: a server without UIDPLUS only gets the flags \Deleted and \Seen set. */
  remove(uids: readonly number[]): Promise<boolean>;
  /** Resolves when something new has come, or after the time, or with the signal (IMAP IDLE, RFC 2177). */
  waitForMail(timeoutMs: number): Promise<void>;
  /** Logs out. Never throws. */
  close(): Promise<void>;
}

/**
 * Connects, logs in and selects `config.mailbox`. Throws TemporaryError with the reason and what to check, in one line
 * to follow "Error connecting to inbox: "; ConfigError and PermissionError for a CA file or a secret that cannot be read.
 */
export async function openMailbox(config: ImapConfig, options: OpenMailboxOptions): Promise<MailboxSession> {
  refusePlainText(config, 'imap');
  const timeouts = { ...defaultTimeouts, ...options.timeouts };
  const login = await readLogIn(config, options.signal);
  const connection = new Connection(config, login, timeouts, options.signal);
  try {
    await connection.run((client) => client.connect());
    return await selectMailbox(connection, config, options);
  } catch (error) {
    connection.drop();
    throw error;
  }
}

async function selectMailbox(
  connection: Connection,
  config: ImapConfig,
  { log, signal }: OpenMailboxOptions,
): Promise<MailboxSession> {
  const mailbox = await connection.run(async (client) => {
    try {
      return await client.mailboxOpen(config.mailbox);
    } catch (error) {
      throw (error as ImapError).mailboxMissing ? await missingMailbox(client, config, error) : error;
    }
  });
  const highestUid = mailbox.uidNext ? mailbox.uidNext - 1 : await findHighestUid(connection, mailbox.exists);
  // No \Seen that lasts is as good as read-only: PERMANENTFLAGS ().
  const flags = mailbox.permanentFlags;
  const readOnly = mailbox.readOnly === true || (flags !== undefined && !flags.has('\\Seen') && !flags.has('\\*'));
  log.debug(`${config.host}:${config.port} ${forTerminalLine(config.mailbox)}: ${mailbox.exists} messages`);
  return makeSession(
    connection,
    { uidValidity: Number(mailbox.uidValidity), readOnly, exists: mailbox.exists, highestUid },
    signal,
  );
}

async function missingMailbox(client: ImapFlow, config: ImapConfig, cause: unknown): Promise<TemporaryError> {
  const folders = await client.list({ listOnly: true }).catch(() => []);
  const names = folders.slice(0, 20).map((folder) => forTerminalLine(folder.path));
  const known = names.length > 0 ? `; there are ${names.join(', ')}${folders.length > 20 ? '…' : ''}` : '';
  return new TemporaryError(`no mailbox ${forTerminalLine(config.mailbox)}; check imap.mailbox${known}`, { cause });
}

/** For servers that do not tell UIDNEXT at SELECT. */
async function findHighestUid(connection: Connection, exists: number): Promise<number> {
  if (exists === 0) {
    return 0;
  }
  const last = await connection.must((client) => client.fetchOne('*', { uid: true }));
  return last.uid;
}

type MailboxState = Pick<MailboxSession, 'uidValidity' | 'readOnly' | 'exists' | 'highestUid'>;

function makeSession(connection: Connection, state: MailboxState, signal: AbortSignal): MailboxSession {
  const { readOnly, highestUid } = state;

  async function setFlags(uids: readonly number[], flags: string[]): Promise<boolean> {
    if (readOnly || uids.length === 0) {
      return false;
    }
    for (const set of formatUidSets(uids)) {
      await connection.must((client) => client.messageFlagsAdd(set, flags, { uid: true, silent: true }));
    }
    return true;
  }

  async function remove(uids: readonly number[]): Promise<boolean> {
    // \Seen too: where nobody expunges, it must not come up as unread again.
    if (!(await setFlags(uids, ['\\Seen', '\\Deleted']))) {
      return false;
    }
    if (connection.has('UIDPLUS')) {
      for (const set of formatUidSets(uids)) {
        await connection.must((client) => client.messageDelete(set, { uid: true }));
      }
    }
    return true;
  }

  return {
    ...state,
    remove,
    async search(query) {
      const either = conditions(query, highestUid);
      if (either.length === 0) {
        return [];
      }
      const search = either.length === 1 ? (either[0] ?? {}) : { or: either };
      const found = await connection.must((client) => client.search(search, { uid: true }));
      return found.sort((a, b) => a - b);
    },
    sizes: (uids) => fetchFacts(connection, uids, {}),
    facts: (uids) => fetchFacts(connection, uids, { flags: true, internalDate: true }),
    fetch: (uids, onMessage, options) => fetchMessages(connection, uids, onMessage, options),
    fetchLarge: (uid, size) => fetchLarge(connection, uid, size),
    markSeen: (uids) => setFlags(uids, ['\\Seen']),
    async move(uids, folder) {
      if (readOnly || uids.length === 0) {
        return false;
      }
      for (const set of formatUidSets(uids)) {
        await transfer(connection, set, folder);
      }
      return connection.has('MOVE') || remove(uids);
    },
    waitForMail: (timeoutMs) => connection.run((client) => idle(client, timeoutMs, signal)),
    close: () => connection.close(),
  };
}

type Condition = { seen: false } | { uid: string } | { since: Date };

const dayMs = 86_400_000;

function conditions({ unseen, sinceUid, sinceDate }: MailboxQuery, highestUid: number): Condition[] {
  const either: Condition[] = unseen ? [{ seen: false }] : [];
  // Never `n:*`, which takes in the last message even when its UID is below n (RFC 9051 §9, seq-range).
  if (sinceUid !== undefined && sinceUid <= highestUid) {
    either.push({ uid: `${Math.max(1, sinceUid)}:${highestUid}` });
  }
  if (sinceDate !== undefined) {
    // SINCE looks at the date as it stands in INTERNALDATE, whatever zone that is in (RFC 9051 §6.4.4).
    // Not in the future either: with WITHIN (RFC 5032) imapflow asks for YOUNGER 0, which is an error.
    either.push({ since: new Date(Math.min(sinceDate.getTime(), Date.now()) - dayMs) });
  }
  return either;
}

/** MOVE (RFC 6851), or COPY where the server has none. */
async function transfer(connection: Connection, set: string, folder: string): Promise<void> {
  const attempt = (client: ImapFlow) =>
    connection.has('MOVE')
      ? client.messageMove(set, folder, { uid: true })
      : client.messageCopy(set, folder, { uid: true });
  if (await connection.run(attempt)) {
    return;
  }
  // NO [TRYCREATE] is what most answer; some say nothing of the kind.
  await connection.run((client) => client.mailboxCreate(folder));
  await connection.must(attempt);
}

async function idle(client: ImapFlow, timeoutMs: number, signal: AbortSignal): Promise<void> {
  let wake = () => {};
  const woken = new Promise<void>((resolve) => {
    wake = resolve;
  });
  const timer = setTimeout(wake, timeoutMs);
  client.on('exists', wake);
  client.on('close', wake);
  signal.addEventListener('abort', wake);
  try {
    const idling = client.idle();
    idling.catch(wake);
    await woken;
    if (client.usable) {
      // Any command ends IDLE.
      await client.noop();
    }
    await idling;
  } finally {
    clearTimeout(timer);
    client.off('exists', wake);
    client.off('close', wake);
    signal.removeEventListener('abort', wake);
  }
}
