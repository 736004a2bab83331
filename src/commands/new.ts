// tkt new: a ticket for a client who rang.

import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import { forTerminalLine } from '../text/terminal.ts';
import { parsePerson, refuseSupportAddress } from './addresses.ts';
import { addChangeOptions, type ChangeFlags, changedBy, printTickets, sayChange } from './change.ts';
import { addExamples } from './output-options.ts';
import { sendNow } from './send-now.ts';
import { dashArgument, readText, type TextFlags, withDash } from './text-input.ts';

interface NewFlags extends ChangeFlags, TextFlags {
  from: string;
  subject: string;
  reply: boolean;
  mailbox?: string;
}

export function addNewCommand(program: Command, context: Context): void {
  const command = program
    .command('new')
    .argument('[text]', dashArgument)
    .description('open a ticket for a client who rang; they get the same automatic reply as by mail')
    .requiredOption('--from <address>', 'the client: ann@example.com or "Ann Lee <ann@example.com>"')
    .requiredOption('--subject <text>', 'what it is about')
    .option('-m, --message <text>', 'what they said')
    .option('-F, --file <file>', 'read that from a file; - is standard input')
    .option('--no-reply', 'send no automatic reply')
    .option('--mailbox <name>', 'the support mailbox that answers (default: the first one)');
  addChangeOptions(command);
  addExamples(command, [
    ['tkt new --from ann@example.com --subject "Printer on fire" -m "Third floor."', ''],
    ['tkt new --from "Ann Lee <ann@example.com>" --subject Printer -F notes.txt --no-reply', 'without a mail to her'],
  ]);
  command.action((text: string | undefined, flags: NewFlags) => runNew(context, text, flags));
}

async function runNew(context: Context, dash: string | undefined, flags: NewFlags): Promise<void> {
  const textFlags = withDash(dash, flags);
  const requester = parsePerson('--from', flags.from);
  refuseSupportAddress(context, requester.email, 'a ticket needs the address of a client');
  const subject = forTerminalLine(flags.subject.replace(/\s+/g, ' ').trim());
  if (subject === '') throw new UsageError('--subject: expected some text');
  const config = context.config();
  const mailbox = flags.mailbox ? config.mailboxes.find(({ name }) => name === flags.mailbox) : config.mailboxes[0];
  if (!mailbox) throw new UsageError(`--mailbox: there is none named ${JSON.stringify(flags.mailbox)}`);
  const by = await changedBy(context, flags);
  const text = await readText(context, textFlags, async () => `# ${requester.email}: ${subject}\n`);

  const { openPipeline } = await import('../pipeline/open.ts');
  const { transaction } = await import('../store/database.ts');
  const { openTicket } = await import('../pipeline/open-ticket.ts');
  const deps = await openPipeline(context);
  const { ticket, outboxIds } = await transaction(deps.db, (trx) =>
    openTicket(trx, { ...deps, mailbox }, { requester, subject, text, by, reply: flags.reply }),
  );
  if (!flags.json) sayChange(context, `${ticket.number}: opened for ${requester.email}`);
  await sendNow(context, deps, outboxIds);
  if (flags.json) await printTickets(context, [ticket.id], false);
}
