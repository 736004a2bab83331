// Indexes that an import into an empty database makes at its end, of tickets and of msg-ids: kept up row by row, they take a third
// of its time and more, the larger they are. What is left out is noted in `meta`, so that after a kill the next tkt makes it.

import { connectionOf, type Database, prepare } from './handle.ts';
import { takeTurns, transaction } from './transaction.ts';

/** A database with more tickets than these has people who read them. */
const fewTickets = 1000;

/** Drops them until `makeLateIndexes`, but where there are tickets already. Call in a transaction. */
export function dropLateIndexes(trx: Database): void {
  const [{ tickets }] = prepare(trx, 'select coalesce(sum(tickets), 0) as tickets from ticket_count').all([]) as [
    { tickets: number },
  ];
  if (tickets > fewTickets) return;
  // Those that keep numbers apart stay.
  const indexes = prepare(
    trx,
    `select name, sql from sqlite_master where type = 'index' and tbl_name in ('ticket', 'reference') and sql like 'create index %'`,
  ).all([]) as Array<{ name: string; sql: string }>;
  const note = prepare(trx, 'insert into meta (key, value) values (?, ?)');
  for (const { name, sql } of indexes) {
    note.run([`index:${name}`, sql]);
    connectionOf(trx).run(`drop index ${name}`);
  }
}

/**
 * Makes what is missing, one a transaction: others may write in between. Of a million tickets that takes some ten seconds;
 * `progress` hears how far it is, and '' at the end.
 */
export async function makeLateIndexes(db: Database, progress: (line: string) => void): Promise<void> {
  let count = listMissing(db).length;
  if (count === 0) return;
  const othersTurn = takeTurns();
  try {
    while (count > 0) {
      progress(`making indexes that an import left for later: ${count} to go`);
      await transaction(db, async (trx) => {
        const [next, ...others] = listMissing(trx);
        count = others.length;
        if (!next) return;
        connectionOf(trx).run(next.sql);
        prepare(trx, 'delete from meta where key = ?').run([next.key]);
      });
      await othersTurn();
    }
  } finally {
    progress('');
  }
}

function listMissing(db: Database): Array<{ key: string; sql: string }> {
  const text = `select key, value as sql from meta where key >= 'index:' and key < 'index;'`;
  return prepare(db, text).all([]) as Array<{ key: string; sql: string }>;
}
