// Brings a database to the schema of this program: every missing step in one immediate transaction, or none.

import type { Kysely } from 'kysely';
import { migrations } from '../../migrations/index.ts';
import type { Schema } from './schema.ts';
import { readSchemaVersion, writeSchemaVersion } from './sqlite.ts';

/** Call inside a transaction. Does nothing where another process has done it meanwhile. */
export async function migrate(trx: Kysely<Schema>, now: string): Promise<void> {
  const version = await readSchemaVersion(trx);
  for (const migration of migrations.slice(version)) await migration.up(trx as unknown as Kysely<unknown>, now);
  if (version < migrations.length) await writeSchemaVersion(trx, migrations.length);
}
