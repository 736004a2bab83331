// The statements that write the rows of an import: plain, and prepared once.

import { connectionOf, type Database } from './database.ts';

/** Each adds a row with the given values, in the order of its columns, and gives the id. Run them within `guarded`. */
export function createInserts(db: Database) {
  const connection = connectionOf(db);
  const inserter = (table: string, columns: string, onConflict = '') => {
    const places = columns.replaceAll(/\w+/g, '?');
    return connection.bulk(`insert into ${table} (${columns}) values (${places}) ${onConflict}`);
  };
  return {
    agent: inserter('agent', 'login, name, email, created_at, removed_at'),
    ticket: inserter(
      'ticket',
      `number, year, seq, subject, status, priority_rank, category, requester_name, requester_email, assignee_id, language,
      mailbox, waiting_on, waiting_rank, waiting_since, created_at, updated_at, first_response_at, resolved_at, closed_at,
      due_at, entry_count, reference_id`,
    ),
    tag: inserter('ticket_tag', 'ticket_id, name', 'on conflict do nothing'),
    participant: inserter('participant', 'ticket_id, email, name, role, added_at'),
    mentioned: inserter('mentioned', 'ticket_id, email, name', 'on conflict do nothing'),
    event: inserter('event', 'ticket_id, type, from_value, to_value, by, at'),
    raw: inserter('raw_message', 'sha256, size, encoding, created_at, bytes'),
    entry: inserter(
      'entry',
      `id, ticket_id, type, agent_id, author_name, author_email, message_id, automatic, verified, raw_message_id, created_at,
      subject, signature, body, full_body`,
    ),
    attachment: inserter(
      'attachment',
      'id, entry_id, position, filename, content_type, size, sha256, content_id, inline, signature',
    ),
    reference: inserter('reference', 'message_id, ticket_id, entry_id, kind, sent_to, mail_kind'),
    outbox: inserter(
      'outbox',
      'ticket_id, entry_id, kind, message_id, mailbox, envelope_from, subject, raw_message_id, automatic, created_at',
    ),
    delivery: inserter(
      'delivery',
      'outbox_id, recipient, state, attempts, next_attempt_at, error, updated_at, dropped_at, unreachable',
    ),
    intake: inserter(
      'intake',
      `sha256, mailbox, message_id, sender, subject, size, outcome, reason, ticket_id, entry_id, raw_message_id, received_at,
      decided_at`,
    ),
    location: inserter(
      'intake_location',
      'mailbox, folder, uidvalidity, uid, intake_id, seen_marked',
      'on conflict do nothing',
    ),
  };
}
