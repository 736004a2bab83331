// The loop of a sending run: claims a few messages at a time, sends them over some connections, and records each answer
// before the next message is begun. A server that is away costs one attempt a run, not one a message.

import type { Config, SmtpConfig } from '../config/config.ts';
import type { Log } from '../context.ts';
import type { OpenTransportOptions, Transport } from '../mail/send.ts';
import { monotonicMs } from '../monotonic.ts';
import { type Database, transaction } from '../store/database.ts';
import { getRawMessage } from '../store/messages.ts';
import { type ClaimedMessage, claimDue, countWaiting, releaseDeliveries } from '../store/sending.ts';
import { forTerminalLine } from '../text/terminal.ts';
import { isExpired, longestWaitMs } from './backoff.ts';
import { openRecorder, postpone, type Recorder, type Settled } from './settle.ts';
import type { Upcoming } from './upcoming.ts';

export interface DeliverDeps {
  db: Database;
  config: Config;
  log: Log;
  now(): Date;
  /** Once aborted, nothing more is begun, and what is in hand has a second to end. */
  signal: AbortSignal;
  openTransport(config: SmtpConfig, options: OpenTransportOptions): Transport;
}

export interface SendPlan {
  /** By mailbox. */
  servers: ReadonlyMap<string, SmtpConfig>;
  only?: readonly number[];
  connections: number;
  /** On the clock of `monotonicMs()`. */
  stopAt: number;
  /** Mail that will be due later in this run; null where what is due now is all. */
  upcoming: Upcoming | null;
}

interface Run {
  deps: DeliverDeps;
  plan: SendPlan;
  done: { sent: number; failed: number; deferred: number };
  transports: Map<string, Transport>;
  /** Cuts off what is under way. */
  signal: AbortSignal;
  /** Mailboxes whose server is away, and why: nothing more goes there in this run. */
  away: Map<string, string>;
  checks: Map<string, Promise<string | null>>;
  record: Recorder;
  /** Mails between the beginning of their sending and the end of its recording. */
  inFlight: number;
  claimed: ClaimedMessage[];
  claiming: Promise<void> | null;
  /** A worker threw: the others begin nothing more. */
  broken: boolean;
  /** The longest that a message of this run has taken. */
  slowestMs: number;
}

/** What is in hand when time is up may take this long to end: a server that is cut off here may have taken the mail. */
export const deadlineGraceMs = 15_000;

/** Sends until nothing is due, counting into `done`. Needs the send lock. */
export async function sendAll(deps: DeliverDeps, plan: SendPlan, done: Run['done']): Promise<void> {
  const late = new AbortController();
  const run: Run = {
    inFlight: 0,
    deps,
    plan,
    done,
    transports: new Map(),
    signal: AbortSignal.any([deps.signal, late.signal]),
    away: new Map(),
    checks: new Map(),
    record: openRecorder(deps.db, () => run.inFlight),
    claimed: [],
    claiming: null,
    broken: false,
    slowestMs: 0,
  };
  const leftMs = plan.stopAt - monotonicMs() + deadlineGraceMs;
  const timer = Number.isFinite(leftMs) ? setTimeout(() => late.abort(), leftMs) : undefined;
  try {
    const workers = Array.from({ length: plan.connections }, () => work(run));
    const failure = (await Promise.allSettled(workers)).find((result) => result.status === 'rejected');
    if (failure !== undefined) throw failure.reason;
  } finally {
    await Promise.all([...run.transports.values()].map((transport) => transport.close()));
    clearTimeout(timer);
    await release(run, run.claimed.splice(0), null);
  }
}

async function work(run: Run): Promise<void> {
  try {
    for (let message = await nextMessage(run); message !== undefined; message = await nextMessage(run)) {
      const trouble = run.away.get(message.mailbox);
      if (trouble !== undefined) {
        await release(run, [message], trouble);
        continue;
      }
      run.inFlight++;
      await sendOne(run, message);
      run.inFlight--;
    }
  } catch (error) {
    run.broken = true;
    throw error;
  }
}

/** Nothing is begun either that would be cut off, to be sent again, if it takes as long as another one did. */
function hasStopped({ deps, plan, broken, slowestMs }: Run): boolean {
  const tooLong = Math.max(0, slowestMs - deadlineGraceMs);
  const isCalledOff = deps.signal.aborted || plan.upcoming?.isCalledOff === true;
  return broken || isCalledOff || monotonicMs() + tooLong >= plan.stopAt;
}

async function nextMessage(run: Run): Promise<ClaimedMessage | undefined> {
  const { upcoming } = run.plan;
  while (!hasStopped(run)) {
    const seen = upcoming?.announced ?? 0;
    if (run.claimed.length === 0) {
      run.claiming ??= claimMore(run).finally(() => {
        run.claiming = null;
      });
      await run.claiming;
    }
    if (hasStopped(run)) return undefined;
    const message = run.claimed.shift();
    if (message !== undefined) return message;
    if (upcoming === null || !(await upcoming.comesAfter(seen))) return undefined;
  }
  return undefined;
}

