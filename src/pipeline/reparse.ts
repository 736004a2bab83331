// Derives the text of stored messages again. Outcomes, numbers and threads stay as they were decided.

import type { Database } from '../store/database.ts';
import { transaction } from '../store/database.ts';
import { getEntry } from '../store/entries.ts';
import { findMailEntryIds, replaceText } from '../store/entry-text.ts';
import { getRawMessage } from '../store/messages.ts';
import type { Reader } from './guard.ts';

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
      const { text, message, classification } = reading;
      const changed = await transaction(db, (trx) =>
        replaceText(trx, id, {
          body: text.body,
          fullBody: text.fullBody,
          signature: text.signature,
          subject: message.subject,
          automatic: classification.automatic,
          attachments: message.attachments,
        }),
      );
      if (changed) result.changed++;
    }
    const last = ids.at(-1);
    if (last === undefined) return result;
    after = last;
  }
}
