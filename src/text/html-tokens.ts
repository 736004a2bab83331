// Cuts HTML into start tags, end tags and text, as browsers do for what mail contains, in one pass of linear time.
// Comments, declarations and the content of scripts and styles never come out.

import { decodeEntities } from './html-entities.ts';

export interface HtmlHandler {
  /** `name` in lower case. An attribute that comes twice keeps its first value. */
  onStart(name: string, attributes: ReadonlyMap<string, string>): void;
  onEnd(name: string): void;
  /** Character references are decoded. */
  onText(text: string): void;
}

// Their content is no markup up to their own end tag.
const rawContent = new Set(['script', 'style', 'title', 'textarea', 'xmp', 'iframe', 'noembed', 'noframes']);
const maxAttributes = 60;
const noAttributes: ReadonlyMap<string, string> = new Map();

const isSpace = (code: number): boolean => code === 32 || (code >= 9 && code <= 13);
const isLetter = (code: number): boolean => (code >= 97 && code <= 122) || (code >= 65 && code <= 90);

/** Reads all of `html`. Nothing throws but the handler. */
export function tokenizeHtml(html: string, handler: HtmlHandler): void {
  new Tokenizer(html, handler).run();
}

class Tokenizer {
  private at = 0;
  /** What was searched to the end in vain: an unclosed comment or quote is not searched for a second time. */
  private readonly absent = new Set<string>();
  private readonly html: string;
  private readonly handler: HtmlHandler;

  constructor(html: string, handler: HtmlHandler) {
    this.html = html;
    this.handler = handler;
  }

  run(): void {
    const { html, handler } = this;
    while (this.at < html.length) {
      const open = html.indexOf('<', this.at);
      const end = open < 0 ? html.length : open;
      if (end > this.at) handler.onText(decodeEntities(html.slice(this.at, end)));
      this.at = end;
      if (open >= 0) this.readMarkup();
    }
  }

  private readMarkup(): void {
    const next = this.html.charCodeAt(this.at + 1);
    if (isLetter(next)) this.readStartTag();
    else if (next === 47 /* / */ && isLetter(this.html.charCodeAt(this.at + 2))) this.readEndTag();
    else if (next === 33 /* ! */ || next === 63 /* ? */ || next === 47) this.skipComment();
    else {
      this.handler.onText('<');
      this.at += 1;
    }
  }

  private skipComment(): void {
    if (this.html.startsWith('<!--', this.at)) {
      // <!--> is a whole comment, so the search may begin on its own dashes.
      const end = this.find('-->', this.at + 2);
      if (end >= 0) {
        this.at = end + 3;
        return;
      }
    }
    const end = this.find('>', this.at);
    this.at = end < 0 ? this.html.length : end + 1;
  }

  private find(needle: string, from: number): number {
    if (this.absent.has(needle)) return -1;
    const found = this.html.indexOf(needle, from);
    if (found < 0) this.absent.add(needle);
    return found;
  }

  private readName(from: number): string {
    let end = from;
    while (end < this.html.length) {
      const code = this.html.charCodeAt(end);
      if (isSpace(code) || code === 62 || code === 47) break;
      end += 1;
    }
    this.at = end;
    return end - from > 40 ? '' : this.html.slice(from, end).toLowerCase();
  }

  private readEndTag(): void {
    const name = this.readName(this.at + 2);
    const end = this.find('>', this.at);
    this.at = end < 0 ? this.html.length : end + 1;
    this.handler.onEnd(name);
  }

  private readStartTag(): void {
    const name = this.readName(this.at + 1);
    const attributes = this.readAttributes();
    if (rawContent.has(name)) this.skipRawContent(name);
    else this.handler.onStart(name, attributes);
  }

  /** Where the element is never closed its tag alone is dropped, rather than the rest of the mail. */
  private skipRawContent(name: string): void {
    if (this.absent.has(name)) return;
    const pattern = new RegExp(`</${name}`, 'gi');
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.html);
    if (found === null) {
      this.absent.add(name);
      return;
    }
    const end = this.find('>', found.index);
    this.at = end < 0 ? this.html.length : end + 1;
  }

  private readAttributes(): ReadonlyMap<string, string> {
    const { html } = this;
    let attributes: Map<string, string> | undefined;
    while (this.at < html.length) {
      const code = html.charCodeAt(this.at);
      if (code === 62 /* > */) {
        this.at += 1;
        break;
      }
      if (isSpace(code) || code === 47 /* / */) {
        this.at += 1;
        continue;
      }
      const name = this.readAttributeName();
      const value = this.readAttributeValue();
      attributes ??= new Map();
      if (attributes.size < maxAttributes && !attributes.has(name)) attributes.set(name, value);
    }
    return attributes ?? noAttributes;
  }

  private readAttributeName(): string {
    const from = this.at;
    // The first character is part of the name whatever it is, `=` included: so the reader always moves on.
    this.at += 1;
    while (this.at < this.html.length) {
      const code = this.html.charCodeAt(this.at);
      if (isSpace(code) || code === 61 || code === 62 || code === 47) break;
      this.at += 1;
    }
    return this.html.slice(from, Math.min(this.at, from + 100)).toLowerCase();
  }

  private skipSpace(): void {
    while (isSpace(this.html.charCodeAt(this.at))) this.at += 1;
  }

  private readAttributeValue(): string {
    this.skipSpace();
    if (this.html.charCodeAt(this.at) !== 61 /* = */) return '';
    this.at += 1;
    this.skipSpace();
    const quote = this.html[this.at];
    if (quote === '"' || quote === "'") {
      const end = this.find(quote, this.at + 1);
      if (end >= 0) {
        const value = this.html.slice(this.at + 1, end);
        this.at = end + 1;
        return decodeEntities(value);
      }
    }
    const from = this.at;
    while (this.at < this.html.length) {
      const code = this.html.charCodeAt(this.at);
      if (isSpace(code) || code === 62) break;
      this.at += 1;
    }
    return decodeEntities(this.html.slice(from, this.at));
  }
}
