import { expect, test } from 'vitest';

import { findTicketNumbers, stripReplyPrefixes } from '../../src/text/subject.ts';

test.each([
  ['Re: Printer broken', 'Printer broken'],
  ['RE: Re: re: Printer broken', 'Printer broken'],
  ['Fwd: Re: Printer broken', 'Printer broken'],
  ['Re[2]: Printer broken', 'Printer broken'],
  ['Re(3): Printer broken', 'Printer broken'],
  ['AW: WG: Drucker kaputt', 'Drucker kaputt'],
  ['SV: VS: Skrivaren', 'Skrivaren'],
  ['Odp: PD: Drukarka', 'Drukarka'],
  ['TR: RE : Imprimante', 'Imprimante'],
  ['RV: Impresora', 'Impresora'],
  ['YNT: Yazıcı', 'Yazıcı'],
  ['回复：打印机', '打印机'],
  ['答复: 转发: 打印机', '打印机'],
  ['Отв: Принтер', 'Принтер'],
  ['Re: [EXTERNAL] Re: Printer', 'Printer'],
  ['Re:', ''],
  ['Regarding: the printer', 'Regarding: the printer'],
  ['Reminder: pay', 'Reminder: pay'],
  ['Printer: re: toner', 'Printer: re: toner'],
  ['[list] Re: Printer', '[list] Re: Printer'],
  ['', ''],
])('stripReplyPrefixes: %j is %j', (subject, expected) => {
  expect(stripReplyPrefixes(subject)).toBe(expected);
});

test.each([
  ['[TKT-2026-00042] Hello', ['TKT-2026-42']],
  ['Re: [tkt-2026-42] Hello', ['TKT-2026-42']],
  ['TKT-2026-100000', ['TKT-2026-100000']],
  ['TKT-2026-00042 and HELP2-2025-00007', ['TKT-2026-42', 'HELP2-2025-7']],
  ['TKT-2026-00042 TKT-2026-42', ['TKT-2026-42']],
  ['about TKT-2026-00042.', ['TKT-2026-42']],
  ['XTKT-2026-00042', ['XTKT-2026-42']],
  ['ÜTKT-2026-00042', []],
  ['2TKT-2026-00042', []],
  ['ABCDEFGHIJKLMNOPQ-2026-00042', []],
  ['TKT-2026-00042a', []],
  ['TKT-2026-00042-7', []],
  ['TKT-12026-1', []],
  ['TKT-2026-0', []],
  ['TKT 2026 42', []],
  ['', []],
])('findTicketNumbers in %j', (subject, expected) => {
  expect(findTicketNumbers(subject).map(({ prefix, year, seq }) => `${prefix}-${year}-${seq}`)).toEqual(expected);
});

test('a number behind the first 1,000 characters is not read', () => {
  expect(findTicketNumbers(`${'x '.repeat(500)}TKT-2026-00042`)).toEqual([]);
});
