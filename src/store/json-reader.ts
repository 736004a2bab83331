// Reads JSON that somebody else wrote: each value is checked, and what is wrong is named by its place.

import { RefusedError } from '../errors.ts';

const isoTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

type Fields = Record<string, unknown>;

/** Reads the members of one JSON object; each method throws RefusedError that names the member. */
export class JsonReader {
  readonly #fields: Fields;
  /** What it is a member of, and by which name or place: put together when somebody has to be told. */
  readonly #parent: JsonReader | null;
  readonly #name: string;
  readonly #index: number | null;

  constructor(value: unknown, parent: JsonReader | null = null, name = '', index: number | null = null) {
    this.#parent = parent;
    this.#name = name;
    this.#index = index;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new RefusedError(`${this.#place() || 'it'}: expected an object`);
    }
    this.#fields = value as Fields;
  }

  #place(): string {
    const own = this.#index === null ? this.#name : `${this.#name}[${this.#index}]`;
    const parent = this.#parent === null ? '' : this.#parent.#place();
    return parent === '' ? own : `${parent}.${own}`;
  }

  #fail(name: string, expected: string): never {
    const place = this.#place();
    throw new RefusedError(`${place === '' ? '' : `${place}.`}${name}: expected ${expected}`);
  }

  textOrNull(name: string): string | null {
    const value = this.#fields[name] ?? null;
    if (value === null || typeof value === 'string') return value;
    this.#fail(name, 'a text');
  }

  text(name: string, otherwise?: string): string {
    return this.textOrNull(name) ?? otherwise ?? this.#fail(name, 'a text');
  }

  choice<const Value extends string>(name: string, values: readonly Value[], otherwise?: Value): Value {
    const text = this.text(name, otherwise);
    return values.find((value) => value === text) ?? this.#fail(name, values.join(', '));
  }

  timeOrNull(name: string): string | null {
    const text = this.textOrNull(name);
    if (text === null || isoTime.test(text)) return text;
    const time = Date.parse(text);
    if (!/^\d{4}-\d{2}-\d{2}T/.test(text) || Number.isNaN(time))
      this.#fail(name, 'a time such as 2026-11-22T08:41:07.123Z');
    return new Date(time).toISOString();
  }

  time(name: string, otherwise?: string): string {
    return this.timeOrNull(name) ?? otherwise ?? this.#fail(name, 'a time such as 2026-11-22T08:41:07.123Z');
  }

  countOrNull(name: string): number | null {
    const value = this.#fields[name] ?? null;
    if (value === null || (Number.isSafeInteger(value) && (value as number) >= 0)) return value as number | null;
    this.#fail(name, 'a whole number');
  }

  flagOrNull(name: string): boolean | null {
    const value = this.#fields[name] ?? null;
    if (value === null || typeof value === 'boolean') return value;
    this.#fail(name, 'true or false');
  }

  object(name: string): JsonReader | null {
    const value = this.#fields[name] ?? null;
    return value === null ? null : new JsonReader(value, this, name);
  }

  list(name: string): JsonReader[] {
    return this.#array(name).map((member, index) => new JsonReader(member, this, name, index));
  }

  texts(name: string): string[] {
    const values = this.#array(name);
    if (values.every((value) => typeof value === 'string')) return values;
    this.#fail(name, 'a list of texts');
  }

  #array(name: string): unknown[] {
    const value = this.#fields[name] ?? [];
    return Array.isArray(value) ? value : this.#fail(name, 'a list');
  }

  /** The members that are texts, by name. */
  textMap(name: string): Map<string, string> {
    const value = this.#fields[name] ?? {};
    if (typeof value !== 'object' || value === null) this.#fail(name, 'an object');
    const map = new Map<string, string>();
    for (const [key, text] of Object.entries(value)) {
      if (typeof text !== 'string') this.#fail(`${name}.${key}`, 'a text');
      map.set(key, text);
    }
    return map;
  }
}
