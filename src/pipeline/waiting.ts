// What has waited for a person for over a day: held messages, and mail that could not be sent.

import type { Timestamp } from '../domain/ticket.ts';
import type { Database } from '../store/database.ts';
import { listQuarantine } from '../store/intake.ts';
import { listDeliveries } from '../store/outbox.ts';

const dayMs = 24 * 60 * 60 * 1000;

/**
 * A line for each kind of thing that waits. `lastPoll` is when the poll before this one began, null for none: each thing
 * is mentioned by the first poll after every full day, for cron mails what a poll says.
 */
export async function mentionWaiting(db: Database, lastPoll: Timestamp | null, now: Date): Promise<string[]> {
  const isDue = (since: Timestamp) => {
    const days = (at: number) => Math.floor((at - Date.parse(since)) / dayMs);
    return days(now.getTime()) > Math.max(lastPoll === null ? 0 : days(Date.parse(lastPoll)), 0);
  };
  const held = (await listQuarantine(db)).filter(({ receivedAt }) => isDue(receivedAt)).length;
  const unsent = (await listDeliveries(db)).filter(({ createdAt }) => isDue(createdAt)).length;
  return [
    ...(held > 0 ? [`[email-to-ticket] ${held} held for over a day: tkt quarantine`] : []),
    ...(unsent > 0 ? [`[email] ${unsent} not sent for over a day: tkt outbox`] : []),
  ];
}
