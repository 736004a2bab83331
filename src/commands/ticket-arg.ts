// The argument TICKET of every command: a number in any of its forms, or `-` for a list of them on standard input.

import { StringDecoder } from 'node:string_decoder';
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
  for await (const names of readNames(context)) {
    for (const name of names) {
      await goOn(context, name, async () => run(await resolveTicket(context, name)));
      if (context.signal.aborted) return;
    }
  }
}

/** At most so many of `forTickets` together. */
const togetherMax = 50;

/** The same, for as many together as have come on standard input. What `run` does of them it does for all or for none. */
export async function forTickets(
  context: Context,
  arg: string,
  run: (tickets: ResolvedTicket[]) => Promise<void>,
): Promise<void> {
  if (arg !== '-') return run([await resolveTicket(context, arg)]);
  for await (const names of readNames(context)) {
    for (let start = 0; start < names.length; start += togetherMax) {
      const tickets: ResolvedTicket[] = [];
      for (const name of names.slice(start, start + togetherMax)) {
        await goOn(context, name, async () => void tickets.push(await resolveTicket(context, name)));
      }
      if (tickets.length > 0) await run(tickets);
      if (context.signal.aborted) return;
    }
  }
}

/** The names on standard input, as many at a time as come at once: who types one waits for no other. */
async function* readNames(context: Context): AsyncGenerator<string[]> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const piece of context.stdin as AsyncIterable<Buffer | string>) {
    const lines = `${rest}${typeof piece === 'string' ? piece : decoder.write(piece)}`.split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    yield namesOf(lines);
  }
  yield namesOf([`${rest}${decoder.end()}`]);
}

function namesOf(lines: readonly string[]): string[] {
  return lines.map((line) => line.split('\t', 1)[0]?.trim() ?? '').filter((name) => name !== '');
}

/** Whether the others of a bulk may be done all the same. */
export function isOfOne(error: unknown): error is RefusedError | UsageError {
  return error instanceof RefusedError || error instanceof UsageError;
}

/** Runs `work` as one of a bulk: what is refused is named on stderr and makes the exit code 1; any other failure ends the bulk. */
export async function goOn(context: Context, name: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isOfOne(error)) throw error;
    const label = error.message.includes(name) ? '' : `${name}: `;
    context.log.error(forTerminalLine(`tkt: ${label}${error.message.replaceAll('\n', ' ')}`));
    context.exitCode = exitCodes.refused;
  }
}
