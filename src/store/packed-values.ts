// Values on their way from one thread to another: a few long arrays, which are handed over and not copied. A structured clone
// of the objects takes the other thread longer than reading the JSON that they came from.

/** Values in the order in which they were packed. */
export interface PackedValues {
  /**
   * NaN for null. Of a text its length; or -1 for null, or -2 less its length if it has characters above U+00FF. What `part`
   * packs begins with the lengths of its texts together, of those up to U+00FF and of the others.
   */
  numbers: Float64Array<ArrayBuffer>;
  /** The texts of each part: those up to U+00FF, a byte a character, and then the others, in two. */
  texts: Uint8Array<ArrayBuffer>;
  bytes: Uint8Array<ArrayBuffer>;
}

/** What to hand over when they are posted. */
export function transferList({ numbers, texts, bytes }: PackedValues): ArrayBuffer[] {
  return [numbers.buffer, texts.buffer, bytes.buffer];
}

/** Takes each value that it is given, and gives it back; or is given none, and gives the one that comes next. */
export interface Passage {
  text<Text extends string>(value: Text | undefined): Text;
  textOrNull<Text extends string>(value: Text | null | undefined): Text | null;
  number(value: number | undefined): number;
  numberOrNull(value: number | null | undefined): number | null;
  flag(value: boolean | undefined): boolean;
  flagOrNull(value: boolean | null | undefined): boolean | null;
  bytes(value: Uint8Array | undefined): Uint8Array;
  list<Item>(items: readonly Item[] | undefined, pass: Pass<Item>): Item[];
}

/** Passes the values of one thing, either way. */
export type Pass<Item> = (passage: Passage, item: Item | undefined) => Item;

const noText = -1;

export class Packer implements Passage {
  #numbers = new Float64Array(smallest / 8);
  #count = 0;
  readonly #texts = new Bytes();
  readonly #bytes = new Bytes();
  readonly #spare: PackedValues[] = [];
  /** Of the part that is being packed. */
  #narrow: string[] = [];
  #wide: string[] = [];

  /** Values whose texts are in memory together when they are read again. */
  part<Item>(pass: Pass<Item>, item: Item): void {
    const start = this.#count;
    this.number(0);
    this.number(0);
    pass(this, item);
    // One call for many texts: a call costs more than what it writes.
    const narrow = this.#narrow.join('');
    const wide = this.#wide.join('');
    this.#narrow = [];
    this.#wide = [];
    this.#numbers[start] = narrow.length;
    this.#numbers[start + 1] = wide.length;
    this.#texts.reserve(narrow.length).write(narrow, 'latin1');
    this.#texts.reserve(wide.length * 2).write(wide, 'utf16le');
  }

  text<Text extends string>(value: Text | undefined): Text {
    return this.#take(value as Text);
  }

  textOrNull<Text extends string>(value: Text | null | undefined): Text | null {
    if (typeof value === 'string') return this.#take(value);
    this.number(noText);
    return null;
  }

  #take<Text extends string>(value: Text): Text {
    const isWide = /[\u0100-\uffff]/.test(value);
    this.number(isWide ? -2 - value.length : value.length);
    (isWide ? this.#wide : this.#narrow).push(value);
    return value;
  }

