// tkt quarantine: messages that were held with the reason, and what to do about them.

import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { RefusedError } from '../errors.ts';
import { timeField } from '../render/fields.ts';
import { formatSize } from '../render/size.ts';
import { chooseFields, formatJson, type OutputChoice, pickValues, plainShape, writeRows } from '../render/writer.ts';
import type { Database } from '../store/database.ts';
import type { Intake } from '../store/intake.ts';
import { forTerminal, forTerminalLine } from '../text/terminal.ts';
import { printTickets } from './change.ts';
import { addDefaultList } from './default-list.ts';
import { readId, readIds } from './id-args.ts';
import { addLimitOption, type LimitFlags, writeLimited } from './limited-rows.ts';
import { addExamples, addJsonOption, addOutputOptions, type OutputFlags, readOutputChoice } from './output-options.ts';
import { writeRaw } from './raw-output.ts';
import { goOn, resolveTicket } from './ticket-arg.ts';

const shape = plainShape<Intake>(
  [
    { name: 'id', value: (m) => m.id, style: () => 'cyan' },
    { name: 'from', value: (m) => m.sender, minWidth: 12 },
    { name: 'subject', value: (m) => m.subject, minWidth: 12 },
    { name: 'messageId', value: (m) => (m.messageId === null ? null : `<${m.messageId}>`) },
    { name: 'reason', value: (m) => m.reason, minWidth: 16 },
    timeField('receivedAt', (m) => m.receivedAt),
    { name: 'size', value: (m) => m.size, brief: (m) => formatSize(m.size) },
  ],
  ['id', 'receivedAt', 'from', 'size', 'subject', 'reason'],
);

interface ShowFlags extends OutputFlags {
  raw?: true;
  force?: true;
}

interface ReleaseFlags {
  asTicket?: true;
  json?: true;
}

export function addQuarantineCommand(program: Command, context: Context): void {
  const quarantine = program
    .command('quarantine')
    .description('messages that were held, with the reason: unreadable, without a sender, over a limit');
  const list = addDefaultList(quarantine, 'list what is held, oldest first');
  addOutputOptions(addLimitOption(list, 'messages')).action((flags: LimitFlags) => runList(context, flags));
  addExamples(list, [
    ['tkt quarantine', 'what is held, and why'],
    ['tkt quarantine list --json | jq -r .[].reason', 'the reasons alone'],
  ]);
  const show = quarantine
    .command('show')
    .argument('<id>', 'id as quarantine lists it')
    .description('show one message and why it is held')
    .option('--raw', 'write the message as it is, byte for byte')
    .option('--force', 'with --raw: even to a terminal');
  addOutputOptions(show).action((id: string, flags: ShowFlags) => runShow(context, id, flags));
  addExamples(show, [
    ['tkt quarantine show 3', 'read one'],
    ['tkt quarantine show 3 --raw > held.eml', 'its bytes'],
  ]);
  const releasing = quarantine
    .command('release')
    .argument('<ids...>', 'ids as quarantine lists them')
    .description('run them again by the rules as they are now, as after a change of configuration or a newer tkt')
    .option('--as-ticket', 'past the rule that held them')
    .action((ids: string[], flags: ReleaseFlags) => runRelease(context, ids, flags));
  addJsonOption(releasing, '--json', 'print the tickets that they opened or joined');
  addExamples(releasing, [
    ['tkt quarantine release 3 4', 'run these again by the rules of now'],
    ['tkt quarantine release --as-ticket 3', 'make a ticket of this one, whatever held it'],
  ]);
  const dropping = quarantine
    .command('drop')
    .argument('<ids...>', 'ids as quarantine lists them')
    .description('they are not wanted: out of the list, never a ticket')
    .action((ids: string[]) => forEachId(context, ids, (id) => drop(context, id)));
  addExamples(dropping, [['tkt quarantine drop 5', 'make nothing of this one']]);
  addExamples(quarantine, [
    ['tkt quarantine', 'what is held, and why'],
    ['tkt quarantine show 3', 'read one'],
    ['tkt quarantine show 3 --raw > held.eml', 'its bytes'],
    ['tkt quarantine release 3 4', 'run these again by the rules of now'],
    ['tkt quarantine release --as-ticket 3', 'make a ticket of this one, whatever held it'],
    ['tkt quarantine drop 5', 'make nothing of this one'],
  ]);
}

async function runList(context: Context, flags: LimitFlags): Promise<void> {
  await writeLimited(context, {
    shape,
    choice: readOutputChoice(context, flags),
    limit: flags.limit,
    noun: 'message',
    empty: 'Nothing is held.',
    async read() {
      const { listQuarantine } = await import('../store/intake.ts');
      return listQuarantine(await context.database());
    },
  });
}

async function runShow(context: Context, text: string, flags: ShowFlags): Promise<void> {
  const choice = readOutputChoice(context, flags);
  chooseFields(shape, choice);
  const held = await getHeld(await context.database(), readId(text));
  if (flags.raw) writeRaw(context, await readBytes(context, held), flags.force === true);
  else if (choice.format === 'json') writeOne(context, held, choice);
  else if (choice.format === 'table' && choice.fields === null) await showPage(context, held);
  else await writeRows(context, [held], shape, choice);
}

