// Rows to standard output in the format asked for (CONTRACT §2). Table code is loaded only when a table is wanted.

import type { Context, Output } from '../context.ts';
import { safeJson } from '../text/terminal.ts';
import { createPaint } from './color.ts';
import { formatCsvRecord, formatTsvLine } from './delimited.ts';
import { cellText, type Field, pickFields } from './fields.ts';

export const formats = ['table', 'tsv', 'csv', 'json', 'ndjson'] as const;
export type Format = (typeof formats)[number];

/** What -o, --json and --fields came to. `fields` is null where the command chooses. */
export interface OutputChoice {
  format: Format;
  fields: string[] | null;
}

/** What a command's rows have to offer. The names are those of `fields`. */
export interface RowShape<Row> {
  fields: ReadonlyArray<Field<Row>>;
  jsonNames: readonly string[];
  tableNames: readonly string[];
  tsvNames: readonly string[];
  csvNames: readonly string[];
}

/** A shape whose rows look the same in every format. */
export function plainShape<Row>(fields: ReadonlyArray<Field<Row>>, tableNames?: readonly string[]): RowShape<Row> {
  const names = fields.map((field) => field.name);
  return { fields, jsonNames: names, tableNames: tableNames ?? names, tsvNames: names, csvNames: names };
}

/** The fields to print: those that --fields picks, else the command's own for the format. Throws UsageError for an unknown one. */
export function chooseFields<Row>(shape: RowShape<Row>, choice: OutputChoice): Array<Field<Row>> {
  const own = {
    table: shape.tableNames,
    tsv: shape.tsvNames,
    csv: shape.csvNames,
    json: shape.jsonNames,
    ndjson: shape.jsonNames,
  };
  return pickFields(shape.fields, choice.fields ?? own[choice.format]);
}

/** Writes every row; streams them in every format but the table. Returns how many there were. */
export async function writeRows<Row>(
  context: Context,
  rows: Iterable<Row> | AsyncIterable<Row>,
  shape: RowShape<Row>,
  choice: OutputChoice,
): Promise<number> {
  const fields = chooseFields(shape, choice);
  if (choice.format === 'table') return writeTable(context, rows, fields, choice.fields === null);
  const out = chunked(context.stdout);
  const format = rowFormatter(fields, choice.format, context.stdout.isTerminal);
  let count = 0;
  out.write(format.before);
  for await (const row of rows) {
    out.write(format.row(row, count));
    count += 1;
  }
  out.write(count === 0 ? format.whenEmpty : format.after);
  out.flush();
  return count;
}

/** Writes one value: an object in JSON, one line or record in the others. */
export function formatJson(context: Context, value: unknown): string {
  return `${safeJson(value, context.stdout.isTerminal ? 2 : undefined)}\n`;
}

/** The row as the fields make it. */
export function pickValues<Row>(row: Row, fields: ReadonlyArray<Field<Row>>): Record<string, unknown> {
  return Object.fromEntries(fields.map((field) => [field.name, field.value(row)]));
}

interface RowFormatter<Row> {
  before: string;
  row(row: Row, index: number): string;
  after: string;
  whenEmpty: string;
}

function rowFormatter<Row>(
  fields: ReadonlyArray<Field<Row>>,
  format: Exclude<Format, 'table'>,
  isTerminal: boolean,
): RowFormatter<Row> {
  switch (format) {
    case 'tsv':
      return plainFormatter('', (row) => formatTsvLine(fields.map((field) => cellText(field.value(row)))));
    case 'csv':
      return plainFormatter(formatCsvRecord(fields.map((field) => ({ text: field.name, defuse: false }))), (row) =>
        formatCsvRecord(fields.map((field) => csvCell(field.value(row)))),
      );
    case 'ndjson':
      return plainFormatter('', (row) => `${safeJson(pickValues(row, fields))}\n`);
    case 'json': {
      const indent = isTerminal ? 2 : undefined;
      const item = (row: Row) => safeJson(pickValues(row, fields), indent);
      const row = (value: Row, index: number) => `${index === 0 ? '[\n' : ',\n'}${item(value)}`;
      return { before: '', row, after: '\n]\n', whenEmpty: '[]\n' };
    }
  }
}

function plainFormatter<Row>(before: string, row: (row: Row) => string): RowFormatter<Row> {
  return { before, row, after: '', whenEmpty: '' };
}

function csvCell(value: unknown): { text: string; defuse: boolean } {
  return { text: cellText(value), defuse: typeof value !== 'number' };
}

async function writeTable<Row>(
  context: Context,
  rows: Iterable<Row> | AsyncIterable<Row>,
  fields: ReadonlyArray<Field<Row>>,
  mayDrop: boolean,
): Promise<number> {
  const all: Row[] = [];
  for await (const row of rows) all.push(row);
  if (all.length === 0) return 0;
  const { formatTable } = await import('./table.ts');
  const paint = await createPaint(context.stdout.color);
  const width = context.stdout.isTerminal ? context.stdout.columns : null;
  const { text, dropped } = formatTable(all, fields, { now: context.now(), width, mayDrop, paint });
  const out = chunked(context.stdout);
  out.write(text);
  if (dropped.length > 0)
    out.write(`${paint('dim', `no room for ${dropped.join(', ')}: widen the terminal, or -o tsv`)}\n`);
  out.flush();
  return all.length;
}

const chunkLength = 64 * 1024;

/** Gathers small writes: a system call for each of a million lines would take most of the time. */
export function chunked(output: Output): { write(text: string): void; flush(): void } {
  let parts: string[] = [];
  let length = 0;
  const flush = () => {
    if (length > 0) output.write(parts.join(''));
    parts = [];
    length = 0;
  };
  return {
    write(text) {
      parts.push(text);
      length += text.length;
      if (length >= chunkLength) flush();
    },
    flush,
  };
}
