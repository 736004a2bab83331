// Tickets for tests of commands, written through the store as the pipelines do.

import { createHash } from 'node:crypto';
import type { MessageAttachment } from '../../src/domain/message.ts';
import type { Person, Priority } from '../../src/domain/ticket.ts';
import { type Database, transaction } from '../../src/store/database.ts';
import { putRawMessage } from '../../src/store/messages.ts';
import { packMessage } from '../../src/store/pack.ts';
import { addEntry, createTicket, type NewEntry } from '../../src/store/tickets.ts';

export interface TicketSeed {
  subject?: string;
  priority?: Priority;
  requester?: Person;
  at?: string;
  body?: string;
  raw?: Buffer;
  attachments?: MessageAttachment[];
  entry?: Partial<NewEntry>;
}

/** A ticket with the mail that opened it. */
export async function seedTicket(
  db: Database,
  seed: TicketSeed = {},
): Promise<{ id: number; number: string; entryId: number }> {
  const at = seed.at ?? '2026-11-22T09:00:00.000Z';
  const requester = seed.requester ?? { name: 'Ann Lee', email: 'ann@example.com' };
  return transaction(db, async (trx) => {
    const ticket = await createTicket(
      trx,
      {
        prefix: 'TKT',
        subject: seed.subject ?? "Can't login to account",
        priority: seed.priority ?? 'medium',
        category: 'support',
        requester,
        cc: [],
        language: 'en',
        mailbox: 'default',
        referenceId: `ticket-${at}@example.com`,
        waitingOn: 'staff',
        by: requester.email,
      },
      at,
    );
    const rawMessageId = seed.raw ? await putRawMessage(trx, packMessage(seed.raw), at) : null;
    const body = seed.body ?? 'The reset link does not work.';
    const { id: entryId } = await addEntry(
      trx,
      {
        ticketId: ticket.id,
        type: 'email',
        author: requester,
        agentId: null,
        body,
        fullBody: `${body}\n\n> what was quoted`,
        signature: 'Ann Lee, Example Ltd',
        subject: seed.subject ?? "Can't login to account",
        messageId: 'first@example.com',
        automatic: false,
        verified: null,
        rawMessageId,
        attachments: seed.attachments ?? [],
        ...seed.entry,
      },
      at,
    );
    return { ...ticket, entryId };
  });
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
