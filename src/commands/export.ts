// tkt export: tickets with all that belongs to them, streamed: as JSON to take elsewhere or back, as CSV, as a mailbox.

import type { Command } from 'commander';
import type { Context, Output } from '../context.ts';
import { UsageError } from '../errors.ts';
import { formatMboxMessage } from '../render/mbox.ts';
import { chunked, writeRows } from '../render/writer.ts';
import type { Database } from '../store/database.ts';
import type { TicketFilter } from '../store/list.ts';
import { makeJsonSafe } from '../text/terminal.ts';
import { addFilterOptions, type FilterFlags, readFilter } from './filter-options.ts';
import { ticketShape } from './list.ts';
import { addExamples, oneOf } from './output-options.ts';
import { writeRaw } from './raw-output.ts';

const exportFormats = ['json', 'ndjson', 'csv', 'mbox'] as const;

interface ExportFlags extends FilterFlags {
  output: string;
  force?: true;
}

export function addExportCommand(program: Command, context: Context): void {
  const command = program
    .command('export')
    .summary('write tickets with all that belongs to them, as JSON, CSV or a mailbox')
    .description(
      'Write tickets to standard output.\n\n' +
        'json and ndjson hold all of a ticket: the JSON of `tkt show`, and under "stored" the raw messages (base64), the\n' +
        'msg-ids by which mail finds the ticket, what was sent and what came in. tkt import takes both back.\n' +
        'csv has the fields of tickets; mbox (mboxrd) has the mails that came from clients and went to them.\n\n' +
        'What belongs to no ticket is not in it: the quarantine, mail that was ignored, how far each mailbox was read,\n' +
        'secrets. tkt backup copies everything.',
    );
  addFilterOptions(command, 'every one');
  command
    .option('-o, --output <format>', exportFormats.join(', '), 'json')
    .option('--force', 'write a mailbox also to a terminal');
  addExamples(command, [
    ['tkt export -o ndjson > tickets.ndjson', 'everything, a ticket a line'],
    ['tkt export --requester ann@example.com > ann.json', 'what is stored of one client'],
    ['tkt export --until 2025-12-31 -o mbox > 2025.mbox', 'mail for a mail program'],
    ['tkt export -o csv > tickets.csv', 'for a spreadsheet'],
  ]);
  command.action((flags: ExportFlags) => runExport(context, flags));
}

async function runExport(context: Context, flags: ExportFlags): Promise<void> {
  const format = oneOf('-o', flags.output, exportFormats);
  if (flags.force && format !== 'mbox') throw new UsageError('--force is for -o mbox alone');
  const filter = await readFilter(context, flags, undefined);
  const db = await context.database();
  switch (format) {
    case 'csv': {
      const { listTickets } = await import('../store/list.ts');
      const tickets = listTickets(db, filter, { sort: { field: 'number', descending: false } });
      await writeRows(context, tickets, ticketShape, { format: 'csv', fields: null });
      return;
    }
    case 'mbox':
      return writeMbox(context, db, filter, flags.force === true);
    case 'json':
      return writeTickets(context, db, filter, { before: '[\n', between: ',\n', after: '\n]\n', whenEmpty: '[]\n' });
    case 'ndjson':
      return writeTickets(context, db, filter, { before: '', between: '\n', after: '\n', whenEmpty: '' });
  }
}

interface Frame {
  before: string;
  between: string;
  after: string;
  whenEmpty: string;
}

async function writeTickets(context: Context, db: Database, filter: TicketFilter, frame: Frame): Promise<void> {
  const { exportTickets, readRawBytes } = await import('../store/export.ts');
  const out = chunked(context.stdout);
  let count = 0;
  for (const { json, messages } of exportTickets(db, filter)) {
    out.write(count === 0 ? frame.before : frame.between);
    // Behind the last member of `stored`.
    out.write(`${makeJsonSafe(json.slice(0, -'}}'.length))},"messages":{`);
    messages.forEach(({ sha256, id }, index) => {
      out.write(`${index === 0 ? '' : ','}"${sha256}":"`);
      writeBase64(out, readRawBytes(db, id));
      out.write('"');
    });
    out.write('}}}');
    count += 1;
  }
  out.write(count === 0 ? frame.whenEmpty : frame.after);
  out.flush();
}

// Whole groups of three bytes, so that the pieces join.
const pieceBytes = 48 * 1024;

/** In pieces: the text of a large mail would be in memory twice more. */
function writeBase64(out: Pick<Output, 'write'>, bytes: Buffer): void {
  for (let start = 0; start < bytes.length; start += pieceBytes) {
    out.write(bytes.toString('base64', start, Math.min(start + pieceBytes, bytes.length)));
  }
}

async function writeMbox(context: Context, db: Database, filter: TicketFilter, force: boolean): Promise<void> {
  const { exportMails, readRawBytes } = await import('../store/export.ts');
  for (const { id, from, at } of exportMails(db, filter)) {
    for (const piece of formatMboxMessage(readRawBytes(db, id), { from, at: new Date(at) })) {
      writeRaw(context, piece, force);
    }
  }
}
