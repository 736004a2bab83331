// What a sweep is going to do: the server is asked what is there, the ledger what is known of it. Changes nothing.

import type { ImapConfig, MailboxConfig } from '../config/config.ts';
import type { MailboxSession } from '../mail/fetch.ts';
import { getCursor } from '../store/cursor.ts';
import type { Database } from '../store/database.ts';
import { findKnownUids, listUnmarkedUids, listUntakenUids } from '../store/intake.ts';

/** The cursor's clock and the server's may differ by this much. */
const clockMarginMs = 3_600_000;

/** What there is to do in one mailbox. */
export interface Plan {
  place: Place;
  /** New messages, oldest first. Some may be gone. */
  uids: number[];
  /** Recorded before, but the server was not told: bytes, by UID; and those of them that have left the mailbox since. */
  unmarked: Map<number, number>;
  vanished: number[];
  highestUid: number;
}

export interface Place {
  mailbox: string;
  folder: string;
  uidValidity: number;
}

/**
 * Asks the server what is there and the ledger what is known of it (CONTRACT §3, `imap.intake`). Changes nothing.
 * `onCandidates` is called, maybe twice, as soon as there may be something to take in.
 */
export async function planSweep(
  { db, mailbox }: { db: Database; mailbox: MailboxConfig },
  imap: ImapConfig,
  session: MailboxSession,
  onCandidates: () => void = () => {},
): Promise<Plan> {
  const place: Place = { mailbox: mailbox.name, folder: imap.mailbox, uidValidity: session.uidValidity };
  const cursor = await getCursor(db, place.mailbox, place.folder);
  const sameMailbox = cursor?.uidValidity === place.uidValidity;
  const takesRead = imap.intake === 'new' && cursor !== undefined;
  // A new UIDVALIDITY means that every UID is new (RFC 9051 §2.3.1.1). What came since the last sweep is then found by its
  // date, and the hash of its bytes tells what is known.
  const since = takesRead && !sameMailbox ? sinceLastSweep(cursor) : null;
  const newest = sameMailbox ? cursor.highestUid : 0;
  // Most likely unread; the search below tells for sure, and of older ones.
  if (session.exists > 0 && session.highestUid > newest) onCandidates();
  const found = await session.search({
    unseen: true,
    ...(takesRead && sameMailbox ? { sinceUid: cursor.highestUid + 1 } : {}),
    ...(since ? { sinceDate: since } : {}),
  });
  const listed = await listUntakenUids(db, place);
  const known = await findKnownUids(db, place.mailbox, place.folder, place.uidValidity, found);
  const candidates = [...new Set([...found, ...listed])].filter((uid) => !known.has(uid)).sort((a, b) => a - b);
  if (candidates.length > 0) onCandidates();
  const wanted = await findWanted(session, candidates, since);
  const unmarked = session.readOnly ? [] : await listUnmarkedUids(db, place.mailbox, place.folder, place.uidValidity);
  const marking = unmarked.length > 0 ? await session.sizes(unmarked) : [];
  const present = new Map(marking.map(({ uid, size }) => [uid, size]));
  return {
    place,
    uids: wanted,
    unmarked: present,
    vanished: unmarked.filter((uid) => !present.has(uid)),
    highestUid: Math.max(newest, session.highestUid),
  };
}

/** `since`: of those that are read, only what came after that. */
async function findWanted(session: MailboxSession, uids: number[], since: Date | null): Promise<number[]> {
  if (since === null || uids.length === 0) return uids;
  // IMAP's SINCE knows days only.
  const facts = await session.facts(uids);
  return facts.filter(({ seen, internalDate }) => !seen || internalDate >= since).map(({ uid }) => uid);
}

/** From when on mail counts as new after the mailbox was replaced; never from before tkt first looked at it. */
function sinceLastSweep(cursor: { firstSweepAt: string; lastSweepAt: string }): Date {
  const since = Math.max(Date.parse(cursor.lastSweepAt) - clockMarginMs, Date.parse(cursor.firstSweepAt));
  // INTERNALDATE has whole seconds.
  return new Date(Math.floor(since / 1_000) * 1_000);
}