  number(value: number): number {
    if (this.#count === this.#numbers.length) {
      const larger = new Float64Array(2 * this.#count);
      larger.set(this.#numbers);
      this.#numbers = larger;
    }
    this.#numbers[this.#count] = value;
    this.#count += 1;
    return value;
  }

  numberOrNull(value: number | null): number | null {
    this.number(value ?? Number.NaN);
    return value;
  }

  flag(value: boolean): boolean {
    this.number(Number(value));
    return value;
  }

  flagOrNull(value: boolean | null): boolean | null {
    this.number(value === null ? Number.NaN : Number(value));
    return value;
  }

  bytes(value: Uint8Array): Uint8Array {
    this.number(value.length);
    this.#bytes.reserve(value.length).set(value);
    return value;
  }

  list<Item>(items: readonly Item[], pass: Pass<Item>): Item[] {
    this.number(items.length);
    for (const item of items) pass(this, item);
    return [...items];
  }

  /** All that it took since the last time, with the memory that it is in. */
  take(): PackedValues {
    const spare = this.#spare.pop();
    const numbers = this.#numbers.subarray(0, this.#count);
    this.#numbers = spare ? new Float64Array(spare.numbers.buffer) : new Float64Array(smallest / 8);
    this.#count = 0;
    return { numbers, texts: this.#texts.take(spare?.texts), bytes: this.#bytes.take(spare?.bytes) };
  }

  /** Memory that is not needed any more, to be used again: given back to the system, it would leave holes. */
  giveBack(values: PackedValues): void {
    const { numbers, texts, bytes } = values;
    if (Math.max(numbers.buffer.byteLength, texts.buffer.byteLength, bytes.buffer.byteLength) > largest) return;
    this.#spare.push(values);
  }
}

// In bytes.
const smallest = 64 * 1024;
const largest = 16 * 1024 * 1024;

/** Bytes that grow. */
class Bytes {
  #memory: Buffer<ArrayBuffer> = Buffer.from(new ArrayBuffer(smallest));
  #length = 0;

  /** Room for so many more. */
  reserve(length: number): Buffer {
    const end = this.#length + length;
    if (end > this.#memory.length) {
      const larger = Buffer.from(new ArrayBuffer(Math.max(end, 2 * this.#memory.length)));
      larger.set(this.#memory.subarray(0, this.#length));
      this.#memory = larger;
    }
    const room = this.#memory.subarray(this.#length, end);
    this.#length = end;
    return room;
  }

  /** What it holds, with its memory; it goes on with that of another. */
  take(other: Uint8Array<ArrayBuffer> | undefined): Uint8Array<ArrayBuffer> {
    const full = this.#memory.subarray(0, this.#length);
    this.#memory = Buffer.from(other?.buffer ?? new ArrayBuffer(smallest));
    this.#length = 0;
    return full;
  }
}

export class Unpacker implements Passage {
  readonly #numbers: Float64Array;
  readonly #texts: Buffer;
  readonly #bytes: Uint8Array;
  #narrow = '';
  #wide = '';
  // How far it is in each of them.
  #number = 0;
  #text = 0;
  #byte = 0;
  #inNarrow = 0;
  #inWide = 0;

  constructor({ numbers, texts, bytes }: PackedValues) {
    this.#numbers = numbers;
    this.#texts = Buffer.from(texts.buffer, texts.byteOffset, texts.length);
    this.#bytes = bytes;
  }

  part<Item>(pass: Pass<Item>): Item {
    const wideStart = this.#text + this.number();
    const end = wideStart + 2 * this.number();
    this.#narrow = this.#texts.toString('latin1', this.#text, wideStart);
    this.#wide = this.#texts.toString('utf16le', wideStart, end);
    this.#text = end;
    this.#inNarrow = 0;
    this.#inWide = 0;
    return pass(this, undefined);
  }

  text<Text extends string>(): Text {
    return this.textOrNull<Text>() as Text;
  }

  textOrNull<Text extends string>(): Text | null {
    const length = this.number();
    if (length >= 0) return this.#narrowText(length) as Text;
    return length === noText ? null : (this.#wideText(-2 - length) as Text);
  }

  #narrowText(length: number): string {
    const start = this.#inNarrow;
    this.#inNarrow += length;
    return this.#narrow.slice(start, this.#inNarrow);
  }

  #wideText(length: number): string {
    const start = this.#inWide;
    this.#inWide += length;
    return this.#wide.slice(start, this.#inWide);
  }

  number(): number {
    const value = this.#numbers[this.#number] as number;
    this.#number += 1;
    return value;
  }

  numberOrNull(): number | null {
    const value = this.number();
    return Number.isNaN(value) ? null : value;
  }

  flag(): boolean {
    return this.number() === 1;
  }

  flagOrNull(): boolean | null {
    const value = this.number();
    return Number.isNaN(value) ? null : value === 1;
  }

  bytes(): Uint8Array {
    const start = this.#byte;
    this.#byte += this.number();
    return this.#bytes.subarray(start, this.#byte);
  }

  list<Item>(_items: undefined, pass: Pass<Item>): Item[] {
    const items: Item[] = [];
    for (let left = this.number(); left > 0; left -= 1) items.push(pass(this, undefined));
    return items;
  }
}
