// One sweep of one mailbox: what is new, in chunks, each recorded in one transaction and only then marked as read
// (RELIABILITY §1, the order of work). A cut at any point leaves a state that the next sweep completes.

import { setImmediate } from 'node:timers/promises';
import type { ImapConfig } from '../config/config.ts';
import type { Log } from '../context.ts';
import { StoreError, TemporaryError } from '../errors.ts';
import type { FetchedMessage, MailboxSession } from '../mail/fetch.ts';
import { type Database, savepoint, transaction } from '../store/database.ts';
import {
  findKnownUids,
  forgetLocations,
  getCursor,
  listUnmarkedUids,
  listUntakenUids,
  markSeen,
  noteLocations,
  putCursor,
} from '../store/intake.ts';
import { ahead, Room } from './ahead.ts';
import type { Reader, Taken } from './guard.ts';
import { type RecordDeps, type Recorded, recordMessage } from './record.ts';

const chunkMessages = 50;
/** Recorded before others get at the database. */
const leastACommit = 5;
const chunkBytes = 8 * 1024 * 1024;
/** Of the chunks that are being fetched, read and recorded together. */
const bytesInHand = 3 * chunkBytes;
/** A message above this is not fetched whole: holding it takes several times its size of memory. */
const hugeBytes = 100 * 1024 * 1024;
/** What is fetched, and held, of such a one. */
const beginningBytes = 256 * 1024;
/** The cursor's clock and the server's may differ by this much. */
const clockMarginMs = 3_600_000;

export interface SweepDeps extends RecordDeps {
  reader: Reader;
  log: Log;
  signal: AbortSignal;
}

export interface SweepOptions {
  imap: ImapConfig;
  /** At most so many messages in this sweep. */
  limit: number;
  /** When the sweep must end, in the clock's milliseconds. */
  deadline: number;
  /** Called for each message, in order, once its outcome is on disk. */
  onRecorded(recorded: Recorded): void;
  /** Called after those that are on disk together: what they made due can be sent. */
  onCommit(): void;
  /** Somebody waits for the database: what is recorded so far is committed early. */
  isAwaited(): boolean;
}

export interface SweepResult {
  fetched: number;
  /** New messages that this sweep left for the next one, with the reason. */
  left: number;
  problems: string[];
}

/** What there is to do in one mailbox. */
export interface Plan {
  place: Place;
  /** New messages, oldest first. */
  uids: number[];
  /** Bytes, by UID, of the new and of the unmarked. */
  sizes: Map<number, number>;
  /** Recorded before, but the server was not told; and those of them that have left the mailbox since. */
  unmarked: number[];
  vanished: number[];
  highestUid: number;
}

interface Place {
  mailbox: string;
  folder: string;
  uidValidity: number;
}

/** Asks the server what is there and the ledger what is known of it (CONTRACT §3, `imap.intake`). Changes nothing. */
export async function planSweep(
  { db, mailbox }: Pick<SweepDeps, 'db' | 'mailbox'>,
  imap: ImapConfig,
  session: MailboxSession,
): Promise<Plan> {
  const place: Place = { mailbox: mailbox.name, folder: imap.mailbox, uidValidity: session.uidValidity };
  const cursor = await getCursor(db, place.mailbox, place.folder);
  const sameMailbox = cursor?.uidValidity === place.uidValidity;
  const takesRead = imap.intake === 'new' && cursor !== undefined;
  // A new UIDVALIDITY means that every UID is new (RFC 9051 §2.3.1.1). What came since the last sweep is then found by its
  // date, and the hash of its bytes tells what is known.
  const since = takesRead && !sameMailbox ? sinceLastSweep(cursor) : null;
  const found = await session.search({
    unseen: true,
    ...(takesRead && sameMailbox ? { sinceUid: cursor.highestUid + 1 } : {}),
    ...(since ? { sinceDate: since } : {}),
  });
  const listed = await listUntakenUids(db, place);
  const known = await findKnownUids(db, place.mailbox, place.folder, place.uidValidity, found);
  const candidates = [...new Set([...found, ...listed])].filter((uid) => !known.has(uid)).sort((a, b) => a - b);
  const facts = candidates.length > 0 ? await session.sizes(candidates) : [];
  // IMAP's SINCE knows days only.
  const wanted = facts.filter(({ seen, internalDate }) => !seen || !since || internalDate >= since);
  const unmarked = session.readOnly ? [] : await listUnmarkedUids(db, place.mailbox, place.folder, place.uidValidity);
  const marking = unmarked.length > 0 ? await session.sizes(unmarked) : [];
  const present = new Set(marking.map(({ uid }) => uid));
  return {
    place,
    uids: wanted.map(({ uid }) => uid).sort((a, b) => a - b),
    sizes: new Map([...facts, ...marking].map(({ uid, size }) => [uid, size])),
    unmarked: unmarked.filter((uid) => present.has(uid)),
    vanished: unmarked.filter((uid) => !present.has(uid)),
    highestUid: Math.max(sameMailbox ? cursor.highestUid : 0, session.highestUid),
  };
}

