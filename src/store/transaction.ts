// Transactions: one at a time of a connection, and what runs in them.

import { setTimeout as sleep } from 'node:timers/promises';
import { TemporaryError } from '../errors.ts';
import { monotonicMs } from '../monotonic.ts';
import { connectionOf, type Database, setConnection } from './handle.ts';
import { busyTimeoutMs, type SqliteConnection } from './sqlite.ts';

const transactions = new WeakSet<Database>();
/** Settled when the transaction that is under way on the connection has ended. */
const underWay = new WeakMap<SqliteConnection, Promise<unknown>>();

/**
 * Runs `work` in one write transaction: committed, on disk, when it resolves; rolled back when it throws. The lock is
 * taken at the start. Inside, use the `trx` given and no other handle (that would wait for ever), and wait for no network.
 * Inside a transaction it is part of that one.
 */
export async function transaction<T>(db: Database, work: (trx: Database) => Promise<T>): Promise<T> {
  if (transactions.has(db)) return work(db);
  const connection = connectionOf(db);
  // Kysely lets one task at a time have the connection.
  return db.connection().execute((trx) => {
    setConnection(trx, connection);
    const running = runAlone(trx, connection, work);
    const end = () => underWay.delete(connection);
    underWay.set(connection, running.then(end, end));
    return running;
  });
}

async function runAlone<T>(
  trx: Database,
  connection: SqliteConnection,
  work: (trx: Database) => Promise<T>,
): Promise<T> {
  await begin(connection);
  transactions.add(trx);
  try {
    const result = await work(trx);
    connection.prepare('commit').run([]);
    return result;
  } catch (error) {
    rollBack(connection);
    throw error;
  } finally {
    transactions.delete(trx);
  }
}

/** Others that wait for the lock look for it every 20 ms, and give up after seconds. */
const pauseMs = 30;
const pauseAfterMs = 250;

/** For many transactions one after the other: what it gives is called between them, and lets others write now and then. */
export function takeTurns(): () => Promise<void> {
  let since = monotonicMs();
  return async () => {
    if (monotonicMs() - since < pauseAfterMs) return;
    await sleep(pauseMs);
    since = monotonicMs();
  };
}

function rollBack(connection: SqliteConnection): void {
  try {
    connection.prepare('rollback').run([]);
  } catch {
    // It is of no use to whoever hears of the first error.
  }
}

const writerStepMs = 20;

/**
 * Takes the write lock at once (`immediate`): a read that later writes would fail where somebody else wrote between. It waits
 * as long for another process as any statement does, but in steps: SQLite's own wait holds the thread, and a signal that comes
 * meanwhile would be heard only after it.
 */
async function begin(connection: SqliteConnection): Promise<void> {
  const until = monotonicMs() + busyTimeoutMs;
  for (;;) {
    connection.pragma('busy_timeout = 0');
    try {
      connection.prepare('begin immediate').run([]);
      return;
    } catch (error) {
      if (!(error instanceof TemporaryError) || monotonicMs() >= until) throw error;
    } finally {
      connection.pragma(`busy_timeout = ${busyTimeoutMs}`);
    }
    await sleep(writerStepMs);
  }
}

/**
 * Keeps in memory what savepoints may put back: for work in small steps, as each is a few pages, which SQLite would write to
 * a file one by one.
 */
export function keepSavepointsInMemory(db: Database): void {
  connectionOf(db).run('pragma temp_store = memory');
}

/**
 * A step of a transaction that can fail alone: what it wrote is undone when `work` throws, which is thrown on.
 * A StoreError from it means that the whole transaction is gone: let it pass, later writes throw it again.
 */
export async function savepoint<T>(trx: Database, work: () => Promise<T>): Promise<T> {
  const connection = connectionOf(trx);
  connection.prepare('savepoint step').run([]);
  try {
    const result = await work();
    connection.prepare('release step').run([]);
    return result;
  } catch (error) {
    try {
      connection.prepare('rollback to step').run([]);
      connection.prepare('release step').run([]);
    } catch {
      // The reason is in `error` already.
    }
    throw error;
  }
}

/** Whether this is the handle of a transaction that is under way. */
export function isTransaction(db: Database): boolean {
  return transactions.has(db);
}

/** The transaction of another task on this connection, settled when that has ended; undefined where there is none. */
export function otherTransaction(db: Database): Promise<unknown> | undefined {
  return isTransaction(db) ? undefined : underWay.get(connectionOf(db));
}

/** What `work` reads, by several statements, is of one moment. */
export function readTransaction<T>(db: Database, work: () => T): T {
  return connectionOf(db).reading(work);
}
