// New messages as they come off the wire, read: in chunks, one being read while the caller is busy with the one before, and
// those behind it being fetched.

import type { FetchedMessage, MailboxSession } from '../mail/fetch.ts';
import { ahead, Room } from './ahead.ts';
import type { Reader, Taken } from './guard.ts';

const chunkMessages = 50;
/** The first chunk is smaller, so that whoever records it has something to do soon. */
const firstMessages = 10;
/** Sizes are looked up for so many messages at a time; for the first ones alone, as nothing else can be done before. */
const lookedUp = 500;
const firstLookedUp = firstMessages + chunkMessages;
const chunkBytes = 8 * 1024 * 1024;
/** What is fetched with one command: less waits for the wire more often. */
const groupBytes = 4 * 1024 * 1024;
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
  /** Of these only the beginning was taken. */
  huge: Huge;
  /** Asked for, and gone before they could be fetched. */
  missing: number[];
  /** To be called when the chunk is done with: makes room for others. */
  release(): void;
}

export interface Wanted {
  /** Ascending. */
  uids: readonly number[];
  /** So large a message may be taken in. */
  maxMessageBytes: number;
}

/** Fetches and reads, ahead of the caller. Throws TemporaryError where the connection or the reader fails. */
export function takeChunks(session: MailboxSession, reader: Reader, wanted: Wanted): AsyncGenerator<TakenChunk> {
  return ahead(readChunks(reader, ahead(fetchChunks(session, wanted))));
}

/** What came of a chunk. */
interface Fetched {
  messages: FetchedMessage[];
  missing: number[];
}

type Chunk = Fetched & Pick<TakenChunk, 'huge' | 'release'>;

interface Sizes {
  /** Bytes, by UID. */
  sizes: ReadonlyMap<number, number>;
  huge: Huge;
}

async function* fetchChunks(session: MailboxSession, { uids, maxMessageBytes }: Wanted): AsyncGenerator<Chunk> {
  const room = new Room(bytesInHand);
  for (let at = 0; at < uids.length; ) {
    const isFirst = at === 0;
    const some = uids.slice(at, at + (isFirst ? firstLookedUp : lookedUp));
    at += some.length;
    const sizes = new Map((await session.sizes(some)).map(({ uid, size }) => [uid, size]));
    const gone = some.filter((uid) => !sizes.has(uid));
    if (gone.length > 0) yield { messages: [], missing: gone, huge: new Map(), release: () => {} };
    const chunks = cutIntoChunks([...sizes.keys()], sizes, isFirst ? firstMessages : chunkMessages);
    yield* fetchKnown(session, chunks, { sizes, huge: findHuge(sizes, maxMessageBytes) }, room);
  }
}

async function* fetchKnown(
  session: MailboxSession,
  chunks: readonly number[][],
  known: Sizes,
  room: Room,
): AsyncGenerator<Chunk> {
  for (const group of groupChunks(chunks, known.sizes)) {
    const releases: Array<() => void> = [];
    for (const uids of group) releases.push(await room.enter(bytesToFetch(uids, known)));
    for await (const fetched of fetchGroup(session, group, known)) {
      yield { ...fetched, huge: known.huge, release: releases.shift() ?? (() => {}) };
    }
  }
}

function bytesToFetch(uids: readonly number[], { sizes, huge }: Sizes): number {
  return uids.reduce((sum, uid) => sum + (huge.has(uid) ? beginningBytes : (sizes.get(uid) ?? 0)), 0);
}

async function* fetchGroup(
  session: MailboxSession,
  chunks: readonly number[][],
  { sizes, huge }: Sizes,
): AsyncGenerator<Fetched> {
  const [uid = 0] = chunks[0] ?? [];
  const size = sizes.get(uid) ?? 0;
  // A larger message comes alone.
  if (size > chunkBytes && !huge.has(uid)) {
    const message = await session.fetchLarge(uid, size);
    yield message ? { messages: [message], missing: [] } : { messages: [], missing: [uid] };
  } else {
    yield* fetchTogether(session, chunks, huge.has(uid) ? { maxBytes: beginningBytes } : {});
  }
}

