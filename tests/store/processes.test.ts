// Several processes on one database: what only the kernel and SQLite can show.

import { chmodSync, copyFileSync, existsSync, linkSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { backupDatabase } from '../../src/store/backup.ts';
import { checkIntegrity, closeDatabase, openDatabase } from '../../src/store/database.ts';
import { tryLock } from '../../src/store/lock.ts';
import { buildProgram, type Program, runProgram } from '../support/child.ts';
import { noon, tempFolder } from '../support/store.ts';

let worker: Program;
let folder: string;
beforeAll(async () => {
  worker = await buildProgram('tests/store/worker.ts');
  folder = tempFolder();
});
afterAll(() => {
  worker.remove();
  rmSync(folder, { recursive: true, force: true });
});

const open = (path: string) => openDatabase({ path, now: () => new Date(noon) });

async function numbersIn(path: string): Promise<string[]> {
  const db = await open(path);
  const rows = await db.selectFrom('ticket').select('number').orderBy('id').execute();
  const damage = await checkIntegrity(db);
  await closeDatabase(db);
  expect(damage).toEqual([]);
  return rows.map((row) => row.number);
}

const numbersTo = (count: number) =>
  Array.from({ length: count }, (_, index) => `TKT-2026-${String(index + 1).padStart(5, '0')}`);

test('processes that open a new database at once make it once, and give numbers without doubles or gaps', async () => {
  const path = join(folder, 'new', 'tkt.db');
  const runs = Array.from({ length: 4 }, () => runProgram(worker, ['create', path, '50']));
  const outputs = await Promise.all(runs.map((run) => run.output));
  const given = outputs.flatMap((output) => output.trim().split('\n'));
  expect(given.sort()).toEqual(numbersTo(200));
  expect(await numbersIn(path)).toEqual(numbersTo(200));
  expect(readdirSync(join(folder, 'new'))).toEqual(['tkt.db']);
});

test('a process killed while it writes loses nothing that was committed and leaves no half ticket', async () => {
  const path = join(folder, 'killed.db');
  const said: string[] = [];
  for (let round = 0; round < 3; round++) {
    const run = runProgram(worker, ['write-until-killed', path]);
    run.process.stdout?.on('data', (chunk) => said.push(String(chunk)));
    await run.said('TKT-2026-');
    run.process.kill('SIGKILL');
    await run.output.catch(() => {});
  }
  const committed = said.join('').trim().split('\n');
  const numbers = await numbersIn(path);
  expect(numbers).toEqual(numbersTo(numbers.length));
  expect(numbers).toEqual(expect.arrayContaining(committed));
  const db = await open(path);
  const { entries } = await db
    .selectFrom('entry')
    .select((eb) => eb.fn.countAll<number>().as('entries'))
    .executeTakeFirstOrThrow();
  await closeDatabase(db);
  expect(entries).toBe(numbers.length);
});

test('a backup taken while another process writes is whole, and restores by copying it back', async () => {
  const path = join(folder, 'busy.db');
  const copy = join(folder, 'copy.db');
  const writer = runProgram(worker, ['write-until-killed', path]);
  await writer.said('TKT-2026-00020');
  await backupDatabase(path, copy);
  writer.process.kill('SIGKILL');
  await writer.output.catch(() => {});
  const kept = await numbersIn(copy);
  expect(kept.length).toBeGreaterThanOrEqual(20);
  expect(kept).toEqual(numbersTo(kept.length));

  for (const file of [path, `${path}-wal`, `${path}-shm`]) rmSync(file, { force: true });
  copyFileSync(copy, path);
  expect(await numbersIn(path)).toEqual(kept);
});

test('the lock is for one process, and the kernel drops it when that is killed', async () => {
  const path = join(folder, 'locked.db');
  const first = runProgram(worker, ['lock', path]);
  await first.said('locked');
  expect(tryLock(path, 'poll')).toBeNull();
  const other = tryLock(path, 'send');
  expect(other).not.toBeNull();
  other?.release();

  first.process.kill('SIGKILL');
  await first.output.catch(() => {});
  const lock = tryLock(path, 'poll');
  expect(lock).not.toBeNull();
  expect(tryLock(path, 'poll')).toBeNull();

  const second = runProgram(worker, ['lock', path]);
  await second.said('refused');
  second.process.kill('SIGKILL');
  lock?.release();
  lock?.release();
  expect(existsSync(path)).toBe(false);
  const again = tryLock(path, 'poll');
  expect(again).not.toBeNull();
  again?.release();
});

test('a lock file that is damaged is to be removed, not restored', () => {
  const path = join(folder, 'odd-lock.db');
  writeFileSync(`${path}.poll.lock`, 'no database '.repeat(1_000));
  expect(() => tryLock(path, 'poll')).toThrow(/poll\.lock is damaged. Remove it/);
});

/** The folder and file of a database that has one ticket. */
async function makeDatabase(name: string): Promise<{ place: string; path: string }> {
  const place = join(folder, name);
  mkdirSync(place);
  chmodSync(folder, 0o755);
  const path = join(place, 'tkt.db');
  await runProgram(worker, ['create', path, '1']).output;
  return { place, path };
}

test('a database on a read-only medium is read, and a write says why it cannot be', async () => {
  const { place, path } = await makeDatabase('read-only');
  chmodSync(path, 0o444);
  chmodSync(place, 0o555);
  const output = await runProgram(worker, ['read-and-write', path]).output;
  chmodSync(place, 0o755);
  expect(output).toMatch(/^read TKT-2026-00001\nStoreError: .*tkt\.db cannot be (opened for writing|written)/);
});

test('a database that we may not read is a matter of permission', async () => {
  const { place, path } = await makeDatabase('denied');
  chmodSync(path, 0o000);
  chmodSync(place, 0o755);
  const output = await runProgram(worker, ['read-and-write', path]).output;
  expect(output).toMatch(/^PermissionError: .*tkt\.db: permission denied/);
});

test('the second name that a run leaves when it is killed at the end of making a database goes away', async () => {
  const { place, path } = await makeDatabase('linked');
  linkSync(path, `${path}.new-0123456789ab`);
  expect(await numbersIn(path)).toEqual(numbersTo(1));
  expect(readdirSync(place)).toEqual(['tkt.db']);
});
