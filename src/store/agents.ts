// The staff.

import type { Selectable } from 'kysely';
import type { Agent, Timestamp } from '../domain/ticket.ts';
import { RefusedError } from '../errors.ts';
import type { Database } from './database.ts';
import { readRow, readRows } from './read-rows.ts';
import type { AgentTable } from './schema.ts';

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
  return readRows(db, `${selectAgents} order by login`);
}

export async function findAgent(db: Database, login: string): Promise<StoredAgent | undefined> {
  return readRow(db, `${selectAgents} and login = ?`, [login]);
}

/** Case does not matter. */
export async function findAgentByEmail(db: Database, email: string): Promise<StoredAgent | undefined> {
  return readRow(db, `${selectAgents} and lower(email) = lower(?)`, [email]);
}

const selectAgents = 'select id, login, name, email from agent where removed_at is null';

function toAgent(row: Selectable<AgentTable>): StoredAgent {
  return { id: row.id, login: row.login, name: row.name, email: row.email };
}
