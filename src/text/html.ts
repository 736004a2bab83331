// HTML to text that a person in a terminal likes to read, in bounded time and memory whatever the HTML is:
// one pass over the tags, a stack of limited depth, no tree (RELIABILITY §3 rows 15 to 17).
// Which parts are quotes or signatures is for others to say: they mark tags and get back places in the text.

import { HtmlOutput, type TextRange } from './html-output.ts';
import {
  type Attributes,
  blocks,
  breaksAround,
  cells,
  dropped,
  impliedEnds,
  isHidden,
  isIndent,
  isPreformatted,
  isSameTarget,
  isTracker,
  linkTarget,
  lists,
  paragraphs,
  voidElements,
} from './html-rules.ts';
import type { TableLayout } from './html-table.ts';
import { tokenizeHtml } from './html-tokens.ts';

/** A start tag: `name` and attribute names in lower case, values decoded; `depth` counts the elements around it. */
export interface HtmlTag {
  name: string;
  attributes: ReadonlyMap<string, string>;
  depth: number;
}

/** Where the text of a marked element is, in UTF-16 units. An empty element starts and ends where the next text starts. */
export interface HtmlMark<Kind extends string> extends TextRange {
  kind: Kind;
}

export interface HtmlText<Kind extends string> {
  /** Lines by \n without trailing spaces; blockquotes with `> `; at most one blank line in a row, but in `<pre>`. */
  text: string;
  /** In the order of their start tags. */
  marks: HtmlMark<Kind>[];
  /** The HTML or its text was over the limit, and its end was left out. */
  truncated: boolean;
}

export interface HtmlOptions<Kind extends string> {
  /** Asked once for every start tag that is shown, void ones included; null for a tag of no interest. */
  mark?: (tag: HtmlTag) => Kind | null;
}

const maxInput = 4_000_000;
const maxOutput = 4_000_000;
const maxDepth = 256;
const maxPrefix = 24;
const maxLinkText = 2_000;
const rule = '──────────';

/** The text of an HTML body. Never throws. */
export function htmlToText(html: string): string {
  return renderHtml(html).text;
}

/** The same, with the places of the elements that `mark` picked. */
export function renderHtml<Kind extends string = never>(html: string, options: HtmlOptions<Kind> = {}): HtmlText<Kind> {
  const input = html.length > maxInput ? html.slice(0, maxInput) : html;
  const renderer = new Renderer<Kind>(options.mark);
  tokenizeHtml(input, renderer);
  return { ...renderer.finish(), truncated: input.length < html.length || renderer.isFull };
}

interface OpenElement {
  name: string;
  prefix: string;
  isPreformatted: boolean;
  breaks: 0 | 1 | 2;
  range: TextRange | null;
  link: { target: string; text: string } | null;
  list: { next: number | null } | null;
  table: TableLayout | null;
}

class Renderer<Kind extends string> {
  private readonly output = new HtmlOutput(maxOutput);
  private readonly stack: OpenElement[] = [];
  /** How many elements of a name are open, in the stack and beyond its limit. */
  private readonly openCount = new Map<string, number>();
  private readonly beyond = new Map<string, number>();
  private readonly marks: HtmlMark<Kind>[] = [];
  private readonly mark: ((tag: HtmlTag) => Kind | null) | undefined;
  /** The element that is left out, and how many of each name are open in it, itself included. */
  private hidden: { name: string; open: Map<string, number> } | null = null;
  private links = 0;

  constructor(mark: ((tag: HtmlTag) => Kind | null) | undefined) {
    this.mark = mark;
  }

  get isFull(): boolean {
    return this.output.isFull;
  }

  finish(): { text: string; marks: HtmlMark<Kind>[] } {
    while (this.stack.length > 0) this.closeTop();
    const text = this.output.finish(this.marks);
    return { text, marks: this.marks };
  }

  onText(text: string): void {
    if (this.hidden !== null) return;
    const element = this.stack.at(-1);
    if (this.links > 0) this.noteLinkText(text);
    if (element?.isPreformatted) this.output.writePreformatted(text);
    else this.output.write(text);
  }

