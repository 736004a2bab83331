// Scores tkt's understanding of mail on a corpus: npm run corpus -- [DIR] [--area A] [--id TEXT] [--show] [--json].
// Area `threads` needs a store and is judged elsewhere. Exit code 0: this reports, tests hold the floors.

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { readBounce } from '../src/domain/bounce.ts';
import { classifyMessage } from '../src/domain/classify.ts';
import { readForward } from '../src/domain/forward.ts';
import type { InboundMessage } from '../src/domain/message.ts';
import { mayRespond } from '../src/domain/responder.ts';
import { readText } from '../src/domain/text-of.ts';
import { parseMessage } from '../src/mail/parse.ts';
import { type Answer, type Area, areas, type Case, findFaults, findSmallFaults, readCases } from './corpus-cases.ts';

const own = { addresses: ['support@tkt.test'], instance: 'corpus' };

/** A message whose only content is the text or HTML of a case that has no header. */
function messageAround(testCase: Case): InboundMessage {
  const content = testCase.bytes
    .toString('utf8')
    .replace(/^\ufeff/, '')
    .replace(/\r\n?/g, '\n');
  return {
    sha256: '',
    sizeBytes: testCase.bytes.length,
    headers: [],
    from: [{ name: '', address: 'client@example.com' }],
    sender: null,
    replyTo: [],
    to: [],
    cc: [],
    subject: testCase.subject ?? '',
    messageId: null,
    inReplyTo: [],
    references: [],
    date: null,
    contentType: testCase.input === 'html' ? 'text/html' : 'text/plain',
    contentTypeParams: [],
    text: testCase.input === 'text' ? content : null,
    flowed: false,
    html: testCase.input === 'html' ? content : null,
    attachments: [],
    reportParts: [],
    defects: [],
  };
}

async function answerTo(testCase: Case): Promise<Answer> {
  const answer: Answer = { milliseconds: 0 };
  const startedAt = performance.now();
  try {
    const isMessage = testCase.input === 'message';
    understand(isMessage ? await parseMessage(testCase.bytes) : messageAround(testCase), answer);
  } catch (error) {
    if (error instanceof Error && error.name === 'UnreadableMessage') answer.refused = error.message;
    else answer.crashed = error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
  answer.milliseconds = performance.now() - startedAt;
  return answer;
}

function understand(message: InboundMessage, answer: Answer): void {
  answer.message = message;
  Object.assign(answer, readText(message));
  const classification = classifyMessage(message, own);
  answer.automatic = classification.automatic;
  answer.mayRespond = mayRespond(message, classification, own).respond;
  answer.bounce = readBounce(message);
  answer.forwarded = readForward(message);
}

interface Tally {
  passed: number;
  total: number;
}

interface Outcome {
  testCase: Case;
  answer: Answer;
  faults: string[];
  smallFaults: string[];
}

function tally(outcomes: readonly Outcome[], key: (testCase: Case) => string): Map<string, Tally> {
  const tallies = new Map<string, Tally>();
  for (const { testCase, faults } of outcomes) {
    const entry = tallies.get(key(testCase)) ?? { passed: 0, total: 0 };
    entry.total += 1;
    if (faults.length === 0) entry.passed += 1;
    tallies.set(key(testCase), entry);
  }
  return tallies;
}

const line = (name: string, { passed, total }: Tally): string =>
  `${name.padEnd(48)} ${String(passed).padStart(4)} / ${String(total).padEnd(4)} ${((100 * passed) / total).toFixed(1).padStart(6)} %`;

function printTallies(title: string, tallies: Map<string, Tally>, onlyFaulty: boolean): void {
  console.log(`\n${title}`);
  for (const [name, entry] of [...tallies].sort(([a], [b]) => (a < b ? -1 : 1)))
    if (!onlyFaulty || entry.passed < entry.total) console.log(`  ${line(name, entry)}`);
}

/** Mail that is no bounce and was taken for one: the costliest error, so it is counted apart. The malformed may well be bounces. */
const takenForBounce = (outcomes: readonly Outcome[]): string[] =>
  outcomes
    .filter(
      ({ testCase, answer }) =>
        answer.bounce && !['bounces', 'malformed'].includes(testCase.area) && testCase.expect.auto !== true,
    )
    .filter(({ testCase }) => testCase.expect.no_autoreply !== true)
    .map(({ testCase }) => testCase.id);

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
  if (values.help) return console.log('corpus [DIR] [--area AREA]... [--id TEXT] [--show] [--json]');
  const folder = resolve(positionals[0] ?? '../shared/corpus');
  if (!existsSync(folder)) return console.log(`No corpus at ${folder}: nothing to score.`);
  const chosen = areas.filter((area: Area) => values.area === undefined || values.area.includes(area));
  const cases = chosen.flatMap((area) => readCases(folder, area)).filter(({ id }) => id.includes(values.id ?? ''));
  const outcomes: Outcome[] = [];
  for (const testCase of cases) {
    const answer = await answerTo(testCase);
    outcomes.push({
      testCase,
      answer,
      faults: findFaults(testCase, answer),
      smallFaults: findSmallFaults(testCase, answer),
    });
  }
  const timing = await measure(cases);
  const byArea = tally(outcomes, (c) => c.area);
  const byKind = tally(outcomes, (c) => `${c.area}  ${c.kind ?? '-'}`);
  const bySource = tally(outcomes, (c) => `${c.area}  ${c.source}`);
  const hard = tally(outcomes, (c) => `${c.area}  ${c.hard ? 'hard' : 'not hard'}`);
  const falseBounces = takenForBounce(outcomes);
  const failures = outcomes.filter(({ faults }) => faults.length > 0);
  if (values.json) {
    const plain = (tallies: Map<string, Tally>) => Object.fromEntries(tallies);
    const list = failures.map(({ testCase, faults }) => ({ id: testCase.id, faults }));
    const areasOut = { areas: plain(byArea), kinds: plain(byKind), sources: plain(bySource), hard: plain(hard) };
    return console.log(JSON.stringify({ ...areasOut, falseBounces, ...timing, failures: list }, null, 1));
  }
  printTallies('By kind (those with failures)', byKind, true);
  printTallies('By source (those with failures)', bySource, true);
  printTallies('By hard', hard, false);
  printTallies('By area', byArea, false);
  const small = outcomes.filter(({ smallFaults }) => smallFaults.length > 0);
  if (values.show)
    for (const { testCase, faults } of failures)
      console.log(`\n✗ ${testCase.id} (${testCase.kind ?? '-'}) ${testCase.file}\n  ${faults.join('\n  ')}`);
  if (values.show)
    for (const { testCase, smallFaults } of small) console.log(`· ${testCase.id}: ${smallFaults.join('; ')}`);
  console.log(
    `\nSmaller faults: ${small.length}. Ordinary mail taken for a bounce: ${falseBounces.length} ${falseBounces.join(' ')}`,
  );
  console.log(`${Math.round(timing.perSecond)} cases/s; slowest ${timing.slowestId} ${timing.slowestMs.toFixed(1)} ms`);
}

/** A second pass over warm code: cases a second, and the slowest one. */
async function measure(cases: readonly Case[]): Promise<{ perSecond: number; slowestId: string; slowestMs: number }> {
  const startedAt = performance.now();
  let slowestId = '';
  let slowestMs = 0;
  for (const testCase of cases) {
    const { milliseconds } = await answerTo(testCase);
    if (milliseconds > slowestMs) {
      slowestMs = milliseconds;
      slowestId = testCase.id;
    }
  }
  return { perSecond: (1000 * cases.length) / (performance.now() - startedAt), slowestId, slowestMs };
}

await main();
