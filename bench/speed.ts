// `npm run bench`: every budget of the issue on speed, measured against mbsync and `node -e 0` in the same run.
//   --quick   smaller: 20,000 tickets, no mailbox of 10,000 mails; under two minutes
//   --json    the rows as JSON on standard output
//   --only W  the parts whose name has W in it: start, tickets, sweeps
//   --keep F  keep the database of 1,000,000 tickets in this file, or take it from there (it takes minutes to make)

import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { type Desk, openDesk } from './speed/desk.ts';
import { formatTable, type Row } from './speed/rows.ts';
import { measureStarts } from './speed/start-rows.ts';
import * as sweeps from './speed/sweep-rows.ts';
import * as tickets from './speed/ticket-rows.ts';

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean' },
    json: { type: 'boolean' },
    only: { type: 'string' },
    keep: { type: 'string' },
  },
});
const quick = flags.quick === true;
const rows: Row[] = [];

function report(row: Row): void {
  rows.push(row);
  const mark = row.within === null ? ' ' : row.within ? '✓' : '✗';
  process.stderr.write(`${mark} ${row.name}: ${row.measured}${row.budget === '' ? '' : ` (${row.budget})`}\n`);
}

const wants = (part: string) => flags.only === undefined || part.includes(flags.only);

async function measureTickets(desk: Desk): Promise<Map<number, string>> {
  // The one in the middle is for sweeps alone.
  const sizes = quick ? [2_000, 20_000] : [10_000, ...(wants('sweeps') ? [50_000] : []), 1_000_000];
  const databases = new Map<number, string>([[0, '']]);
  const largest = sizes.at(-1) ?? 0;
  for (const size of sizes) {
    const keep = size === largest ? flags.keep : undefined;
    databases.set(size, await tickets.makeDatabase(desk, size, report, keep));
  }
  const database = databases.get(largest) ?? '';
  if (wants('start')) {
    for (const size of [sizes[0] ?? 0, largest]) {
      measureStarts(report, databases.get(size) ?? '', `${size.toLocaleString('en')} tickets`, quick ? 7 : 25);
    }
  }
  if (wants('tickets')) {
    await tickets.measureBulk(desk, database, report);
    await tickets.measureExport(desk, database, largest, report);
  }
  return databases;
}

async function measureSweeps(desk: Desk, databases: ReadonlyMap<number, string>): Promise<void> {
  await sweeps.measureSweeps(desk, { count: 1_000, rounds: quick ? 1 : 5, budget: 3 }, report);
  if (!quick) await sweeps.measureSweeps(desk, { count: 10_000, rounds: 3, budget: 1.5 }, report);
  await sweeps.measureSlowWire(desk, report);
  await sweeps.measureThinWire(desk, quick ? 50 : 200, report);
  await sweeps.measureSlowSmtp(desk, quick ? 50 : 200, report);
  await sweeps.measureFullMailbox(desk, quick ? 10_000 : 100_000, report);
  await sweeps.measureLargeMail(desk, report);
  await sweeps.measureEmptySweep(desk, quick ? 5 : 11, report);
  await sweeps.measureExplain(desk, report);
  await sweeps.measureGrowth(desk, databases, quick ? 1 : 3, report);
  await sweeps.measureSizes(desk, report);
}

const desk = await openDesk();
try {
  const databases = await measureTickets(desk);
  if (wants('sweeps')) await measureSweeps(desk, databases);
} finally {
  await desk.close();
}
const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'CPU'}, ${Math.round(totalmem() / 2 ** 30)} GB, node ${process.version}`;
if (flags.json) process.stdout.write(`${JSON.stringify({ machine, quick, rows }, null, 2)}\n`);
else process.stdout.write(`${machine}\n\n${formatTable(rows)}\n`);
process.exitCode = rows.some(({ within }) => within === false) ? 1 : 0;
