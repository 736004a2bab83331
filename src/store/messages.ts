// Raw messages, and the msg-ids by which later mail finds its ticket.

import { type Selectable, sql } from 'kysely';
import type { Timestamp } from '../domain/ticket.ts';
import type { Database } from './database.ts';
import { type PackedMessage, unpackBytes } from './pack.ts';
import { readRow } from './read-rows.ts';
import type { MailKind, RawMessageTable, ReferenceTable } from './schema.ts';
import { insertion, statement } from './statement.ts';

export { getEntry, listAttachments, type StoredAttachment, type StoredEntry } from './entries.ts';

const insertRawMessage = insertion('raw_message', ['sha256', 'size', 'encoding', 'created_at', 'bytes']);

/** Stores a message, and returns the id of the row. */
export async function putRawMessage(db: Database, message: PackedMessage, now: Timestamp): Promise<number> {
  return insertRawMessage(db, { ...message, created_at: now });
}

/** The true bytes. Throws where there is no such row. */
export async function getRawMessage(db: Database, id: number): Promise<Buffer> {
  const text = 'select encoding, bytes from raw_message where id = ?';
  const row = await readRow<Pick<RawMessageTable, 'encoding' | 'bytes'>>(db, text, [id]);
  if (!row) throw new Error(`there is no raw message ${id}`);
  return unpackBytes(row);
}

/** A msg-id that belongs to a ticket. All ids are without angle brackets. */
export interface Reference {
  messageId: string;
  ticketId: number;
  entryId: number | null;
  /** `ours`: we made the id, nobody can guess it. `theirs`: it came on a mail. */
  kind: 'ours' | 'theirs';
  /** To whom a mail of ours went; [] for theirs. */
  sentTo: string[];
  /** What a mail of ours was for; null for theirs. */
  mailKind: MailKind | null;
}

const insertReference = insertion('reference', [
  ...(['message_id', 'ticket_id', 'entry_id', 'kind', 'sent_to', 'mail_kind'] as const),
]);

export async function addReference(db: Database, reference: Reference): Promise<void> {
  await insertReference(db, {
    message_id: reference.messageId,
    ticket_id: reference.ticketId,
    entry_id: reference.entryId,
    kind: reference.kind,
    sent_to: reference.sentTo.length > 0 ? reference.sentTo.join(',') : null,
    mail_kind: reference.mailKind,
  });
}

const selectReferences = statement<{ messageId: string }, Selectable<ReferenceTable>>((db, { messageId }) =>
  db
    .selectFrom('reference')
    .selectAll()
    .where('message_id', '=', messageId)
    .orderBy('id')
    .limit(sql.lit(1000))
    .compile(),
);
const selectNumber = statement<{ id: number }, { number: string }>((db, { id }) =>
  db.selectFrom('ticket').select('number').where('id', '=', id).compile(),
);

/** What is known of these msg-ids, of each oldest first; the same id may stand for several (anybody can reuse theirs). */
export async function findReferences(
  db: Database,
  messageIds: readonly string[],
): Promise<Array<Reference & { ticketNumber: string }>> {
  const found: Array<Reference & { ticketNumber: string }> = [];
  for (const messageId of new Set(messageIds)) {
    for (const row of await selectReferences.all(db, { messageId })) {
      found.push({
        messageId: row.message_id,
        ticketId: row.ticket_id,
        ticketNumber: (await selectNumber.one(db, { id: row.ticket_id })).number,
        entryId: row.entry_id,
        kind: row.kind,
        sentTo: row.sent_to?.split(',') ?? [],
        mailKind: row.mail_kind,
      });
    }
  }
  return found;
}
