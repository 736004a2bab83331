// Sends what a command has just committed to the outbox, and says so where it has to wait.

import type { Context } from '../context.ts';
import type { DeliverDeps } from '../pipeline/deliver.ts';

/** How long a person waits for an SMTP server before the mail is left to the next poll. */
const patienceMs = 30_000;

/** `ids` are outbox ids of this command's own mails. Never throws for SMTP trouble: what is queued stays queued. */
export async function sendNow(context: Context, deps: DeliverDeps, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return;
  const { deliverDue } = await import('../pipeline/deliver.ts');
  const { queued } = await deliverDue(deps, { only: [...ids], deadline: context.now().getTime() + patienceMs });
  if (queued > 0) {
    context.log.warn(
      `tkt: ${queued === 1 ? 'a mail waits' : `${queued} mails wait`} in the outbox; the next poll sends ${queued === 1 ? 'it' : 'them'} (tkt outbox shows why)`,
    );
  }
}
