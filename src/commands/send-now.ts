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
  if (queued === 0) return;
  const [what, it] = queued === 1 ? ['a mail waits', 'it'] : [`${queued} mails wait`, 'them'];
  // A poll that is switched off sends nothing either.
  const how = context.config().enabled ? 'the next poll' : 'tkt outbox retry --all, or with "enabled" the next poll,';
  context.log.warn(`tkt: ${what} in the outbox; ${how} sends ${it} (tkt outbox shows why)`);
}
