// `tkt poll`: every configured mailbox swept once, then what is due is sent. The order and the lock are in RELIABILITY §1.

import type { ImapConfig, MailboxConfig } from '../config/config.ts';
import type { Log } from '../context.ts';
import { ConfigError, PermissionError, TemporaryError } from '../errors.ts';
import { openMailbox } from '../mail/fetch.ts';
import { takeChunks } from './chunks.ts';
import { type Reader, ReaderError, type Taken } from './guard.ts';
import type { Pipeline } from './open.ts';
import { planSweep } from './plan.ts';
import type { Recorded } from './record.ts';
import { deadlineGraceMs } from './send-all.ts';
import { Sending } from './sending.ts';
import { type SweepDeps, type SweepOptions, sweep, whyStopped } from './sweep.ts';

/** The JSON of `poll --json` (CONTRACT §2). */
export interface PollReport {
  fetched: number;
  created: string[];
  commented: string[];
  bounces: number;
  ignored: number;
  quarantined: number;
  failed: number;
  sent: number;
  queued: number;
  durationMs: number;
}

export interface PollOptions {
  /** At most so many messages. */
  limit: number;
  maxSeconds: number;
}

/** What starting before and logging out after the work may take of the time. */
const endMs = 2_000;
/** Node's timers know no longer time. */
const longestTimerMs = 2 ** 31 - 1;

/**
 * `complete` is false when something was left for the next sweep: a server was away, time or the limit ran out. Throws
 * ConfigError and PermissionError for mailboxes that cannot be logged in to, once everything else is done.
 */
export async function poll(deps: Pipeline, options: PollOptions): Promise<{ report: PollReport; complete: boolean }> {
  const { config } = deps;
  const startedAt = deps.now().getTime();
  const lengthMs = options.maxSeconds * 1_000 - Math.min(endMs, options.maxSeconds * 100);
  const deadline = startedAt + lengthMs;
  // A server that stalls or trickles would keep the sweep for longer than cron waits. Not AbortSignal.timeout(): below
  // AbortSignal.any() Node 20 forgets it at the next garbage collection, and it never fires.
  const timeUp = new AbortController();
  const end = () => timeUp.abort(new DOMException('time is up', 'TimeoutError'));
  const timer = setTimeout(end, Math.min(lengthMs, longestTimerMs));
  const signal = AbortSignal.any([deps.signal, timeUp.signal]);
  // Of a chunk that is being read, nothing more is awaited.
  signal.addEventListener('abort', () => void deps.reader.close());
  const report = emptyReport();
  let complete = true;
  // A password file that is gone is that mailbox's trouble: the others are swept, and what is due is sent, all the same.
  const wrong: Array<ConfigError | PermissionError> = [];
  // What is begun last has a while to end: that is part of the time too.
  const reserveMs = Math.min(deadlineGraceMs, lengthMs / 2);
  const sending = new Sending(deps, { deadline: deadline - reserveMs });
  try {
    for (const mailbox of config.mailboxes) {
      if (!mailbox.imap || signal.aborted) continue;
      const sweepDeps = { ...deps, signal, mailbox };
      const bounds = { limit: options.limit - report.fetched, deadline, onCommit: () => sending.wake() };
      try {
        complete = (await sweepOne(sweepDeps, mailbox.imap, bounds, report)) && complete;
      } catch (error) {
        if (!(error instanceof ConfigError || error instanceof PermissionError)) throw error;
        wrong.push(error);
      }
    }
  } catch (error) {
    await sending.abandon();
    throw error;
  } finally {
    clearTimeout(timer);
    await deps.reader.close();
  }
  const delivered = deps.signal.aborted ? await sending.abandon() : await sending.finish();
  if (delivered !== null) {
    report.sent = delivered.sent;
    report.queued = delivered.queued;
    complete &&= delivered.deferred === 0;
  }
  const [problem] = wrong;
  if (problem !== undefined) throw wrong.length === 1 ? problem : new ConfigError(wrong.map(({ message }) => message));
  report.durationMs = deps.now().getTime() - startedAt;
  return { report, complete: complete && !deps.signal.aborted };
}