/** From when on mail counts as new after the mailbox was replaced; never from before tkt first looked at it. */
function sinceLastSweep(cursor: { firstSweepAt: string; lastSweepAt: string }): Date {
  const since = Math.max(Date.parse(cursor.lastSweepAt) - clockMarginMs, Date.parse(cursor.firstSweepAt));
  // INTERNALDATE has whole seconds.
  return new Date(Math.floor(since / 1_000) * 1_000);
}

/** Takes in what the plan names. Throws only where nothing more can be done: the disk, or the connection. */
export async function sweep(
  deps: SweepDeps,
  session: MailboxSession,
  plan: Plan,
  options: SweepOptions,
): Promise<SweepResult> {
  const { db, signal } = deps;
  const { place } = plan;
  const result: SweepResult = { fetched: 0, left: plan.uids.length, problems: [] };
  const most = Math.max(hugeBytes, deps.config.limits.maxMessageBytes);
  const huge = new Map([...plan.sizes].filter(([, size]) => size > most));
  if (plan.uids.length > 0) deps.reader.prepare();

  // From here on the plan is remembered: what this sweep does not get to, the next one takes, even if somebody reads it
  // in between.
  await transaction(db, async (trx) => {
    await noteLocations(trx, place, plan.uids);
    await putCursor(trx, { ...place, highestUid: plan.highestUid }, deps.now().toISOString());
    await noteTold(trx, place, plan.vanished);
  });
  // Noted with the next chunk, so that the disk is waited for once; a cut before that tells the server twice.
  let told = await acknowledge(session, options.imap, plan.unmarked, huge);
  const chunks = cutIntoChunks(plan.uids.slice(0, options.limit), plan.sizes);
  for await (const chunk of ahead(readChunks(deps, ahead(fetchChunks(session, chunks, plan.sizes, huge)), huge))) {
    if (signal.aborted || deps.now().getTime() >= options.deadline) {
      result.problems.push(whyStopped(signal));
      break;
    }
    for await (const recorded of recordChunk(deps, place, chunk.arrivals, { told, isAwaited: options.isAwaited })) {
      for (const one of recorded) options.onRecorded(one);
      options.onCommit();
      result.fetched += recorded.length;
      result.left -= recorded.length;
    }
    if (chunk.missing.length > 0) {
      // Deleted or moved by another client while we looked: there is nothing left to take.
      await transaction(db, (trx) => forgetLocations(trx, place, chunk.missing));
      result.left -= chunk.missing.length;
      deps.log.warn(`[email-to-ticket] ${chunk.missing.length} messages were gone before they could be fetched`);
    }
    const uids = chunk.arrivals.map(({ uid }) => uid);
    told = await acknowledge(session, options.imap, uids, huge);
    chunk.release();
  }
  if (told.length > 0) await transaction(db, (trx) => noteTold(trx, place, told));
  return result;
}

/** Sizes of messages that are not fetched whole, by UID. */
type Huge = ReadonlyMap<number, number>;

/** Why a sweep ended before all was done: a signal to the process, or the time that it may take. */
export function whyStopped(signal: AbortSignal): string {
  const isTime = !signal.aborted || (signal.reason instanceof Error && signal.reason.name === 'TimeoutError');
  return `${isTime ? 'time is up (--max-seconds)' : 'stopped'}: the next sweep goes on from here`;
}

