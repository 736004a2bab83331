// How people name tickets on the command line (CONTRACT §1).

/** A ticket as somebody wrote it: by its whole number, or by the last part alone. */
export interface TicketRef {
  year?: number;
  seq: number;
}

/**
 * Reads `TKT-2026-00042` in any case, `tkt-2026-42`, `2026-42`, `42` or `#42`; null for anything else.
 * `prefix` is that of the installation's numbers.
 */
export function parseTicketRef(text: string, prefix: string): TicketRef | null {
  const parts = text.trim().toLowerCase().replace(/^#/, '').split('-');
  const head = prefix.toLowerCase().split('-');
  const named = parts.length === head.length + 2 && head.every((part, index) => parts[index] === part);
  const [first, second, ...rest] = named ? parts.slice(head.length) : parts;
  const year = second === undefined ? undefined : parseDigits(first, 4);
  const seq = parseDigits(second ?? first, 15);
  if (rest.length > 0 || seq === null || seq === 0 || year === null) return null;
  return year === undefined ? { seq } : { year, seq };
}

function parseDigits(text: string | undefined, most: number): number | null {
  return text !== undefined && text.length <= most && /^[0-9]+$/.test(text) ? Number(text) : null;
}
