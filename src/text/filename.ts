// Names of attachments: whatever a sender wrote, made safe to show and to write into a folder of ours, and never empty
// (RELIABILITY §3 row 19: clean first, then check).

import { cut } from './charset.ts';

const maxBytes = 200;
const maxExtension = 20;

// Controls, line separators, bidirectional controls (a name that reads gpj.exe), and characters that nobody sees:
// FreeScout ran code from a name with a zero-width space before .htaccess.
const unseen =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;
// Windows opens a device for these, with any extension.
const device = /^(?:con|prn|aux|nul|com\d|lpt\d)(?=\.|$)/i;
// /etc/passwd ../../.ssh/id C:\temp\a.txt \\server\a.txt attach/01.pdf, but not `Invoice 3 / 2026.pdf`
const path = /^(?:[a-z]:)?[\\/.]|^[a-z]:|^[^\s\\/]*[\\/][^\s]/i;

/**
 * A safe name, otherwise as written: the last part of a path, without controls and invisible characters, at most 200 bytes
 * of UTF-8, no dot or space at either end. '' when nothing is left; then see `inventFilename`.
 */
export function safeFilename(name: string): string {
  const oneLine = name
    .replace(/[\r\n\t]+/g, ' ')
    .replace(unseen, '')
    .trim();
  const lastPart = path.test(oneLine) ? (oneLine.split(/[\\/]/).findLast((part) => part.trim() !== '') ?? '') : oneLine;
  const cleaned = lastPart
    .replace(/[\\/]/g, '_')
    .replace(/\.{2,}/g, '.')
    .replace(/^[\s.]+|[\s.]+$/g, '')
    // A file of the name -rf is an option to whoever types `rm *`.
    .replace(/^-/, '_');
  return shorten(device.test(cleaned) ? `_${cleaned}` : cleaned);
}

/** Keeps the extension, cuts the stem. */
function shorten(name: string): string {
  if (Buffer.byteLength(name) <= maxBytes) return name;
  const dot = name.lastIndexOf('.');
  const extension = dot > 0 && name.length - dot <= maxExtension ? name.slice(dot) : '';
  let stem = cut(name.slice(0, name.length - extension.length), maxBytes);
  while (Buffer.byteLength(stem) + Buffer.byteLength(extension) > maxBytes) stem = cut(stem, stem.length - 1);
  return stem.trimEnd() + extension;
}

const extensions = new Map<string, string>([
  ['application/pdf', 'pdf'],
  ['application/zip', 'zip'],
  ['application/x-zip-compressed', 'zip'],
  ['application/gzip', 'gz'],
  ['application/json', 'json'],
  ['application/xml', 'xml'],
  ['application/rtf', 'rtf'],
  ['application/msword', 'doc'],
  ['application/vnd.ms-excel', 'xls'],
  ['application/vnd.ms-powerpoint', 'ppt'],
  ['application/vnd.openxmlformats-officedocument.wordprocessingml.document', 'docx'],
  ['application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', 'xlsx'],
  ['application/vnd.openxmlformats-officedocument.presentationml.presentation', 'pptx'],
  ['application/vnd.oasis.opendocument.text', 'odt'],
  ['application/vnd.oasis.opendocument.spreadsheet', 'ods'],
  ['application/ms-tnef', 'dat'],
  ['application/pgp-signature', 'asc'],
  ['application/pgp-keys', 'asc'],
  ['application/pkcs7-signature', 'p7s'],
  ['application/x-pkcs7-signature', 'p7s'],
  ['application/pkcs7-mime', 'p7m'],
  ['application/x-pkcs7-mime', 'p7m'],
  ['audio/mpeg', 'mp3'],
  ['audio/wav', 'wav'],
  ['audio/x-wav', 'wav'],
  ['audio/ogg', 'ogg'],
  ['audio/amr', 'amr'],
  ['audio/mp4', 'm4a'],
  ['image/jpeg', 'jpg'],
  ['image/jpg', 'jpg'],
  ['image/pjpeg', 'jpg'],
  ['image/svg+xml', 'svg'],
  ['image/tiff', 'tif'],
  ['image/x-icon', 'ico'],
  ['image/x-png', 'png'],
  ['message/rfc822', 'eml'],
  ['message/global', 'eml'],
  ['message/delivery-status', 'txt'],
  ['message/disposition-notification', 'txt'],
  ['message/feedback-report', 'txt'],
  ['text/calendar', 'ics'],
  ['text/directory', 'vcf'],
  ['text/html', 'html'],
  ['text/markdown', 'md'],
  ['text/plain', 'txt'],
  ['text/rfc822-headers', 'txt'],
  ['text/vcard', 'vcf'],
  ['text/x-vcard', 'vcf'],
  ['video/mp4', 'mp4'],
  ['video/quicktime', 'mov'],
]);

// image/png, video/webm: the subtype is the extension.
const telling = /^(?:image|audio|video|text|font)\/([a-z0-9]{2,5})$/;

/** A name for the `number`th attachment of a message, which has none: `attachment-1.pdf`. */
export function inventFilename(contentType: string, number: number): string {
  const known = extensions.get(contentType) ?? telling.exec(contentType)?.[1];
  const extension = known ?? (/^(?:text|message)\//.test(contentType) ? 'txt' : 'bin');
  return `attachment-${number}.${extension}`;
}
