import { expect, test } from 'vitest';
import { parseTicketRef, type TicketRef } from '../../src/domain/ticket-ref.ts';

const cases: Array<[text: string, expected: TicketRef | null]> = [
  ['TKT-2026-00042', { year: 2026, seq: 42 }],
  ['tkt-2026-42', { year: 2026, seq: 42 }],
  ['Tkt-2026-100000', { year: 2026, seq: 100_000 }],
  ['#TKT-2026-00042', { year: 2026, seq: 42 }],
  ['2026-42', { year: 2026, seq: 42 }],
  [' 42 ', { seq: 42 }],
  ['#42', { seq: 42 }],
  ['00042', { seq: 42 }],
  ['', null],
  ['#', null],
  ['##42', null],
  ['0', null],
  ['-1', null],
  ['4.2', null],
  ['1e3', null],
  ['٤٢', null],
  ['abc', null],
  ['TKT', null],
  ['TKT-42', null],
  ['TKT-2026', null],
  ['TKT-2026-', null],
  ['TKT-2026-0', null],
  ['TKT-2026-42-1', null],
  ['TKT-20260-42', null],
  ['ABC-2026-42', null],
  ['9'.repeat(40), null],
];

test.each(cases)('%j names a ticket as %j', (text, expected) => {
  expect(parseTicketRef(text, 'TKT')).toEqual(expected);
});

test('a prefix may have a hyphen and any case', () => {
  expect(parseTicketRef('help-desk-2026-7', 'Help-DESK')).toEqual({ year: 2026, seq: 7 });
  expect(parseTicketRef('desk-2026-7', 'Help-DESK')).toBeNull();
});
