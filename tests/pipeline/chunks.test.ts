import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { TemporaryError } from '../../src/errors.ts';
import type { FetchedMessage, MailboxSession } from '../../src/mail/fetch.ts';
import { takeChunks } from '../../src/pipeline/chunks.ts';
import type { Reader, Taken } from '../../src/pipeline/guard.ts';

const megabyte = 1024 * 1024;
const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, index) => first + index);

interface Wire {
  /** UIDs in the order in which they come; some may be gone. */
  order?(uids: readonly number[]): number[];
  /** The connection breaks before this one comes. */
  cutBefore?: number;
  /** Null for what is gone already when its size is asked for. */
  sizeOf?(uid: number): number | null;
}

/** A mailbox that notes what it is asked for. */
function mailbox({ order = (uids) => [...uids], cutBefore, sizeOf = () => 1_000 }: Wire = {}) {
  const asked: string[] = [];
  const lookedUp: number[] = [];
  const message = (uid: number): FetchedMessage => ({ uid, raw: Buffer.from(`${uid}`) });
  const session = {
    async sizes(uids: readonly number[]) {
      lookedUp.push(uids.length);
      return uids.flatMap((uid) => (sizeOf(uid) === null ? [] : { uid, size: sizeOf(uid) }));
    },
    async fetch(
      uids: readonly number[],
      onMessage: (message: FetchedMessage) => void,
      part: { maxBytes?: number } = {},
    ) {
      asked.push(`${uids[0]}-${uids.at(-1)}${part.maxBytes === undefined ? '' : ` ${part.maxBytes} bytes`}`);
      for (const uid of order(uids)) {
        if (uid === cutBefore) throw new TemporaryError('cut');
        onMessage(message(uid));
        await setImmediate();
      }
      return { missing: [] };
    },
    async fetchLarge(uid: number, size: number) {
      asked.push(`${uid} of ${size}`);
      return order([uid]).length === 0 ? null : message(uid);
    },
  };
  // What chunks need of a session, and no more.
  return { asked, lookedUp, session: session as unknown as MailboxSession };
}

const reader = {
  take: async (raw: Buffer): Promise<Taken> => ({
    reading: { unreadable: raw.toString() },
    packed: { sha256: '', size: raw.length, encoding: 'identity', bytes: raw },
  }),
} as Reader;

async function takeAll(session: MailboxSession, uids: number[]) {
  const taken: Array<{ uids: number[]; missing: number[] }> = [];
  const all = async () => {
    for await (const chunk of takeChunks(session, reader, { uids, maxMessageBytes: 0 })) {
      taken.push({ uids: chunk.arrivals.map(({ uid }) => uid), missing: chunk.missing });
      chunk.release();
    }
  };
  const error: unknown = await all().catch((thrown) => thrown);
  return { taken, error };
}

test('two hundred messages come with two commands, and are taken in chunks: a small one first', async () => {
  const { session, asked } = mailbox();
  const { taken } = await takeAll(session, range(1, 200));
  expect(asked).toEqual(['1-60', '61-200']);
  expect(taken.map(({ uids }) => uids.length)).toEqual([10, 50, 50, 50, 40]);
  expect(taken.flatMap(({ uids }) => uids)).toEqual(range(1, 200));
});

test('sizes are asked for before the first chunks, and then for many messages at a time', async () => {
  const { session, lookedUp } = mailbox();
  const { taken } = await takeAll(session, range(1, 1_200));
  expect(lookedUp).toEqual([60, 500, 500, 140]);
  expect(taken.flatMap(({ uids }) => uids)).toEqual(range(1, 1_200));
});

test('what has no size is gone', async () => {
  const { session, asked } = mailbox({ sizeOf: (uid) => (uid < 3 ? null : 1_000) });
  const { taken } = await takeAll(session, range(1, 5));
  expect(asked).toEqual(['3-5']);
  expect(taken).toEqual([
    { uids: [], missing: [1, 2] },
    { uids: [3, 4, 5], missing: [] },
  ]);
});

test('a command asks for 4 MB at most', async () => {
  const { session, asked } = mailbox({ sizeOf: () => 50_000 });
  await takeAll(session, range(1, 200));
  expect(asked).toEqual(['1-60', '61-110', '111-160', '161-200']);
});

test('a server may send in any order, and what is gone is missing', async () => {
  const { session } = mailbox({ order: (uids) => uids.filter((uid) => uid % 20 !== 0).reverse() });
  const { taken } = await takeAll(session, range(1, 60));
  expect(taken.map(({ missing }) => missing)).toEqual([[], [20, 40, 60]]);
  expect(taken.flatMap(({ uids }) => uids)).toEqual(range(1, 60).filter((uid) => uid % 20 !== 0));
});

test('where the connection breaks, the chunks that had come are taken', async () => {
  const { session } = mailbox({ cutBefore: 100 });
  const { taken, error } = await takeAll(session, range(1, 200));
  expect(error).toBeInstanceOf(TemporaryError);
  expect(taken.flatMap(({ uids }) => uids)).toEqual(range(1, 60));
});

test('a large message comes alone and in pieces, of a huge one only the beginning', async () => {
  const sizeOf = (uid: number) => (uid === 3 ? 9 * megabyte : uid === 5 ? 200 * megabyte : 1_000);
  const { session, asked } = mailbox({ sizeOf });
  const { taken } = await takeAll(session, range(1, 6));
  expect(asked).toEqual(['1-2', '3 of 9437184', '4-4', '5-5 262144 bytes', '6-6']);
  expect(taken.flatMap(({ uids }) => uids)).toEqual(range(1, 6));
});

test('a large message that is gone is missing', async () => {
  const { session } = mailbox({ order: () => [], sizeOf: () => 9 * megabyte });
  const { taken } = await takeAll(session, [7]);
  expect(taken).toEqual([{ uids: [], missing: [7] }]);
});
