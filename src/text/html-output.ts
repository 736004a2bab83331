// The lines that HTML turns into: white space collapsed, blank lines kept down, quote and list prefixes written,
// places remembered for marks and for the cells of tables. html.ts says what; this says where.

import { alignTables, type CellSeparator, type TableLayout, type TableRow } from './html-table.ts';

/** A place that somebody asked to remember. */
export interface TextRange {
  start: number;
  end: number;
}

const collapsible = /[ \t\r\n\f]+/g;
// Zero-width spaces, byte order marks and soft hyphens say nothing to a reader in a terminal.
const invisible = /[\u200b\ufeff\u00ad\u0000]/g;
const onlySpaces = /^[ \u00a0]*$/;
const maxSpaces = 80;
const maxBlankLinesInPre = 100;

export class HtmlOutput {
  private readonly pieces: string[] = [];
  private length = 0;
  /** Line breaks to write before the next text. */
  private breaks = 0;
  /** Spaces to write before the next text on this line. */
  private spaces = 0;
  private lineHasText = false;
  private lineHasNbsp = false;
  private prefix = '';
  /** What the line before started with: a blank line between two gets what both have. */
  private prefixBefore = '';
  /** The list marker that takes the place of the end of the prefix on the next line. */
  private marker = '';
  private unplaced: TextRange[] = [];
  private readonly separators: CellSeparator[] = [];
  /** Rows that are open, and those of them whose cell has no text yet. */
  private readonly rows: TableRow[] = [];
  private freshCells: TableRow[] = [];
  private readonly maxLength: number;

  constructor(maxLength: number) {
    this.maxLength = maxLength;
  }

  get isFull(): boolean {
    return this.length >= this.maxLength;
  }

  /** The place of the next text; `end` is set by `close`. Where nothing follows, both are the end of the text. */
  open(): TextRange {
    const range = { start: -1, end: -1 };
    this.unplaced.push(range);
    return range;
  }

  /** An element without text ends where it starts, which is where the next text will be. */
  close(range: TextRange): void {
    if (range.start >= 0) range.end = this.length;
  }

  setPrefix(prefix: string): void {
    this.prefix = prefix;
  }

  /** A list marker as wide as the indent that ends the prefix now. */
  setMarker(marker: string): void {
    this.marker = marker;
  }

  /** The next text is on a new line, with a blank one before it where `count` is 2. */
  breakLine(count: 1 | 2): void {
    if (this.freshCells.length > 0) return;
    // `<p>&nbsp;</p>` is how Outlook writes a blank line.
    if (this.lineHasNbsp && !this.lineHasText) this.lineBreak();
    this.startLine();
    const isRowFresh = this.rows.at(-1)?.hasText === false;
    this.breaks = Math.max(this.breaks, isRowFresh || this.marker !== '' ? 1 : count);
  }

  /** The end of a list item: items follow each other without blank lines, though they be paragraphs. */
  closeItem(): void {
    this.marker = '';
    this.breaks = Math.min(this.breaks, 1);
  }

  /** `<br>`: one of them ends a line, two leave a blank line. */
  lineBreak(): void {
    if (this.freshCells.length > 0) return;
    this.startLine();
    this.breaks = Math.min(this.breaks + 1, 2);
  }

  private startLine(): void {
    this.spaces = 0;
    this.lineHasNbsp = false;
    this.lineHasText = false;
  }

  /** Running text: white space is collapsed. */
  write(text: string): void {
    const line = text.replace(invisible, '').replace(collapsible, ' ');
    if (onlySpaces.test(line)) {
      if (line.includes('\u00a0')) this.lineHasNbsp = true;
      if (this.lineHasText) this.spaces = Math.max(this.spaces, Math.min(line.length, maxSpaces));
      return;
    }
    const trimmed = line.trimEnd();
    if (line.startsWith(' ')) this.spaces = Math.max(this.spaces, 1);
    this.emit((line.startsWith(' ') ? trimmed.slice(1) : trimmed).replaceAll('\u00a0', ' '));
    if (trimmed.length < line.length) this.spaces = 1;
  }

