// Who takes part in a ticket, and who was only mentioned.

import type { Participant, Person, Timestamp } from '../domain/ticket.ts';
import { inChunks } from './conditions.ts';
import type { Database } from './database.ts';
import { addEvent } from './ticket-changes.ts';

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
  for (const chunk of inChunks(people)) {
    await db
      .insertInto('participant')
      .values(chunk.map(({ name, email, role }) => ({ ticket_id: ticketId, email, name, role, added_at: now })))
      .onConflict((conflict) => conflict.columns(['ticket_id', 'email']).doNothing())
      .execute();
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
  for (const { name, email } of people) {
    await db
      .insertInto('mentioned')
      .values({ ticket_id: ticketId, email, name })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
}

/** In the order in which they joined. */
export async function listParticipants(db: Database, ticketId: number): Promise<Participant[]> {
  return db
    .selectFrom('participant')
    .select(['name', 'email', 'role'])
    .where('ticket_id', '=', ticketId)
    .orderBy('id')
    .execute();
}

/** People of later mails who do not take part. */
export async function listMentioned(db: Database, ticketId: number): Promise<Person[]> {
  return db
    .selectFrom('mentioned')
    .select(['name', 'email'])
    .where('ticket_id', '=', ticketId)
    .where('email', 'not in', db.selectFrom('participant').select('email').where('ticket_id', '=', ticketId))
    .orderBy('email')
    .execute();
}
