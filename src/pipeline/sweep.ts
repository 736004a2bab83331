// One sweep of one mailbox: what is new, in chunks, each recorded in one transaction and only then marked as read
// (RELIABILITY §1, the order of work). A cut at any point leaves a state that the next sweep completes.

import { setImmediate } from 'node:timers/promises';
import type { ImapConfig } from '../config/config.ts';
import type { Log } from '../context.ts';
import type { MailboxSession } from '../mail/fetch.ts';
import { putCursor } from '../store/cursor.ts';
import { type Database, keepSavepointsInMemory, transaction } from '../store/database.ts';
import { forgetLocations, markSeen, noteLocations } from '../store/intake.ts';
import { indexAtEnd } from '../store/search-index.ts';
import { findHuge, type Huge, type TakenChunk, takeChunks } from './chunks.ts';
import { largeBytes, type Reader } from './guard.ts';
import type { Place, Plan } from './plan.ts';
import type { RecordDeps, Recorded } from './record.ts';

/** So many messages are recorded in one go: some milliseconds, in which nobody is heard. */
const breathEvery = 5;

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
}

export interface SweepResult {
  fetched: number;
  /** New messages that this sweep left for the next one, with the reason. */
  left: number;
  problems: string[];
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
  const { maxMessageBytes } = deps.config.limits;

  keepSavepointsInMemory(db);
  // From here on the plan is remembered: what this sweep does not get to, the next one takes, even if somebody reads it
  // in between.
  await transaction(db, async (trx) => {
    await noteLocations(trx, place, plan.uids);
    await putCursor(trx, { ...place, highestUid: plan.highestUid }, deps.now().toISOString());
    await noteTold(trx, place, plan.vanished);
  });
  const acknowledgements = new Acknowledgements((uids, huge) => acknowledge(session, options.imap, uids, huge));
  await acknowledgements.begin([...plan.unmarked.keys()], findHuge(plan.unmarked, maxMessageBytes));
  const uids = plan.uids.slice(0, options.limit);
  for await (const chunk of takeChunks(session, deps.reader, { uids, maxMessageBytes })) {
    if (signal.aborted || deps.now().getTime() >= options.deadline) {
      result.problems.push(whyStopped(signal));
      break;
    }
    const recorded = await recordChunk(deps, place, chunk, acknowledgements.done.splice(0));
    for (const one of recorded) options.onRecorded(one);
    options.onCommit();
    result.fetched += recorded.length;
    result.left -= recorded.length;
    if (chunk.missing.length > 0) {
      // Deleted or moved by another client while we looked: there is nothing left to take.
      await transaction(db, (trx) => forgetLocations(trx, place, chunk.missing));
      result.left -= chunk.missing.length;
      deps.log.warn(`[email-to-ticket] ${chunk.missing.length} messages were gone before they could be fetched`);
    }
    chunk.release();
    const taken = chunk.arrivals.map(({ uid }) => uid);
    await acknowledgements.begin(taken, chunk.huge);
  }
  if (!signal.aborted) await acknowledgements.end();
  const told = acknowledgements.done;
  if (told.length > 0) await transaction(db, (trx) => noteTold(trx, place, told));
  return result;
}

/** Why a sweep ended before all was done: a signal to the process, or the time that it may take. */
export function whyStopped(signal: AbortSignal): string {
  const isTime = !signal.aborted || (signal.reason instanceof Error && signal.reason.name === 'TimeoutError');
  return `${isTime ? 'time is up (--max-seconds)' : 'stopped'}: the next sweep goes on from here`;
}

/** All messages of a chunk in one transaction: one wait for the disk. */
async function recordChunk(
  deps: SweepDeps,
  place: Place,
  { arrivals }: TakenChunk,
  told: number[],
): Promise<Recorded[]> {
  // Most polls find nothing: what records mail and answers it is loaded for those that do.
  const { recordOrHold } = await import('./record-or-hold.ts');
  // What it came in and was read from is of no more use, and SQLite is about to copy it.
  if (arrivals.some(({ packed }) => packed.size > largeBytes)) (await import('./reclaim.ts')).reclaimMemory();
  return transaction(deps.db, async (trx) => {
    await noteTold(trx, place, told);
    return indexAtEnd(trx, async () => {
      const recorded: Recorded[] = [];
      for (const { uid, ...taken } of arrivals) {
        recorded.push(
          await recordOrHold({ ...deps, db: trx }, { ...taken, location: { ...place, uid }, releases: null }),
        );
        // What was recorded before is being sent meanwhile: servers are heard, and answered.
        if (recorded.length % breathEvery === 0) await setImmediate();
      }
      return recorded;
    });
  });
}

/**
 * Tells the server of one chunk while the next one is recorded. What it was told of is noted in the ledger with a later
 * chunk, so that the disk is waited for once; a cut before that tells it twice.
 */
class Acknowledgements {
  /** UIDs that the server knows of and the ledger does not say so. */
  readonly done: number[] = [];
  readonly #tell: (uids: number[], huge: Huge) => Promise<number[]>;
  #underWay: Promise<number[]> = Promise.resolve([]);

  constructor(tell: (uids: number[], huge: Huge) => Promise<number[]>) {
    this.#tell = tell;
  }

  /** Waits for the one before, and throws what became of it. */
  async begin(uids: number[], huge: Huge): Promise<void> {
    await this.end();
    this.#underWay = this.#tell(uids, huge);
    // It is awaited later; until then a failure must not count as unhandled.
    this.#underWay.catch(() => {});
  }

  async end(): Promise<void> {
    this.done.push(...(await this.#underWay));
    this.#underWay = Promise.resolve([]);
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
