import type BetterSqlite from 'better-sqlite3';

/** Full-text indexes that do not say what their tables say, or that are left for later: [] when all is well. */
export function listSearchDamage(db: BetterSqlite.Database): string[] {
  const damage: string[] = [];
  for (const table of ['ticket', 'participant', 'entry']) {
    try {
      db.exec(`insert into ${table}_search (${table}_search, rank) values ('integrity-check', 1)`);
    } catch (error) {
      damage.push(`${table}_search: ${(error as Error).message}`);
    }
  }
  const later = db.prepare('select count(*) from search_later').pluck().get();
  if (later !== 0) damage.push('rows are still to be indexed');
  return damage;
}
