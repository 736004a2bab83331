// Pieces that several queries share, in SQL of every dialect.

import { type RawBuilder, sql } from 'kysely';

/** The column equals the text without regard to case (of ASCII letters in SQLite, as in its indexes on lower()). */
export function lowerEquals(column: string, text: string | RawBuilder<string>): RawBuilder<boolean> {
  return sql<boolean>`lower(${sql.ref(column)}) = lower(${text})`;
}

/** `items` in runs of at most `size`: a query takes a bounded list of values. */
export function* inChunks<List extends Sliceable<List>>(items: List, size = 500): Generator<List> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}

interface Sliceable<List> {
  length: number;
  slice(start: number, end: number): List;
}

/** The columns that say who owes the next word since when: always written together. */
export function waiting(on: 'staff' | 'client' | null, since: string) {
  const rank = on === 'staff' ? 0 : on === 'client' ? 1 : 2;
  return { waiting_on: on, waiting_rank: rank, waiting_since: on === null ? null : since };
}