async function claimMore(run: Run): Promise<void> {
  const { deps, plan } = run;
  const mailboxes = [...plan.servers.keys()].filter((name) => !run.away.has(name));
  if (mailboxes.length === 0) return;
  const now = deps.now();
  const options = {
    limit: plan.connections * 16,
    mailboxes,
    latest: new Date(now.getTime() + longestWaitMs).toISOString(),
    leftovers: false,
    ...(plan.only ? { outboxIds: plan.only } : {}),
  };
  run.claimed.push(...(await transaction(deps.db, (trx) => claimDue(trx, now.toISOString(), options))));
}

async function sendOne(run: Run, message: ClaimedMessage): Promise<void> {
  const { deps } = run;
  const raw = await getRawMessage(deps.db, message.rawMessageId);
  const to = message.deliveries.map(({ recipient }) => recipient);
  const begunAt = monotonicMs();
  const results = await transportOf(run, message.mailbox).send({ from: message.envelopeFrom, to, raw });
  run.slowestMs = Math.max(run.slowestMs, monotonicMs() - begunAt);
  if (results.every(({ ok, permanent }) => !ok && !permanent)) {
    if (run.signal.aborted) return postpone(deps.db, message, results, deps.now());
    const trouble = await serverTrouble(run, message.mailbox);
    if (trouble !== null) return leaveFor(run, message, trouble);
  }
  report(run, message, await run.record(message, results, deps.now()));
}

function transportOf(run: Run, mailbox: string): Transport {
  const config = run.plan.servers.get(mailbox);
  if (config === undefined) throw new Error(`claimed a message of the mailbox ${mailbox}, which has no server`);
  let transport = run.transports.get(mailbox);
  if (transport === undefined) {
    const { log, openTransport } = run.deps;
    transport = openTransport(config, { log, signal: run.signal, pool: run.plan.connections });
    run.transports.set(mailbox, transport);
  }
  return transport;
}

/**
 * Whether it is the server, not this message: why it cannot be had, or null when it answers. A cut after the final dot, a
 * wrong password and a server that is down all look alike from a failed send, so it is asked without a message.
 */
async function serverTrouble(run: Run, mailbox: string): Promise<string | null> {
  let check = run.checks.get(mailbox);
  if (check === undefined) {
    const asked = transportOf(run, mailbox).verify();
    check = asked.then(
      () => null,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    run.checks.set(mailbox, check);
    check.finally(() => run.checks.delete(mailbox));
  }
  return await check;
}

/** The server is away: the message stays due, except one that has waited for 5 days; and so does all that is behind it. */
async function leaveFor(run: Run, message: ClaimedMessage, trouble: string): Promise<void> {
  const { deps } = run;
  const failed = { ok: false, permanent: false, error: trouble };
  const results = message.deliveries.map(({ recipient }) => ({ address: recipient, ...failed }));
  if (isExpired(message.createdAt, deps.now())) {
    report(run, message, await run.record(message, results, deps.now()));
  } else if (message.deliveries.every(({ attempts }) => attempts === 1)) {
    await postpone(deps.db, message, results, deps.now());
  } else {
    // Counted once and not in every run, else an outage of hours would make each of its waits afterwards 4 hours long.
    await release(run, [message], trouble);
  }
  if (run.away.has(message.mailbox)) return;
  run.away.set(message.mailbox, trouble);
  const waiting = (await countWaiting(deps.db)).get(message.mailbox) ?? 0;
  deps.log.error(forTerminalLine(`[email] ${trouble}; ${formatWaiting(waiting)} in the outbox`));
}

/** `1 mail waits`, `3 mails wait`. */
export function formatWaiting(count: number): string {
  return count === 1 ? '1 mail waits' : `${count} mails wait`;
}

async function release(run: Run, messages: readonly ClaimedMessage[], error: string | null): Promise<void> {
  const ids = messages.flatMap(({ deliveries }) => deliveries.map(({ id }) => id));
  if (ids.length === 0) return;
  await transaction(run.deps.db, (trx) => releaseDeliveries(trx, ids, error, run.deps.now().toISOString()));
}

function report({ deps, done }: Run, message: ClaimedMessage, settled: readonly Settled[]): void {
  for (const { to, state, error, nextAttemptAt } of settled) {
    const what = `[email] ${message.ticketNumber} to ${to}: ${error}`;
    if (state === 'sent') {
      done.sent++;
    } else if (state === 'failed') {
      done.failed++;
      deps.log.error(forTerminalLine(`${what}; not tried again`));
    } else {
      done.deferred++;
      deps.log.warn(forTerminalLine(`${what}; next attempt at ${nextAttemptAt}`));
    }
  }
}