/** One command for all of them; each is given as soon as all of it has come. */
async function* fetchTogether(
  session: MailboxSession,
  chunks: readonly number[][],
  part: { maxBytes?: number },
): AsyncGenerator<Fetched> {
  const arrived = new Map<number, FetchedMessage>();
  let hasEnded = false;
  let wake = () => {};
  const add = (message: FetchedMessage) => {
    arrived.set(message.uid, message);
    wake();
  };
  const fetching = session.fetch(chunks.flat(), add, part).finally(() => {
    hasEnded = true;
    wake();
  });
  // It is awaited below; until then a failure must not count as unhandled.
  fetching.catch(() => {});
  for (const uids of chunks) {
    const isLacking = () => uids.some((uid) => !arrived.has(uid));
    while (isLacking() && !hasEnded) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    if (isLacking()) await fetching;
    yield {
      messages: uids.flatMap((uid) => arrived.get(uid) ?? []),
      missing: uids.filter((uid) => !arrived.has(uid)),
    };
    for (const uid of uids) arrived.delete(uid);
  }
}

async function* readChunks(reader: Reader, chunks: AsyncGenerator<Chunk>): AsyncGenerator<TakenChunk> {
  for await (const { messages, ...chunk } of chunks) {
    const take = async ({ raw, uid }: FetchedMessage): Promise<Taken & { uid: number }> => {
      const taken = await reader.take(raw);
      const size = chunk.huge.get(uid);
      return size === undefined ? { uid, ...taken } : { uid, ...taken, reading: asTooLarge(taken.reading, size) };
    };
    yield { ...chunk, arrivals: await Promise.all(messages.map(take)) };
  }
}

function asTooLarge(beginning: Taken['reading'], size: number): Taken['reading'] {
  const header = 'unreadable' in beginning ? beginning.header : beginning.message;
  const unreadable = `${size} bytes are too many to be held: its beginning is kept here, all of it in the mailbox`;
  return { unreadable, ...(header && { header }) };
}

/** Chunks that are fetched with one command: at most 4 MB, or one chunk. */
function groupChunks(chunks: readonly number[][], sizes: ReadonlyMap<number, number>): number[][][] {
  const sizeOf = (uids: readonly number[]) => uids.reduce((sum, uid) => sum + (sizes.get(uid) ?? 0), 0);
  return gather(chunks, sizeOf, (_group, bytes) => bytes > groupBytes);
}

/** At most 50 messages and 8 MB a chunk, `first` in the first; a larger message comes alone. */
function cutIntoChunks(uids: readonly number[], sizes: ReadonlyMap<number, number>, first: number): number[][] {
  const mostOf = (place: number) => (place === 0 ? first : chunkMessages);
  const isTooMuch = (chunk: readonly number[], bytes: number, place: number) =>
    chunk.length >= mostOf(place) || bytes > chunkBytes;
  return gather(uids, (uid) => sizes.get(uid) ?? 0, isTooMuch);
}

/**
 * Items in their order, together as long as they may be. `isTooMuch` is asked before each: of a group, its place among the
 * groups, and the bytes that it would have with the next item.
 */
function gather<Item>(
  items: readonly Item[],
  sizeOf: (item: Item) => number,
  isTooMuch: (group: readonly Item[], bytes: number, place: number) => boolean,
): Item[][] {
  const groups: Item[][] = [];
  let bytes = 0;
  for (const item of items) {
    const group = groups.at(-1);
    bytes += sizeOf(item);
    if (group && !isTooMuch(group, bytes, groups.length - 1)) {
      group.push(item);
    } else {
      groups.push([item]);
      bytes = sizeOf(item);
    }
  }
  return groups;
}
