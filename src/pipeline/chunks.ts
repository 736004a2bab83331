// New messages as they come off the wire, read: in chunks, one being fetched and one being read while the caller is busy with
// the one before.

import type { FetchedMessage, MailboxSession } from '../mail/fetch.ts';
import { ahead, Room } from './ahead.ts';
import type { Reader, Taken } from './guard.ts';

const chunkMessages = 50;
/** The first chunk is smaller, so that whoever records it has something to do soon. */
const firstMessages = 10;
const chunkBytes = 8 * 1024 * 1024;
/** Of the chunks that are being fetched, read and recorded together. */
const bytesInHand = 3 * chunkBytes;
/** A message above this is not fetched whole: holding it takes several times its size of memory. */
const hugeBytes = 100 * 1024 * 1024;
/** What is fetched, and held, of such a one. */
const beginningBytes = 256 * 1024;

/** Sizes of messages that are not fetched whole, by UID. */
export type Huge = ReadonlyMap<number, number>;

/** Those that are too large to be fetched whole, whatever may be taken in. */
export function findHuge(sizes: ReadonlyMap<number, number>, maxMessageBytes: number): Huge {
  const most = Math.max(hugeBytes, maxMessageBytes);
  return new Map([...sizes].filter(([, size]) => size > most));
}

/** Messages that were read; by UID, ascending. */
export interface TakenChunk {
  arrivals: Array<Taken & { uid: number }>;
  /** Asked for, and gone before they could be fetched. */
  missing: number[];
  /** To be called when the chunk is done with: makes room for others. */
  release(): void;
}

export interface Wanted {
  uids: readonly number[];
  /** Bytes, by UID. */
  sizes: ReadonlyMap<number, number>;
  huge: Huge;
}

/** Fetches and reads, ahead of the caller. Throws TemporaryError where the connection or the reader fails. */
export function takeChunks(session: MailboxSession, reader: Reader, wanted: Wanted): AsyncGenerator<TakenChunk> {
  return ahead(readChunks(reader, ahead(fetchChunks(session, wanted)), wanted.huge));
}

interface Chunk {
  messages: FetchedMessage[];
  missing: number[];
  release(): void;
}

async function* fetchChunks(session: MailboxSession, { uids: all, sizes, huge }: Wanted): AsyncGenerator<Chunk> {
  const room = new Room(bytesInHand);
  for (const uids of cutIntoChunks(all, sizes)) {
    // A large message comes alone.
    const part = uids.some((uid) => huge.has(uid)) ? { maxBytes: beginningBytes } : {};
    const release = await room.enter(part.maxBytes ?? uids.reduce((sum, uid) => sum + (sizes.get(uid) ?? 0), 0));
    const messages: FetchedMessage[] = [];
    const add = (message: FetchedMessage) => {
      messages.push(message);
    };
    const { missing } = await session.fetch(uids, add, part);
    messages.sort((a, b) => a.uid - b.uid);
    yield { messages, missing, release };
  }
}

async function* readChunks(reader: Reader, chunks: AsyncGenerator<Chunk>, huge: Huge): AsyncGenerator<TakenChunk> {
  const take = async ({ raw, uid }: FetchedMessage): Promise<Taken & { uid: number }> => {
    const taken = await reader.take(raw);
    const size = huge.get(uid);
    return size === undefined ? { uid, ...taken } : { uid, ...taken, reading: asTooLarge(taken.reading, size) };
  };
  for await (const { messages, ...chunk } of chunks)
    yield { ...chunk, arrivals: await Promise.all(messages.map(take)) };
}

function asTooLarge(beginning: Taken['reading'], size: number): Taken['reading'] {
  const header = 'unreadable' in beginning ? beginning.header : beginning.message;
  const unreadable = `${size} bytes are too many to be held: its beginning is kept here, all of it in the mailbox`;
  return { unreadable, ...(header && { header }) };
}

/** At most 50 messages and 8 MB a chunk, 10 in the first; a larger message comes alone. */
export function cutIntoChunks(uids: readonly number[], sizes: ReadonlyMap<number, number>): number[][] {
  const chunks: number[][] = [];
  let bytes = 0;
  for (const uid of uids) {
    const size = sizes.get(uid) ?? 0;
    const chunk = chunks.at(-1);
    const most = chunks.length > 1 ? chunkMessages : firstMessages;
    if (!chunk || chunk.length >= most || bytes + size > chunkBytes) {
      chunks.push([uid]);
      bytes = size;
    } else {
      chunk.push(uid);
      bytes += size;
    }
  }
  return chunks;
}
