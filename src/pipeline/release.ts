// A held message that a person releases: it runs again by the same code and the rules as they are now, so that a mended
// configuration or a newer tkt decides; or, as a ticket, past the rule that held it.

import type { Context } from '../context.ts';
import { RefusedError } from '../errors.ts';
import { type Database, transaction } from '../store/database.ts';
import { getIntake } from '../store/intake.ts';
import { getRawMessage } from '../store/messages.ts';
import { deliverDue } from './deliver.ts';
import { endOfHeader, type Reader } from './guard.ts';
import { openPipeline } from './open.ts';
import type { Recorded } from './record.ts';
import { recordOrHold } from './record-or-hold.ts';
import type { NotUnderstood, Understood } from './understand.ts';

export interface ReleaseOptions {
  /** Past the rule that held it. */
  asTicket: boolean;
}

/** What became of it now; it may well be held again. @throws RefusedError for what is not held. */
export async function releaseQuarantined(
  context: Context,
  id: number,
  { asTicket }: ReleaseOptions,
): Promise<Recorded> {
  const deps = await openPipeline(context);
  try {
    const held = await getHeld(deps.db, id);
    const raw = await getRawMessage(deps.db, held.rawMessageId);
    const reading = asTicket ? await readAtAnyRate(deps.reader, raw) : await deps.reader.read(raw);
    const mailbox = deps.config.mailboxes.find(({ name }) => name === held.mailbox) ?? deps.mailbox;
    const releases = { id, rawMessageId: held.rawMessageId, asTicket };
    const recorded = await transaction(deps.db, async (trx) => {
      // Reading it took a while, in which somebody else may have released or dropped it.
      await getHeld(trx, id);
      return await recordOrHold({ ...deps, db: trx, mailbox }, { reading, releases });
    });
    if (recorded.outboxIds.length > 0) {
      await deliverDue(deps, { only: recorded.outboxIds, deadline: deps.now().getTime() + 30_000 });
    }
    return recorded;
  } finally {
    await deps.reader.close();
  }
}

async function getHeld(db: Database, id: number): Promise<{ mailbox: string; rawMessageId: number }> {
  const { outcome, mailbox, rawMessageId } = await getIntake(db, id);
  if (outcome !== 'quarantined' || rawMessageId === null) throw new RefusedError(`no held message ${id}`);
  return { mailbox, rawMessageId };
}

/** Of the body of a message that cannot be read whole. */
const beginningBytes = 32 * 1024;

/** The whole message, or where that takes too long or too much memory its header and the beginning of its text. */
async function readAtAnyRate(reader: Reader, raw: Buffer): Promise<Understood | NotUnderstood> {
  const reading = await reader.read(raw, { whole: true });
  if ('message' in reading) return reading;
  const head = await reader.read(raw.subarray(0, endOfHeader(raw) + beginningBytes));
  // An attachment that is cut off is none; all of the message stays one `show --raw` away.
  return 'message' in head ? { ...head, message: { ...head.message, attachments: [] } } : reading;
}
