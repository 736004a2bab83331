// FETCH, said to imapflow: sizes, many messages with one command, and a large one in pieces.

import type { Connection } from './imap-connection.ts';
import { formatUidSets } from './uid-set.ts';

export interface MessageSize {
  uid: number;
  /** RFC822.SIZE in bytes; servers have been seen to be wrong by a little. */
  size: number;
}

/** What is known of a message before it is fetched. */
export interface MessageFacts extends MessageSize {
  seen: boolean;
  internalDate: Date;
}

export interface FetchedMessage {
  uid: number;
  /** The message as the server has it, every byte, or as many of them as were asked for. */
  raw: Buffer;
}

/** Of a large message, what is fetched with one command: imapflow holds that twice for a while. */
const pieceBytes = 4 * 1024 * 1024;

/** By so many bytes a size may be too small. */
const sizeMargin = 64 * 1024;

/** `also`: what is asked for beside the size. */
export async function fetchFacts(
  connection: Connection,
  uids: readonly number[],
  also: { flags?: true; internalDate?: true },
): Promise<MessageFacts[]> {
  const facts = new Map<number, MessageFacts>();
  for (const set of formatUidSets(uids)) {
    await connection.run(async (client) => {
      const query = { uid: true, size: true, ...also };
      for await (const { uid, size, flags, internalDate } of client.fetch(set, query, { uid: true })) {
        if (size !== undefined) {
          facts.set(uid, { uid, size, seen: flags?.has('\\Seen') ?? false, internalDate: asDate(internalDate) });
        }
      }
    });
  }
  return uids.flatMap((uid) => facts.get(uid) ?? []);
}

export async function fetchMessages(
  connection: Connection,
  uids: readonly number[],
  onMessage: (message: FetchedMessage) => Promise<void> | void,
  { start = 0, maxBytes }: { start?: number; maxBytes?: number } = {},
): Promise<{ missing: number[] }> {
  const source = maxBytes === undefined ? true : { start, maxLength: maxBytes };
  const missing = new Set(uids);
  // Not awaited while the server sends: a command in `onMessage` would wait for the fetch, and the fetch for it.
  let handled: Promise<void> = Promise.resolve();
  for (const set of formatUidSets(uids)) {
    await connection.run(async (client) => {
      // Nothing but these: bodyStructure of a deeply nested mail makes imapflow drop it without a word.
      for await (const { uid, source: raw } of client.fetch(set, { uid: true, source }, { uid: true })) {
        // No bytes: flags that another client changes come in between; of an expunged message imapflow makes `false`.
        if (!Buffer.isBuffer(raw) || !missing.delete(uid)) {
          continue;
        }
        handled = handled.then(() => onMessage({ uid, raw }));
        // It is awaited below; until then a failure must not count as unhandled.
        handled.catch(() => {});
      }
    });
  }
  await handled;
  return { missing: [...missing] };
}

/** Its bytes are in memory once: pieces are copied to their place. */
export async function fetchLarge(connection: Connection, uid: number, size: number): Promise<FetchedMessage | null> {
  return (await fetchInPieces(connection, uid, size)) ?? (await fetchOne(connection, uid));
}

/** Null where that does not work out: it may be gone, or the server may have ways of its own. */
async function fetchInPieces(connection: Connection, uid: number, size: number): Promise<FetchedMessage | null> {
  const bytes = Buffer.from(new SharedArrayBuffer(size + sizeMargin));
  for (let length = 0; ; ) {
    const piece = await fetchOne(connection, uid, { start: length, maxBytes: pieceBytes });
    if (piece === null || piece.raw.length > pieceBytes || length + piece.raw.length > bytes.length) return null;
    piece.raw.copy(bytes, length);
    length += piece.raw.length;
    // Nothing comes beyond the end (RFC 9051 §6.4.5); of a size that is too small, more does.
    const isLast = piece.raw.length === 0 || (piece.raw.length < pieceBytes && length >= size);
    if (isLast) return { uid, raw: bytes.subarray(0, length) };
  }
}

async function fetchOne(
  connection: Connection,
  uid: number,
  part: { start?: number; maxBytes?: number } = {},
): Promise<FetchedMessage | null> {
  const found: FetchedMessage[] = [];
  await fetchMessages(connection, [uid], (message) => void found.push(message), part);
  return found[0] ?? null;
}

/** imapflow hands out text where it cannot read a date. */
function asDate(value: Date | string | undefined): Date {
  const date = new Date(value ?? 0);
  return Number.isNaN(date.getTime()) ? new Date(0) : date;
}