async function sweepOne(
  deps: SweepDeps,
  imap: ImapConfig,
  bounds: Omit<SweepOptions, 'imap' | 'onRecorded'>,
  report: PollReport,
): Promise<boolean> {
  const { log } = deps;
  const before = report.fetched;
  let planned = 0;
  try {
    const session = await openMailbox(imap, { log, signal: deps.signal });
    try {
      const plan = await planSweep(deps, imap, session, () => prepare(deps.reader));
      planned = Math.min(plan.uids.length, bounds.limit);
      if (plan.uids.length === 0) log.info('No unread emails');
      else log.info(`[email-to-ticket] Processing ${planned} new emails...`);
      const onRecorded = (recorded: Recorded) => {
        report.fetched++;
        note(report, recorded, log);
      };
      const showProgress = progressOf(deps, planned);
      const onCommit = () => {
        bounds.onCommit();
        showProgress(report.fetched - before);
      };
      const result = await sweep(deps, session, plan, { ...bounds, imap, onRecorded, onCommit });
      for (const problem of result.problems) log.warn(`[email-to-ticket] ${result.left} messages left: ${problem}`);
      if (result.left > 0 && result.problems.length === 0)
        log.info(`[email-to-ticket] ${result.left} messages left for the next sweep (--limit)`);
      return result.left === 0;
    } finally {
      await session.close();
    }
  } catch (error) {
    if (!(error instanceof TemporaryError)) throw error;
    report.failed += planned - (report.fetched - before);
    if (deps.signal.aborted) log.warn(`[email-to-ticket] ${whyStopped(deps.signal)}`);
    else if (error instanceof ReaderError) log.error(`[email-to-ticket] ${error.message}`);
    else log.error(`[email-to-ticket] Error connecting to inbox: ${error.message}`);
    return false;
  } finally {
    log.progress('');
    if (report.fetched > before) log.info(`[email-to-ticket] ✓ Processed ${report.fetched - before} emails`);
  }
}

/** There may be mail: what reads it is started, and what records it loaded, while the server looks up sizes. */
function prepare(reader: Reader): void {
  reader.prepare();
  // Once the server has been asked. Where it cannot be loaded, the sweep says so.
  setImmediate(() => import('./record-or-hold.ts').catch(() => {}));
}

/** Shows how far a long sweep is: `1,250 of 10,000 messages, 480 a second, 18 s left`. */
function progressOf({ log, now }: Pick<SweepDeps, 'log' | 'now'>, planned: number): (done: number) => void {
  const startedAt = now().getTime();
  return (done) => {
    const seconds = Math.max((now().getTime() - startedAt) / 1_000, 0.001);
    if (done === planned || seconds < 1) return;
    const left = Math.ceil((planned - done) / (done / seconds));
    const count = (number: number) => Math.round(number).toLocaleString('en');
    log.progress(
      `${count(done)} of ${count(planned)} messages, ${count(done / seconds)} a second, ${count(left)} s left`,
    );
  };
}

/** Counts one outcome and says what became of it. */
export function note(report: PollReport, recorded: Recorded, log: Log): void {
  if (recorded.duplicate) {
    log.debug('[email-to-ticket] known already: nothing to do');
    return;
  }
  const why = recorded.reasons.join('; ');
  switch (recorded.outcome) {
    case 'ticket':
      report.created.push(recorded.number ?? '');
      log.info(`[email-to-ticket] ✓ Created ticket ${recorded.number} from ${recorded.sender}`);
      break;
    case 'comment':
      report.commented.push(recorded.number ?? '');
      log.info(`[email-to-ticket] ✓ Added comment to ticket ${recorded.number}`);
      break;
    case 'bounce':
      report.bounces++;
      log.info(`[email-to-ticket] Noted a delivery report from ${recorded.sender ?? 'nobody'}`);
      break;
    case 'ignored':
    case 'dropped':
      report.ignored++;
      log.info(`[email-to-ticket] Ignored a message from ${recorded.sender ?? 'nobody'}: ${why}`);
      break;
    case 'quarantined':
      report.quarantined++;
      log.warn(`[email-to-ticket] Quarantined a message from ${recorded.sender ?? 'nobody'}: ${why}`);
      break;
  }
  log.debug(`  ${why}`);
}

export function emptyReport(): PollReport {
  return {
    fetched: 0,
    created: [],
    commented: [],
    bounces: 0,
    ignored: 0,
    quarantined: 0,
    failed: 0,
    sent: 0,
    queued: 0,
    durationMs: 0,
  };
}

/** What poll would do, by the same code, without doing it: one explanation a message. */
export interface Preview {
  mailbox: MailboxConfig;
  uid: number;
  reading: Taken['reading'];
  sha256: string;
}

/** The messages that a sweep would take in; nothing is flagged and nothing written. */
export async function* previewMailbox(
  deps: Pick<SweepDeps, 'db' | 'config' | 'mailbox' | 'log' | 'signal' | 'reader'>,
  imap: ImapConfig,
  limit: number,
): AsyncGenerator<Preview> {
  const { mailbox, log, signal } = deps;
  const { maxMessageBytes } = deps.config.limits;
  const session = await openMailbox(imap, { log, signal });
  try {
    const { uids } = await planSweep(deps, imap, session, () => deps.reader.prepare());
    const wanted = { uids: uids.slice(0, limit), maxMessageBytes };
    for await (const { arrivals, release } of takeChunks(session, deps.reader, wanted)) {
      for (const { uid, reading, packed } of arrivals) yield { mailbox, uid, reading, sha256: packed.sha256 };
      release();
    }
  } finally {
    await session.close();
  }
}
