// -o, --json and --fields, the same on every command that prints data (CONTRACT §2).

import { type Command, Option } from 'commander';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import { type Format, formats, type OutputChoice } from '../render/writer.ts';

export interface OutputFlags {
  output?: string;
  /** The field list; true for a bare --json. */
  json?: string | true;
  fields?: string[];
}

/** Adds -o, --json and --fields. */
export function addOutputOptions(command: Command): Command {
  command
    .addOption(
      new Option('-o, --output <format>', 'table, tsv, csv, json or ndjson').default(
        undefined,
        'table on a terminal, else tsv',
      ),
    )
    .option('--fields <list>', 'fields to print, in this order, separated by commas', collectList);
  return addJsonOption(command, '--json [fields]', 'short for -o json --fields FIELDS');
}

/** Adds --json. One with a list of fields (`--json [fields]`) takes a following ticket, id or `-` for what it is, an argument. */
export function addJsonOption(command: Command, flags = '--json', description = 'print as JSON'): Command {
  command.option(flags, description);
  if (!flags.includes('[')) return command;
  const parseOptions = command.parseOptions.bind(command);
  command.parseOptions = (argv) => parseOptions(separateJson(argv));
  return command;
}

// `42`, `#42`, `TKT-2026-00042`, `-`: no field has such a name
const argumentLike = /^(?:-|#?\d+|[a-z]+-\d{4}-\d+)$/i;

/** `--json 42` means --json and then 42; commander would take 42 for the value. An empty value stands for none. */
function separateJson(argv: string[]): string[] {
  return argv.map((arg, index) => (arg === '--json' && argumentLike.test(argv[index + 1] ?? '') ? '--json=' : arg));
}

/** What the flags come to: a table on a terminal, TSV in a pipe, unless they say otherwise. Throws UsageError. */
export function readOutputChoice(context: Context, flags: OutputFlags): OutputChoice {
  const format = readFormat(flags.output);
  const jsonFields = typeof flags.json === 'string' && flags.json !== '' ? splitList(flags.json) : null;
  if (jsonFields && flags.fields) throw new UsageError('--json FIELDS and --fields say the same: give one of them');
  const fields = jsonFields ?? flags.fields ?? null;
  if (fields?.length === 0) throw new UsageError('--fields: name at least one field');
  if (flags.json === undefined) return { format: format ?? (context.stdout.isTerminal ? 'table' : 'tsv'), fields };
  if (format !== null && format !== 'json' && format !== 'ndjson') {
    throw new UsageError(`--json and -o ${format} contradict each other: give one of them`);
  }
  return { format: format ?? 'json', fields };
}

function readFormat(text: string | undefined): Format | null {
  return text === undefined ? null : oneOf('-o', text, formats);
}

/** `text` as one of the allowed values, or a UsageError that names them all. */
export function oneOf<Value extends string>(option: string, text: string, allowed: readonly Value[]): Value {
  const value = allowed.find((candidate) => candidate === text.toLowerCase());
  if (value === undefined) {
    throw new UsageError(`${option}: ${JSON.stringify(text)} is none of ${allowed.join(', ')}`);
  }
  return value;
}

/** For commander: an option that may be repeated, each time with values separated by commas. */
export function collectList(value: string, previous: string[] | undefined): string[] {
  return [...(previous ?? []), ...splitList(value)];
}

function splitList(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** A whole number of at least `least`, or a UsageError. */
export function readCount(option: string, text: string, least = 1): number {
  const count = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(count >= least))
    throw new UsageError(`${option}: ${JSON.stringify(text)} is not a whole number of ${least} or more`);
  return count;
}

/** Examples under the help of a command, each a line to copy and what it does. */
export function addExamples(
  command: Command,
  examples: ReadonlyArray<readonly [line: string, meaning: string]>,
): Command {
  const width = Math.max(...examples.map(([line]) => line.length));
  const lines = examples.map(([line, meaning]) => `  $ ${line.padEnd(width)}  ${meaning}`);
  return command.addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
}
