// What stands for an open database in the rest of the program, and the connection behind it.

import { Kysely, SqliteDialect, type SqliteStatement } from 'kysely';
import type { Schema } from './schema.ts';
import type { SqliteConnection } from './sqlite.ts';

/** The database, or the transaction that a function was given: queries take either. */
export type Database = Kysely<Schema>;

const connections = new WeakMap<Database, SqliteConnection>();

/**
 * Stands for a Kysely, which is made when a query is first built with it. What only reads in plain SQL (`tkt list`, `tkt show`)
 * never does, and so in the built program does not even load Kysely: that takes some 6 ms.
 */
export function openHandle(connection: SqliteConnection): Database {
  let kysely: Database | undefined;
  const get = (_: Database, name: string | symbol): unknown => {
    // That is asked of whatever an async function gives back.
    if (name === 'then') return undefined;
    kysely ??= new Kysely<Schema>({ dialect: new SqliteDialect({ database: connection }) });
    const member: unknown = Reflect.get(kysely, name, kysely);
    // With a Proxy for `this` it could not get at its private fields.
    return typeof member === 'function' ? member.bind(kysely) : member;
  };
  const handle = new Proxy({} as Database, { get });
  connections.set(handle, connection);
  return handle;
}

/** For a transaction Kysely makes a handle of its own. */
export function setConnection(db: Database, connection: SqliteConnection): void {
  connections.set(db, connection);
}

/** The connection behind a database, for what only SQLite has. */
export function connectionOf(db: Database): SqliteConnection {
  const connection = connections.get(db);
  if (!connection) throw new Error('expected a database that was opened, or a transaction of one');
  return connection;
}

/** A statement of plain SQL, prepared once: for what runs a million times. Inside a transaction it is part of it. */
export function prepare(db: Database, text: string): SqliteStatement {
  return connectionOf(db).prepare(text);
}
