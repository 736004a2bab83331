// A ticket that staff opens for a client.

import type { MailboxConfig } from '../config/config.ts';
import type { Person } from '../domain/ticket.ts';
import { isUnreachable } from '../store/bounced.ts';
import type { Database } from '../store/database.ts';
import { addFirstEntry, createTicket } from '../store/tickets.ts';
import { type NotifyDeps, queueAutoReply } from './notify.ts';

export interface TicketRequest {
  requester: Person;
  subject: string;
  text: string;
  /** The login of who opens it. */
  by: string;
  /** Whether the client gets the automatic reply; one whose mail bounced gets none all the same, until they write. */
  reply: boolean;
}

/** Gives the new ticket, and the outbox id of the automatic reply if there is one. */
export async function openTicket(
  trx: Database,
  deps: NotifyDeps & { mailbox: MailboxConfig },
  request: TicketRequest,
): Promise<{ ticket: { id: number; number: string }; outboxIds: number[] }> {
  const { requester, subject, text, by } = request;
  const { mailbox, config } = deps;
  const now = deps.now().toISOString();
  const referenceId = deps.newReference(mailbox);
  const ticket = await createTicket(
    trx,
    {
      prefix: config.tickets.prefix,
      subject,
      priority: config.tickets.defaultPriority,
      category: mailbox.category,
      requester,
      cc: [],
      language: 'en',
      mailbox: mailbox.name,
      referenceId,
      withEntry: true,
      waitingOn: 'staff',
      by,
    },
    now,
  );
  const entry = await addFirstEntry(
    trx,
    {
      ticketId: ticket.id,
      type: 'email',
      author: requester,
      agentId: null,
      body: text,
      fullBody: text,
      signature: null,
      subject,
      messageId: null,
      automatic: false,
      verified: null,
      rawMessageId: null,
      attachments: [],
    },
    now,
  );
  const reply = request.reply && !(await isUnreachable(trx, requester.email));
  const opened = {
    ...ticket,
    entryId: entry.id,
    subject,
    requester,
    referenceId,
    lastClientMessageId: null,
    references: [],
  };
  const outboxIds = reply ? await queueAutoReply(trx, deps, mailbox, opened) : [];
  return { ticket, outboxIds };
}