  /** Text whose line ends and spaces count (`<pre>`). */
  writePreformatted(text: string): void {
    const lines = text.replace(invisible, '').replace(/\r\n?/g, '\n').split('\n');
    for (const [index, line] of lines.entries()) {
      if (index > 0) {
        this.startLine();
        this.breaks = Math.min(this.breaks + 1, maxBlankLinesInPre);
      }
      const content = line.replaceAll('\u00a0', ' ').trimEnd();
      if (content !== '') this.emit(content);
      this.spaces = Math.min(this.spaces + line.length - content.length, maxSpaces);
    }
  }

  /** Text as it is, on this line. */
  emit(text: string): void {
    if (this.isFull) return;
    const isNewLine = this.length === 0 || this.breaks > 0;
    if (isNewLine) this.startNewLine();
    else this.separateCells();
    if (!isNewLine && this.spaces > 0) this.push(' '.repeat(this.spaces));
    this.spaces = 0;
    if (!isNewLine) this.placeMarks();
    const row = this.rows.at(-1);
    if (row && !row.hasText) {
      row.hasText = true;
      row.start = this.length;
    }
    if (isNewLine) this.separateCells();
    this.push(text);
    this.lineHasText = true;
    if (row) row.end = this.length;
  }

  private startNewLine(): void {
    if (this.length > 0) {
      const isDeeper = this.prefix.length > this.prefixBefore.length;
      const blank = `\n${(isDeeper ? this.prefixBefore : this.prefix).trimEnd()}`;
      this.push(`${blank.repeat(Math.max(this.breaks - 1, 0))}\n`);
      for (const row of this.rows) if (row.hasText) row.hasManyLines = true;
    }
    this.prefixBefore = this.prefix;
    this.breaks = 0;
    this.spaces = 0;
    this.placeMarks();
    this.push(this.marker === '' ? this.prefix : this.prefix.slice(0, -this.marker.length) + this.marker);
    this.marker = '';
  }

  private push(piece: string): void {
    this.pieces.push(piece);
    this.length += piece.length;
  }

  private placeMarks(): void {
    for (const range of this.unplaced) {
      range.start = this.length;
      range.end = this.length;
    }
    this.unplaced = [];
  }

  openRow(table: TableLayout): TableRow {
    this.breakLine(1);
    const row = { table, hasText: false, hasManyLines: false, start: 0, end: 0, column: -1, span: 1 };
    this.rows.push(row);
    return row;
  }

  closeRow(): void {
    const row = this.rows.pop();
    if (!row) return;
    this.freshCells = this.freshCells.filter((fresh) => fresh !== row);
    const outer = this.rows.at(-1);
    if (outer && row.hasText) {
      if (!outer.hasText) outer.start = row.start;
      outer.hasText = true;
      outer.end = row.end;
      outer.hasManyLines ||= row.hasManyLines;
    }
    const hadCells = row.column > 0;
    this.breakLine(1);
    if (hadCells) this.breaks = Math.min(this.breaks, 1);
  }

  /** The next text is in the next cell of the row that is open. */
  nextCell(span: number): void {
    const row = this.rows.at(-1);
    if (!row) return;
    const isFirst = row.column < 0;
    row.column = isFirst ? 0 : row.column + row.span;
    row.span = span;
    if (isFirst) return;
    if (this.freshCells.at(-1) !== row) this.freshCells.push(row);
    if (row.hasText) this.breaks = 0;
    this.spaces = 0;
  }

  private separateCells(): void {
    for (const row of this.freshCells)
      this.separators.push({ at: this.length, row, column: row.column, prefix: this.prefix });
    this.freshCells = [];
  }

  /** The text, tables aligned; the ranges that were opened then hold for it. */
  finish(ranges: TextRange[]): string {
    this.placeMarks();
    return alignTables(this.pieces.join(''), this.separators, ranges);
  }
}
