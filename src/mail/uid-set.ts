// UIDs as IMAP writes them (RFC 9051 §9, sequence-set): 1:5,7

// A command line over about 8,000 octets is more than some servers take (RFC 9051 §4).
const longestSet = 4000;

/** Sequence sets that together name exactly these UIDs, in ascending order, each short enough for one command. */
export function formatUidSets(uids: Iterable<number>): string[] {
  const sorted = [...new Set(uids)].sort((a, b) => a - b);
  const sets: string[] = [];
  let current = '';
  for (let start = 0; start < sorted.length; ) {
    let end = start;
    while (sorted[end + 1] === (sorted[end] ?? 0) + 1) {
      end += 1;
    }
    const range = start === end ? `${sorted[start]}` : `${sorted[start]}:${sorted[end]}`;
    if (current !== '' && current.length + range.length >= longestSet) {
      sets.push(current);
      current = '';
    }
    current = current === '' ? range : `${current},${range}`;
    start = end + 1;
  }
  return current === '' ? sets : [...sets, current];
}