interface Chunk {
  messages: FetchedMessage[];
  missing: number[];
  /** Makes room for others. */
  release(): void;
}

interface ReadChunk extends Omit<Chunk, 'messages'> {
  arrivals: Array<Taken & { uid: number }>;
}

async function* fetchChunks(
  session: MailboxSession,
  chunks: readonly number[][],
  sizes: ReadonlyMap<number, number>,
  huge: Huge,
): AsyncGenerator<Chunk> {
  const room = new Room(bytesInHand);
  for (const uids of chunks) {
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

async function* readChunks(
  { reader }: SweepDeps,
  chunks: AsyncGenerator<Chunk>,
  huge: Huge,
): AsyncGenerator<ReadChunk> {
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

/**
 * All messages of a chunk in one transaction, so that the disk is waited for once; but where answers of servers wait to be
 * written down, what was recorded so far is committed and they come first. Gives what is on disk, as it gets there.
 */
async function* recordChunk(
  deps: SweepDeps,
  place: Place,
  arrivals: ReadonlyArray<Taken & { uid: number }>,
  { told, isAwaited }: { told: readonly number[]; isAwaited(): boolean },
): AsyncGenerator<Recorded[]> {
  let done = 0;
  do {
    const recorded = await transaction(deps.db, async (trx) => {
      if (done === 0) await noteTold(trx, place, told);
      const some: Recorded[] = [];
      for (const { uid, ...taken } of arrivals.slice(done)) {
        some.push(await recordOrHold({ ...deps, db: trx }, { ...taken, location: { ...place, uid }, releases: null }));
        // What was recorded before is being sent meanwhile: servers are heard, and answered.
        await setImmediate();
        if (some.length % leastACommit === 0 && isAwaited()) break;
      }
      return some;
    });
    done += recorded.length;
    yield recorded;
  } while (done < arrivals.length);
}

/** At most 50 messages and 8 MB a chunk; a larger message comes alone. */
export function cutIntoChunks(uids: readonly number[], sizes: ReadonlyMap<number, number>): number[][] {
  const chunks: number[][] = [];
  let bytes = 0;
  for (const uid of uids) {
    const size = sizes.get(uid) ?? 0;
    const chunk = chunks.at(-1);
    if (!chunk || chunk.length >= chunkMessages || bytes + size > chunkBytes) {
      chunks.push([uid]);
      bytes = size;
    } else {
      chunk.push(uid);
      bytes += size;
    }
  }
  return chunks;
}

/** A message whose recording fails is held with its bytes, alone; trouble of the disk ends the sweep instead. */
export async function recordOrHold(deps: SweepDeps, arrival: Parameters<typeof recordMessage>[2]): Promise<Recorded> {
  try {
    return await savepoint(deps.db, () => recordMessage(deps.db, deps, arrival));
  } catch (error) {
    if (error instanceof StoreError || error instanceof TemporaryError) throw error;
    const reason = `recording it failed: ${error instanceof Error ? error.message : String(error)}`;
    deps.log.error(`[email-to-ticket] ${reason}`);
    const { reading } = arrival;
    const header = 'unreadable' in reading ? reading.header : reading.message;
    const held = { unreadable: reason, ...(header && { header }) };
    return savepoint(deps.db, () => recordMessage(deps.db, deps, { ...arrival, reading: held }));
  }
}

/**
 * Flags, moves or deletes what is recorded; one command for all. Gives those that the server was told of: on a read-only
 * mailbox none, the ledger alone remembers. A huge message stays where it is: the mailbox alone has all of it.
 */
async function acknowledge(session: MailboxSession, imap: ImapConfig, uids: number[], huge: Huge): Promise<number[]> {
  if (uids.length === 0 || session.readOnly) return [];
  await session.markSeen(uids);
  const held = uids.filter((uid) => !huge.has(uid));
  if (imap.after.kind === 'move') await session.move(held, imap.after.folder);
  if (imap.after.kind === 'delete') await session.remove(held);
  return uids;
}

async function noteTold(trx: Database, place: Place, uids: readonly number[]): Promise<void> {
  await markSeen(trx, place.mailbox, place.folder, place.uidValidity, uids);
}
