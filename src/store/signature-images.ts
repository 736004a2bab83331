// Images that the same sender has sent before: part of their signature, or of a history that is quoted again.

import { sql } from 'kysely';
import { isSmallInlineImage } from '../domain/message.ts';
import { lowerEquals } from './conditions.ts';
import type { Database } from './database.ts';

/** Marks those images of an entry as signature images that came with an earlier entry of that author. True if any was. */
export async function markRepeatedImages(db: Database, entryId: number, authorEmail: string): Promise<boolean> {
  const images = await db
    .selectFrom('attachment')
    .select(['id', 'sha256', 'content_type', 'size'])
    .where('entry_id', '=', entryId)
    // A literal: an index on a part of a table is used only where the query says the same.
    .where('inline', '=', sql.lit(1))
    .where('signature', '=', 0)
    .limit(50)
    .execute();
  let marked = false;
  for (const { id, sha256, content_type: contentType, size } of images) {
    if (
      !isSmallInlineImage({ contentType, size, inline: true }) ||
      !(await cameBefore(db, sha256, entryId, authorEmail))
    )
      continue;
    await db.updateTable('attachment').set({ signature: 1 }).where('id', '=', id).execute();
    marked = true;
  }
  return marked;
}

async function cameBefore(db: Database, sha256: string, entryId: number, authorEmail: string): Promise<boolean> {
  const row = await db
    .selectFrom('attachment')
    .innerJoin('entry', 'entry.id', 'attachment.entry_id')
    .select('attachment.id')
    .where('attachment.sha256', '=', sha256)
    .where('attachment.inline', '=', sql.lit(1))
    .where('entry.id', '<', entryId)
    .where(lowerEquals('entry.author_email', authorEmail))
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}
