// How long commands take from start to end, against `node -e 0` in the same rounds.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { tktScript } from './desk.ts';
import { summarise } from './process.ts';
import { type Report, rowAtMost, rowThatTells } from './rows.ts';
import { rareWord } from './tickets.ts';

interface Case {
  name: string;
  /** None where it only tells. */
  budget?: number;
  args: string[];
  terminal?: boolean;
}

const always: Case[] = [
  { name: '`tkt --version`', budget: 1.2, args: ['--version'] },
  { name: '`tkt --help`', budget: 1.2, args: ['--help'] },
];

const onTickets: Case[] = [
  { name: '`list --limit 30`', budget: 1.4, args: ['list', '--limit', '30'] },
  { name: '`list --limit 30 --json`', budget: 1.4, args: ['list', '--limit', '30', '--json'] },
  { name: '`show`', budget: 1.4, args: ['show', 'TKT-2024-00007'] },
  { name: '`show` of 10,000 entries', args: ['show', '{last}'] },
  { name: '`list` on a terminal', budget: 1.9, args: ['list'], terminal: true },
  {
    name: '`list --mine --priority urgent`',
    budget: 1.4,
    args: ['list', '--mine', '--priority', 'urgent', '--limit', '30'],
  },
  { name: '`list --all --tag vip` (a tenth)', budget: 1.4, args: ['list', '--all', '--tag', 'vip', '--limit', '30'] },
  { name: '`list --all --sort subject`', budget: 1.4, args: ['list', '--all', '--sort', 'subject', '--limit', '30'] },
  { name: '`list --sort createdAt`', budget: 1.4, args: ['list', '--sort', 'createdAt', '--limit', '30'] },
  {
    name: '`list --all --since` (the last days)',
    args: ['list', '--all', '--since', '2024-12-10', '--limit', '30'],
  },
  {
    name: '`list --search` (a word of nearly every ticket)',
    budget: 2,
    args: ['list', '--search', 'printer', '--limit', '30'],
  },
  { name: `\`list --search\` (100 entries)`, budget: 2, args: ['list', '--all', '--search', rareWord] },
  { name: '`list --all --count`', budget: 1.4, args: ['list', '--all', '--count'] },
  { name: '`set-priority`', budget: 1.5, args: ['set-priority', 'TKT-2024-00007', 'high'] },
];

/** Rows for one database; `where` names it; its last ticket has ten thousand entries. `rounds` runs of each, one after the other, so that noise meets all alike. */
export function measureStarts(report: Report, database: string, where: string, rounds: number): void {
  const env = { ...process.env, TKT_DATABASE: database, TKT_AGENT: 'ann', HOME: '/nonexistent', COLUMNS: '120' };
  const canHaveTerminal = existsSync('/usr/bin/script');
  const lastQuery = 'select number from ticket order by id desc limit 1';
  const last = spawnSync('sqlite3', ['-readonly', database, lastQuery], { encoding: 'utf8' }).stdout.trim();
  const cases = [...always, ...onTickets]
    .filter(({ terminal }) => !terminal || canHaveTerminal)
    .map((one) => ({ ...one, args: one.args.map((arg) => (arg === '{last}' ? last : arg)) }));
  const floor = ['-readonly', database, 'select number, subject from ticket where waiting_rank = 0 limit 30'];
  const times = new Map<string, number[]>();
  const cpu = new Map<string, number>();
  const time = (name: string, command: string, args: string[]) => {
    const start = performance.now();
    const cpuBefore = cpuOfChildren();
    const { status, stderr } = spawnSync(command, args, {
      env,
      cwd: '/',
      stdio: ['ignore', 'pipe', 'pipe'],
      maxBuffer: 1e9,
    });
    if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}: ${stderr}`);
    const known = times.get(name) ?? [];
    times.set(name, [...known, performance.now() - start]);
    cpu.set(name, (cpu.get(name) ?? 0) + cpuOfChildren() - cpuBefore);
  };
  const onTerminal = (command: string) => ['-qec', command, '/dev/null'];
  for (let round = 0; round < rounds; round++) {
    time('node', process.execPath, ['-e', '0']);
    time('sqlite3', 'sqlite3', floor);
    if (canHaveTerminal) time('node on a terminal', 'script', onTerminal(`'${process.execPath}' -e 0`));
    for (const { name, args, terminal } of cases) {
      if (terminal) time(name, 'script', onTerminal(`'${process.execPath}' '${tktScript}' ${args.join(' ')}`));
      else time(name, process.execPath, [tktScript, ...args]);
    }
  }
  const of = (name: string) => summarise(times.get(name) ?? []);
  const node = of('node');
  report(
    rowThatTells(`${where}: \`node -e 0\``, `${node.median.toFixed(1)} ms ± ${node.spreadPercent} %`, {
      ms: node.median,
    }),
  );
  const sqlite = of('sqlite3');
  report(
    rowThatTells(`${where}: \`sqlite3\`, 30 rows`, `${(sqlite.median / node.median).toFixed(2)} × node`, {
      ms: sqlite.median,
    }),
  );
  for (const { name, budget, terminal } of cases) {
    const baseName = terminal ? 'node on a terminal' : 'node';
    const base = of(baseName);
    const cpuRatio = (cpu.get(name) ?? 0) / (cpu.get(baseName) ?? 0);
    const { median, least, spreadPercent } = of(name);
    const note = `${median.toFixed(0)} ms ± ${spreadPercent} %, fastest ${(least / base.least).toFixed(2)} ×, CPU ${cpuRatio.toFixed(2)} ×`;
    const ratio = median / base.median;
    if (budget === undefined)
      report(rowThatTells(`${where}: ${name}`, `${ratio.toFixed(2)} × node; ${note}`, { ms: median, cpuRatio }));
    else report(rowAtMost(`${where}: ${name}`, ratio, budget, ' × node', note, { ms: median, cpuRatio }));
  }
}

/** Seconds that programs which have ended took of the processors; on a busy machine it says more than the clock. */
function cpuOfChildren(): number {
  const fields = readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  const ticksPerSecond = 100;
  return (Number(fields[13]) + Number(fields[14])) / ticksPerSecond;
}
