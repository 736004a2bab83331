// Derives the text of stored messages again. Outcomes, numbers and threads stay as they were decided.

import type { MailAddress } from '../domain/message.ts';
import type { Database } from '../store/database.ts';
import { transaction } from '../store/database.ts';
import { getEntry } from '../store/entries.ts';
import { type DerivedText, findMailEntryIds, replaceText } from '../store/entry-text.ts';
import { getRawMessage } from '../store/messages.ts';
import type { Reader } from './guard.ts';
import type { Understood } from './understand.ts';

export interface ReparseDeps {
  db: Database;
  reader: Reader;
  signal: AbortSignal;
}

/** @param ticketIds only these; null for all. A message that cannot be read now keeps the text it has. */
export async function reparseEntries(
  { db, reader, signal }: ReparseDeps,
  ticketIds: readonly number[] | null,
): Promise<{ read: number; changed: number }> {
  const result = { read: 0, changed: 0 };
  let after = 0;
  for (;;) {
    const ids = await findMailEntryIds(db, { after, ticketIds, limit: 50 });
    for (const id of ids) {
      if (signal.aborted) return result;
      const entry = await getEntry(db, id);
      if (entry.rawMessageId === null) continue;
      const reading = await reader.read(await getRawMessage(db, entry.rawMessageId));
      result.read++;
      if ('unreadable' in reading) continue;
      const changed = await transaction(db, (trx) => replaceText(trx, id, derive(reading, entry.author.email)));
      if (changed) result.changed++;
    }
    const last = ids.at(-1);
    if (last === undefined) return result;
    after = last;
  }
}

/** The mail itself, or the one in it where the entry is of a client whose mail an agent forwarded. */
function derive({ message, text, classification, original }: Understood, author: string): DerivedText {
  const isAuthor = ({ address }: MailAddress) => address.toLowerCase() === author.toLowerCase();
  const isForwarded = original !== null && isAuthor(original.from) && !message.from.some(isAuthor);
  const source = isForwarded ? original : { text, subject: message.subject, classification };
  return {
    ...source.text,
    subject: source.subject,
    automatic: source.classification.automatic,
    attachments: message.attachments,
  };
}
