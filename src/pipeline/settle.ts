// What a server's answer makes of each delivery: sent, failed, or queued for later. Written at once, in one transaction.

import type { RecipientResult, SendResult } from '../mail/send.ts';
import { type Database, transaction } from '../store/database.ts';
import { type ClaimedMessage, type DeliveryResult, finishDelivery } from '../store/sending.ts';
import { addEvent } from '../store/tickets.ts';
import { isExpired, nextAttemptAt } from './backoff.ts';

export interface Settled {
  to: string;
  state: 'sent' | 'failed' | 'queued';
  error: string | null;
  /** ISO, for `queued`. */
  nextAttemptAt: string | null;
}

/** Longer than servers nearby take for a mail, and nothing beside what distant ones take. */
const gatherMs = 3;

export type Recorder = (message: ClaimedMessage, results: SendResult, now: Date) => Promise<Settled[]>;

/**
 * Records answers as `settle` does, those that several connections give at the same moment in one transaction: a wait for
 * the disk each is what sending spends most of its time on. Resolves once it is on disk. `inFlight`: mails that are being
 * sent, those that wait here included.
 */
export function openRecorder(db: Database, inFlight: () => number): Recorder {
  const waiting: Array<{ write(trx: Database): Promise<void>; done(): void; failed(error: unknown): void }> = [];
  let busy = false;
  let onAnswer = () => {};

  /** Until all that is under way has its answer, but not for long. */
  function othersAnswer(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, gatherMs);
      onAnswer = () => {
        if (waiting.length < inFlight()) return;
        clearTimeout(timer);
        resolve();
      };
      onAnswer();
    });
  }

  async function writeAll(): Promise<void> {
    while (waiting.length > 0) {
      await othersAnswer();
      const batch = waiting.splice(0);
      try {
        await transaction(db, async (trx) => {
          for (const { write } of batch) await write(trx);
        });
        for (const { done } of batch) done();
      } catch (error) {
        for (const { failed } of batch) failed(error);
      }
    }
    busy = false;
  }

  return (message, results, now) =>
    new Promise((resolve, reject) => {
      let settled: Settled[] = [];
      waiting.push({
        write: async (trx) => {
          settled = await settle(trx, message, results, now);
        },
        done: () => resolve(settled),
        failed: reject,
      });
      onAnswer();
      if (busy) return;
      busy = true;
      void writeAll();
    });
}

/** Decides and records what became of one message; a failure is an event on its ticket. */
export async function settle(
  db: Database,
  message: ClaimedMessage,
  results: SendResult,
  now: Date,
): Promise<Settled[]> {
  const byAddress = new Map(results.map((result) => [result.address.toLowerCase(), result]));
  const at = now.toISOString();
  return await transaction(db, async (trx) => {
    const settled: Settled[] = [];
    for (const { id, recipient, attempts } of message.deliveries) {
      const result = byAddress.get(recipient.toLowerCase());
      const outcome = decideDelivery(result, { attempts, createdAt: message.createdAt, now });
      await finishDelivery(trx, id, outcome, at);
      if (outcome.state === 'failed') {
        const { error } = outcome;
        await addEvent(trx, message.ticketId, { type: 'delivery-failed', from: recipient, to: error, by: 'tkt', at });
      }
      settled.push({ to: recipient, ...outcome });
    }
    return settled;
  });
}

/** A message cut off by us: due again at once, since the server did nothing wrong. It counts as tried, for it may be there. */
export async function postpone(db: Database, message: ClaimedMessage, results: SendResult, now: Date): Promise<void> {
  const at = now.toISOString();
  await transaction(db, async (trx) => {
    for (const { id, recipient } of message.deliveries) {
      const error = results.find(({ address }) => address === recipient)?.error ?? 'interrupted';
      await finishDelivery(trx, id, { state: 'queued', error, nextAttemptAt: at }, at);
    }
  });
}

interface Standing {
  /** This one included. */
  attempts: number;
  createdAt: string;
  now: Date;
}

type Outcome = DeliveryResult & { state: Settled['state'] };

/** 4yz and silence are tried again (RFC 5321 §4.2.1), for 5 days; 5yz is final. */
export function decideDelivery(result: RecipientResult | undefined, { attempts, createdAt, now }: Standing): Outcome {
  if (result?.ok) return { state: 'sent', error: null, nextAttemptAt: null };
  const error = result?.error ?? 'the server said nothing of this recipient';
  if (result?.permanent) return { state: 'failed', error, nextAttemptAt: null };
  if (isExpired(createdAt, now))
    return { state: 'failed', error: `given up after 5 days: ${error}`, nextAttemptAt: null };
  return { state: 'queued', error, nextAttemptAt: nextAttemptAt(attempts, now).toISOString() };
}
