// Area `threads` of the corpus: the mails of a case delivered in order into an empty database, by the code that intake runs.

import type { Config, MailboxConfig } from '../src/config/config.ts';
import { notifyDeps } from '../src/pipeline/notify.ts';
import { type RecordDeps, recordMessage } from '../src/pipeline/record.ts';
import { understand } from '../src/pipeline/understand.ts';
import { closeDatabase, openMemoryDatabase, transaction } from '../src/store/database.ts';

const mailbox: MailboxConfig = {
  name: 'default',
  address: 'support@tkt.test',
  displayName: '',
  imap: null,
  smtp: null,
  category: 'support',
};

const config: Config = {
  path: null,
  enabled: true,
  checkInterval: 300,
  database: ':memory:',
  mailboxes: [mailbox],
  limits: { maxMessageBytes: 26_214_400, autoRepliesPerHour: 5, autoRepliesPerSweep: 100, messageSeconds: 20 },
  strangers: 'new',
  plusAddressing: false,
  automaticMail: 'ticket',
  reopenOnReply: true,
  trustedAuthservId: null,
  tickets: { prefix: 'TKT', defaultPriority: 'medium', defaultCategory: 'support' },
  ticketUrl: null,
  log: { format: 'text' },
};

/** Which mails came to be one ticket: groups of indexes into `mails`, ascending. Mails that make no ticket are in none. */
export async function groupIntoTickets(mails: readonly Buffer[]): Promise<number[][]> {
  const now = () => new Date();
  const db = await openMemoryDatabase(now);
  try {
    const { randomBytes } = await import('node:crypto');
    const notify = await notifyDeps(db, { config, now, randomBytes: (count) => randomBytes(count) });
    const own = { addresses: [mailbox.address], instance: notify.instance };
    const tickets = new Map<string, number[]>();
    for (const [index, raw] of mails.entries()) {
      const reading = await understand(raw, own);
      const { number } = await transaction(db, (trx) => {
        const deps: RecordDeps = { ...notify, db: trx, mailbox, sweep: { autoReplies: 0 } };
        return recordMessage(trx, deps, { raw, reading, location: null, releases: null });
      });
      if (number !== null) tickets.set(number, [...(tickets.get(number) ?? []), index]);
    }
    return [...tickets.values()];
  } finally {
    await closeDatabase(db);
  }
}