  onStart(name: string, attributes: Attributes): void {
    const isVoid = voidElements.has(name);
    if (this.hidden !== null) {
      if (!isVoid) this.hidden.open.set(name, (this.hidden.open.get(name) ?? 0) + 1);
      return;
    }
    if (dropped.has(name) || isHidden(name, attributes)) {
      if (!isVoid) this.hidden = { name, open: new Map([[name, 1]]) };
      return;
    }
    this.closeImplied(name);
    if (isVoid) this.renderVoid(name, attributes);
    else this.open(name, attributes);
  }

  onEnd(name: string): void {
    if (this.hidden !== null && this.endHidden(name)) return;
    // Browsers make a paragraph of a stray </p>, and a line break of </br>.
    if (name === 'br') this.output.lineBreak();
    const tooDeep = this.beyond.get(name) ?? 0;
    if (tooDeep > 0) {
      this.beyond.set(name, tooDeep - 1);
      return;
    }
    if ((this.openCount.get(name) ?? 0) > 0) this.closeUpTo(name);
  }

  /** False where the tag closes something around the hidden element, which ends with it though it was never closed. */
  private endHidden(name: string): boolean {
    if (this.hidden === null) return false;
    const count = this.hidden.open.get(name) ?? 0;
    if (count === 0 && (this.openCount.get(name) ?? 0) === 0) return true;
    this.hidden.open.set(name, count - 1);
    if (count === 0 || (count === 1 && name === this.hidden.name)) this.hidden = null;
    return count > 0;
  }

  /** Closes the innermost element of that name, but not one outside the table cell or the table that is open. */
  private closeUpTo(name: string): void {
    const isTablePart = cells.has(name) || name === 'tr' || name === 'table' || name === 'tbody' || name === 'thead';
    for (let index = this.stack.length - 1; index >= 0; index -= 1) {
      const open = this.stack[index]?.name ?? '';
      if (open === name) {
        while (this.stack.length > index) this.closeTop();
        return;
      }
      if (open === 'table' || (!isTablePart && cells.has(open))) return;
    }
  }

  private closeImplied(name: string): void {
    // A paragraph ends where a block begins.
    if ((blocks.has(name) || paragraphs.has(name)) && this.stack.at(-1)?.name === 'p') this.closeTop();
    const implied = impliedEnds.get(name);
    if (implied === undefined) return;
    for (let index = this.stack.length - 1; index >= 0; index -= 1) {
      const open = this.stack[index]?.name ?? '';
      if (implied.closes.has(open)) {
        while (this.stack.length > index) this.closeTop();
        return;
      }
      if (implied.within.has(open)) return;
    }
  }

  private markTag(name: string, attributes: Attributes): TextRange | null {
    const kind = this.mark?.({ name, attributes, depth: this.stack.length }) ?? null;
    if (kind === null) return null;
    const range = Object.assign(this.output.open(), { kind });
    this.marks.push(range);
    return range;
  }

  private renderVoid(name: string, attributes: Attributes): void {
    if (name === 'br') {
      this.markTag(name, attributes);
      this.output.lineBreak();
      return;
    }
    if (name === 'hr') this.output.breakLine(1);
    const range = this.markTag(name, attributes);
    if (name === 'hr') this.output.emit(rule);
    if (name === 'img') this.renderImage(attributes);
    if (range) this.output.close(range);
    if (name === 'hr') this.output.breakLine(1);
  }

  private renderImage(attributes: Attributes): void {
    const alternative = (attributes.get('alt') ?? '').replace(/\s+/g, ' ').trim();
    if (alternative === '' || isTracker(attributes)) return;
    // An emoji as a picture stands for itself.
    const isEmoji = /^\p{Extended_Pictographic}/u.test(alternative) && alternative.length <= 12;
    const shown = isEmoji ? alternative : `[${alternative.slice(0, 200)}]`;
    if (this.links > 0) this.noteLinkText(shown);
    this.output.write(shown);
  }

