// One message that a mail server handed over: recorded, then what is due is sent, its own first.

import { transaction } from '../store/database.ts';
import { type DeliverDeps, deliverDue } from './deliver.ts';
import { emptyReport, note } from './poll.ts';
import { recordOrHold } from './record-or-hold.ts';
import type { SweepDeps } from './sweep.ts';

/** How long the mail server's pipe may be kept waiting for an SMTP server. */
const sendSeconds = 30;

/** Throws only what makes the mail server try again: StoreError, TemporaryError. A slow SMTP server leaves mail in the outbox. */
export async function receiveMessage(deps: SweepDeps & DeliverDeps, raw: Buffer): Promise<void> {
  const report = emptyReport();
  const taken = await deps.reader.take(raw);
  const recorded = await transaction(deps.db, (trx) =>
    recordOrHold({ ...deps, db: trx }, { ...taken, location: null, releases: null }),
  );
  note(report, recorded, deps.log);
  const deadline = deps.now().getTime() + sendSeconds * 1_000;
  if (recorded.outboxIds.length > 0) {
    const { queued } = await deliverDue(deps, { only: recorded.outboxIds, deadline });
    // A server that has not taken this one is not asked again, and its trouble is told once.
    if (queued > 0) return;
  }
  // Where all mail comes through the pipe there may be no poll, and what failed before is sent from here.
  await deliverDue(deps, { deadline, waitMs: 0 });
}
