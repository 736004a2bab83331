// A delivery report noted where it belongs: at the delivery it is about, and on that ticket (CONTRACT §5.3).

import type { BounceReport } from '../domain/message.ts';
import { markBounced } from '../store/bounced.ts';
import type { Database } from '../store/database.ts';
import { findDeliveryByMessageId } from '../store/outbox.ts';
import { addEvent } from '../store/tickets.ts';

/** Gives the ticket that the report is about; null when it names no mail that we sent. Never reopens a ticket. */
export async function recordBounce(trx: Database, report: BounceReport, now: string): Promise<{ id: number } | null> {
  if (report.originalMessageId === null) return null;
  const sent = await findDeliveryByMessageId(trx, report.originalMessageId);
  if (!sent) return null;
  // Somebody else got it, and may have written this: whoever still waits for it is not to go without.
  const isWaitedFor = (state: string) => state === 'queued' && sent.deliveries.some((one) => one.state === 'sent');
  for (const recipient of report.recipients) {
    if (recipient.action !== 'failed' && recipient.action !== 'delayed') continue;
    // An alias on the way shows in the report as another address than the one we wrote to; with one recipient it is clear.
    const delivery =
      sent.deliveries.find((one) => one.recipient.toLowerCase() === recipient.address) ??
      (sent.deliveries.length === 1 ? sent.deliveries[0] : undefined);
    const detail = [recipient.status, recipient.diagnostic].filter(Boolean).join(' ') || 'no reason given';
    if (delivery && recipient.action === 'failed' && !isWaitedFor(delivery.state)) {
      // RFC 3463 §3.1: 4.x.x is no verdict on the address, even where the server gave the mail up.
      const permanent = !recipient.status?.startsWith('4');
      await markBounced(trx, delivery.id, { error: detail, permanent }, now);
    }
    await addEvent(trx, sent.ticketId, {
      type: recipient.action === 'failed' ? 'delivery-bounced' : 'delivery-delayed',
      from: delivery?.recipient ?? recipient.address,
      to: detail,
      by: 'tkt',
      at: now,
    });
  }
  return { id: sent.ticketId };
}
