// The best matches of a search first: by BM25, the subject counting most, then names and addresses, then the texts.

import { both, joinSql, type Sql, sql, type WantedTerm } from './list-filter.ts';

/** Tickets that have every one of the terms. What a ticket says often, or says in several entries, counts once. */
export function rankedIds(terms: readonly WantedTerm[], conditions: readonly Sql[]): Sql {
  const hits = joinSql(
    terms.map(({ match }, place) => hitsOf(match, place)),
    ' union all ',
  );
  const rest = both(conditions);
  return sql(
    `with hit (id, term, place, score) as materialized (${hits.text}),
      best (id, term, score) as (select id, term, max(score) from hit group by id, term, place),
      found (id, score) as (select id, sum(score) from best group by id having count(distinct term) = ${terms.length})
    select ticket.id from found cross join ticket on ticket.id = found.id
      where ${rest.text} order by found.score desc, ticket.id desc`,
    ...[...hits.values, ...rest.values],
  );
}

/** FTS5 gives the best match the lowest number. */
function hitsOf(match: string, term: number): Sql {
  return sql(
    `select rowid, ${term}, 0, -4 * bm25(ticket_search) from ticket_search where ticket_search match ?
    union all
    select p.ticket_id, ${term}, 1, -2 * bm25(participant_search)
      from participant_search cross join participant p on p.id = participant_search.rowid where participant_search match ?
    union all
    select e.ticket_id, ${term}, 2, -bm25(entry_search)
      from entry_search cross join entry e on e.id = entry_search.rowid where entry_search match ?`,
    ...[match, match, match],
  );
}
