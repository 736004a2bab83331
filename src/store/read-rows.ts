// Reading in plain SQL, for all that `tkt list` and `tkt show` ask on their way: they are quicker without Kysely.

import { type Database, prepare } from './handle.ts';
import { otherTransaction } from './transaction.ts';

/** Outside of a transaction it waits for its turn: another task may be in the middle of one. */
export async function readRows<Row>(db: Database, text: string, values: readonly unknown[] = []): Promise<Row[]> {
  for (let other = otherTransaction(db); other; other = otherTransaction(db)) await other;
  return prepare(db, text).all(values) as Row[];
}

/** The first row of what could be more; undefined where there is none. */
export async function readRow<Row>(db: Database, text: string, values: readonly unknown[]): Promise<Row | undefined> {
  const [row] = await readRows<Row>(db, text, values);
  return row;
}
