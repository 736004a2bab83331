// From what somebody types after --search to queries of FTS5, of which none can be a syntax error.

/** More words than these are not looked for: each is a lookup of its own. */
const mostTerms = 32;

/**
 * One query a term, all of which a ticket must match: words, "quoted phrases", and beginnings with a star (`logi*`).
 * Terms without a letter or digit are left out; so [] means that nothing can be found.
 */
export function toMatchQueries(search: string): string[] {
  const queries: string[] = [];
  // Real input: login "reset link" invoi* ann@example.com
  for (const [term] of search.replaceAll('\0', ' ').matchAll(/"[^"]*"?\*?|[^\s"]+/g)) {
    const words = term.replaceAll('"', ' ').replace(/\*+$/, '').trim();
    if (!/[\p{L}\p{N}]/u.test(words)) continue;
    queries.push(term.endsWith('*') ? `"${words}"*` : `"${words}"`);
    if (queries.length === mostTerms) break;
  }
  return queries;
}
