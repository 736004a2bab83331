import { describe, expect, it } from 'vitest';
import { formatUidSets } from '../../src/mail/uid-set.ts';

describe('UIDs', () => {
  it.each<[name: string, uids: number[], expected: string[]]>([
    ['none', [], []],
    ['one', [7], ['7']],
    ['a run', [1, 2, 3], ['1:3']],
    ['runs and single ones in any order, some twice', [9, 1, 3, 2, 3, 7, 8, 5], ['1:3,5,7:9']],
    ['the largest there are', [4294967294, 4294967295], ['4294967294:4294967295']],
  ])('are written as sequence sets: %s', (_name, uids, expected) => {
    expect(formatUidSets(uids)).toEqual(expected);
  });

  it('of a large mailbox are divided so that no command line is too long, and none is lost', () => {
    const odd = Array.from({ length: 20_000 }, (_, index) => 1_000_000 + index * 2);
    const sets = formatUidSets(odd);
    expect(Math.max(...sets.map((set) => set.length))).toBeLessThan(4_100);
    expect(sets.flatMap((set) => set.split(',').map(Number))).toEqual(odd);
  });
});
