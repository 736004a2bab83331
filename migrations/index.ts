// The ordered list of schema steps. The version of a database is the number of steps it has taken.

import type { Kysely } from 'kysely';
import * as initial from './0001_initial.ts';

/** One schema step. `now` is the time of the run. Frozen once released. */
export interface Migration {
  name: string;
  up(db: Kysely<unknown>, now: string): Promise<void>;
}

export const migrations: readonly Migration[] = [{ name: '0001_initial', up: initial.up }];
