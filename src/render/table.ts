// A table for people: borderless columns fitted to the width of the terminal. The only file that imports cli-table3.

import Table from 'cli-table3';
import { forTerminalLine } from '../text/terminal.ts';
import type { Paint, Style } from './color.ts';
import { cellText, type Field } from './fields.ts';
import { displayWidth, truncate } from './width.ts';

const gap = 2;

export interface TableOptions {
  now: Date;
  /** Columns of the terminal; null where nothing may be cut: a pipe. */
  width: number | null;
  /** The fields are the command's own choice, so that some may be left out of a narrow terminal. */
  mayDrop: boolean;
  paint: Paint;
}

interface Column {
  name: string;
  heading: string;
  cells: string[];
  styles: Array<Style | null>;
  width: number;
  minWidth: number;
  hasShort: boolean;
}

/** The table with its newlines, and the names of the fields for which it was too narrow. */
export function formatTable<Row>(
  rows: readonly Row[],
  fields: ReadonlyArray<Field<Row>>,
  options: TableOptions,
): { text: string; dropped: string[] } {
  let columns = fields.map((field) => makeColumn(rows, field, options, false));
  if (options.width !== null && easyWidth(columns) > options.width) {
    columns = fields.map((field) => makeColumn(rows, field, options, true));
  }
  // The room of a column that says nothing is better used by the others.
  if (options.width !== null && options.mayDrop && easyWidth(columns) > options.width) {
    columns = columns.filter((column) => column.cells.some((cell) => cell !== '' && cell !== '-'));
  }
  const kept = options.width === null ? columns : fitColumns(columns, options.width, options.mayDrop);
  const dropped = columns.filter((column) => !kept.includes(column)).map((column) => column.name);
  return { text: drawTable(kept, rows.length, options.paint), dropped };
}

function makeColumn<Row>(rows: readonly Row[], field: Field<Row>, options: TableOptions, narrow: boolean): Column {
  const read = (row: Row): string => {
    const inTerminal = narrow && field.short ? field.short : field.brief;
    return options.width !== null && inTerminal ? inTerminal(row, options.now) : cellText(field.value(row));
  };
  const cells = rows.map((row) => forTerminalLine(read(row)));
  const heading = field.heading ?? field.name.toUpperCase();
  const width = cells.reduce((widest, cell) => Math.max(widest, displayWidth(cell)), displayWidth(heading));
  return {
    name: field.name,
    heading,
    cells,
    styles: rows.map((row) => field.style?.(row) ?? null),
    width,
    minWidth: Math.min(width, Math.max(field.minWidth ?? width, displayWidth(heading))),
    hasShort: field.short !== undefined,
  };
}

/** Columns of a text that can be cut anywhere, a subject, in which it still reads well. */
const easyText = 30;

/** The width at which nothing but long texts is cut: below it, fields show their short form. */
function easyWidth(columns: readonly Column[]): number {
  const widths = columns.map(({ width, minWidth, hasShort }) =>
    hasShort ? width : Math.min(width, Math.max(minWidth, easyText)),
  );
  return widths.reduce((sum, width) => sum + width, gap * (columns.length - 1));
}

function totalWidth(columns: readonly Column[]): number {
  return columns.reduce((sum, column) => sum + column.width, gap * (columns.length - 1));
}

// The widest column that can still give gives first. What does not fit even so is left out from the right; the first column
// (the number) and the last (the subject) stay.
function fitColumns(columns: readonly Column[], width: number, mayDrop: boolean): Column[] {
  const kept = columns.map((column) => ({ ...column, origin: column }));
  while (mayDrop && kept.length > 2 && minimumWidth(kept) > width) kept.splice(-2, 1);
  let excess = totalWidth(kept) - width;
  while (excess > 0) {
    const giving = kept.filter((column) => column.width > column.minWidth);
    const widest = giving.sort((a, b) => b.width - a.width)[0];
    if (!widest) break;
    const next = Math.max(giving[1]?.width ?? 0, widest.minWidth);
    const step = Math.max(1, Math.min(excess, widest.width - next));
    widest.width -= step;
    excess -= step;
  }
  return kept.map(({ origin, width: fitted }) => Object.assign(origin, { width: fitted }));
}

function minimumWidth(columns: readonly Column[]): number {
  return columns.reduce((sum, column) => sum + column.minWidth, gap * (columns.length - 1));
}

/** Rows that cli-table3 is given at once: its time grows with the square of them. */
const blockRows = 10;

function drawTable(columns: readonly Column[], rowCount: number, paint: Paint): string {
  const rows = [columns.map((column) => truncate(column.heading, column.width))];
  for (let row = 0; row < rowCount; row += 1) {
    rows.push(columns.map((column) => truncate(column.cells[row] ?? '', column.width)));
  }
  const widths = columns.map((_, index) =>
    rows.reduce((widest, cells) => Math.max(widest, displayWidth(cells[index] ?? '')), 0),
  );
  const painted = rows.map((cells, row) =>
    cells.map((cell, index) => paint(row === 0 ? 'dim' : (columns[index]?.styles[row - 1] ?? null), cell)),
  );
  let text = '';
  for (let start = 0; start < painted.length; start += blockRows) {
    const table = new Table({
      chars: borderless,
      colWidths: widths,
      style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    });
    table.push(...painted.slice(start, start + blockRows));
    for (const line of table.toString().split('\n')) text += `${line.trimEnd()}\n`;
  }
  return text;
}

const borderless = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: ' '.repeat(gap),
};
