import BetterSqlite from 'better-sqlite3';
import { expect, test } from 'vitest';
import { type Database, savepoint, transaction } from '../../src/store/database.ts';
import { listTicketIds } from '../../src/store/list.ts';
import { indexAtEnd } from '../../src/store/search-index.ts';
import { addEntry, createTicket } from '../../src/store/tickets.ts';
import { listSearchDamage } from '../support/search-index.ts';
import { newEntry, newTicket, noon, type TestStore, withStore } from '../support/store.ts';

function find(db: Database, search: string): number[] {
  return [...listTicketIds(db, { search, now: noon }, 100)].flat();
}

async function open(db: Database, subject: string, body: string): Promise<number> {
  const { id } = await createTicket(db, newTicket({ subject }), noon);
  await addEntry(db, newEntry(id, { subject, body }), noon);
  return id;
}

/** By a connection of its own, as the check is a statement that writes. */
function damageOf({ path }: TestStore): string[] {
  const db = new BetterSqlite(path);
  try {
    return listSearchDamage(db);
  } finally {
    db.close();
  }
}

test('what a transaction adds is found from its end on, beside what was there', () =>
  withStore(async (store) => {
    const { db } = store;
    const before = await open(db, 'a printer', 'toner is low');
    const [one, two] = await transaction(db, (trx) =>
      indexAtEnd(trx, async () => {
        const ids = [await open(trx, 'a plotter', 'ink is low'), await open(trx, 'a scanner', 'glass is broken')];
        expect(find(trx, 'plotter')).toEqual([]);
        return ids;
      }),
    );
    expect(find(db, 'plotter')).toEqual([one]);
    expect(find(db, 'glass')).toEqual([two]);
    expect(find(db, 'low').sort()).toEqual([before, one]);
    expect(damageOf(store)).toEqual([]);
  }));

test('rows that are changed or put back before the end are found as they are then', () =>
  withStore(async (store) => {
    const { db } = store;
    const old = await open(db, 'old', 'walrus');
    const id = await transaction(db, (trx) =>
      indexAtEnd(trx, async () => {
        const fresh = await open(trx, 'fresh', 'otter');
        await trx.updateTable('entry').set({ body: 'badger' }).where('ticket_id', '=', fresh).execute();
        await trx.updateTable('entry').set({ body: 'lynx' }).where('ticket_id', '=', old).execute();
        const undone = savepoint(trx, async () => {
          await open(trx, 'undone', 'heron');
          throw new Error('undone');
        });
        await expect(undone).rejects.toThrow('undone');
        return fresh;
      }),
    );
    expect(['otter', 'walrus', 'heron'].map((word) => find(db, word))).toEqual([[], [], []]);
    expect([find(db, 'badger'), find(db, 'lynx')]).toEqual([[id], [old]]);
    expect(damageOf(store)).toEqual([]);
    // Afterwards each row is indexed by itself again.
    const next = await open(db, 'next', 'stork');
    await db.updateTable('entry').set({ body: 'crane' }).where('ticket_id', '=', id).execute();
    expect([find(db, 'stork'), find(db, 'crane'), find(db, 'badger')]).toEqual([[next], [id], []]);
    expect(damageOf(store)).toEqual([]);
  }));

test('a transaction that fails leaves nothing', () =>
  withStore(async (store) => {
    const failing = transaction(store.db, (trx) =>
      indexAtEnd(trx, async () => {
        await open(trx, 'lost', 'lost');
        throw new TypeError('no');
      }),
    );
    await expect(failing).rejects.toThrow(TypeError);
    expect(find(store.db, 'lost')).toEqual([]);
    expect(damageOf(store)).toEqual([]);
  }));
