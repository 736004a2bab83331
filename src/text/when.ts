// WHEN of --since, --until and --updated-since (CONTRACT §2): an ISO date or time, or so long ago.

import type { Timestamp } from '../domain/ticket.ts';

const unitMs = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

// `90m`, `12h`, `7d`, `4w`
const agoPattern = /^(\d{1,6})([mhdw])$/i;
// `2026-11-22`, `2026-11-22T08:41`, `2026-11-22 08:41:07.123`, with `Z` or `+02:00`; without a zone it is UTC, as all that tkt prints.
const isoPattern = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?(Z|[+-]\d\d:?\d\d)?$/i;

/** What WHEN may be, for help and errors. */
export const whenFormats = 'an ISO date or time (2026-11-22, 2026-11-22T08:41Z), or 90m, 12h, 7d, 4w for so long ago';

/** The moment that `text` names, or undefined when it names none. A date alone is its first moment, or its last with `endOfDay`. */
export function parseWhen(text: string, now: Date, options?: { endOfDay: boolean }): Timestamp | undefined {
  const trimmed = text.trim();
  const ago = agoPattern.exec(trimmed);
  if (ago) {
    const unit = ago[2]?.toLowerCase() as keyof typeof unitMs;
    return toTimestamp(now.getTime() - Number(ago[1]) * unitMs[unit]);
  }
  const iso = isoPattern.exec(trimmed);
  if (!iso) return undefined;
  const [, date = '', time, seconds = '00', fraction = '', zone = 'Z'] = iso;
  if (!isRealDate(date)) return undefined;
  if (time === undefined) {
    if (iso[5] !== undefined) return undefined;
    return `${date}T${options?.endOfDay ? '23:59:59.999' : '00:00:00.000'}Z`;
  }
  const offset = zone.toUpperCase() === 'Z' ? 'Z' : `${zone.slice(0, 3)}:${zone.slice(-2)}`;
  return toTimestamp(Date.parse(`${date}T${time}:${seconds}.${fraction.slice(0, 3).padEnd(3, '0')}${offset}`));
}

// Date.parse takes 30 February for 2 March.
function isRealDate(date: string): boolean {
  const parsed = new Date(`${date}T00:00:00Z`);
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(date);
}

function toTimestamp(ms: number): Timestamp | undefined {
  const date = new Date(ms);
  const year = date.getUTCFullYear();
  return Number.isNaN(ms) || year < 0 || year > 9999 ? undefined : date.toISOString();
}
