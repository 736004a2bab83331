// tkt import: tickets of `tkt export -o json` or `-o ndjson`, into this database, streamed.

import { createReadStream } from 'node:fs';
import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { domainOf, newTicketReference } from '../domain/message-id.ts';
import { exitCodes, RefusedError, systemReason, TemporaryError } from '../errors.ts';
import { countOf } from '../render/size.ts';
import type { ExportedTicket } from '../store/exported.ts';
import type { TicketLink } from '../store/import.ts';
import { JsonReader } from '../store/json-reader.ts';
import { splitJsonObjects } from '../text/json-objects.ts';
import { forTerminalLine } from '../text/terminal.ts';
import { sayChange } from './change.ts';
import { addExamples } from './output-options.ts';

/** Tickets of one transaction: enough that its end costs little, few enough that others can write meanwhile, and memory. */
const batchTickets = 800;
const batchLength = 3 * 1024 * 1024;

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
  const { createImporter, joinTickets, prepareForImport } = await import('../store/import.ts');
  const { transaction } = await import('../store/database.ts');
  const { dropLateIndexes, makeLateIndexes } = await import('../store/late-indexes.ts');
  const { readTicket } = await import('../store/read-exported.ts');
  const db = await context.database();
  const domain = domainOf(context.config().mailboxes[0]?.address ?? '');
  const random = pooledBytes((count) => context.randomBytes(count));
  const openImporter = () => createImporter(db, () => newTicketReference(random, domain));
  let importer = openImporter();
  prepareForImport(db);
  const links: TicketLink[] = [];
  let done = 0;

  const refuse = (name: string, error: Error) => {
    context.log.error(forTerminalLine(`tkt: ${name}: ${error.message.replaceAll('\n', ' ')}`));
    context.exitCode = exitCodes.refused;
  };

  /** One at a time, so that of a batch only the text is in memory. */
  function* read(batch: Batch): Generator<ExportedTicket> {
    for (const { place, text } of batch.tickets) {
      let ticket: ExportedTicket;
      try {
        ticket = readTicket(new JsonReader(JSON.parse(text)));
      } catch (error) {
        if (!(error instanceof RefusedError || error instanceof SyntaxError)) throw error;
        refuse(place, error);
        continue;
      }
      yield ticket;
    }
  }

  /** Writes what can be written, in one transaction; nothing where the database itself refuses a ticket. */
  async function write(batch: Batch): Promise<void> {
    const imported = await transaction(db, async () => importer.add(read(batch)));
    for (const { number, error } of imported.refused) refuse(number, error);
    links.push(...imported.links);
    done += imported.count;
  }

  async function writeAlone(one: Batch['tickets'][number]): Promise<void> {
    importer = openImporter();
    try {
      await write({ tickets: [one], length: one.text.length });
    } catch (error) {
      if (!isConstraint(error)) throw error;
      refuse(one.place, error);
      importer = openImporter();
    }
  }

  try {
    for await (const batch of readBatches(openInput(context, file), file)) {
      if (context.signal.aborted) break;
      // Of a few tickets it would not be worth it.
      if (done === 0 && isFull(batch)) await transaction(db, async (trx) => dropLateIndexes(trx));
      try {
        await write(batch);
      } catch (error) {
        if (!isConstraint(error)) throw error;
        for (const one of batch.tickets) await writeAlone(one);
      }
      context.log.progress(countOf(done, 'ticket'));
    }
  } finally {
    context.log.progress('');
    // Who wants it to end is not kept waiting: the next command makes them.
    if (!context.signal.aborted) await makeLateIndexes(db, context.log.progress);
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

/** Something of another ticket has what must be there once: a msg-id of ours, say. */
function isConstraint(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_CONSTRAINT');
}

interface Batch {
  tickets: Array<{ place: string; text: string }>;
  /** Of the texts. */
  length: number;
}

/** The objects in the file, some at a time. Throws RefusedError for what is no JSON. */
async function* readBatches(input: AsyncIterable<Uint8Array>, file: string): AsyncGenerator<Batch> {
  let batch: Batch = { tickets: [], length: 0 };
  let count = 0;
  try {
    for await (const text of splitJsonObjects(input)) {
      count += 1;
      batch.tickets.push({ place: `${file}: ticket ${count}`, text });
      batch.length += text.length;
      if (!isFull(batch)) continue;
      yield batch;
      batch = { tickets: [], length: 0 };
    }
  } catch (error) {
    if (batch.tickets.length > 0) yield batch;
    if (error instanceof SyntaxError) throw new RefusedError(`${file}: ${error.message}`);
    throw error;
  }
  if (batch.tickets.length > 0) yield batch;
}

function isFull({ tickets, length }: Batch): boolean {
  return tickets.length >= batchTickets || length >= batchLength;
}

async function* openInput(context: Context, file: string): AsyncGenerator<Uint8Array> {
  const stream = file === '-' ? context.stdin : createReadStream(file, { highWaterMark: 256 * 1024 });
  try {
    yield* stream as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw new RefusedError(`${file}: ${systemReason(error)}`, { cause: error });
  }
}
