// Queries that run for every message: Kysely builds and compiles them once, and each run only binds its values. Building
// one anew costs more than SQLite takes to run it.

import { type CompiledQuery, type Insertable, type RawBuilder, sql } from 'kysely';
import { type Database, isTransaction, prepare } from './database.ts';
import type { Schema } from './schema.ts';

/** Where a value goes, by its name. */
type Slots<Values> = { readonly [Name in keyof Values]-?: RawBuilder<Values[Name]> };

export interface Statement<Values, Row> {
  all(db: Database, values: Values): Promise<Row[]>;
  first(db: Database, values: Values): Promise<Row | undefined>;
  /** Of a statement that always gives a row. */
  one(db: Database, values: Values): Promise<Row>;
  run(db: Database, values: Values): Promise<void>;
}

/** A query by how it is built; the slots stand for the values that each run gives. */
export function statement<Values extends object, Row = unknown>(
  build: (db: Database, slots: Slots<Values>) => CompiledQuery<Row>,
): Statement<Values, Row> {
  let compiled: CompiledQuery<Row> | undefined;

  async function all(db: Database, values: Values): Promise<Row[]> {
    compiled ??= build(db, makeSlots<Values>());
    const parameters = compiled.parameters.map((value) =>
      value instanceof Slot ? values[value.name as keyof Values] : value,
    );
    // Outside of a transaction it waits for its turn: another task may be in the middle of one.
    if (!isTransaction(db)) return (await db.executeQuery<Row>({ ...compiled, parameters })).rows;
    const prepared = prepare(db, compiled.sql);
    if (prepared.reader) return prepared.all(parameters) as Row[];
    prepared.run(parameters);
    return [];
  }

  return {
    all,
    first: async (db, values) => (await all(db, values))[0],
    one: async (db, values) => {
      const [row] = await all(db, values);
      if (row === undefined) throw new Error(`no row from ${compiled?.sql}`);
      return row;
    },
    run: async (db, values) => {
      await all(db, values);
    },
  };
}

/** Adds a row with these columns, and gives its id; with `ignore` nothing where such a row is there already. */
export function insertion<Table extends keyof Schema & string>(
  table: Table,
  columns: ReadonlyArray<keyof Insertable<Schema[Table]> & string>,
  onConflict: 'fail' | 'ignore' = 'fail',
): Statement<Insertable<Schema[Table]>, { id: number }> {
  return statement((db, slots) => {
    const names = sql.join(columns.map((column) => sql.ref(column)));
    const values = sql.join(columns.map((column) => slots[column]));
    const rest = onConflict === 'fail' ? sql`` : sql`on conflict do nothing`;
    return sql<{
      id: number;
    }>`insert into ${sql.table(table)} (${names}) values (${values}) ${rest} returning id`.compile(db);
  });
}

class Slot {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

function makeSlots<Values>(): Slots<Values> {
  return new Proxy({} as Slots<Values>, { get: (_, name) => sql`${sql.val(new Slot(String(name)))}` });
}