function writeOne(context: Context, held: Intake, choice: OutputChoice): void {
  context.stdout.write(formatJson(context, pickValues(held, chooseFields(shape, choice))));
}

async function showPage(context: Context, held: Intake): Promise<void> {
  const { page } = await import('../render/pager.ts');
  await page(context, await formatHeld(context, held));
}

/** The held message as a page: what the ledger knows of it, then as much of its text as can be read. */
async function formatHeld(context: Context, held: Intake): Promise<string> {
  const head = [
    ['held', `#${held.id}`],
    ['reason', held.reason ?? ''],
    ['from', held.sender || '(no sender)'],
    ['subject', held.subject],
    ['message-id', held.messageId === null ? '' : `<${held.messageId}>`],
    ['received', held.receivedAt],
    ['size', formatSize(held.size)],
  ] as const;
  const lines = head
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${name.padEnd(10)}  ${forTerminalLine(value)}`);
  return `${lines.join('\n')}\n\n${forTerminal(await readAnyText(context, held)).trimEnd()}\n`;
}

/** Characters of the source that stand in for a text that cannot be read. */
const sourceLength = 4_000;

// By the guarded reader: that it takes too long or too much memory may be the very reason why it is held.
async function readAnyText(context: Context, held: Intake): Promise<string> {
  const { openReader } = await import('../pipeline/guard.ts');
  const raw = await readBytes(context, held);
  const reader = openReader({ addresses: [], instance: '' }, context.config().limits);
  try {
    const reading = await reader.read(raw);
    if ('text' in reading && reading.text.fullBody.trim() !== '') return reading.text.fullBody;
  } finally {
    await reader.close();
  }
  const source = raw.subarray(0, sourceLength).toString('utf8');
  return raw.length > sourceLength ? `${source}\n… (${formatSize(raw.length)} in all; --raw writes them)` : source;
}

async function runRelease(context: Context, texts: readonly string[], flags: ReleaseFlags): Promise<void> {
  const numbers = new Set<string>();
  await forEachId(context, texts, async (id) => {
    const { outcome, number } = await release(context, id, flags.asTicket === true);
    if (number !== null) numbers.add(number);
    if (!flags.json) say(context, `${id}: ${number === null ? outcome : `${outcome} ${number}`}`);
  });
  if (!flags.json) return;
  const ids: number[] = [];
  for (const number of numbers) ids.push((await resolveTicket(context, number)).id);
  await printTickets(context, ids, true);
}

/** What became of it; throws RefusedError where it is held again. */
async function release(
  context: Context,
  id: number,
  asTicket: boolean,
): Promise<{ outcome: string; number: string | null }> {
  await getHeld(await context.database(), id);
  const { releaseQuarantined } = await import('../pipeline/release.ts');
  const { outcome, number, reasons } = await releaseQuarantined(context, id, { asTicket });
  if (outcome === 'quarantined') {
    const hint = asTicket ? '' : ` — for a ticket all the same: tkt quarantine release --as-ticket ${id}`;
    throw new RefusedError(`${id} is held again: ${reasons.join('; ')}${hint}`);
  }
  return { outcome, number };
}

async function drop(context: Context, id: number): Promise<void> {
  const { setIntakeOutcome } = await import('../store/intake.ts');
  const { transaction } = await import('../store/database.ts');
  await transaction(await context.database(), async (trx) => {
    const { reason } = await getHeld(trx, id);
    await setIntakeOutcome(
      trx,
      id,
      { outcome: 'dropped', reason, ticketId: null, entryId: null },
      context.now().toISOString(),
    );
  });
  say(context, `${id}: dropped`);
}

/** Throws RefusedError for what is not held. */
async function getHeld(db: Database, id: number): Promise<Intake> {
  const { getIntake } = await import('../store/intake.ts');
  const held = await getIntake(db, id).catch((error: unknown) => {
    if (error instanceof RefusedError) return undefined;
    throw error;
  });
  if (held?.outcome !== 'quarantined') {
    throw new RefusedError(`no held message ${id}: tkt quarantine lists those there are`);
  }
  return held;
}

async function readBytes(context: Context, held: Intake): Promise<Buffer> {
  const { getRawMessage } = await import('../store/messages.ts');
  if (held.rawMessageId === null) throw new RefusedError(`the bytes of message ${held.id} were not kept`);
  return getRawMessage(await context.database(), held.rawMessageId);
}

/** Each id in turn; one that is refused is named on stderr, the others are done, and the exit code is 1. */
async function forEachId(
  context: Context,
  texts: readonly string[],
  run: (id: number) => Promise<void>,
): Promise<void> {
  for (const id of readIds(texts)) await goOn(context, String(id), () => run(id));
}

function say(context: Context, line: string): void {
  if (!context.globals.quiet) context.stdout.write(`${forTerminalLine(line)}\n`);
}
