// Mail taken in as poll takes it in, without a mail server: read, decided and recorded in a real database.

import { createHash, randomBytes } from 'node:crypto';
import type { Config } from '../../src/config/config.ts';
import type { TicketDetails } from '../../src/domain/ticket.ts';
import { type Explanation, explainMessage } from '../../src/pipeline/explain.ts';
import { ownIdentity } from '../../src/pipeline/facts.ts';
import { openReader } from '../../src/pipeline/guard.ts';
import { mailboxOf, notifyDeps } from '../../src/pipeline/notify.ts';
import { openTicket } from '../../src/pipeline/open-ticket.ts';
import { type Recorded, recordMessage } from '../../src/pipeline/record.ts';
import { reparseEntries } from '../../src/pipeline/reparse.ts';
import { addAgent } from '../../src/store/agents.ts';
import { type Database, transaction } from '../../src/store/database.ts';
import { findTicketId, getTicketDetails } from '../../src/store/tickets.ts';
import { deskConfig } from './desk-config.ts';
import { noon, openTestStore } from './store.ts';
import { mail } from './tkt.ts';

export interface Intake {
  db: Database;
  take(raw: string | Buffer): Promise<Recorded>;
  explain(raw: string | Buffer): Promise<Explanation>;
  /** A ticket that staff opens; gives outbox ids. */
  openFor(email: string): Promise<number[]>;
  /** The ticket whose number ends so. */
  show(seq: number): Promise<TicketDetails>;
  reparse(): Promise<{ read: number; changed: number }>;
  close(): Promise<void>;
}

/** With the agent john (john@example.com); `mx.example.com` is the authserv-id that is trusted. */
export async function openIntake(overrides: Partial<Config> = {}): Promise<Intake> {
  const store = await openTestStore();
  const { db } = store;
  const config = deskConfig(store.path, null, { config: { trustedAuthservId: 'mx.example.com', ...overrides } });
  const now = () => new Date(noon);
  const notify = await notifyDeps(db, { config, now, randomBytes });
  const mailbox = mailboxOf(config, 'default');
  const reader = openReader(ownIdentity(config, notify.instance), config.limits);
  const deps = { ...notify, db, mailbox, reader, sweep: { autoReplies: 0 } };
  await addAgent(db, { login: 'john', name: 'John Smith', email: 'john@example.com' }, noon);
  return {
    db,
    async take(raw) {
      const arrival = { ...(await reader.take(Buffer.from(raw))), location: null, releases: null };
      return transaction(db, (trx) => recordMessage(trx, { ...deps, db: trx }, arrival));
    },
    explain: (raw) => explainMessage(deps, Buffer.from(raw), { file: 'mail.eml' }),
    async openFor(email) {
      const request = { requester: { name: '', email }, subject: 'Phone', text: 'They rang.', by: 'john', reply: true };
      return (await transaction(db, (trx) => openTicket(trx, deps, request))).outboxIds;
    },
    async show(seq) {
      const found = await findTicketId(db, { seq });
      if (!found || !('id' in found)) throw new Error(`no ticket ${seq}`);
      return getTicketDetails(db, found.id, noon);
    },
    reparse: () => reparseEntries({ db, reader, signal: new AbortController().signal }, null),
    async close() {
      await reader.close();
      await store.close();
    },
  };
}

/** Runs `work` with an intake of its own and clears it away, whatever happens. */
export async function withIntake(overrides: Partial<Config>, work: (intake: Intake) => Promise<void>): Promise<void> {
  const intake = await openIntake(overrides);
  try {
    await work(intake);
  } finally {
    await intake.close();
  }
}

let written = 0;

/** A mail with its own Message-ID; from Ann to support unless `fields` say otherwise. */
export function letter(fields: Record<string, string> = {}, body = 'It does not work.\n'): string {
  written++;
  const defaults = {
    From: 'Ann Lee <ann@client.test>',
    To: 'support@example.com',
    Subject: 'Printer',
    'Message-ID': `<letter${written}@client.test>`,
  };
  return mail({ ...defaults, ...fields }, body);
}

export const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
