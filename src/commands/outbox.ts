// tkt outbox: mail of ours that is not with its recipient yet, and what to do about it.

import type { Command } from 'commander';
import type { Context } from '../context.ts';
import type { DeliveryState } from '../domain/ticket.ts';
import { exitCodes, UsageError } from '../errors.ts';
import type { Style } from '../render/color.ts';
import { timeField } from '../render/fields.ts';
import { plainShape, writeRows } from '../render/writer.ts';
import type { OutboxItem } from '../store/outbox.ts';
import { forTerminalLine } from '../text/terminal.ts';
import { addDefaultList } from './default-list.ts';
import { readIds } from './id-args.ts';
import { addLimitOption, type LimitFlags, writeLimited } from './limited-rows.ts';
import { addExamples, addJsonOption, addOutputOptions, readOutputChoice } from './output-options.ts';

const stateStyles: Record<DeliveryState, Style | null> = {
  queued: null,
  sending: null,
  sent: 'dim',
  failed: 'red',
  bounced: 'red',
};

const shape = plainShape<OutboxItem>(
  [
    { name: 'id', value: (m) => m.id, style: () => 'cyan' },
    { name: 'ticket', value: (m) => m.ticket },
    { name: 'to', value: (m) => m.to, minWidth: 12 },
    { name: 'subject', value: (m) => m.subject, minWidth: 12 },
    { name: 'kind', value: (m) => m.kind },
    { name: 'state', value: (m) => m.state, style: (m) => stateStyles[m.state] },
    { name: 'attempts', value: (m) => m.attempts, heading: 'TRIES' },
    { ...timeField<OutboxItem>('nextAttemptAt', (m) => m.nextAttemptAt), heading: 'NEXT' },
    { name: 'error', value: (m) => m.error, minWidth: 12 },
  ],
  ['id', 'ticket', 'state', 'attempts', 'nextAttemptAt', 'kind', 'to', 'error'],
);

interface ListFlags extends LimitFlags {
  all?: true;
}

interface RetryFlags {
  all?: true;
  json?: true;
}

export function addOutboxCommand(program: Command, context: Context): void {
  const outbox = program
    .command('outbox')
    .description('mail that is not sent yet: queued, being sent, failed or bounced');
  const list = addDefaultList(outbox, 'list what is not sent, oldest first').option('-a, --all', 'what was sent too');
  addOutputOptions(addLimitOption(list, 'mails')).action((flags: ListFlags) => runList(context, flags));
  addExamples(list, [
    ['tkt outbox', 'what waits, and why'],
    ['tkt outbox list --all --json', 'what was sent, too'],
  ]);
  const retry = outbox
    .command('retry')
    .argument('[ids...]', 'ids as outbox lists them')
    .option('-a, --all', 'everything that is not sent')
    .description('send now, whatever the next attempt was to be; failed ones too')
    .action((ids: string[], flags: RetryFlags) => runRetry(context, ids, flags));
  addJsonOption(retry, '--json', 'print these mails as they are now');
  addExamples(retry, [
    ['tkt outbox retry 12', 'one of them'],
    ['tkt outbox retry --all', 'the SMTP server is back'],
  ]);
  const drop = outbox
    .command('drop')
    .argument('<ids...>', 'ids as outbox lists them')
    .description('give up: these are never sent')
    .action((ids: string[], flags: { json?: true }) => runDrop(context, ids, flags));
  addJsonOption(drop, '--json', 'print these mails as they were');
  addExamples(drop, [['tkt outbox drop 12 13', 'these two never']]);
  addExamples(outbox, [
    ['tkt outbox', 'what waits, and why'],
    ['tkt outbox --json | jq -r .[].error', 'what the servers said'],
    ['tkt outbox retry --all', 'the SMTP server is back'],
    ['tkt outbox drop 12 13', 'these two never'],
  ]);
}

async function runList(context: Context, flags: ListFlags): Promise<void> {
  await writeLimited(context, {
    shape,
    choice: readOutputChoice(context, flags),
    limit: flags.limit,
    noun: 'mail',
    empty: 'The outbox is empty.',
    async read() {
      const { listDeliveries } = await import('../store/outbox.ts');
      return listDeliveries(await context.database(), { all: flags.all === true });
    },
  });
}

async function runRetry(context: Context, texts: readonly string[], flags: RetryFlags): Promise<void> {
  const all = flags.all === true;
  if (all === texts.length > 0) throw new UsageError('name the ids to send, or --all');
  const ids = readIds(texts);
  const { listDeliveries, retryDeliveries } = await import('../store/outbox.ts');
  const { transaction } = await import('../store/database.ts');
  const db = await context.database();
  const due = await transaction(db, (trx) => retryDeliveries(trx, all ? 'all' : ids, context.now().toISOString()));
  nameMissing(context, ids, due);
  if (due.length > 0) await sendDue(context);
  const after = new Map((await listDeliveries(db, { all: flags.json === true })).map((row) => [row.id, row]));
  for (const id of due) reportRetry(context, id, after.get(id), flags);
  if (flags.json) await printRows(context, after, due);
}

async function printRows(context: Context, rows: ReadonlyMap<number, OutboxItem>, ids: readonly number[]) {
  const chosen = ids.flatMap((id) => rows.get(id) ?? []);
  await writeRows(context, chosen, shape, { format: 'json', fields: null });
}

/** How long a person waits for an SMTP server. */
const patienceMs = 60_000;

async function sendDue(context: Context): Promise<void> {
  const { openPipeline } = await import('../pipeline/open.ts');
  const { deliverDue } = await import('../pipeline/deliver.ts');
  const pipeline = await openPipeline(context);
  try {
    await deliverDue(pipeline, { deadline: context.now().getTime() + patienceMs });
  } finally {
    await pipeline.reader.close();
  }
}

/** `row`: the mail if it is still in the outbox. A failure for good outweighs one that passes in the exit code. */
function reportRetry(context: Context, id: number, row: OutboxItem | undefined, flags: RetryFlags): void {
  if (row === undefined || row.state === 'sent') {
    if (!flags.json) say(context, `${id}: sent`);
    return;
  }
  context.log.error(forTerminalLine(`tkt: ${id} to ${row.to}: ${row.state}${row.error ? `: ${row.error}` : ''}`));
  if (context.exitCode !== exitCodes.refused) {
    context.exitCode = row.state === 'failed' ? exitCodes.refused : exitCodes.temporary;
  }
}

async function runDrop(context: Context, texts: readonly string[], flags: { json?: true }): Promise<void> {
  const ids = readIds(texts);
  const { dropDeliveries, listDeliveries } = await import('../store/outbox.ts');
  const { transaction } = await import('../store/database.ts');
  const db = await context.database();
  const before = new Map(flags.json ? (await listDeliveries(db)).map((row) => [row.id, row]) : []);
  const dropped = await transaction(db, (trx) => dropDeliveries(trx, ids, context.now().toISOString()));
  nameMissing(context, ids, dropped);
  if (flags.json) await printRows(context, before, dropped);
  else for (const id of dropped) say(context, `${id}: dropped`);
}

function nameMissing(context: Context, asked: readonly number[], done: readonly number[]): void {
  const reached = new Set(done);
  for (const id of asked) {
    if (reached.has(id)) continue;
    context.log.error(`tkt: no unsent mail ${id} in the outbox`);
    context.exitCode = exitCodes.refused;
  }
}

function say(context: Context, line: string): void {
  if (!context.globals.quiet) context.stdout.write(`${line}\n`);
}
