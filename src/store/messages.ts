// Raw messages, kept once each by their hash, and the msg-ids by which later mail finds its ticket.

import { constants, gunzipSync, gzipSync } from 'node:zlib';
import type { Timestamp } from '../domain/ticket.ts';
import { inChunks } from './conditions.ts';
import type { Database } from './database.ts';
import type { MailKind } from './schema.ts';

export { getEntry, listAttachments, type StoredAttachment, type StoredEntry } from './entries.ts';

/** Above this many bytes speed counts more than the last percents. */
const fastAboveBytes = 1024 * 1024;

/** Stores the bytes, if they are not there yet, and returns the id of the row. `sha256` is theirs, in lower-case hex. */
export async function putRawMessage(db: Database, bytes: Buffer, sha256: string, now: Timestamp): Promise<number> {
  const known = await db.selectFrom('raw_message').select('id').where('sha256', '=', sha256).executeTakeFirst();
  if (known) return known.id;
  const row = await db
    .insertInto('raw_message')
    .values({ sha256, size: bytes.length, ...packBytes(bytes), created_at: now })
    .returning('id')
    .executeTakeFirstOrThrow();
  return row.id;
}

/** The true bytes. Throws where there is no such row. */
export async function getRawMessage(db: Database, id: number): Promise<Buffer> {
  const query = db.selectFrom('raw_message').select(['encoding', 'bytes']).where('id', '=', id);
  const row = await query.executeTakeFirstOrThrow();
  return row.encoding === 'gzip' ? gunzipSync(row.bytes) : Buffer.from(row.bytes);
}

/** As raw messages are kept: compressed where that saves a tenth. */
export function packBytes(bytes: Buffer): { encoding: 'identity' | 'gzip'; bytes: Buffer } {
  const level = bytes.length > fastAboveBytes ? constants.Z_BEST_SPEED : 6;
  const packed = gzipSync(bytes, { level });
  return packed.length <= bytes.length * 0.9 ? { encoding: 'gzip', bytes: packed } : { encoding: 'identity', bytes };
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

export async function addReference(db: Database, reference: Reference): Promise<void> {
  await db
    .insertInto('reference')
    .values({
      message_id: reference.messageId,
      ticket_id: reference.ticketId,
      entry_id: reference.entryId,
      kind: reference.kind,
      sent_to: reference.sentTo.length > 0 ? reference.sentTo.join(',') : null,
      mail_kind: reference.mailKind,
    })
    .execute();
}

/** What is known of these msg-ids, oldest first; the same id may stand for several (anybody can reuse theirs). */
export async function findReferences(
  db: Database,
  messageIds: readonly string[],
): Promise<Array<Reference & { ticketNumber: string }>> {
  const found: Array<Reference & { ticketNumber: string }> = [];
  for (const ids of inChunks([...new Set(messageIds)])) {
    const rows = await db
      .selectFrom('reference')
      .innerJoin('ticket', 'ticket.id', 'reference.ticket_id')
      .selectAll('reference')
      .select('ticket.number')
      .where('reference.message_id', 'in', ids)
      .orderBy('reference.id')
      .limit(1000)
      .execute();
    for (const row of rows) {
      found.push({
        messageId: row.message_id,
        ticketId: row.ticket_id,
        ticketNumber: row.number,
        entryId: row.entry_id,
        kind: row.kind,
        sentTo: row.sent_to?.split(',') ?? [],
        mailKind: row.mail_kind,
      });
    }
  }
  return found;
}
