// Records a message whatever happens: one that cannot be is held, and those around it stay.

import type { Log } from '../context.ts';
import { StoreError, TemporaryError } from '../errors.ts';
import { savepoint } from '../store/database.ts';
import { type Arrival, type RecordDeps, type Recorded, recordMessage } from './record.ts';

/** A message whose recording fails is held with its bytes, alone; trouble of the disk ends the sweep instead. */
export async function recordOrHold(deps: RecordDeps & { log: Log }, arrival: Arrival): Promise<Recorded> {
  try {
    return await savepoint(deps.db, () => recordMessage(deps.db, deps, arrival));
  } catch (error) {
    if (error instanceof StoreError || error instanceof TemporaryError) throw error;
    const reason = `recording it failed: ${error instanceof Error ? error.message : String(error)}`;
    deps.log.error(`[email-to-ticket] ${reason}`);
    const { reading } = arrival;
    const header = 'unreadable' in reading ? reading.header : reading.message;
    const held = { unreadable: reason, ...(header && { header }) };
    return savepoint(deps.db, () => recordMessage(deps.db, deps, { ...arrival, reading: held }));
  }
}
