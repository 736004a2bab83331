// Who takes part in a ticket, and who was only mentioned.

import type { Participant, Person, Timestamp } from '../domain/ticket.ts';
import type { Database } from './database.ts';
import { readRows } from './read-rows.ts';
import { insertionOfNew } from './statement.ts';
import { addEvent } from './ticket-changes.ts';

const insertParticipant = insertionOfNew('participant', ['ticket_id', 'email', 'name', 'role', 'added_at']);

const insertMentioned = insertionOfNew('mentioned', ['ticket_id', 'email', 'name']);

/** Those of a new ticket: its requester, and the people in Cc of the mail that opened it. */
export async function insertParticipants(
  db: Database,
  ticketId: number,
  requester: Person,
  cc: readonly Person[],
  now: Timestamp,
): Promise<void> {
  const people: Participant[] = [
    { ...requester, role: 'requester' },
    ...cc.map((person): Participant => ({ ...person, role: 'cc' })),
  ];
  for (const { name, email, role } of people) {
    await insertParticipant(db, { ticket_id: ticketId, email, name, role, added_at: now });
  }
}

/** False when that address takes part already. */
export async function addParticipant(
  db: Database,
  ticketId: number,
  person: Person,
  role: Participant['role'],
  by: string,
  now: Timestamp,
): Promise<boolean> {
  const result = await db
    .insertInto('participant')
    .values({ ticket_id: ticketId, email: person.email, name: person.name, role, added_at: now })
    .onConflict((conflict) => conflict.columns(['ticket_id', 'email']).doNothing())
    .executeTakeFirst();
  if (!result.numInsertedOrUpdatedRows) return false;
  await addEvent(db, ticketId, { type: 'participant-added', from: null, to: person.email, by, at: now });
  return true;
}

/** Notes people who were Cc'd on a later mail: they take no part until staff adds them. */
export async function addMentioned(db: Database, ticketId: number, people: readonly Person[]): Promise<void> {
  for (const { name, email } of people) await insertMentioned(db, { ticket_id: ticketId, email, name });
}

/** In the order in which they joined. */
export async function listParticipants(db: Database, ticketId: number): Promise<Participant[]> {
  return readRows(db, 'select name, email, role from participant where ticket_id = ? order by id', [ticketId]);
}

/** People of later mails who do not take part. */
export async function listMentioned(db: Database, ticketId: number): Promise<Person[]> {
  return readRows(
    db,
    `select name, email from mentioned m where ticket_id = ? and not exists
      (select 1 from participant p where p.ticket_id = m.ticket_id and p.email = m.email)
    order by email`,
    [ticketId],
  );
}
