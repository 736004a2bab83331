// K4: the order of a poll's writes. What a server is told must be on disk before: a power cut keeps only what was synced.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lab } from './bench.ts';
import { mixedMails } from './mails.ts';

/** Every `STORE +FLAGS` and every final dot comes after an fsync that follows the last write to the database. */
export async function checkOrder(lab: Lab): Promise<void> {
  const bench = await lab.open();
  const tickets = await bench.seedTickets(3);
  const before = bench.sink.messages.length;
  await bench.deliver(...mixedMails(lab.random, lab.scale(120, 30), tickets));
  const trace = join(bench.folder, 'trace');
  const watched = 'trace=write,writev,sendto,sendmsg,pwrite64,fsync,fdatasync';
  const wrap = ['strace', '-f', '-qq', '-y', '-s', '4000000', '-e', watched, '-o', trace];
  await bench.poll({ wrap });
  const { stores, dots, syncs, early } = readOrder(readFileSync(trace, 'latin1'), bench.database);
  lab.report.points = stores + dots;
  lab.report.problems.push(...early);
  lab.report.expect(stores > 0, 'no STORE was seen in the trace');
  const sent = bench.sink.messages.length - before;
  lab.report.expect(dots === sent, `${dots} final dots in the trace, ${sent} mails at the server`);
  lab.report.note(`${stores} STORE and ${dots} final dots after ${syncs} syncs`);
  await bench.drain();
  await bench.audit();
}

export interface Order {
  stores: number;
  dots: number;
  syncs: number;
  /** What was told too early. */
  early: string[];
}

/** Reads a trace of strace -f -y. */
export function readOrder(trace: string, database: string): Order {
  const order: Order = { stores: 0, dots: 0, syncs: 0, early: [] };
  const unsynced = new Map<string, number>();
  for (const [index, line] of trace.split('\n').entries()) {
    const call = /^\d+ +(\w+)\(\d+<([^>]*)>/.exec(line);
    if (call === null) continue;
    const [, name = '', file = ''] = call;
    if (name === 'pwrite64' && (file === database || file === `${database}-wal`)) {
      unsynced.set(file, (unsynced.get(file) ?? 0) + 1);
    } else if (name === 'fsync' || name === 'fdatasync') {
      if (unsynced.delete(file)) order.syncs++;
    } else if (/^(socket|TCP)/.test(file)) {
      const told = whatIsTold(line);
      if (told !== null) order[told]++;
      if (told !== null && unsynced.size > 0) {
        order.early.push(`line ${index + 1}: ${told} with unsynced writes to ${[...unsynced.keys()].join(', ')}`);
      }
    }
  }
  return order;
}

function whatIsTold(line: string): 'stores' | 'dots' | null {
  if (/ STORE [^"]*\+FLAGS/.test(line)) return 'stores';
  // The end of the data of a message, alone or after its last line.
  return /(\\r\\n|")\.\\r\\n"[,}\]]/.test(line) ? 'dots' : null;
}
