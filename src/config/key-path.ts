// The place of a value in the configuration, and what is said about it.

/** `['mailboxes', 0, 'imap', 'port']`, which messages call `mailboxes[0].imap.port`. */
export type KeyPath = ReadonlyArray<string | number>;

/** A mistake in one key. */
export interface Problem {
  path: KeyPath;
  text: string;
}

/** `['mailboxes', 0, 'imap', 'port']` as `mailboxes[0].imap.port`. */
export function formatKey(path: KeyPath): string {
  return path.reduce<string>((key, part) => {
    if (typeof part === 'number') return `${key}[${part}]`;
    return key === '' ? part : `${key}.${part}`;
  }, '');
}
