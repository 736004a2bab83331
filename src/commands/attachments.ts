// tkt attachments: the files of a ticket, listed or written out. Their content is read back out of the raw messages.

import { createHash } from 'node:crypto';
import type { Command } from 'commander';
import type { Context } from '../context.ts';
import type { AttachmentInfo, Timestamp } from '../domain/ticket.ts';
import { UsageError } from '../errors.ts';
import { type Field, timeField } from '../render/fields.ts';
import { formatSize } from '../render/size.ts';
import { chooseFields, plainShape, writeRows } from '../render/writer.ts';
import { forTerminalLine } from '../text/terminal.ts';
import { addLimitOption, type LimitFlags, writeLimited } from './limited-rows.ts';
import { addExamples, addOutputOptions, readOutputChoice } from './output-options.ts';
import { forEachTicket, type ResolvedTicket, ticketArgument } from './ticket-arg.ts';

/** One file, with the entry that it came with. */
interface AttachmentRow extends Omit<AttachmentInfo, 'inline' | 'signature'> {
  entryId: number;
  ticket: string;
  createdAt: Timestamp;
}

const fields: Array<Field<Omit<AttachmentRow, 'createdAt'>>> = [
  { name: 'id', value: (a) => a.id },
  { name: 'ticket', value: (a) => a.ticket },
  { name: 'entry', value: (a) => a.entryId },
  { name: 'filename', value: (a) => a.filename, minWidth: 12 },
  { name: 'contentType', value: (a) => a.contentType, heading: 'TYPE', minWidth: 10 },
  { name: 'size', value: (a) => a.size, brief: (a) => formatSize(a.size) },
  { name: 'sha256', value: (a) => a.sha256 },
];

const shape = plainShape<AttachmentRow>(
  [...fields, timeField('createdAt', (a) => a.createdAt)],
  ['id', 'entry', 'filename', 'contentType', 'size', 'createdAt'],
);

type SavedRow = Omit<AttachmentRow, 'createdAt'> & { path: string };

const savedShape = plainShape<SavedRow>([
  { name: 'path', value: (a) => a.path },
  ...(fields satisfies Array<Field<Omit<AttachmentRow, 'createdAt'>>>),
]);

interface AttachmentsFlags extends LimitFlags {
  save?: string;
}

export function addAttachmentsCommand(program: Command, context: Context): void {
  const command = program
    .command('attachments')
    .argument('<ticket>', ticketArgument)
    .description('list the files of a ticket, or write them out')
    .option(
      '--save <dir>',
      'write them into this folder, made if absent; a name that is taken gets a number, no file is written over',
    );
  addOutputOptions(addLimitOption(command, 'files'));
  addExamples(command, [
    ['tkt attachments 42', 'what there is'],
    ['tkt attachments 42 --save ./files', 'write them, and print the path of each'],
    ['tkt attachments 42 --json | jq -r .[].sha256', 'their hashes'],
  ]);
  command.action((ticket: string, flags: AttachmentsFlags) => runAttachments(context, ticket, flags));
}

async function runAttachments(context: Context, arg: string, flags: AttachmentsFlags): Promise<void> {
  if (flags.save !== undefined) return runSave(context, arg, flags.save, flags);
  await writeLimited(context, {
    shape,
    choice: readOutputChoice(context, flags),
    limit: flags.limit,
    noun: 'file',
    empty: 'No attachments.',
    async read() {
      const rows: AttachmentRow[] = [];
      await forEachTicket(context, arg, async (ticket) => {
        rows.push(...(await readRows(context, ticket)));
      });
      return rows;
    },
  });
}

async function runSave(context: Context, arg: string, folder: string, flags: AttachmentsFlags): Promise<void> {
  if (folder === '') throw new UsageError('--save: name a folder');
  if (flags.limit !== undefined) throw new UsageError('--limit is for the list: --save writes every file');
  const plain = flags.output === undefined && flags.json === undefined && flags.fields === undefined;
  const choice = readOutputChoice(context, flags);
  chooseFields(savedShape, choice);
  const saved: SavedRow[] = [];
  await forEachTicket(context, arg, (ticket) =>
    saveAttachments(context, ticket, folder, (row) => {
      if (plain) context.stdout.write(`${forTerminalLine(row.path)}\n`);
      else saved.push(row);
    }),
  );
  if (!plain) await writeRows(context, saved, savedShape, choice);
}

async function readRows(context: Context, ticket: ResolvedTicket): Promise<AttachmentRow[]> {
  const { getTicketDetails } = await import('../store/tickets.ts');
  const details = await getTicketDetails(await context.database(), ticket.id, context.now().toISOString());
  return details.entries.flatMap((entry) =>
    entry.attachments.map((attachment) => ({
      ...attachment,
      entryId: entry.id,
      ticket: ticket.number,
      createdAt: entry.createdAt,
    })),
  );
}

/** Writes the files of a ticket and tells the path of each; one whose content is not what was recorded is named. */
async function saveAttachments(
  context: Context,
  ticket: ResolvedTicket,
  folder: string,
  onSaved: (row: SavedRow) => void,
): Promise<void> {
  const [{ openSaveFolder }, { listAttachments, getRawMessage }, { openAttachments }] = await Promise.all([
    import('./save-file.ts'),
    import('../store/messages.ts'),
    import('../mail/parse.ts'),
  ]);
  const db = await context.database();
  const save = openSaveFolder(context.cwd, folder);
  const opened = new Map<number, (position: number) => Buffer>();
  for (const stored of await listAttachments(db, ticket.id)) {
    const { rawMessageId } = stored;
    if (rawMessageId === null) continue;
    const contentOf = opened.get(rawMessageId) ?? openAttachments(await getRawMessage(db, rawMessageId));
    // Those of a mail lie together; one mail at a time is enough to hold.
    opened.clear();
    opened.set(rawMessageId, contentOf);
    const content = contentOf(stored.position);
    if (createHash('sha256').update(content).digest('hex') !== stored.sha256) {
      context.log.warn(`attachment ${stored.id} of ${ticket.number} does not read as it did when it came in`);
    }
    const { id, filename, contentType, size, sha256, entryId } = stored;
    onSaved({ id, filename, contentType, size, sha256, entryId, ticket: ticket.number, path: save(filename, content) });
  }
}
