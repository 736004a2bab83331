// npm run corpus -- [DIR] [--area A]... [--id TEXT] [--show] [--json]: scores tkt on a corpus of mails whose format and way
// to compare its README tells. Exit code 0 whatever the scores: this reports, tests/corpus.test.ts holds the floors.

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

import {
  listFalseBounces,
  measureSpeed,
  type Outcome,
  type Scores,
  type Speed,
  scoreCorpus,
  type Tally,
  tally,
  tallyThreads,
} from './corpus-score.ts';
import type { ThreadOutcome } from './corpus-threads.ts';

const line = (name: string, { passed, total }: Tally): string =>
  `  ${name.padEnd(48)} ${String(passed).padStart(4)} / ${String(total).padEnd(4)} ${((100 * passed) / Math.max(total, 1)).toFixed(1).padStart(6)} %`;

function printTallies(title: string, tallies: Map<string, Tally>): void {
  console.log(`\n${title}`);
  for (const [name, entry] of [...tallies].sort(([a], [b]) => (a < b ? -1 : 1))) console.log(line(name, entry));
}

function printFailures({ outcomes, threads }: Scores): void {
  for (const { testCase, faults } of outcomes)
    if (faults.length > 0)
      console.log(`\n✗ ${testCase.id} (${testCase.kind ?? '-'}) ${testCase.file}\n  ${faults.join('\n  ')}`);
  for (const { testCase, smallFaults } of outcomes)
    if (smallFaults.length > 0) console.log(`· ${testCase.id}: ${smallFaults.join('; ')}`);
  for (const { threadCase, got, result } of threads)
    if (result !== 'same')
      console.log(`\n${result === 'wrong' ? '✗' : '·'} ${threadCase.id} (${threadCase.kind})
  ${result}: ${JSON.stringify(got)}, expected ${JSON.stringify(threadCase.tickets)}`);
}

function printThreads(threads: readonly ThreadOutcome[]): void {
  const { people, lists } = tallyThreads(threads);
  console.log('\nThreads');
  console.log(line('between people', people));
  console.log(line('posts of mailing lists', lists));
  const split = threads.filter(({ result }) => result === 'split').map(({ threadCase }) => threadCase.id);
  if (split.length > 0)
    console.log(`  Split, for only people who take part in a ticket may add to it by its guessable marks (counted as
  passed): ${split.join(', ')}`);
}

function printSpeed({ messagesPerSecond, slowest }: Speed): void {
  const list = slowest.map(({ id, milliseconds }) => `${id} ${milliseconds.toFixed(1)} ms`).join(', ');
  console.log(`${Math.round(messagesPerSecond)} messages a second; slowest: ${list}`);
}

const byArea = (outcomes: readonly Outcome[]) => tally(outcomes, (c) => c.area);
const groupings = [
  ['By kind', (outcomes: readonly Outcome[]) => tally(outcomes, (c) => `${c.area}  ${c.kind ?? '-'}`)],
  ['By source', (outcomes: readonly Outcome[]) => tally(outcomes, (c) => `${c.area}  ${c.source}`)],
  ['By hard', (outcomes: readonly Outcome[]) => tally(outcomes, (c) => `${c.area}  ${c.hard ? 'hard' : 'not hard'}`)],
  ['By area', byArea],
] as const;

function printJson(scores: Scores, speed: Speed): void {
  const { outcomes, threads } = scores;
  const [kinds, sources, hard, areas] = groupings.map(([, group]) => Object.fromEntries(group(outcomes)));
  const failures = outcomes
    .filter(({ faults }) => faults.length > 0)
    .map(({ testCase, faults }) => ({ id: testCase.id, faults }));
  const report = {
    areas,
    kinds,
    sources,
    hard,
    threads: tallyThreads(threads),
    falseBounces: listFalseBounces(outcomes),
    speed,
    failures,
  };
  console.log(JSON.stringify(report, null, 1));
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      area: { type: 'string', multiple: true },
      id: { type: 'string' },
      show: { type: 'boolean' },
      json: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return console.log('npm run corpus -- [DIR] [--area AREA]... [--id TEXT] [--show] [--json]');
  const folder = resolve(positionals[0] ?? '../shared/corpus');
  if (!existsSync(folder)) return console.log(`No corpus at ${folder}: nothing to score.`);
  const scores = await scoreCorpus(folder, {
    ...(values.area ? { areas: values.area } : {}),
    ...(values.id ? { id: values.id } : {}),
  });
  const { outcomes, threads } = scores;
  const speed = await measureSpeed(outcomes.map(({ testCase }) => testCase));
  if (values.json) return printJson(scores, speed);
  for (const [title, group] of groupings) printTallies(title, group(outcomes));
  if (threads.length > 0) printThreads(threads);
  if (values.show) printFailures(scores);
  const small = outcomes.filter(({ smallFaults }) => smallFaults.length > 0).length;
  const falseBounces = listFalseBounces(outcomes);
  console.log(
    `\nOrdinary mail taken for a bounce: ${falseBounces.length}${falseBounces.map((id) => ` ${id}`).join('')}`,
  );
  console.log(`Smaller faults (extra recipients, class of a bounce), not counted: ${small}`);
  printSpeed(speed);
}

await main();
