// What was derived from the raw message of an entry, replaced when a newer tkt reads it again.

import { isDeepStrictEqual } from 'node:util';
import type { MessageAttachment } from '../domain/message.ts';
import type { Database } from './database.ts';
import { attachmentRow } from './entries.ts';

/** What is derived from the message of an entry that came by mail. */
export interface DerivedText {
  body: string;
  fullBody: string;
  signature: string | null;
  subject: string;
  automatic: boolean;
  /** In the order of the raw message. */
  attachments: readonly MessageAttachment[];
}

/** Ids of entries that came as mail from clients, ascending from above `after`. */
export async function findMailEntryIds(
  db: Database,
  { after, ticketIds, limit }: { after: number; ticketIds: readonly number[] | null; limit: number },
): Promise<number[]> {
  let query = db
    .selectFrom('entry')
    .select('id')
    .where('type', '=', 'email')
    .where('raw_message_id', 'is not', null)
    .where('id', '>', after);
  if (ticketIds) query = query.where('ticket_id', 'in', [...ticketIds]);
  return (await query.orderBy('id').limit(limit).execute()).map(({ id }) => id);
}

/** True when something is different now. Attachments keep their ids by position. */
export async function replaceText(db: Database, entryId: number, text: DerivedText): Promise<boolean> {
  const row = {
    body: text.body,
    full_body: text.fullBody,
    signature: text.signature,
    subject: text.subject,
    automatic: text.automatic ? 1 : 0,
  };
  const before = await db
    .selectFrom('entry')
    .select(['body', 'full_body', 'signature', 'subject', 'automatic'])
    .where('id', '=', entryId)
    .executeTakeFirstOrThrow();
  const changed = !isDeepStrictEqual({ ...before }, row);
  if (changed) await db.updateTable('entry').set(row).where('id', '=', entryId).execute();
  return (await replaceAttachments(db, entryId, text.attachments)) || changed;
}

async function replaceAttachments(
  db: Database,
  entryId: number,
  attachments: readonly MessageAttachment[],
): Promise<boolean> {
  const before = await db
    .selectFrom('attachment')
    .select(['position', 'filename', 'content_type', 'size', 'sha256', 'content_id', 'inline', 'signature'])
    .where('entry_id', '=', entryId)
    .orderBy('position')
    .execute();
  // That an image came before stays true; whether it is in the signature is read anew.
  const isKnown = (position: number, sha256: string): boolean =>
    before.some((row) => row.position === position && row.sha256 === sha256 && row.signature === 1);
  const rows = attachments.map((attachment, position) => {
    const signature = attachment.signature === true || isKnown(position, attachment.sha256);
    return attachmentRow({ ...attachment, signature }, position);
  });
  const same = isDeepStrictEqual(
    before.map((row) => ({ ...row })),
    rows,
  );
  if (same) return false;
  for (const row of rows) {
    const { position: _, ...values } = row;
    await db
      .insertInto('attachment')
      .values({ entry_id: entryId, ...row })
      .onConflict((conflict) => conflict.columns(['entry_id', 'position']).doUpdateSet(values))
      .execute();
  }
  await db.deleteFrom('attachment').where('entry_id', '=', entryId).where('position', '>=', rows.length).execute();
  return true;
}
