// Scores every case of the corpus: what `npm run corpus` prints and what tests/corpus.test.ts holds to its floors.

import { answerTo, openExplainer } from './corpus-answers.ts';
import { type Answer, type Area, areas, type Case, findFaults, findSmallFaults, readCases } from './corpus-cases.ts';
import { judgeThread, readThreadCases, type ThreadOutcome } from './corpus-threads.ts';

export interface Outcome {
  testCase: Case;
  answer: Answer;
  faults: string[];
  smallFaults: string[];
}

export interface Scores {
  outcomes: Outcome[];
  threads: ThreadOutcome[];
}

export interface Tally {
  passed: number;
  total: number;
}

export interface ScoreOptions {
  /** Only these areas; `threads` is one of them. */
  areas?: readonly string[];
  /** Only cases whose id contains it. */
  id?: string;
}

/** Answers every chosen case. Nothing is thrown for what a mail does to tkt: that is a fault of the case. */
export async function scoreCorpus(folder: string, options: ScoreOptions = {}): Promise<Scores> {
  const isChosen = (area: Area | 'threads'): boolean => options.areas?.includes(area) ?? true;
  const isWanted = ({ id }: { id: string }): boolean => id.includes(options.id ?? '');
  const outcomes: Outcome[] = [];
  const explainer = await openExplainer();
  try {
    for (const testCase of areas.filter(isChosen).flatMap((area) => readCases(folder, area)))
      if (isWanted(testCase)) outcomes.push(judge(testCase, await answerTo(explainer, testCase)));
  } finally {
    await explainer.close();
  }
  const threads: ThreadOutcome[] = [];
  for (const threadCase of isChosen('threads') ? readThreadCases(folder) : [])
    if (isWanted(threadCase)) threads.push(await judgeThread(threadCase));
  return { outcomes, threads };
}

function judge(testCase: Case, answer: Answer): Outcome {
  return { testCase, answer, faults: findFaults(testCase, answer), smallFaults: findSmallFaults(testCase, answer) };
}

export function tally(outcomes: readonly Outcome[], key: (testCase: Case) => string): Map<string, Tally> {
  const tallies = new Map<string, Tally>();
  for (const { testCase, faults } of outcomes) {
    const entry = tallies.get(key(testCase)) ?? { passed: 0, total: 0 };
    entry.total += 1;
    if (faults.length === 0) entry.passed += 1;
    tallies.set(key(testCase), entry);
  }
  return tallies;
}

/** Threads by kind: posts of lists, which a tool may refuse, apart from mail between people. A split by policy passes. */
export function tallyThreads(threads: readonly ThreadOutcome[]): { people: Tally; lists: Tally } {
  const count = (isList: boolean): Tally => {
    const chosen = threads.filter(({ threadCase }) => (threadCase.kind === 'list') === isList);
    return { passed: chosen.filter(({ result }) => result !== 'wrong').length, total: chosen.length };
  };
  return { people: count(false), lists: count(true) };
}

/** Ids of ordinary mail that was taken for a bounce: the costliest error, so it is counted apart. */
export function listFalseBounces(outcomes: readonly Outcome[]): string[] {
  return outcomes
    .filter(({ testCase: { area, expect }, answer }) => {
      // Broken mails, and those that a machine sent, may well be bounces.
      const mayBeBounce =
        area === 'bounces' || area === 'malformed' || expect.auto === true || expect.no_autoreply === true;
      return !mayBeBounce && Boolean(answer.explanation?.bounce);
    })
    .map(({ testCase }) => testCase.id);
}

export interface Speed {
  /** Whole messages a second, in one process. */
  messagesPerSecond: number;
  slowest: Array<{ id: string; milliseconds: number }>;
}

/** A second pass over warm code. */
export async function measureSpeed(cases: readonly Case[]): Promise<Speed> {
  const explainer = await openExplainer();
  try {
    const times: Speed['slowest'] = [];
    let messages = 0;
    let messageMs = 0;
    for (const testCase of cases) {
      const { milliseconds } = await answerTo(explainer, testCase);
      times.push({ id: testCase.id, milliseconds });
      if (testCase.input !== 'message') continue;
      messages += 1;
      messageMs += milliseconds;
    }
    times.sort((a, b) => b.milliseconds - a.milliseconds);
    return { messagesPerSecond: messages === 0 ? 0 : (1000 * messages) / messageMs, slowest: times.slice(0, 3) };
  } finally {
    await explainer.close();
  }
}
