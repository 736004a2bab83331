// What writing mail needs of the installation. In a file of its own: who has nothing to write loads nothing that writes.

import type { Config, MailboxConfig } from '../config/config.ts';
import { domainOf, newTicketReference, type RandomBytes } from '../domain/message-id.ts';
import type { Database } from '../store/database.ts';
import { getMeta } from '../store/meta.ts';

/** What writing mail needs besides the transaction. */
export interface NotifyDeps {
  config: Config;
  now(): Date;
  randomBytes: RandomBytes;
  /** Value of X-Tkt-Loop. */
  instance: string;
  /** Signs plus-addresses. */
  plusSecret: string;
  /** The constant reference for a new ticket of that mailbox. */
  newReference(mailbox: MailboxConfig): string;
}

/** The same, with what the database knows of the installation. */
export async function notifyDeps(
  db: Database,
  parts: Pick<NotifyDeps, 'config' | 'now' | 'randomBytes'>,
): Promise<NotifyDeps> {
  return {
    config: parts.config,
    now: parts.now,
    randomBytes: parts.randomBytes,
    instance: await getMeta(db, 'instance'),
    plusSecret: await getMeta(db, 'plus-secret'),
    newReference: (mailbox) => newTicketReference(parts.randomBytes, domainOf(mailbox.address)),
  };
}
