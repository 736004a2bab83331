// The argument TICKET of every command: a number in any of its forms, or `-` for a list of them on standard input.

import { createInterface } from 'node:readline';
import type { Context } from '../context.ts';
import { parseTicketRef } from '../domain/ticket-ref.ts';
import { exitCodes, RefusedError, UsageError } from '../errors.ts';
import { forTerminalLine } from '../text/terminal.ts';

export interface ResolvedTicket {
  id: number;
  number: string;
}

/** How TICKET is described in help. */
export const ticketArgument = 'TKT-2026-00042, tkt-2026-42, or 42 where unambiguous; - reads them from stdin';

/** The ticket that `text` names. Throws UsageError when it names none, RefusedError when there is none or more than one. */
export async function resolveTicket(context: Context, text: string): Promise<ResolvedTicket> {
  const prefix = /^#?(.+)-\d+-\d+$/.exec(text.trim())?.[1] ?? '';
  const ref = parseTicketRef(text, prefix);
  if (ref === null) {
    throw new UsageError(`${JSON.stringify(text)} is no ticket number: expected TKT-2026-00042, or its last part, 42`);
  }
  const { findTicketId } = await import('../store/tickets.ts');
  const found = await findTicketId(await context.database(), ref);
  if (found !== undefined && 'ambiguous' in found) {
    throw new RefusedError(`${forTerminalLine(text)} could be ${found.ambiguous.join(' or ')}: give the full number`);
  }
  // Numbers keep the prefix that was configured when they were given; another one is a number of some other system.
  if (found === undefined || !found.number.toLowerCase().startsWith(prefix.toLowerCase())) {
    throw new RefusedError(`no such ticket: ${forTerminalLine(text)}; tkt list --all shows all there are`);
  }
  return found;
}

/**
 * Runs once for the ticket that `arg` names. For `-`, once for each on standard input, one a line, its first field of TSV:
 * one that fails is named on stderr, the others are done, and the exit code is 1.
 */
export async function forEachTicket(
  context: Context,
  arg: string,
  run: (ticket: ResolvedTicket) => Promise<void>,
): Promise<void> {
  if (arg !== '-') return run(await resolveTicket(context, arg));
  for await (const line of createInterface({ input: context.stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
    const text = line.split('\t', 1)[0]?.trim() ?? '';
    if (text === '') continue;
    await goOn(context, text, async () => run(await resolveTicket(context, text)));
    if (context.signal.aborted) return;
  }
}

/** Runs `work` as one of a bulk: what is refused is named on stderr and makes the exit code 1; any other failure ends the bulk. */
export async function goOn(context: Context, name: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof RefusedError || error instanceof UsageError)) throw error;
    const label = error.message.includes(name) ? '' : `${name}: `;
    context.log.error(forTerminalLine(`tkt: ${label}${error.message.replaceAll('\n', ' ')}`));
    context.exitCode = exitCodes.refused;
  }
}
