import { expect, test } from 'vitest';
import { mentionWaiting } from '../../src/pipeline/waiting.ts';
import { recordIntake } from '../../src/store/intake.ts';
import { withStore } from '../support/store.ts';

const heldAt = '2026-11-20T10:00:00.000Z';
const line = '[email-to-ticket] 1 held for over a day: tkt quarantine';

test.each([
  ['on its first day not', '2026-11-20T11:00:00.000Z', '2026-11-21T09:59:00.000Z', []],
  ['by the first poll after a day', '2026-11-21T09:58:00.000Z', '2026-11-21T10:03:00.000Z', [line]],
  ['by the polls of the rest of that day not', '2026-11-21T10:03:00.000Z', '2026-11-21T10:08:00.000Z', []],
  ['again after another day', '2026-11-22T09:58:00.000Z', '2026-11-22T10:03:00.000Z', [line]],
  ['where no poll ran before', null, '2026-11-25T00:00:00.000Z', [line]],
  ['where the last poll was before it came', '2026-11-01T00:00:00.000Z', '2026-11-25T00:00:00.000Z', [line]],
])('what is held is mentioned %s', (_when, lastPoll, now, expected) =>
  withStore(async ({ db }) => {
    const intake = { mailbox: 'default', messageId: null, sender: '', subject: '', size: 3, rawMessageId: null };
    const outcome = { outcome: 'quarantined' as const, reason: 'no sender', ticketId: null, entryId: null };
    await recordIntake(db, { ...intake, ...outcome, sha256: '00', receivedAt: heldAt }, heldAt);
    expect(await mentionWaiting(db, lastPoll, new Date(now))).toEqual(expected);
  }),
);
