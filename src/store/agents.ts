// The staff.

import type { Selectable } from 'kysely';
import type { Agent, Timestamp } from '../domain/ticket.ts';
import { RefusedError } from '../errors.ts';
import { lowerEquals } from './conditions.ts';
import type { Database } from './database.ts';
import type { AgentTable } from './schema.ts';
import { statement } from './statement.ts';

/** An agent with the id of the row. */
export interface StoredAgent extends Agent {
  id: number;
}

/** Adds an agent, or brings back one that was removed. Throws RefusedError where login or address is taken. */
export async function addAgent(db: Database, agent: Agent, now: Timestamp): Promise<StoredAgent> {
  if (await findAgent(db, agent.login)) throw new RefusedError(`There is an agent ${agent.login} already.`);
  const namesake = await findAgentByEmail(db, agent.email);
  if (namesake) throw new RefusedError(`${agent.email} is the address of agent ${namesake.login} already.`);
  const values = { name: agent.name, email: agent.email };
  const row = await db
    .insertInto('agent')
    .values({ login: agent.login, ...values, created_at: now, removed_at: null })
    .onConflict((conflict) => conflict.column('login').doUpdateSet({ ...values, removed_at: null }))
    .returningAll()
    .executeTakeFirstOrThrow();
  return toAgent(row);
}

/** False where there is no such agent. Their entries, and the tickets assigned to them, keep their name. */
export async function removeAgent(db: Database, login: string, now: Timestamp): Promise<boolean> {
  const result = await db
    .updateTable('agent')
    .set({ removed_at: now })
    .where('login', '=', login)
    .where('removed_at', 'is', null)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** Those who are there, by login. */
export async function listAgents(db: Database): Promise<StoredAgent[]> {
  const rows = await db.selectFrom('agent').selectAll().where('removed_at', 'is', null).orderBy('login').execute();
  return rows.map(toAgent);
}

export async function findAgent(db: Database, login: string): Promise<StoredAgent | undefined> {
  const query = db.selectFrom('agent').selectAll().where('login', '=', login).where('removed_at', 'is', null);
  const row = await query.executeTakeFirst();
  return row && toAgent(row);
}

const selectByEmail = statement<{ email: string }, Selectable<AgentTable>>((db, { email }) =>
  db.selectFrom('agent').selectAll().where(lowerEquals('email', email)).where('removed_at', 'is', null).compile(),
);

/** Case does not matter. */
export async function findAgentByEmail(db: Database, email: string): Promise<StoredAgent | undefined> {
  const row = await selectByEmail.first(db, { email });
  return row && toAgent(row);
}

function toAgent(row: Selectable<AgentTable>): StoredAgent {
  return { id: row.id, login: row.login, name: row.name, email: row.email };
}
