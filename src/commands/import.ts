// tkt import: tickets of `tkt export -o json` or `-o ndjson`, into this database, streamed.

import { createReadStream } from 'node:fs';
import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { domainOf, newTicketReference } from '../domain/message-id.ts';
import { exitCodes, TemporaryError } from '../errors.ts';
import { countOf } from '../render/size.ts';
import type { ExportedTicket } from '../store/exported.ts';
import type { TicketLink } from '../store/import.ts';
import { forTerminalLine } from '../text/terminal.ts';
import { sayChange } from './change.ts';
import type { Batch } from './import-batches.ts';
import { addExamples } from './output-options.ts';

export function addImportCommand(program: Command, context: Context): void {
  const command = program
    .command('import')
    .argument('<file>', 'what tkt export -o json or -o ndjson wrote; - reads standard input')
    .summary('take in tickets that tkt export has written')
    .description(
      'Take in tickets that tkt export has written, as JSON or ndjson.\n\n' +
        'Tickets keep their numbers, and new ones go on above them. A ticket whose number is there already is left as it\n' +
        'is, and named; the exit code is then 1. Of tickets from elsewhere "number", "subject", "requester" and "createdAt"\n' +
        'must be there; what else is missing is as on a new ticket.\n\n' +
        'Mail that had not been sent is sent from here with the next poll: stop the other tkt, or drop it from the outbox.',
    );
  addExamples(command, [
    ['tkt import tickets.ndjson', 'what tkt export -o ndjson wrote'],
    ['ssh desk tkt export -o ndjson | tkt import -', 'from another machine'],
  ]);
  command.action((file: string) => runImport(context, file));
}

async function runImport(context: Context, file: string): Promise<void> {
  const batches = await openBatches(context, file);
  const { createImporter, joinTickets, prepareForImport } = await import('../store/import.ts');
  const { explainConstraint } = await import('../store/import-constraints.ts');
  const { transaction } = await import('../store/database.ts');
  const { dropLateIndexes, makeLateIndexes } = await import('../store/late-indexes.ts');
  const { unpackTickets } = await import('../store/packed-tickets.ts');
  const { reclaimMemory } = await import('../pipeline/reclaim.ts');
  const db = await context.database();
  const domain = domainOf(context.config().mailboxes[0]?.address ?? '');
  const random = pooledBytes((count) => context.randomBytes(count));
  const openImporter = () => createImporter(db, () => newTicketReference(random, domain));
  let importer = openImporter();
  prepareForImport(db);
  const links: TicketLink[] = [];
  let done = 0;
  let isLong = false;

  const refuse = (name: string, reason: string) => {
    context.log.error(forTerminalLine(`tkt: ${name}: ${reason.replaceAll('\n', ' ')}`));
    context.exitCode = exitCodes.refused;
  };

  /** Writes what can be written, in one transaction; nothing where the database itself refuses a ticket. */
  async function write(tickets: Iterable<ExportedTicket>): Promise<void> {
    const imported = await transaction(db, async () => importer.add(tickets));
    for (const { number, error } of imported.refused) refuse(number, error.message);
    links.push(...imported.links);
    done += imported.count;
  }

  async function writeAlone(ticket: ExportedTicket): Promise<void> {
    importer = openImporter();
    try {
      await write([ticket]);
    } catch (error) {
      const reason = explainConstraint(error);
      if (reason === undefined) throw error;
      refuse(ticket.number, reason);
      importer = openImporter();
    }
  }

  try {
    for await (const { tickets, refused, isFull } of batches) {
      if (context.signal.aborted) break;
      for (const { place, reason } of refused) refuse(place, reason);
      isLong ||= isFull;
      // Of a few tickets it would not be worth it.
      if (done === 0 && isFull) await transaction(db, async (trx) => dropLateIndexes(trx));
      try {
        await write(unpackTickets(tickets));
      } catch (error) {
        if (explainConstraint(error) === undefined) throw error;
        for (const ticket of unpackTickets(tickets)) await writeAlone(ticket);
      }
      context.log.progress(countOf(done, 'ticket'));
    }
  } finally {
    context.log.progress('');
    // Who wants it to end is not kept waiting: the next command makes them.
    if (!context.signal.aborted) {
      // SQLite sorts in memory.
      if (isLong) reclaimMemory();
      await makeLateIndexes(db, context.log.progress);
    }
  }
  const missing = await transaction(db, async () => joinTickets(db, links));
  for (const number of missing)
    context.log.warn(`tkt: ${forTerminalLine(number)} is named by a ticket, but is not here`);
  sayChange(context, `imported ${countOf(done, 'ticket')}`);
  if (context.signal.aborted)
    throw new TemporaryError('stopped; what is in is in, the rest can be imported by the same line');
}

/** Random bytes a few at a time: asking the system for each ticket's takes longer than writing the ticket. */
function pooledBytes(randomBytes: (count: number) => Buffer): (count: number) => Buffer {
  let pool = randomBytes(0);
  return (count) => {
    if (pool.length < count) pool = randomBytes(Math.max(4096, count));
    const bytes = pool.subarray(0, count);
    pool = pool.subarray(count);
    return bytes;
  };
}

async function openBatches(context: Context, file: string): Promise<AsyncIterable<Batch>> {
  const { readBatchesApart, readerScript } = await import('./import-thread.ts');
  const script = readerScript(file);
  if (script !== undefined) return readBatchesApart(script, file, context.signal);
  const { readBatches, readBytes } = await import('./import-batches.ts');
  return readBatches(file === '-' ? context.stdin : createReadStream(file, { highWaterMark: readBytes }), file);
}
