// The ledger of what came in: one line for every message by the hash of its bytes, with the places where it was seen.
// It makes intake exactly-once, and is what the quarantine lists.

import { type Selectable, sql } from 'kysely';
import type { Timestamp } from '../domain/ticket.ts';
import { RefusedError } from '../errors.ts';
import { inChunks } from './conditions.ts';
import type { Database } from './database.ts';
import type { IntakeOutcome, IntakeTable } from './schema.ts';
import { insertion, insertionOfNew, statement } from './statement.ts';

export type { IntakeOutcome } from './schema.ts';

export interface NewIntake {
  /** Of the raw bytes, lower-case hex. */
  sha256: string;
  /** The name of the support mailbox that it came through. */
  mailbox: string;
  /** Without angle brackets. */
  messageId: string | null;
  /** Address, '' where the message had none. */
  sender: string;
  subject: string;
  /** Bytes. */
  size: number;
  outcome: IntakeOutcome;
  /** Why, in words. */
  reason: string | null;
  ticketId: number | null;
  entryId: number | null;
  rawMessageId: number | null;
  receivedAt: Timestamp;
}

export interface Intake extends NewIntake {
  id: number;
  decidedAt: Timestamp;
}

/** Where on a server a message was seen. */
export interface IntakeLocation {
  mailbox: string;
  folder: string;
  uidValidity: number;
  uid: number;
}

export type FolderKey = Omit<IntakeLocation, 'uid'>;

const selectByHash = statement<{ sha256: string }, Selectable<IntakeTable>>((db, { sha256 }) =>
  db.selectFrom('intake').selectAll().where('sha256', '=', sha256).compile(),
);
const insertIntake = insertion('intake', [
  ...(['sha256', 'mailbox', 'message_id', 'sender', 'subject', 'size', 'outcome', 'reason'] as const),
  ...(['ticket_id', 'entry_id', 'raw_message_id', 'received_at', 'decided_at'] as const),
]);

export async function findIntakeByHash(db: Database, sha256: string): Promise<Intake | undefined> {
  const row = await selectByHash.first(db, { sha256 });
  return row && toIntake(row);
}

/** Writes the line of a message. Fails where its hash has one already: look first, in the same transaction. */
export async function recordIntake(db: Database, intake: NewIntake, now: Timestamp): Promise<number> {
  return insertIntake(db, {
    sha256: intake.sha256,
    mailbox: intake.mailbox,
    message_id: intake.messageId,
    sender: intake.sender,
    subject: intake.subject,
    size: intake.size,
    outcome: intake.outcome,
    reason: intake.reason,
    ticket_id: intake.ticketId,
    entry_id: intake.entryId,
    raw_message_id: intake.rawMessageId,
    received_at: intake.receivedAt,
    decided_at: now,
  });
}

/** Changes what became of a message: a release from the quarantine, or its drop. */
export async function setIntakeOutcome(
  db: Database,
  id: number,
  decision: Pick<Intake, 'outcome' | 'reason' | 'ticketId' | 'entryId'>,
  now: Timestamp,
): Promise<void> {
  await db
    .updateTable('intake')
    .set({
      outcome: decision.outcome,
      reason: decision.reason,
      ticket_id: decision.ticketId,
      entry_id: decision.entryId,
      decided_at: now,
    })
    .where('id', '=', id)
    .execute();
}

/** Throws RefusedError where there is no such line. */
export async function getIntake(db: Database, id: number): Promise<Intake> {
  const row = await db.selectFrom('intake').selectAll().where('id', '=', id).executeTakeFirst();
  if (!row) throw new RefusedError(`There is no message ${id}.`);
  return toIntake(row);
}

/** What is held, oldest first. */
export async function listQuarantine(db: Database): Promise<Intake[]> {
  const query = db
    .selectFrom('intake')
    .selectAll()
    .where('outcome', '=', sql.lit('quarantined' as const));
  return (await query.orderBy('id').execute()).map(toIntake);
}

const insertPlanned = insertionOfNew('intake_location', ['mailbox', 'folder', 'uidvalidity', 'uid', 'seen_marked']);

