// Arguments that are ids of rows: of the outbox, of the quarantine.

import { UsageError } from '../errors.ts';

/** The ids, each once, in the order given; `7` or `#7`. Throws UsageError for anything else. */
export function readIds(texts: readonly string[]): number[] {
  return [...new Set(texts.map(readId))];
}

export function readId(text: string): number {
  const id = /^#?(\d{1,15})$/.exec(text)?.[1];
  if (id === undefined)
    throw new UsageError(`${JSON.stringify(text)} is no id: expected a number, as the list shows it`);
  return Number(id);
}
