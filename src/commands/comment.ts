// tkt comment: an answer that the client gets by mail at once, or a note that stays inside.

import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import type { Command } from 'commander';
import type { Context } from '../context.ts';
import type { OutgoingAttachment } from '../domain/compose.ts';
import { type Status, statuses } from '../domain/ticket.ts';
import { RefusedError, systemReason, UsageError } from '../errors.ts';
import { resolveActor } from './actor.ts';
import { parsePerson } from './addresses.ts';
import { addChangeOptions, type ChangeFlags, printTickets, sayChange } from './change.ts';
import { addExamples, oneOf } from './output-options.ts';
import { sendNow } from './send-now.ts';
import { dashArgument, readText, type TextFlags, withDash } from './text-input.ts';
import { forEachTicket, type ResolvedTicket, resolveTicket, ticketArgument } from './ticket-arg.ts';

interface CommentFlags extends ChangeFlags, TextFlags {
  internal?: true;
  attach?: string[];
  cc?: string[];
  status?: string;
}

export function addCommentCommand(program: Command, context: Context): void {
  const command = program
    .command('comment')
    .argument('<ticket>', ticketArgument)
    .argument('[text]', dashArgument)
    .description('answer the client and the participants by mail, or leave an internal note')
    .option('-m, --message <text>', 'the text')
    .option('-F, --file <file>', 'read the text from a file; - is standard input')
    .option('--internal', 'a note: nobody outside gets it')
    .option('--attach <file>', 'attach a file; may be repeated', collect)
    .option('--cc <address>', 'make somebody a participant of the ticket; may be repeated', collect)
    .option('--status <status>', `set the status too: ${statuses.join(', ')}`);
  addChangeOptions(command);
  addExamples(command, [
    ['tkt comment 42 -m "Fixed, please try again." --status resolved', 'answer and be done'],
    ['tkt comment 42', 'write it in $EDITOR, with the ticket below'],
    ['journalctl -u app | tkt comment 42 --internal', 'keep some output as a note'],
    [
      'tkt comment 42 -F answer.txt --attach manual.pdf --cc bob@example.com',
      'with a file, and Bob takes part from now on',
    ],
  ]);
  command.addHelpText(
    'after',
    '\nWithout -m and -F the text comes from standard input if that is no terminal, else from $VISUAL or $EDITOR.\n' +
      'An empty text aborts. If the SMTP server is away the comment stands and its mail waits in the outbox.',
  );
  command.action((ticket: string, text: string | undefined, flags: CommentFlags) =>
    runComment(context, ticket, withDash(text, flags)),
  );
}

const collect = (value: string, previous: string[] | undefined): string[] => [...(previous ?? []), value];

async function runComment(context: Context, arg: string, flags: CommentFlags): Promise<void> {
  const status = flags.status === undefined ? null : (oneOf('--status', flags.status, statuses) as Status);
  const cc = (flags.cc ?? []).map((text) => parsePerson('--cc', text));
  if (arg === '-' && flags.message === undefined && (flags.file === undefined || flags.file === '-')) {
    throw new UsageError('with - standard input names the tickets: give the text with -m TEXT or -F FILE');
  }
  const author = await resolveActor(context, flags.as);
  const attachments = (flags.attach ?? []).map(readAttachment);
  const text = await readText(context, flags, () => quoteTicket(context, arg));
  if (text === '') throw new RefusedError('the comment is empty: nothing was done');

  const { openPipeline } = await import('../pipeline/open.ts');
  const { transaction } = await import('../store/database.ts');
  const { addParticipant, setStatus } = await import('../store/tickets.ts');
  const { addComment } = await import('../pipeline/notify.ts');
  const deps = await openPipeline(context);
  const changed: number[] = [];
  const mails: number[] = [];
  await forEachTicket(context, arg, async (ticket) => {
    const sent = await transaction(deps.db, async (trx) => {
      const now = context.now().toISOString();
      for (const person of cc) await addParticipant(trx, ticket.id, person, 'added', author.login, now);
      const comment = { author, text, attachments, internal: flags.internal === true };
      const added = await addComment(trx, deps, ticket.id, comment);
      if (status) await setStatus(trx, ticket.id, status, author.login, now);
      return added;
    });
    changed.push(ticket.id);
    mails.push(...sent.outboxIds);
    if (!flags.json) sayChange(context, describe(ticket, flags, sent.recipients, status));
  });
  await sendNow(context, deps, mails);
  if (flags.json) await printTickets(context, changed, arg === '-');
}

function describe(
  ticket: ResolvedTicket,
  flags: CommentFlags,
  recipients: readonly string[],
  status: Status | null,
): string {
  const what = flags.internal
    ? 'internal note added'
    : `comment added for ${recipients.join(', ') || 'nobody: there is no address to write to'}`;
  return `${ticket.number}: ${what}${status ? `; status is now ${status}` : ''}`;
}

/** Larger than this, most mail servers refuse the mail. */
const maxAttachmentBytes = 25 * 1024 * 1024;

function readAttachment(file: string): OutgoingAttachment {
  try {
    const stat = statSync(file);
    // A device never ends, a pipe has no size and no name to send.
    if (!stat.isFile()) throw new RefusedError(`cannot attach ${file}: it is no file`);
    if (stat.size > maxAttachmentBytes)
      throw new RefusedError(`${file} has ${stat.size} bytes: more than 25 MB does not go by mail`);
    return { filename: basename(file), contentType: '', content: readFileSync(file) };
  } catch (error) {
    if (error instanceof RefusedError) throw error;
    throw new RefusedError(`cannot attach ${file}: ${systemReason(error)}`, { cause: error });
  }
}

/** The ticket for the editor, each line behind a #. */
async function quoteTicket(context: Context, arg: string): Promise<string> {
  const { getTicketDetails } = await import('../store/tickets.ts');
  const { formatTicketPage } = await import('../render/ticket-page.ts');
  const { createPaint } = await import('../render/color.ts');
  const { id } = await resolveTicket(context, arg);
  const ticket = await getTicketDetails(await context.database(), id, context.now().toISOString());
  const page = formatTicketPage(ticket, {
    now: context.now(),
    width: 78,
    full: false,
    events: false,
    paint: await createPaint(false),
  });
  return page.replace(/^/gm, '# ');
}
