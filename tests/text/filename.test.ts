import { expect, test } from 'vitest';

import { inventFilename, safeFilename } from '../../src/text/filename.ts';

test.each([
  ['an ordinary name', 'report.pdf', 'report.pdf'],
  ['a name in another script', 'テスト 1.txt', 'テスト 1.txt'],
  ['a path', '/etc/passwd', 'passwd'],
  ['a path that climbs', '../../.ssh/authorized_keys', 'authorized_keys'],
  ['a path of Windows', 'C:\\temp\\a.txt', 'a.txt'],
  ['a folder', 'attach/01/', '01'],
  ['dots alone', '..', ''],
  ['a hidden file', '.htaccess', 'htaccess'],
  ['a hidden file behind a zero-width space', '\u200b.htaccess', 'htaccess'],
  ['line breaks', 'a\r\nb.pdf', 'a b.pdf'],
  ['a zero', 'a.pdf\u0000.exe', 'a.pdf.exe'],
  ['an extension turned round', 'photo\u202egpj.exe', 'photogpj.exe'],
  ['terminal escapes', '\u001b[2Ja.txt', '[2Ja.txt'],
  ['a slash that makes no path', 'Invoice 3 / 2026.pdf', 'Invoice 3 _ 2026.pdf'],
  ['marks that are allowed', 'Re: "a" & b?.txt', 'Re: "a" & b?.txt'],
  ['an option', '-rf', '_rf'],
  ['a device of Windows', 'con.txt', '_con.txt'],
  ['dots in a row', 'a....txt', 'a.txt'],
  ['blanks and dots at the ends', ' .a.txt. ', 'a.txt'],
  ['nothing', '', ''],
])('safeFilename of %s', (_name, name, expected) => {
  expect(safeFilename(name)).toBe(expected);
});

test.each([`${'a'.repeat(5_000)}.pdf`, `${'ü'.repeat(5_000)}.pdf`, `${'😀'.repeat(5_000)}.pdf`])(
  'a name of 5,000 characters keeps its extension: %#',
  (name) => {
    const safe = safeFilename(name);
    expect(Buffer.byteLength(safe)).toBeLessThanOrEqual(200);
    expect(safe).toMatch(/[^.]\.pdf$/);
    expect(safe).not.toMatch(/\p{Surrogate}/u);
  },
);

test.each([
  ['application/pdf', 'attachment-3.pdf'],
  ['image/jpeg', 'attachment-3.jpg'],
  ['image/webp', 'attachment-3.webp'],
  ['message/rfc822', 'attachment-3.eml'],
  ['text/x-log', 'attachment-3.txt'],
  ['application/x-unknown', 'attachment-3.bin'],
])('a nameless %s is called %s', (contentType, expected) => {
  expect(inventFilename(contentType, 3)).toBe(expected);
});
