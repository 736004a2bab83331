// The fields of what a command prints: how each reads as data, as text and in a terminal; and --fields, which picks them.

import type { Agent, Person, Timestamp } from '../domain/ticket.ts';
import { UsageError } from '../errors.ts';
import { safeJson } from '../text/terminal.ts';
import type { Style } from './color.ts';
import { formatPerson } from './people.ts';
import { formatAgo } from './time.ts';

export interface Field<Row> {
  /** As in JSON and --fields; of a part of a value with a dot, `requester.email`. */
  name: string;
  /** The value in JSON. */
  value(row: Row): unknown;
  /** Heading of the column; the name in capitals where absent. */
  heading?: string;
  /** What a terminal shows instead of the value: `3h ago`. */
  brief?(row: Row, now: Date): string;
  /** What a terminal shows where not even that fits. */
  short?(row: Row, now: Date): string;
  style?(row: Row): Style | null;
  /** Columns to which a terminal may squeeze it; absent: never. */
  minWidth?: number;
}

/** A field whose value is a time: relative in a terminal. */
export function timeField<Row>(name: string, value: (row: Row) => Timestamp | null): Field<Row> {
  return {
    name,
    value,
    brief: (row, now) => {
      const at = value(row);
      return at === null ? '' : formatAgo(at, now);
    },
  };
}

/** The fields that `names` picks, in that order; a UsageError lists the known ones where one is unknown. */
export function pickFields<Row>(fields: ReadonlyArray<Field<Row>>, names: readonly string[]): Array<Field<Row>> {
  return names.map((name) => {
    const field = fields.find((known) => known.name === name);
    if (!field) {
      throw new UsageError(
        `unknown field ${JSON.stringify(name)}\nknown fields: ${fields.map((f) => f.name).join(', ')}`,
      );
    }
    return field;
  });
}

/** A value as the text of one cell: '' for null, people by name and address, lists with commas; not yet made safe. */
export function cellText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value.join(',');
  if (isAgent(value)) return value.login;
  if (isPerson(value)) return formatPerson(value);
  // Escaped as JSON has it: shown as in a text (`\x7f`) it would be no JSON any more.
  return safeJson(value);
}

function isPerson(value: unknown): value is Person {
  return typeof value === 'object' && value !== null && 'name' in value && 'email' in value;
}

function isAgent(value: unknown): value is Agent {
  return isPerson(value) && 'login' in value && typeof value.login === 'string';
}
