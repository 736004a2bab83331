// Conditions that several queries share, in SQL of every dialect.

import { type RawBuilder, sql } from 'kysely';

/** The column equals the text without regard to case (of ASCII letters in SQLite, as in its indexes on lower()). */
export function lowerEquals(column: string, text: string): RawBuilder<boolean> {
  return sql<boolean>`lower(${sql.ref(column)}) = lower(${text})`;
}

/** `items` in runs of at most `size`: a query takes a bounded list of values. */
export function* inChunks<T>(items: readonly T[], size = 500): Generator<T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}
