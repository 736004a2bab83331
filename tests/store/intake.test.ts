import { expect, test } from 'vitest';
import { getCursor, putCursor } from '../../src/store/cursor.ts';
import { savepoint, transaction } from '../../src/store/database.ts';
import {
  addLocation,
  findIntakeByHash,
  findKnownUids,
  forgetLocations,
  getIntake,
  listQuarantine,
  listUnmarkedUids,
  listUntakenUids,
  markSeen,
  type NewIntake,
  noteLocations,
  recordIntake,
  setIntakeOutcome,
} from '../../src/store/intake.ts';
import { createTicket } from '../../src/store/tickets.ts';
import { minutesLater, newTicket, noon, withStore } from '../support/store.ts';

const held: NewIntake = {
  sha256: 'aa',
  mailbox: 'default',
  messageId: 'first@example.com',
  sender: 'ann@example.com',
  subject: 'Hello',
  size: 123,
  outcome: 'quarantined',
  reason: 'no sender',
  ticketId: null,
  entryId: null,
  rawMessageId: null,
  receivedAt: noon,
};

test('the same bytes are recorded once: a second line fails and takes its ticket with it', () =>
  withStore(async ({ db }) => {
    await recordIntake(db, held, noon);
    await transaction(db, async (trx) => {
      const twice = savepoint(trx, async () => {
        await createTicket(trx, newTicket(), noon);
        await recordIntake(trx, held, noon);
      });
      await expect(twice).rejects.toThrow(/UNIQUE/);
    });
    expect(await db.selectFrom('ticket').select('id').execute()).toEqual([]);
    expect(await findIntakeByHash(db, 'aa')).toEqual({ ...held, id: 1, decidedAt: noon });
    expect(await findIntakeByHash(db, 'bb')).toBeUndefined();
  }));

test('another message with the same Message-ID has a line of its own', () =>
  withStore(async ({ db }) => {
    const ids = [await recordIntake(db, held, noon), await recordIntake(db, { ...held, sha256: 'bb' }, noon)];
    expect(ids).toEqual([1, 2]);
  }));

test('the quarantine lists what is held until it is released or dropped', () =>
  withStore(async ({ db }) => {
    const { id: ticketId } = await createTicket(db, newTicket(), noon);
    for (const sha256 of ['aa', 'bb', 'cc']) await recordIntake(db, { ...held, sha256 }, noon);
    await recordIntake(db, { ...held, sha256: 'dd', outcome: 'ignored' }, noon);
    const released = { outcome: 'ticket' as const, reason: 'released', ticketId, entryId: null };
    await setIntakeOutcome(db, 1, released, minutesLater(1));
    await setIntakeOutcome(db, 2, { ...released, outcome: 'dropped', ticketId: null }, minutesLater(1));
    expect((await listQuarantine(db)).map((line) => line.id)).toEqual([3]);
    expect(await getIntake(db, 1)).toEqual({ ...held, ...released, id: 1, decidedAt: minutesLater(1) });
    await expect(getIntake(db, 99)).rejects.toThrow('no message 99');
  }));

test('UIDs are known by mailbox, folder and UIDVALIDITY, many at a time', () =>
  withStore(async ({ db }) => {
    const intakeId = await recordIntake(db, held, noon);
    const place = { mailbox: 'default', folder: 'INBOX', uidValidity: 7 };
    await transaction(db, async (trx) => {
      for (let uid = 1; uid <= 1200; uid += 2) await addLocation(trx, { ...place, uid }, intakeId);
      await addLocation(trx, { ...place, uid: 1 }, intakeId);
      await addLocation(trx, { ...place, folder: 'Other', uid: 2 }, intakeId);
    });
    const asked = Array.from({ length: 1300 }, (_, index) => index + 1);
    const known = await findKnownUids(db, 'default', 'INBOX', 7, asked);
    expect([...known]).toEqual(asked.filter((uid) => uid % 2 === 1 && uid < 1200));
    expect(await findKnownUids(db, 'default', 'INBOX', 8, asked)).toEqual(new Set());
  }));

test('what was recorded but not marked on the server is found until it is', () =>
  withStore(async ({ db }) => {
    const intakeId = await recordIntake(db, held, noon);
    for (const uid of [5, 3, 4]) {
      await addLocation(db, { mailbox: 'default', folder: 'INBOX', uidValidity: 7, uid }, intakeId);
    }
    await markSeen(db, 'default', 'INBOX', 7, [4]);
    expect(await listUnmarkedUids(db, 'default', 'INBOX', 7)).toEqual([3, 5]);
    expect(await listUnmarkedUids(db, 'default', 'INBOX', 8)).toEqual([]);
  }));

test('the cursor of a folder moves on and keeps the time of its first sweep', () =>
  withStore(async ({ db }) => {
    expect(await getCursor(db, 'default', 'INBOX')).toBeUndefined();
    const cursor = { mailbox: 'default', folder: 'INBOX', uidValidity: 7, highestUid: 10 };
    await putCursor(db, cursor, noon);
    await putCursor(db, { ...cursor, uidValidity: 8, highestUid: 2 }, minutesLater(5));
    expect(await getCursor(db, 'default', 'INBOX')).toEqual({
      ...cursor,
      uidValidity: 8,
      highestUid: 2,
      firstSweepAt: noon,
      lastSweepAt: minutesLater(5),
    });
  }));

test('places that a sweep listed and did not get to are found, taken or forgotten by the next', () =>
  withStore(async ({ db }) => {
    const intakeId = await recordIntake(db, held, noon);
    const inbox = { mailbox: 'default', folder: 'INBOX', uidValidity: 7 };
    await noteLocations(db, inbox, [1, 2, 3]);
    await noteLocations(db, inbox, [3, 4]);
    expect(await listUntakenUids(db, inbox)).toEqual([1, 2, 3, 4]);
    expect(await findKnownUids(db, 'default', 'INBOX', 7, [1, 2])).toEqual(new Set());
    await addLocation(db, { ...inbox, uid: 2 }, intakeId);
    await forgetLocations(db, inbox, [1, 2]);
    expect(await listUntakenUids(db, inbox)).toEqual([3, 4]);
    expect(await listUnmarkedUids(db, 'default', 'INBOX', 7)).toEqual([2]);
  }));
