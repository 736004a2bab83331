// What the tests of several processes run: one job on a database, named by the first argument.

import { setTimeout as sleep } from 'node:timers/promises';
import { closeDatabase, openDatabase, transaction } from '../../src/store/database.ts';
import { tryLock } from '../../src/store/lock.ts';
import { addEntry, createTicket, getTicket } from '../../src/store/tickets.ts';
import { newEntry, newTicket, noon } from '../support/store.ts';

const [job = '', path = '', count = '0'] = process.argv.slice(2);

const jobs = new Map<string, () => Promise<void>>([
  ['create', () => create(Number(count))],
  ['write-until-killed', () => create(Number.MAX_SAFE_INTEGER)],
  ['lock', holdLock],
  ['read-and-write', readAndWrite],
]);

/** Makes tickets, each in a transaction of its own, and names each once it is committed. */
async function create(tickets: number): Promise<void> {
  const db = await openDatabase({ path, now: () => new Date(noon) });
  for (let index = 0; index < tickets; index++) {
    const { number } = await transaction(db, async (trx) => {
      const ticket = await createTicket(trx, newTicket(), noon);
      await addEntry(trx, newEntry(ticket.id), noon);
      return ticket;
    });
    process.stdout.write(`${number}\n`);
    // Lets the pipe drain and the other process in.
    await sleep(0);
  }
  await closeDatabase(db);
}

async function holdLock(): Promise<void> {
  process.stdout.write(tryLock(path, 'poll') ? 'locked\n' : 'refused\n');
  await sleep(60_000);
}

/** As an ordinary user, whom modes bind: names what reading and writing ended with. */
async function readAndWrite(): Promise<void> {
  if (process.getuid?.() === 0) process.setuid?.(65_534);
  try {
    const db = await openDatabase({ path, now: () => new Date(noon) });
    process.stdout.write(`read ${(await getTicket(db, 1, noon)).number}\n`);
    await transaction(db, (trx) => createTicket(trx, newTicket(), noon));
    process.stdout.write('wrote\n');
  } catch (error) {
    process.stdout.write(`${(error as Error).name}: ${(error as Error).message}\n`);
  }
}

const run = jobs.get(job);
if (!run) throw new Error(`No job ${job}`);
await run();
