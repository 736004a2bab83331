// Who is named in a quoted header or an attribution line: `John Doe <john@example.com>`, `John Doe [mailto:…]`, `John Doe`.

import type { MailAddress } from './message.ts';

const address =
  /[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,64}(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,64}){0,10}@[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63}){1,10}/i;

/** The person of a From line. `address` is '' where only a name stands there (Outlook inside one company). Null for nothing. */
export function readPerson(value: string): MailAddress | null {
  const text = value
    .slice(0, 1_000)
    .replace(/\[mailto:([^\]]{1,300})\]/i, '<$1>')
    .replace(/<mailto:/gi, '<');
  const match = text.includes('@') ? address.exec(text) : null;
  if (match === null) {
    const name = cleanName(text);
    return name === '' ? null : { name, address: '' };
  }
  const at = match[0].lastIndexOf('@');
  const found = `${match[0].slice(0, at)}@${match[0].slice(at + 1).toLowerCase()}`;
  const name = cleanName(text.slice(0, match.index));
  return { name: name.toLowerCase() === found.toLowerCase() ? '' : name, address: found };
}

function cleanName(text: string): string {
  const bare = text
    .replace(/[<([{][^\p{L}\p{N}]*$/u, '')
    .replace(/[*_]{1,3}/g, '')
    .replace(/\s+/g, ' ')
    .replace(/^[\s"“”„«»'‘’,;:]+|[\s"“”„«»'‘’,;:<(]+$/gu, '');
  return bare.length <= 200 ? bare : bare.slice(0, 200);
}

// Words between the date and the name: `am`, `GMT+1`, `użytkownik`, `schrieb`, `from`.
const notName =
  /^(?:at|am|pm|um|uhr|utc|gmt|cest?|e[ds]t|p[ds]t|klo|kl|skrev|schrieb|schreef|heeft|użytkownik|používateľ|uživatel|von|from|от|af|av|fra|за|пользователь|користувач|wrote|by|г|р|в|о|à|a|o|[+-]?\d{1,4})$/i;

/** The person that an attribution line names: the words before the address, behind the date. */
export function readAttributed(text: string): MailAddress | null {
  const person = readPerson(text);
  if (person === null || person.address === '') return null;
  const head = text
    .slice(0, text.toLowerCase().indexOf(person.address.toLowerCase()))
    .replace(/[<([\s]+(?:mailto:)?$/i, '');
  const quoted = /["“„«]([^"”“«»]{1,200})["”»]\s*$/.exec(head);
  if (quoted?.[1] !== undefined) return { ...person, name: quoted[1].trim() };
  const words = (head.split(/[,:،、，]/).at(-1) ?? '').trim().split(/\s+/);
  while (words.length > 0 && (notName.test((words[0] ?? '').replace(/\.$/, '')) || /\d/.test(words[0] ?? '')))
    words.shift();
  return { ...person, name: cleanName(words.join(' ')) };
}
