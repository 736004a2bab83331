// What the database itself refuses in a ticket of an export, in words.

import { errorCode } from './sqlite-errors.ts';

/** By what SQLite says after "UNIQUE constraint failed: ". */
const twice: Record<string, string> = {
  'outbox.message_id': 'stored.mails: the messageId of one is that of another mail',
  'delivery.outbox_id, delivery.recipient': 'stored.mails: one goes to the same recipient twice',
  'participant.ticket_id, participant.email': 'participants: one is there twice',
};

/** Why a ticket cannot be written; undefined where the error is not of one ticket. */
export function explainConstraint(error: unknown): string | undefined {
  if (!(error instanceof Error) || !errorCode(error).startsWith('SQLITE_CONSTRAINT')) return undefined;
  const [, columns = ''] = /^UNIQUE constraint failed: (.+)$/.exec(error.message) ?? [];
  return twice[columns] ?? `the database refuses it: ${error.message}`;
}
