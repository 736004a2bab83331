// Sends what is due in the outbox. One process sends at a time, by a lock that the kernel drops with it; a mail that another
// one commits meanwhile goes out too. Who comes second waits until its mail is gone, or the lock is free.

import { setTimeout as sleep } from 'node:timers/promises';
import type { SmtpConfig } from '../config/config.ts';
import { monotonicMs } from '../monotonic.ts';
import { transaction } from '../store/database.ts';
import { type Lock, tryLock } from '../store/lock.ts';
import { countDeliveries, countWaiting, requeueLeftovers } from '../store/sending.ts';
import { forTerminalLine } from '../text/terminal.ts';
import { type DeliverDeps, formatWaiting, sendAll } from './send-all.ts';
import type { Upcoming } from './upcoming.ts';

export type { DeliverDeps } from './send-all.ts';

export interface DeliverOptions {
  /** Outbox ids: only these, over one connection. Otherwise all that is due. */
  only?: readonly number[];
  /** Milliseconds since 1970 by `now`: after it nothing more is begun. */
  deadline?: number;
  /** How long to wait for another process that sends; until the deadline, or 10 s. */
  waitMs?: number;
  /** Connections to a server at one time; 5, or 1 with `only`. */
  connections?: number;
  /** What is to come: until that ends, a run that finds nothing due waits for more. */
  upcoming?: Upcoming;
}

/** Deliveries, one a recipient. */
export interface DeliverReport {
  sent: number;
  failed: number;
  /** Due, and not sent: refused for now, or the server is away, or time was up. */
  deferred: number;
  /** All that wait in the outbox, due or not; with `only` those of its messages. */
  queued: number;
}

const defaultWaitMs = 10_000;
const defaultConnections = 5;
const lockStepMs = 50;

/**
 * Sends until nothing is due. SMTP trouble never throws: it is logged, and noted at the delivery.
 * Throws StoreError and TemporaryError of the database.
 */
export async function deliverDue(deps: DeliverDeps, options: DeliverOptions = {}): Promise<DeliverReport> {
  const leftMs = options.deadline === undefined ? null : Math.max(0, options.deadline - deps.now().getTime());
  const stopAt = leftMs === null ? Number.POSITIVE_INFINITY : monotonicMs() + leftMs;
  const lock = await waitForLock(deps, options, options.waitMs ?? leftMs ?? defaultWaitMs);
  const done = { sent: 0, failed: 0, deferred: 0 };
  if (lock !== null) {
    try {
      await transaction(deps.db, (trx) => requeueLeftovers(trx, deps.now().toISOString()));
      const servers = await configuredServers(deps);
      const connections = options.connections ?? (options.only ? 1 : defaultConnections);
      const { only, upcoming = null } = options;
      await sendAll(deps, { servers, stopAt, connections, upcoming, ...(only ? { only } : {}) }, done);
    } finally {
      lock.release();
    }
  }
  return options.only ? reportOn(deps, options.only) : reportAll(deps, done);
}

async function waitForLock(deps: DeliverDeps, options: DeliverOptions, waitMs: number): Promise<Lock | null> {
  const until = monotonicMs() + waitMs;
  for (;;) {
    const lock = tryLock(deps.config.database, 'send');
    if (lock !== null) return lock;
    if (deps.signal.aborted || monotonicMs() >= until) return null;
    if (options.only && (await countDeliveries(deps.db, options.only)).queued === 0) return null;
    await sleep(lockStepMs);
  }
}

/** The servers to send through, by mailbox. Says once what cannot go anywhere. */
async function configuredServers({ db, config, log }: DeliverDeps): Promise<Map<string, SmtpConfig>> {
  const servers = new Map<string, SmtpConfig>();
  for (const { name, smtp } of config.mailboxes) if (smtp !== null) servers.set(name, smtp);
  const stuck = [...(await countWaiting(db))].filter(([mailbox]) => !servers.has(mailbox));
  for (const [mailbox, count] of stuck) {
    const known = config.mailboxes.some(({ name }) => name === mailbox);
    const why = known ? 'SMTP is not configured' : 'the configuration no longer has it';
    const remedy = known ? 'set smtp.host' : 'add it again, or drop them with tkt outbox drop';
    log.warn(
      forTerminalLine(`[email] mailbox ${mailbox}: ${why}; ${formatWaiting(count)} in the outbox. To send, ${remedy}.`),
    );
  }
  return servers;
}

async function reportOn(deps: DeliverDeps, only: readonly number[]): Promise<DeliverReport> {
  const { sent, failed, queued } = await countDeliveries(deps.db, only);
  return { sent, failed, deferred: queued, queued };
}

async function reportAll(
  { db, config, now }: DeliverDeps,
  done: { sent: number; failed: number; deferred: number },
): Promise<DeliverReport> {
  const due = await countWaiting(db, now().toISOString());
  const sendable = config.mailboxes.filter(({ smtp }) => smtp !== null).map(({ name }) => due.get(name) ?? 0);
  const queued = [...(await countWaiting(db)).values()];
  return { ...done, deferred: done.deferred + sum(sendable), queued: sum(queued) };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
