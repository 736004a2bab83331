// Many tickets: made by import, exported, changed in bulk.

import { closeSync, existsSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Desk } from './desk.ts';
import { type Report, rowAtLeast, rowAtMost, rowThatTells } from './rows.ts';
import { generateTickets } from './tickets.ts';

/** Imports `count` tickets into a database of its own, or the one to be kept, and gives its path. */
export async function makeDatabase(desk: Desk, count: number, report: Report, keep?: string): Promise<string> {
  const own = desk.install({ user: 'nobody', smtpPort: null });
  const database = keep ?? own.database;
  if (keep !== undefined && existsSync(keep)) return keep;
  const tkt: typeof own.tkt = (args, options) => own.tkt(args, { ...options, env: { TKT_DATABASE: database } });
  await tkt(['agent', 'add', 'ann', '--name', 'Ann', '--email', 'ann@desk.test']);
  const label = count.toLocaleString('en');
  const file = join(desk.folder, `${count}.ndjson`);
  writeTickets(file, count);
  const { ms, peakMb } = await tkt(['import', file]);
  rmSync(file);
  const rate = (count / ms) * 1000;
  report(rowAtLeast(`import of ${label} tickets`, rate, 10_000, ' tickets/s', `${(ms / 1000).toFixed(1)} s`));
  report(rowAtMost(`import of ${label} tickets: memory`, peakMb, 200, ' MB', ''));
  const size = statSync(database).size;
  report(rowThatTells(`database of ${label} tickets`, `${(size / 1e6).toFixed(0)} MB`, { bytes: size }));
  return database;
}

function writeTickets(file: string, count: number): void {
  const fd = openSync(file, 'w');
  for (const lines of generateTickets(count, 7)) writeSync(fd, lines);
  closeSync(fd);
}

export async function measureExport(desk: Desk, database: string, count: number, report: Report): Promise<void> {
  const env = { TKT_DATABASE: database };
  const { tkt } = desk.install({ user: 'nobody', smtpPort: null });
  const label = count.toLocaleString('en');
  for (const args of [
    ['export', '-o', 'ndjson'],
    ['list', '--all', '-o', 'ndjson'],
  ]) {
    const { ms, peakMb } = await tkt(args, { env, drop: true });
    const note = `${(ms / 1000).toFixed(1)} s, ${Math.round((count / ms) * 1000).toLocaleString('en')} tickets/s`;
    report(rowAtMost(`\`${args.join(' ')}\` of ${label} tickets: memory`, peakMb, 200, ' MB', note));
  }
}

/** `set-priority -` with a thousand numbers, against one alone. */
export async function measureBulk(desk: Desk, database: string, report: Report): Promise<void> {
  const env = { TKT_DATABASE: database };
  const { tkt } = desk.install({ user: 'nobody', smtpPort: null });
  const numbers = Array.from({ length: 1000 }, (_, index) => `TKT-2024-${String(index + 1).padStart(5, '0')}\n`).join(
    '',
  );
  const one = await tkt(['set-priority', 'TKT-2024-00001', 'low'], { env });
  const many = await tkt(['set-priority', '-', 'urgent'], { env, input: numbers });
  report(rowAtMost('`set-priority -` with 1,000 numbers, beyond one', (many.ms - one.ms) / 1000, 1, ' s', ''));
}
