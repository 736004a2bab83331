// A help desk in one process: a real database, an SMTP sink to send to, a ticket from Ann, and a clock that tests move.

import { randomBytes } from 'node:crypto';
import type { Config, MailboxConfig, SmtpConfig } from '../../src/config/config.ts';
import type { Log } from '../../src/context.ts';
import { openTransport } from '../../src/mail/send.ts';
import { type DeliverOptions, type DeliverReport, deliverDue } from '../../src/pipeline/deliver.ts';
import { addComment, mailboxOf, type NotifyDeps, notifyDeps, queueAutoReply } from '../../src/pipeline/notify.ts';
import type { DeliverDeps } from '../../src/pipeline/send-all.ts';
import { addAgent, type StoredAgent } from '../../src/store/agents.ts';
import { type Database, transaction } from '../../src/store/database.ts';
import { listDeliveries, type OutboxItem } from '../../src/store/outbox.ts';
import { addEntry, createTicket, getTicketFacts, type NewEntry, type NewTicket } from '../../src/store/tickets.ts';
import { deskConfig } from './desk-config.ts';
import { type SinkOptions, type SmtpSink, startSmtpSink } from './smtp-sink.ts';
import { newEntry, newTicket, noon, openTestStore } from './store.ts';

export interface Desk {
  db: Database;
  sink: SmtpSink;
  config: Config;
  deps: NotifyDeps & DeliverDeps;
  john: StoredAgent;
  /** `warn …` and `error …`, in order. */
  logged: string[];
  /** Moves the clock on. */
  pass(milliseconds: number): void;
  /** Aborts the signal. */
  interrupt(): void;
  /** A ticket with its first mail; gives both ids. */
  ticket(
    changes?: Partial<NewTicket>,
    entry?: Partial<NewEntry>,
  ): Promise<{ id: number; number: string; entryId: number }>;
  /** Queues an auto-reply on a ticket of its own to each address; gives outbox ids. */
  owe(...recipients: string[]): Promise<number[]>;
  /** Queues a comment of John's. */
  comment(ticketId: number, text?: string): Promise<number[]>;
  deliver(options?: DeliverOptions): Promise<DeliverReport>;
  outbox(): Promise<OutboxItem[]>;
  close(): Promise<void>;
}

export interface DeskOptions extends SinkOptions {
  smtp?: Partial<SmtpConfig> | null;
  mailbox?: Partial<MailboxConfig>;
  config?: Partial<Config>;
}

/** Close it when done: it holds a port and a folder. */
export async function openDesk(options: DeskOptions = {}): Promise<Desk> {
  const sink = await startSmtpSink(options);
  const store = await openTestStore();
  const { db } = store;
  const smtp = options.smtp === null ? null : sink.config({ from: 'support@example.com', ...options.smtp });
  const config = deskConfig(store.path, smtp, options);
  let now = Date.parse(noon);
  const interruption = new AbortController();
  const logged: string[] = [];
  const clock = { config, now: () => new Date(now), randomBytes };
  const deps = {
    ...(await notifyDeps(db, clock)),
    db,
    signal: interruption.signal,
    log: memoryLog(logged),
    openTransport,
  };
  const john = await addAgent(db, { login: 'john', name: 'John Smith', email: 'john@example.com' }, noon);
  let seq = 0;

  const desk: Desk = {
    db,
    sink,
    config,
    deps,
    john,
    logged,
    pass: (milliseconds) => {
      now += milliseconds;
    },
    interrupt: () => interruption.abort(),
    async ticket(changes = {}, entry = {}) {
      seq++;
      const at = deps.now().toISOString();
      const ticket = await createTicket(db, newTicket({ referenceId: `ref${seq}@example.com`, ...changes }), at);
      const { id } = await addEntry(db, newEntry(ticket.id, { messageId: `first${seq}@client.test`, ...entry }), at);
      return { ...ticket, entryId: id };
    },
    async owe(...recipients) {
      const ids: number[] = [];
      for (const email of recipients) {
        const ticket = await desk.ticket({ requester: { name: '', email } });
        const opened = { ...(await getTicketFacts(db, ticket.id)), entryId: ticket.entryId };
        ids.push(...(await transaction(db, (trx) => queueAutoReply(trx, deps, mailboxOf(config, 'default'), opened))));
      }
      return ids;
    },
    async comment(ticketId, text = 'Please try again.') {
      const words = { author: john, text, attachments: [], internal: false };
      return (await transaction(db, (trx) => addComment(trx, deps, ticketId, words))).outboxIds;
    },
    deliver: (deliverOptions) => deliverDue(deps, deliverOptions),
    outbox: () => listDeliveries(db, { all: true }),
    async close() {
      await sink.stop();
      await store.close();
    },
  };
  return desk;
}

/** Runs `work` with a desk of its own and clears it away, whatever happens. */
export async function withDesk(options: DeskOptions, work: (desk: Desk) => Promise<void>): Promise<void> {
  const desk = await openDesk(options);
  try {
    await work(desk);
  } finally {
    await desk.close();
  }
}

function memoryLog(lines: string[]): Log {
  return {
    debug: () => {},
    info: () => {},
    warn: (line) => lines.push(`warn ${line}`),
    error: (line) => lines.push(`error ${line}`),
    progress: () => {},
  };
}
