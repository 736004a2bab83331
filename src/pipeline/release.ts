// A held message that a person lets through: it runs again by the same code, past the rule that held it.

import type { Context } from '../context.ts';
import { RefusedError } from '../errors.ts';
import { transaction } from '../store/database.ts';
import { getIntake } from '../store/intake.ts';
import { getRawMessage } from '../store/messages.ts';
import { deliverDue } from './deliver.ts';
import { openPipeline } from './open.ts';
import type { Recorded } from './record.ts';
import { recordMessage } from './record.ts';

/** What became of it now. It may be held again, where nothing can be read of it. @throws RefusedError for what is not held. */
export async function releaseQuarantined(context: Context, id: number): Promise<Recorded> {
  const deps = await openPipeline(context);
  try {
    const held = await getIntake(deps.db, id);
    if (held?.outcome !== 'quarantined' || held.rawMessageId === null) throw new RefusedError(`no held message ${id}`);
    const raw = await getRawMessage(deps.db, held.rawMessageId);
    const reading = await deps.reader.read(raw, { whole: true });
    const mailbox = deps.config.mailboxes.find(({ name }) => name === held.mailbox) ?? deps.mailbox;
    const recorded = await transaction(deps.db, (trx) =>
      recordMessage(trx, { ...deps, mailbox }, { raw, reading, location: null, releases: id }),
    );
    if (recorded.outboxIds.length > 0) {
      await deliverDue(deps, { only: recorded.outboxIds, deadline: deps.now().getTime() + 30_000 });
    }
    return recorded;
  } finally {
    await deps.reader.close();
  }
}
