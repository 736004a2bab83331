// Ids that rows of an export may keep.

import { type Database, prepare } from './database.ts';

/** Ids of a table that nothing has. Others add rows between two transactions, and none within one. */
export class FreeIds {
  readonly #highest: () => number;
  readonly #isTaken: (id: number) => boolean;
  /** No row has a higher one. */
  #known = 0;

  constructor(db: Database, table: 'entry' | 'attachment') {
    const findHighest = prepare(db, `select coalesce(max(id), 0) as id from ${table}`);
    const find = prepare(db, `select id from ${table} where id = ?`);
    this.#highest = () => (findHighest.all([]) as [{ id: number }])[0].id;
    this.#isTaken = (id) => find.all([id]).length > 0;
  }

  /** Call at the begin of a transaction. */
  begin(): void {
    this.#known = this.#highest();
  }

  /** The given one, or null for the next. */
  choose(id: number | null): number | null {
    if (id === null || id === 0) return null;
    return id > this.#known || !this.#isTaken(id) ? id : null;
  }

  /** Tells of a row that was added, and gives its id. */
  added(id: number): number {
    this.#known = Math.max(this.#known, id);
    return id;
  }
}
