// Puts the cells of tables under each other, once all of the text is there. A row whose cells have several lines or
// long text is layout rather than data: its cells go below each other.

/** A row while and after it was written. */
export interface TableRow {
  table: TableLayout;
  hasText: boolean;
  hasManyLines: boolean;
  /** Where its text starts and ends. */
  start: number;
  end: number;
  /** The column of the cell that is open, and how many columns it takes. */
  column: number;
  span: number;
}

/** The start of a cell that is not the first of its row. */
export interface CellSeparator {
  at: number;
  row: TableRow;
  column: number;
  /** What its line starts with, should the cell get a line of its own. */
  prefix: string;
}

/** What is known of a table after all its rows. */
export interface TableLayout {
  /** Display width of the widest cell, by column. */
  widths: number[];
  dataRows: number;
}

const maxColumns = 40;
const maxTableWidth = 120;
const maxInlineCell = 60;
const gap = 2;

/** The text with every separator written out; the ranges are moved along. Linear in text, separators and ranges. */
export function alignTables(
  text: string,
  separators: readonly CellSeparator[],
  ranges: Array<{ start: number; end: number }>,
): string {
  if (separators.length === 0) return text;
  const rows = groupByRow(separators);
  for (const [row, cells] of rows) measureRow(text, row, cells);
  const inserted = new Map<CellSeparator, string>();
  for (const [row, cells] of rows) layRow(text, row, cells, inserted);
  return insertAll(text, separators, inserted, ranges);
}

function groupByRow(separators: readonly CellSeparator[]): Map<TableRow, CellSeparator[]> {
  const rows = new Map<TableRow, CellSeparator[]>();
  for (const separator of separators) {
    const cells = rows.get(separator.row);
    if (cells) cells.push(separator);
    else rows.set(separator.row, [separator]);
  }
  return rows;
}

/** The texts between separators: one more than there are separators, the first may be empty. */
function cellWidths(text: string, row: TableRow, cells: readonly CellSeparator[]): number[] {
  const starts = [row.start, ...cells.map((cell) => cell.at)];
  return starts.map((start, index) => displayWidth(text.slice(start, starts[index + 1] ?? row.end).trimEnd()));
}

function measureRow(text: string, row: TableRow, cells: readonly CellSeparator[]): void {
  if (row.hasManyLines) return;
  const widths = cellWidths(text, row, cells);
  if (widths.some((width) => width > maxInlineCell)) {
    row.hasManyLines = true;
    return;
  }
  row.table.dataRows += 1;
  const columns = [0, ...cells.map((cell) => cell.column)];
  for (const [index, column] of columns.entries()) {
    const isSpanning = (columns[index + 1] ?? column + 1) > column + 1;
    if (column >= maxColumns || isSpanning) continue;
    row.table.widths[column] = Math.max(row.table.widths[column] ?? 0, widths[index] ?? 0);
  }
}

function layRow(
  text: string,
  row: TableRow,
  cells: readonly CellSeparator[],
  inserted: Map<CellSeparator, string>,
): void {
  const { table } = row;
  const starts = table.dataRows > 1 && table.widths.length <= maxColumns ? columnStarts(table.widths) : [];
  const isAligned = !row.hasManyLines && starts.length > 0;
  const widths = isAligned ? cellWidths(text, row, cells) : [];
  let position = widths[0] ?? 0;
  for (const [index, cell] of cells.entries()) {
    if (row.hasManyLines) {
      inserted.set(cell, cell.at === row.start ? '' : `\n${cell.prefix}`);
      continue;
    }
    const isFirst = index === 0 && position === 0;
    const target = isAligned ? (starts[cell.column] ?? 0) : 0;
    const spaces = isFirst && !isAligned ? 0 : Math.max(isFirst ? 0 : gap, target - position);
    inserted.set(cell, ' '.repeat(spaces));
    position += spaces + (widths[index + 1] ?? 0);
  }
}

function columnStarts(widths: readonly number[]): number[] {
  const starts: number[] = [];
  let start = 0;
  for (let column = 0; column <= widths.length; column += 1) {
    starts.push(start);
    start += (widths[column] ?? 0) + (widths[column] ? gap : 0);
  }
  return start <= maxTableWidth ? starts : [];
}

function insertAll(
  text: string,
  separators: readonly CellSeparator[],
  inserted: ReadonlyMap<CellSeparator, string>,
  ranges: Array<{ start: number; end: number }>,
): string {
  const pieces: string[] = [];
  const shifts: number[] = [];
  let from = 0;
  let shift = 0;
  for (const separator of separators) {
    const piece = inserted.get(separator) ?? '';
    pieces.push(text.slice(from, separator.at), piece);
    from = separator.at;
    shift += piece.length;
    shifts.push(shift);
  }
  pieces.push(text.slice(from));
  const positions = separators.map((separator) => separator.at);
  for (const range of ranges) {
    const start = range.start + (shifts[countBelow(positions, range.start + 1) - 1] ?? 0);
    const end = range.end + (shifts[countBelow(positions, range.end) - 1] ?? 0);
    range.start = start;
    range.end = Math.max(start, end);
  }
  return pieces.join('');
}

/** How many of the ascending positions are below `limit`. */
function countBelow(positions: readonly number[], limit: number): number {
  let low = 0;
  let high = positions.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((positions[middle] ?? 0) < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Columns in a terminal, near enough for tables: East Asian wide characters and emoji take two. */
function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    const isWide =
      (code >= 0x1100 && code <= 0x115f) ||
      (code >= 0x2e80 && code <= 0xa4cf) ||
      (code >= 0xac00 && code <= 0xd7a3) ||
      (code >= 0xf900 && code <= 0xfaff) ||
      (code >= 0xfe30 && code <= 0xfe6f) ||
      (code >= 0xff00 && code <= 0xff60) ||
      (code >= 0x1f300 && code <= 0x1faff);
    width += isWide ? 2 : 1;
  }
  return width;
}
