// The scores that tkt has reached on the mail corpus, held by the same functions that `npm run corpus` prints from.
// The corpus is not part of this repository; without it there is nothing to hold.

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { listFalseBounces, type Scores, scoreCorpus, tally, tallyThreads } from '../bench/corpus-score.ts';

const folder = fileURLToPath(new URL('../../shared/corpus', import.meta.url));
const isThere = existsSync(folder);
if (!isThere) console.warn(`No mail corpus at ${folder}: its floors are not tested.`);

/** `passed` of `cases` is what was reached; `share`, in percent, is asked of a corpus that holds other cases too. */
const floors = [
  { area: 'replies', cases: 101, passed: 100, share: 94 },
  { area: 'signatures', cases: 20, passed: 20, share: 95 },
  { area: 'forwards', cases: 79, passed: 79, share: 98 },
  { area: 'bounces', cases: 213, passed: 211, share: 97 },
  { area: 'autoreplies', cases: 55, passed: 55, share: 95 },
  { area: 'charsets', cases: 46, passed: 46, share: 98 },
  { area: 'attachments', cases: 41, passed: 41, share: 98 },
  { area: 'malformed', cases: 103, passed: 103, share: 100 },
];

/** Cases that failed are part of what is compared, so that a broken floor names them. */
const failuresOf = ({ outcomes }: Scores, area: string): string[] =>
  outcomes
    .filter(({ testCase, faults }) => testCase.area === area && faults.length > 0)
    .map(({ testCase }) => testCase.id);

describe.skipIf(!isThere)('the mail corpus', () => {
  let scores: Scores;
  beforeAll(async () => {
    scores = await scoreCorpus(folder);
  }, 600_000);

  test.each(floors)('$area: at least $passed of $cases cases', ({ area, cases, passed, share }) => {
    const { passed: got = 0, total = 0 } = tally(scores.outcomes, (testCase) => testCase.area).get(area) ?? {};
    const floor = total === cases ? passed : (total * share) / 100;
    expect({ failures: failuresOf(scores, area), isHeld: total > 0 && got >= floor }).toMatchObject({ isHeld: true });
  });

  test('at most 3 ordinary mails are taken for a bounce', () => {
    const taken = listFalseBounces(scores.outcomes);
    expect(taken.length, taken.join(' ')).toBeLessThanOrEqual(3);
  });

  test('an ordinary mail is never silenced, nor taken for automatic', () => {
    const controls = scores.outcomes.filter(({ testCase }) => testCase.kind === 'control');
    expect(controls.length).toBeGreaterThan(0);
    expect(controls.filter(({ faults }) => faults.length > 0).map(({ testCase }) => testCase.id)).toEqual([]);
  });

  test('mails of one conversation are one ticket, but for strangers who know only its guessable marks', () => {
    const { people, lists } = tallyThreads(scores.threads);
    expect(people.total).toBeGreaterThan(0);
    expect(people.passed).toBe(people.total);
    expect(lists.passed).toBe(lists.total);
  });
});
