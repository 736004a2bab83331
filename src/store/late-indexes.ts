// Indexes that an import into an empty database makes at its end, of tickets and of msg-ids: kept up row by row, they take a third
// of its time and more, the larger they are. What is left out is noted in `meta`, so that after a kill the next tkt makes it.

import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicMs } from '../monotonic.ts';
import { connectionOf, type Database, prepare } from './handle.ts';
import { transaction } from './transaction.ts';

/** A database with more tickets than these has people who read them. */
const fewTickets = 1000;

/** Others that wait for the lock look for it every 20 ms, and give up after seconds. */
const pauseMs = 30;
const pauseAfterMs = 250;

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

/** Makes what is missing, one a transaction: others may write in between. */
export async function makeLateIndexes(db: Database): Promise<void> {
  let since = monotonicMs();
  while (firstMissing(db)) {
    await transaction(db, async (trx) => {
      const missing = firstMissing(trx);
      if (!missing) return;
      connectionOf(trx).run(missing.sql);
      prepare(trx, 'delete from meta where key = ?').run([missing.key]);
    });
    if (monotonicMs() - since < pauseAfterMs) continue;
    await sleep(pauseMs);
    since = monotonicMs();
  }
}

function firstMissing(db: Database): { key: string; sql: string } | undefined {
  const text = `select key, value as sql from meta where key >= 'index:' and key < 'index;' limit 1`;
  return prepare(db, text).all([])[0] as { key: string; sql: string } | undefined;
}