  private open(name: string, attributes: Attributes): void {
    const parent = this.stack.at(-1);
    if (this.stack.length >= maxDepth) {
      this.beyond.set(name, (this.beyond.get(name) ?? 0) + 1);
      if (blocks.has(name) || paragraphs.has(name) || cells.has(name)) this.output.breakLine(1);
      return;
    }
    const breaks = breaksAround(name, attributes, parent?.name ?? '');
    if (breaks > 0) this.output.breakLine(breaks === 2 ? 2 : 1);
    const outerPrefix = parent?.prefix ?? '';
    const element: OpenElement = {
      name,
      prefix: outerPrefix,
      isPreformatted: isPreformatted(name, attributes) ?? parent?.isPreformatted ?? false,
      breaks,
      range: null,
      link: null,
      list: null,
      table: null,
    };
    this.prepare(element, attributes);
    element.range = this.markTag(name, attributes);
    this.stack.push(element);
    this.openCount.set(name, (this.openCount.get(name) ?? 0) + 1);
    this.output.setPrefix(element.prefix);
  }

  /** What an element means beyond its line breaks. */
  private prepare(element: OpenElement, attributes: Attributes): void {
    const { name } = element;
    if (name === 'a') {
      const target = linkTarget(attributes.get('href') ?? '');
      if (target !== '') {
        element.link = { target, text: '' };
        this.links += 1;
      }
    } else if (lists.has(name)) {
      const start = Number.parseInt(attributes.get('start') ?? '1', 10);
      element.list = { next: name === 'ol' ? (Number.isSafeInteger(start) ? start : 1) : null };
    } else if (name === 'li') this.openItem(element);
    else if (name === 'blockquote' && !isIndent(attributes)) element.prefix = lengthen(element.prefix, '> ');
    else if (name === 'dd') element.prefix = lengthen(element.prefix, '  ');
    else if (name === 'table') element.table = { widths: [], dataRows: 0 };
    else if (name === 'tr') this.output.openRow(this.findTable() ?? { widths: [], dataRows: 0 });
    else if (cells.has(name)) {
      const span = Number.parseInt(attributes.get('colspan') ?? '1', 10);
      this.output.nextCell(span >= 1 && span <= 40 ? span : 1);
    }
  }

  private openItem(element: OpenElement): void {
    const list = this.findNearest((open) => open.list)?.list;
    const marker = list?.next == null ? '- ' : `${list.next}. `;
    if (list?.next != null) list.next += 1;
    const prefix = lengthen(element.prefix, ' '.repeat(marker.length));
    if (prefix.length > element.prefix.length) this.output.setMarker(marker);
    element.prefix = prefix;
  }

  private findTable(): TableLayout | null {
    return this.findNearest((open) => open.table)?.table ?? null;
  }

  private findNearest(has: (open: OpenElement) => unknown): OpenElement | null {
    for (let index = this.stack.length - 1; index >= 0; index -= 1) {
      const open = this.stack[index];
      if (open && has(open)) return open;
    }
    return null;
  }

  private closeTop(): void {
    const element = this.stack.pop();
    if (!element) return;
    this.openCount.set(element.name, (this.openCount.get(element.name) ?? 1) - 1);
    if (element.link) this.closeLink(element.link);
    if (element.range) this.output.close(element.range);
    if (element.name === 'tr') this.output.closeRow();
    this.output.setPrefix(this.stack.at(-1)?.prefix ?? '');
    if (element.breaks > 0) this.output.breakLine(element.breaks === 2 ? 2 : 1);
    if (element.name === 'li') this.output.closeItem();
  }

  private noteLinkText(text: string): void {
    const link = this.findNearest((open) => open.link)?.link;
    if (link && link.text.length <= maxLinkText) link.text += text;
  }

  private closeLink({ target, text }: { target: string; text: string }): void {
    this.links -= 1;
    const label = text.trim();
    if (label !== '' && !isSameTarget(label, target)) this.output.write(` <${target}>`);
  }
}

function lengthen(prefix: string, by: string): string {
  return prefix.length + by.length <= maxPrefix ? prefix + by : prefix;
}
