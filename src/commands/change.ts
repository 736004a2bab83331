// What the commands that change a ticket have in common: who did it, on which tickets, and what is printed about it.

import { type Command, Option } from 'commander';
import type { Context } from '../context.ts';
import type { Ticket } from '../domain/ticket.ts';
import type { RefusedError, UsageError } from '../errors.ts';
import type { Database } from '../store/database.ts';
import { forTerminalLine } from '../text/terminal.ts';
import { actorLogin, resolveActor } from './actor.ts';
import { addJsonOption } from './output-options.ts';
import { forTickets, goOn, isOfOne, type ResolvedTicket } from './ticket-arg.ts';

export interface ChangeFlags {
  as?: string;
  json?: boolean | string;
}

/** Adds --as and --json. */
export function addChangeOptions(command: Command): Command {
  command.addOption(
    new Option('--as <login>', 'the agent who does it').default(undefined, 'TKT_AGENT, else the system user'),
  );
  return addJsonOption(command, '--json', 'print the ticket as it is now');
}

/**
 * The name that the ticket's history gets: an agent's login, or that of the system user who is no agent. Throws
 * RefusedError where --as names no agent.
 */
export async function changedBy(context: Context, flags: ChangeFlags): Promise<string> {
  if (flags.as !== undefined) return (await resolveActor(context, flags.as)).login;
  return actorLogin(context) ?? 'unknown';
}

/**
 * Runs one change on each ticket that `arg` names (`-`: from stdin) and prints the line that it returns, or with --json the
 * tickets as they are after it: an object for one, an array for a list. Of a list some are changed in one transaction, as
 * each has to wait for the disk; what is printed is on it.
 */
export async function changeTickets(
  context: Context,
  arg: string,
  flags: ChangeFlags,
  change: (trx: Database, ticket: ResolvedTicket) => Promise<string>,
): Promise<void> {
  const { savepoint, takeTurns, transaction } = await import('../store/database.ts');
  const db = await context.database();
  const othersTurn = takeTurns();
  const changed: number[] = [];
  await forTickets(context, arg, async (tickets) => {
    const outcomes = await transaction(db, async (trx) => {
      const done: Outcome[] = [];
      for (const ticket of tickets) done.push(await outcomeOf(ticket, () => savepoint(trx, () => change(trx, ticket))));
      return done;
    });
    for (const { ticket, line } of outcomes) {
      const report = async () => {
        if (typeof line !== 'string') throw line;
        changed.push(ticket.id);
        if (!flags.json) sayChange(context, `${ticket.number}: ${line}`);
      };
      await (arg === '-' ? goOn(context, ticket.number, report) : report());
    }
    await othersTurn();
  });
  if (flags.json) await printTickets(context, changed, arg === '-');
}

interface Outcome {
  ticket: ResolvedTicket;
  /** What to say of it, or why it was refused. */
  line: string | RefusedError | UsageError;
}

async function outcomeOf(ticket: ResolvedTicket, change: () => Promise<string>): Promise<Outcome> {
  try {
    return { ticket, line: await change() };
  } catch (error) {
    if (isOfOne(error)) return { ticket, line: error };
    throw error;
  }
}

/** One line on standard output about what changed; nothing with --quiet. */
export function sayChange(context: Context, line: string): void {
  if (!context.globals.quiet) context.stdout.write(`${forTerminalLine(line)}\n`);
}

/** One value as JSON. */
export async function printJson(context: Context, value: unknown): Promise<void> {
  const { formatJson } = await import('../render/writer.ts');
  context.stdout.write(formatJson(context, value));
}

/** The tickets as JSON, as they are now. */
export async function printTickets(context: Context, ids: readonly number[], asArray: boolean): Promise<void> {
  const { getTicket } = await import('../store/tickets.ts');
  const db = await context.database();
  const tickets: Ticket[] = [];
  for (const id of ids) tickets.push(await getTicket(db, id, context.now().toISOString()));
  for (const value of asArray ? [tickets] : tickets) await printJson(context, value);
}
