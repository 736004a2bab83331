// The full-text indexes (FTS5) of many new rows, brought up to date at once. Row by row SQLite would write a part of an index
// for each, and merge them all later: with a million tickets that takes longer than all else of a new one.

import { connectionOf, type Database } from './database.ts';
import type { SqliteConnection } from './sqlite.ts';

/** Tables with a full-text index. */
const searchTables = ['ticket', 'participant', 'entry'] as const;
export type SearchTable = (typeof searchTables)[number];

const countAdded = `insert into ticket_count (status, tickets)
  select t.status, count(*) from json_each(?) as added cross join ticket t on t.id = added.value where true group by t.status
  on conflict do update set tickets = tickets + excluded.tickets`;

/**
 * Runs `work`, which adds rows and says which, with the full-text indexes and the counts left behind, and then brings those
 * up to date at once: row by row they take most of the time. Call in a transaction, so that nobody sees a table without its
 * triggers.
 */
export function indexAfterwards(db: Database, work: () => Record<SearchTable, number[]>): void {
  const connection = connectionOf(db);
  const triggers = connection
    .prepare(`select name, sql from sqlite_master where type = 'trigger' and name glob '*_insert'`)
    .all([]) as Array<{ name: string; sql: string }>;
  for (const { name } of triggers) connection.run(`drop trigger ${name}`);
  const added = connection.guarded(work);
  for (const table of searchTables) {
    const rows = `json_each(?) as added cross join ${table} t on t.id = added.value`;
    connection.prepare(indexRows(connection, table, rows)).run([JSON.stringify(added[table])]);
  }
  connection.prepare(countAdded).run([JSON.stringify(added.ticket)]);
  for (const { sql: text } of triggers) connection.run(text);
}

/**
 * Runs `work`, which adds rows, and indexes those at its end. Call in a transaction, and let what this throws end it. Rows of
 * `work` are changed as they please, but not found by their words before the end.
 */
export async function indexAtEnd<T>(db: Database, work: () => Promise<T>): Promise<T> {
  const connection = connectionOf(db);
  for (const table of searchTables) {
    const highest = `select '${table}', coalesce(max(id), 0) from ${table}`;
    connection.prepare(`insert into search_later (name, after_id) ${highest}`).run([]);
  }
  try {
    return await work();
  } finally {
    for (const table of searchTables) {
      const rows = `${table} t where t.id > (select after_id from search_later where name = '${table}')`;
      connection.prepare(indexRows(connection, table, rows)).run([]);
    }
    connection.prepare('delete from search_later').run([]);
  }
}

const columnLists = new Map<SearchTable, string[]>();

function indexRows(connection: SqliteConnection, table: SearchTable, rows: string): string {
  const columns = columnLists.get(table) ?? listColumns(connection, table);
  columnLists.set(table, columns);
  const values = columns.map((column) => `t.${column}`);
  return `insert into ${table}_search (rowid, ${columns.join()}) select t.id, ${values.join()} from ${rows}`;
}

function listColumns(connection: SqliteConnection, table: SearchTable): string[] {
  const names = connection.prepare(`select name from pragma_table_info('${table}_search')`).all([]);
  return (names as Array<{ name: string }>).map(({ name }) => name);
}