/** Notes what a sweep is going to take, so that the next one knows of it if this one is cut off. */
export async function noteLocations(db: Database, folder: FolderKey, uids: readonly number[]): Promise<void> {
  const { mailbox, folder: name, uidValidity } = folder;
  for (const uid of uids) {
    await insertPlanned(db, { mailbox, folder: name, uidvalidity: uidValidity, uid, seen_marked: 0 });
  }
}

/** UIDs that an earlier sweep had listed and did not get to. */
export async function listUntakenUids(db: Database, folder: FolderKey): Promise<number[]> {
  const query = inFolder(db, folder)
    .where('seen_marked', '=', sql.lit(0 as const))
    .where('intake_id', 'is', null);
  return (await query.orderBy('uid').execute()).map((row) => row.uid);
}

/** Listed messages that are not on the server any more. */
export async function forgetLocations(db: Database, folder: FolderKey, uids: readonly number[]): Promise<void> {
  for (const chunk of inChunks(uids)) {
    await db
      .deleteFrom('intake_location')
      .where('mailbox', '=', folder.mailbox)
      .where('folder', '=', folder.folder)
      .where('uidvalidity', '=', folder.uidValidity)
      .where('uid', 'in', chunk)
      .where('intake_id', 'is', null)
      .execute();
  }
}

const upsertLocation = statement<IntakeLocation & { intakeId: number }>((db, slots) =>
  db
    .insertInto('intake_location')
    .values({
      mailbox: slots.mailbox,
      folder: slots.folder,
      uidvalidity: slots.uidValidity,
      uid: slots.uid,
      intake_id: slots.intakeId,
      seen_marked: 0,
    })
    .onConflict((conflict) =>
      conflict
        .columns(['mailbox', 'folder', 'uidvalidity', 'uid'])
        .doUpdateSet({ intake_id: slots.intakeId })
        .where('intake_location.intake_id', 'is', null),
    )
    .compile(),
);

/** Notes where a recorded message lies. A second time it does nothing. */
export async function addLocation(db: Database, location: IntakeLocation, intakeId: number): Promise<void> {
  await upsertLocation.run(db, { ...location, intakeId });
}

/** Which of these UIDs are in the ledger. */
export async function findKnownUids(
  db: Database,
  mailbox: string,
  folder: string,
  uidValidity: number,
  uids: readonly number[],
): Promise<Set<number>> {
  const known = new Set<number>();
  for (const chunk of inChunks(uids)) {
    const query = inFolder(db, { mailbox, folder, uidValidity }).where('intake_id', 'is not', null);
    const rows = await query.where('uid', 'in', chunk).execute();
    for (const row of rows) known.add(row.uid);
  }
  return known;
}

/** UIDs that were recorded while the server was not yet told: a run was cut off between the two. */
export async function listUnmarkedUids(
  db: Database,
  mailbox: string,
  folder: string,
  uidValidity: number,
): Promise<number[]> {
  const query = inFolder(db, { mailbox, folder, uidValidity })
    .where('seen_marked', '=', sql.lit(0))
    .where('intake_id', 'is not', null);
  return (await query.orderBy('uid').execute()).map((row) => row.uid);
}

function inFolder(db: Database, { mailbox, folder, uidValidity }: FolderKey) {
  return db
    .selectFrom('intake_location')
    .select('uid')
    .where('mailbox', '=', mailbox)
    .where('folder', '=', folder)
    .where('uidvalidity', '=', uidValidity);
}

/** Notes that the server was told of these. */
export async function markSeen(
  db: Database,
  mailbox: string,
  folder: string,
  uidValidity: number,
  uids: readonly number[],
): Promise<void> {
  for (const chunk of inChunks(uids)) {
    await db
      .updateTable('intake_location')
      .set({ seen_marked: 1 })
      .where('mailbox', '=', mailbox)
      .where('folder', '=', folder)
      .where('uidvalidity', '=', uidValidity)
      .where('uid', 'in', chunk)
      .execute();
  }
}

function toIntake(row: Selectable<IntakeTable>): Intake {
  return {
    id: row.id,
    sha256: row.sha256,
    mailbox: row.mailbox,
    messageId: row.message_id,
    sender: row.sender,
    subject: row.subject,
    size: row.size,
    outcome: row.outcome,
    reason: row.reason,
    ticketId: row.ticket_id,
    entryId: row.entry_id,
    rawMessageId: row.raw_message_id,
    receivedAt: row.received_at,
    decidedAt: row.decided_at,
  };
}
