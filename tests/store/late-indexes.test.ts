import { expect, test } from 'vitest';
import { TemporaryError } from '../../src/errors.ts';
import { closeDatabase, type Database, openDatabase, prepare, transaction } from '../../src/store/database.ts';
import { dropLateIndexes, makeLateIndexes } from '../../src/store/late-indexes.ts';
import { listTicketIds, listTickets } from '../../src/store/list.ts';
import { createTicket } from '../../src/store/tickets.ts';
import { newTicket, noon, withStore } from '../support/store.ts';

const indexesOf = (db: Database) =>
  prepare(db, `select name, tbl_name, sql from sqlite_master where type = 'index' order by name`).all([]);
const notesOf = (db: Database) => prepare(db, `select key from meta where key glob 'index:*'`).all([]);
const drop = (db: Database) => transaction(db, async (trx) => dropLateIndexes(trx));

test('what was dropped is made as it was', () =>
  withStore(async ({ db }) => {
    const before = indexesOf(db);
    await drop(db);
    expect(indexesOf(db).length).toBeLessThan(before.length - 10);
    // What keeps two tickets from having one number is not for later.
    expect(indexesOf(db)).toContainEqual(expect.objectContaining({ name: 'ticket_seq' }));
    const lines: string[] = [];
    await makeLateIndexes(db, (line) => lines.push(line));
    expect(lines[0]).toMatch(/^making indexes .*: \d\d to go$/);
    expect(lines.at(-1)).toBe('');
    expect(indexesOf(db)).toEqual(before);
    expect(notesOf(db)).toEqual([]);
  }));

test('what a killed import left out is made by whoever opens the database, and by two at once', () =>
  withStore(async ({ db, path }) => {
    const before = indexesOf(db);
    await drop(db);
    const { id } = await createTicket(db, newTicket(), noon);
    const others = await Promise.all([1, 2].map(() => openDatabase({ path, now: () => new Date(noon) })));
    for (const other of others) {
      expect(indexesOf(other)).toEqual(before);
      expect([...listTicketIds(other, { now: noon }, 10)]).toEqual([[id]]);
      await closeDatabase(other);
    }
    expect(notesOf(db)).toEqual([]);
  }));

test('dropped twice is dropped once', () =>
  withStore(async ({ db }) => {
    const before = indexesOf(db);
    await drop(db);
    await drop(db);
    await makeLateIndexes(db, () => {});
    expect(indexesOf(db)).toEqual(before);
  }));

test('where there are tickets that people read, all stays', () =>
  withStore(async ({ db }) => {
    const before = indexesOf(db);
    await transaction(db, async (trx) => {
      for (let count = 0; count <= 1000; count++) await createTicket(trx, newTicket(), noon);
    });
    await drop(db);
    expect(indexesOf(db)).toEqual(before);
  }));

test('a list that an import overtakes is to be tried again', () =>
  withStore(async ({ db }) => {
    await drop(db);
    await expect(listTickets(db, { now: noon }).next()).rejects.toThrow(TemporaryError);
    await makeLateIndexes(db, () => {});
    expect(await listTickets(db, { now: noon }).next()).toEqual({ value: undefined, done: true });
  }));
