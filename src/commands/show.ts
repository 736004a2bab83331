// tkt show: one ticket with everything that was said.

import type { Command } from 'commander';
import type { Context } from '../context.ts';
import type { TicketDetails } from '../domain/ticket.ts';
import { RefusedError } from '../errors.ts';
import { createPaint } from '../render/color.ts';
import { formatTsvLine } from '../render/delimited.ts';
import { cellText } from '../render/fields.ts';
import { formatPerson } from '../render/people.ts';
import { ticketCsvNames, ticketDetailFields, ticketDetailJsonNames, ticketJsonNames } from '../render/ticket-fields.ts';
import { chooseFields, formatJson, type OutputChoice, pickValues, type RowShape, writeRows } from '../render/writer.ts';
import { readId } from './id-args.ts';
import { addExamples, addOutputOptions, type OutputFlags, readOutputChoice } from './output-options.ts';
import { writeRaw } from './raw-output.ts';
import { forEachTicket, type ResolvedTicket, ticketArgument } from './ticket-arg.ts';

const shape: RowShape<TicketDetails> = {
  fields: ticketDetailFields,
  jsonNames: ticketDetailJsonNames,
  tableNames: ticketJsonNames,
  tsvNames: ticketJsonNames,
  csvNames: ticketCsvNames,
};

interface ShowFlags extends OutputFlags {
  full?: true;
  raw?: string;
  force?: true;
  events?: true;
}

export function addShowCommand(program: Command, context: Context): void {
  const command = program
    .command('show')
    .alias('view')
    .argument('<ticket>', ticketArgument)
    .description('show a ticket with its entries, oldest first')
    .option('--full', 'the whole text of each entry: quoted history and signature too')
    .option('--events', 'the history of the ticket too')
    .option('--raw <entry>', 'write the stored message of an entry as it is, byte for byte')
    .option('--force', 'with --raw: even to a terminal');
  addOutputOptions(command);
  addExamples(command, [
    ['tkt show 42', 'a page to read, through $PAGER'],
    ['tkt show 42 --full --events', 'with all of the text and the history'],
    ['tkt show 42 --json | jq -r .entries[-1].body', 'what was said last'],
    ['tkt show 42 --raw 7 > mail.eml', 'the message of entry 7'],
    ['tkt list --mine | tkt show -', 'all of mine'],
  ]);
  command.addHelpText(
    'after',
    '\nIn a pipe: TSV, one line a field (field, value), then lines of the form\n' +
      '  entry        id, type, author, time, text\n' +
      '  attachment   id, entry, name, type, bytes, sha256\n' +
      '  delivery     entry, to, state, attempts, time, error\n' +
      '  participant  role, person; mentioned: person; event (--events): type, from, to, by, time\n' +
      'With --fields, one line of those fields. CSV holds the fields of the ticket, without entries.',
  );
  command.action((ticket: string, flags: ShowFlags) => runShow(context, ticket, flags));
}

async function runShow(context: Context, arg: string, flags: ShowFlags): Promise<void> {
  const choice = readOutputChoice(context, flags);
  chooseFields(shape, choice);
  const { getTicketDetails } = await import('../store/tickets.ts');
  const shown: TicketDetails[] = [];
  await forEachTicket(context, arg, async (ticket) => {
    if (flags.raw !== undefined) return writeRawEntry(context, ticket, flags.raw, flags.force === true);
    shown.push(await getTicketDetails(await context.database(), ticket.id, context.now().toISOString()));
  });
  if (flags.raw === undefined) await writeTickets(context, shown, choice, flags, arg === '-');
}

async function writeTickets(
  context: Context,
  tickets: readonly TicketDetails[],
  choice: OutputChoice,
  flags: ShowFlags,
  several: boolean,
): Promise<void> {
  if (choice.format === 'json' && !several) {
    for (const ticket of tickets)
      context.stdout.write(formatJson(context, pickValues(ticket, chooseFields(shape, choice))));
  } else if (choice.format === 'table' && choice.fields === null) {
    await writePages(context, tickets, flags);
  } else if (choice.format === 'tsv' && choice.fields === null) {
    for (const ticket of tickets) context.stdout.write(formatTicketLines(ticket, flags));
  } else {
    await writeRows(context, tickets, shape, choice);
  }
}

async function writePages(context: Context, tickets: readonly TicketDetails[], flags: ShowFlags): Promise<void> {
  const { formatTicketPage } = await import('../render/ticket-page.ts');
  const { page } = await import('../render/pager.ts');
  const { isTerminal, columns, color } = context.stdout;
  const options = {
    now: context.now(),
    width: isTerminal ? columns : null,
    full: flags.full === true,
    events: flags.events === true,
    paint: await createPaint(color),
  };
  await page(context, tickets.map((ticket) => formatTicketPage(ticket, options)).join('\n'));
}

/** The ticket as TSV: a line a field, then its participants, entries and what belongs to them (see the help). */
function formatTicketLines(ticket: TicketDetails, flags: ShowFlags): string {
  const lines: unknown[][] = chooseFields(shape, { format: 'tsv', fields: null }).map((field) => [
    field.name,
    field.value(ticket),
  ]);
  for (const person of ticket.participants) lines.push(['participant', person.role, formatPerson(person)]);
  for (const person of ticket.mentioned) lines.push(['mentioned', formatPerson(person)]);
  for (const entry of ticket.entries) {
    const text = flags.full ? entry.fullBody : entry.body;
    lines.push(['entry', entry.id, entry.type, formatPerson(entry.author), entry.createdAt, text]);
    for (const a of entry.attachments)
      lines.push(['attachment', a.id, entry.id, a.filename, a.contentType, a.size, a.sha256]);
    for (const d of entry.deliveries) lines.push(['delivery', entry.id, d.to, d.state, d.attempts, d.at, d.error]);
  }
  if (flags.events) for (const e of ticket.events) lines.push(['event', e.type, e.from, e.to, e.by, e.at]);
  return lines.map((cells) => formatTsvLine(cells.map(cellText))).join('');
}

async function writeRawEntry(context: Context, ticket: ResolvedTicket, text: string, force: boolean): Promise<void> {
  const id = readId(text);
  const { getEntry, getRawMessage } = await import('../store/messages.ts');
  const db = await context.database();
  const entry = await getEntry(db, id);
  if (entry.ticketId !== ticket.id) throw new RefusedError(`${ticket.number} has no entry ${id}`);
  if (entry.rawMessageId === null) {
    throw new RefusedError(`entry ${id} of ${ticket.number} was never a mail: there is no message to write`);
  }
  writeRaw(context, await getRawMessage(db, entry.rawMessageId), force);
}
