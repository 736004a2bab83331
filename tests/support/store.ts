// A real database in a temp folder, migrated by the real migrations, and the plainest rows to begin with.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Person } from '../../src/domain/ticket.ts';
import { closeDatabase, type Database, openDatabase } from '../../src/store/database.ts';
import type { NewEntry, NewTicket } from '../../src/store/tickets.ts';

export interface TestStore {
  db: Database;
  path: string;
  /** Removed by `close`, with all that is in it. */
  folder: string;
  close(): Promise<void>;
}

export const noon = '2026-11-22T12:00:00.000Z';

export async function openTestStore(): Promise<TestStore> {
  const folder = tempFolder();
  const path = join(folder, 'tkt.db');
  const db = await openDatabase({ path, now: () => new Date(noon) });
  const close = async () => {
    await closeDatabase(db);
    rmSync(folder, { recursive: true, force: true });
  };
  return { db, path, folder, close };
}

/** Runs `work` with a database of its own and clears it away, whatever happens. */
export async function withStore<T>(work: (store: TestStore) => Promise<T>): Promise<T> {
  const store = await openTestStore();
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

export function tempFolder(): string {
  return mkdtempSync(join(tmpdir(), 'tkt-store-'));
}

export const ann: Person = { name: 'Ann Lee', email: 'ann@example.com' };

export function newTicket(changes: Partial<NewTicket> = {}): NewTicket {
  return {
    prefix: 'TKT',
    subject: "Can't login to account",
    priority: 'medium',
    category: 'support',
    requester: ann,
    cc: [],
    language: 'en',
    mailbox: 'default',
    referenceId: 'ticket.1@example.com',
    waitingOn: 'staff',
    by: 'ann@example.com',
    ...changes,
  };
}

export function newEntry(ticketId: number, changes: Partial<NewEntry> = {}): NewEntry {
  return {
    ticketId,
    type: 'email',
    author: ann,
    agentId: null,
    body: 'The reset link does not work.',
    fullBody: 'The reset link does not work.\n\n> Have you tried it?',
    signature: null,
    subject: "Can't login to account",
    messageId: 'first@example.com',
    automatic: false,
    verified: null,
    rawMessageId: null,
    attachments: [],
    ...changes,
  };
}

/** `noon`, so many minutes later. */
export function minutesLater(minutes: number): string {
  return new Date(Date.parse(noon) + minutes * 60_000).toISOString();
}
