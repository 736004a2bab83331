// Queries that run for every message: Kysely builds and compiles them once, and each run only binds its values. Building
// one anew costs more than SQLite takes to run it. A LIMIT in them is a literal: SQLite plans with the value of a bound one,
// and so would prepare the statement again for each run.

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
  const query = compileOnce(build);

  async function all(db: Database, values: Values): Promise<Row[]> {
    const { compiled, bind } = query(db);
    const parameters = bind(values);
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
      if (row === undefined) throw new Error(`no row from ${query(db).compiled.sql}`);
      return row;
    },
    run: async (db, values) => {
      await all(db, values);
    },
  };
}

/** Adds a row with these columns, and gives its id. */
export function insertion<Table extends keyof Schema & string>(
  table: Table,
  columns: ReadonlyArray<keyof Insertable<Schema[Table]> & string>,
): (db: Database, values: Insertable<Schema[Table]>) => Promise<number> {
  const insert = insertionOrNot(table, columns, '');
  return async (db, values) => (await insert(db, values)).id;
}

/** The same; undefined where such a row is there already. */
export function insertionOfNew<Table extends keyof Schema & string>(
  table: Table,
  columns: ReadonlyArray<keyof Insertable<Schema[Table]> & string>,
): (db: Database, values: Insertable<Schema[Table]>) => Promise<number | undefined> {
  const insert = insertionOrNot(table, columns, 'on conflict do nothing');
  return async (db, values) => {
    const { id, added } = await insert(db, values);
    return added ? id : undefined;
  };
}

// The id is what SQLite says of the last row: RETURNING would keep the row in a table of its own for a moment.
function insertionOrNot<Table extends keyof Schema & string>(
  table: Table,
  columns: ReadonlyArray<keyof Insertable<Schema[Table]> & string>,
  onConflict: string,
): (db: Database, values: Insertable<Schema[Table]>) => Promise<{ id: number; added: boolean }> {
  const query = compileOnce<Insertable<Schema[Table]>, unknown>((db, slots) => {
    const names = sql.join(columns.map((column) => sql.ref(column)));
    const places = sql.join(columns.map((column) => slots[column]));
    return sql`insert into ${sql.table(table)} (${names}) values (${places}) ${sql.raw(onConflict)}`.compile(db);
  });
  return async (db, values) => {
    const { compiled, bind } = query(db);
    const parameters = bind(values);
    if (isTransaction(db)) {
      const { lastInsertRowid, changes } = prepare(db, compiled.sql).run(parameters);
      return { id: Number(lastInsertRowid), added: Number(changes) > 0 };
    }
    const { insertId, numAffectedRows } = await db.executeQuery({ ...compiled, parameters });
    return { id: Number(insertId), added: Number(numAffectedRows) > 0 };
  };
}

interface BoundQuery<Values, Row> {
  compiled: CompiledQuery<Row>;
  bind(values: Values): unknown[];
}

function compileOnce<Values extends object, Row>(
  build: (db: Database, slots: Slots<Values>) => CompiledQuery<Row>,
): (db: Database) => BoundQuery<Values, Row> {
  let query: BoundQuery<Values, Row> | undefined;
  return (db) => {
    if (query === undefined) {
      const compiled = build(db, makeSlots<Values>());
      const bind = (values: Values) =>
        compiled.parameters.map((value) => (value instanceof Slot ? values[value.name as keyof Values] : value));
      query = { compiled, bind };
    }
    return query;
  };
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
