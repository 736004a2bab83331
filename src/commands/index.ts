// Every command, in the order that help lists them. A command's file is loaded only when the command line names it:
// what help says of the others stands here, and a test holds it against them.

import type { Command } from 'commander';
import type { Context } from '../context.ts';

/** Adds a command, with its options and its help, to the program. */
export type AddCommand = (program: Command, context: Context) => void;

interface CommandEntry {
  name: string;
  alias?: string;
  /** As commander writes them: `<ticket> [text]`. */
  arguments?: string;
  /** Whether it has options of its own. */
  options: boolean;
  description: string;
  load(): Promise<AddCommand>;
}

export const commands: readonly CommandEntry[] = [
  {
    name: 'init',
    options: true,
    description: 'write a configuration, step by step',
    load: async () => (await import('./init.ts')).addInitCommand,
  },
  {
    name: 'doctor',
    options: true,
    description: 'check configuration, files, database, log-ins and clock',
    load: async () => (await import('./doctor.ts')).addDoctorCommand,
  },
  {
    name: 'poll',
    options: true,
    description: 'sweep the mailbox once, then send what is due',
    load: async () => (await import('./poll.ts')).addPollCommand,
  },
  {
    name: 'receive',
    options: true,
    description: 'take in one message from standard input',
    load: async () => (await import('./receive.ts')).addReceiveCommand,
  },
  {
    name: 'explain',
    arguments: '[files...]',
    options: true,
    description: 'say what tkt makes of messages and why, by the same code as poll; changes nothing',
    load: async () => (await import('./explain.ts')).addExplainCommand,
  },
  {
    name: 'new',
    arguments: '[text]',
    options: true,
    description: 'open a ticket for a client who rang; they get the same automatic reply as by mail',
    load: async () => (await import('./new.ts')).addNewCommand,
  },
  {
    name: 'list',
    alias: 'ls',
    options: true,
    description: 'list tickets: those that wait on staff first, then by priority, then by how long they wait',
    load: async () => (await import('./list.ts')).addListCommand,
  },
  {
    name: 'show',
    alias: 'view',
    arguments: '<ticket>',
    options: true,
    description: 'show a ticket with its entries, oldest first',
    load: async () => (await import('./show.ts')).addShowCommand,
  },
  {
    name: 'comment',
    arguments: '<ticket> [text]',
    options: true,
    description: 'answer the client and the participants by mail, or leave an internal note',
    load: async () => (await import('./comment.ts')).addCommentCommand,
  },
  {
    name: 'assign',
    arguments: '<ticket> <agent>',
    options: true,
    description: 'give a ticket to an agent, who gets a mail about it; none takes it back',
    load: async () => (await import('./assign.ts')).addAssignCommand,
  },
  {
    name: 'set-priority',
    arguments: '<ticket> <priority>',
    options: true,
    description: 'set the priority of a ticket: low, medium, high, urgent',
    load: async () => (await import('./set.ts')).addSetPriorityCommand,
  },
  {
    name: 'set-status',
    arguments: '<ticket> <status>',
    options: true,
    description: 'set the status of a ticket: open, pending, resolved, closed',
    load: async () => (await import('./set.ts')).addSetStatusCommand,
  },
  {
    name: 'set-category',
    arguments: '<ticket> <category>',
    options: true,
    description: 'set the category of a ticket: support, bug, feature, billing, general',
    load: async () => (await import('./set.ts')).addSetCategoryCommand,
  },
  {
    name: 'tag',
    arguments: '<ticket> <tags...>',
    options: true,
    description: 'add tags to a ticket, or take them away',
    load: async () => (await import('./tag.ts')).addTagCommand,
  },
  {
    name: 'agent',
    options: false,
    description: 'the people who answer: add, list, remove',
    load: async () => (await import('./agent.ts')).addAgentCommand,
  },
  {
    name: 'attachments',
    arguments: '<ticket>',
    options: true,
    description: 'list the files of a ticket, or write them out',
    load: async () => (await import('./attachments.ts')).addAttachmentsCommand,
  },
  {
    name: 'outbox',
    options: false,
    description: 'mail that is not sent yet: queued, being sent, failed or bounced',
    load: async () => (await import('./outbox.ts')).addOutboxCommand,
  },
  {
    name: 'quarantine',
    options: false,
    description: 'messages that were held, with the reason: unreadable, without a sender, over a limit',
    load: async () => (await import('./quarantine.ts')).addQuarantineCommand,
  },
  {
    name: 'reparse',
    arguments: '[tickets...]',
    options: false,
    description: 'read the stored messages again, after an upgrade that understands mail better',
    load: async () => (await import('./reparse.ts')).addReparseCommand,
  },
  {
    name: 'export',
    options: true,
    description: 'write tickets with all that belongs to them, as JSON, CSV or a mailbox',
    load: async () => (await import('./export.ts')).addExportCommand,
  },
  {
    name: 'import',
    arguments: '<file>',
    options: false,
    description: 'take in tickets that tkt export has written',
    load: async () => (await import('./import.ts')).addImportCommand,
  },
  {
    name: 'backup',
    arguments: '<file>',
    options: false,
    description: 'copy the database, consistent also while others write; to restore, copy the file back',
    load: async () => (await import('./backup.ts')).addBackupCommand,
  },
];

/**
 * Adds the command that `argv` names to the program. Where it names none, or `help` with one, all are added, those that are
 * not named as far as the list of commands and suggestions need them. Without `argv` all of them in full.
 */
export async function addCommands(program: Command, context: Context, argv?: readonly string[]): Promise<void> {
  const isNamed = (entry: CommandEntry) => argv?.includes(entry.name) || argv?.includes(entry.alias ?? entry.name);
  const first = commands.find(({ name, alias }) => argv?.[0] !== undefined && (argv[0] === name || argv[0] === alias));
  for (const entry of first ? [first] : commands) {
    if (argv === undefined || isNamed(entry)) (await entry.load())(program, context);
    else addSummary(program, entry);
  }
}

/** A command that this run does not come to: enough of it for the list of commands and for suggestions. */
function addSummary(program: Command, entry: CommandEntry): void {
  const command = program.command([entry.name, entry.arguments ?? ''].join(' ').trimEnd());
  command.description(entry.description);
  if (entry.alias !== undefined) command.alias(entry.alias);
  if (entry.options) command.option('--any');
}
