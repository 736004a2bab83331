// Lists that are at hand whole: a terminal gets at most 50 rows unless --limit says otherwise, and is told so (CONTRACT §2).

import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { countOf, formatCount } from '../render/size.ts';
import { chooseFields, type OutputChoice, type RowShape, writeRows } from '../render/writer.ts';
import { type OutputFlags, readCount } from './output-options.ts';

/** Rows that a terminal shows unless --limit says otherwise. */
export const terminalRows = 50;

export interface LimitFlags extends OutputFlags {
  limit?: string;
}

/** Adds --limit; `rows` is what they are called in the help: tickets. */
export function addLimitOption(command: Command, rows: string): Command {
  return command.option('--limit <n>', `at most so many ${rows} (a terminal shows ${terminalRows}, a pipe gets all)`);
}

export interface LimitedList<Row> {
  shape: RowShape<Row>;
  choice: OutputChoice;
  /** As --limit has it. */
  limit: string | undefined;
  /** What one row is called in the line below: mail. */
  noun: string;
  /** What a terminal is told where there is none. */
  empty: string;
  /** Only called once the command line is known to be right. */
  read(): Promise<readonly Row[]>;
}

/** Writes the rows, with a line about those that were left out. */
export async function writeLimited<Row>(context: Context, list: LimitedList<Row>): Promise<void> {
  const { shape, choice, noun } = list;
  chooseFields(shape, choice);
  const limit = list.limit === undefined ? undefined : readCount('--limit', list.limit);
  const isTable = context.stdout.isTerminal && choice.format === 'table';
  const rows = await list.read();
  const written = await writeRows(context, rows.slice(0, limit ?? (isTable ? terminalRows : undefined)), shape, choice);
  if (!isTable) return;
  if (written === 0) context.log.info(list.empty);
  if (written < rows.length)
    context.stdout.write(`${formatCount(written)} of ${countOf(rows.length, noun)}; --limit N shows more\n`);
}
