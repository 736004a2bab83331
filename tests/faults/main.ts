// `npm run faults`: the fault plan on the built tkt, one line a fault. Ends with 1 if anything was lost, doubled or wrong.

import { parseArgs } from 'node:util';
import { dovecotAvailable, dovecotMissing } from '../support/dovecot.ts';
import { openLab, startMailboxes } from './bench.ts';
import { type Fault, missingTools, plan } from './plan.ts';
import { seededRandom } from './random.ts';
import { formatReport, heading } from './report.ts';

const help = `npm run faults -- [--seed N] [--only K1,K2] [--short]

  --seed N      repeats a run; without it a new seed is taken and printed
  --only IDS    only these faults, comma-separated
  --short       a few points of each
`;

const shownProblems = 12;
const say = (line: string) => process.stdout.write(`${line}\n`);

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string' },
      only: { type: 'string' },
      short: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    say(help);
    return 0;
  }
  if (!dovecotAvailable) {
    say(dovecotMissing);
    return 1;
  }
  const seed = Number(values.seed ?? Date.now() % 1_000_000);
  const only = values.only?.toUpperCase().split(',');
  const faults = plan.filter(({ id }) => only === undefined || only.includes(id));
  const unknown = only?.filter((id) => !plan.some((fault) => fault.id === id)) ?? [];
  if (!Number.isSafeInteger(seed) || unknown.length > 0) {
    say(`${unknown.length > 0 ? `unknown: ${unknown.join(', ')}` : '--seed: expected a number'}\n${help}`);
    return 64;
  }
  say(
    `seed ${seed}${values.short ? ', short' : ''}; to repeat one: npm run faults -- --seed ${seed} --only ${faults[0]?.id}`,
  );
  say(heading);
  let failed = 0;
  const dovecot = await startMailboxes();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void dovecot.stop().finally(() => process.exit(75)));
  }
  try {
    for (const fault of faults) if (!(await runFault(fault, { dovecot, seed, short: values.short === true }))) failed++;
  } finally {
    await dovecot.stop();
  }
  say(failed === 0 ? `${faults.length} faults stood` : `${failed} of ${faults.length} faults failed`);
  return failed === 0 ? 0 : 1;
}

interface Setting {
  dovecot: Awaited<ReturnType<typeof startMailboxes>>;
  seed: number;
  short: boolean;
}

async function runFault(fault: Fault, { dovecot, seed, short }: Setting): Promise<boolean> {
  const missing = missingTools(fault);
  if (missing.length > 0) {
    say(`${fault.id}  left out: ${fault.title} (needs ${missing.join(', ')}: apt-get install ${missing.join(' ')})`);
    return true;
  }
  const lab = openLab({ dovecot, random: seededRandom(seed, fault.id), short });
  const startedAt = Date.now();
  try {
    await fault.run(lab);
  } catch (error) {
    lab.report.problems.push(`the trial broke off: ${error instanceof Error ? error.stack : String(error)}`);
  } finally {
    await lab.close();
  }
  say(`${formatReport(fault.id, fault.title, lab.report)}; ${Math.round((Date.now() - startedAt) / 1_000)} s`);
  const { problems } = lab.report;
  for (const problem of problems.slice(0, shownProblems)) say(`      ${problem.trim().replaceAll('\n', '\n      ')}`);
  if (problems.length > shownProblems) say(`      and ${problems.length - shownProblems} more`);
  return lab.report.stood;
}

process.exitCode = await main();
