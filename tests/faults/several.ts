// C1–C4: several processes at once, clocks that jump, and an environment with nothing in it.

import { closeSync, openSync } from 'node:fs';
import type { Ticket } from '../../src/domain/ticket.ts';
import type { Bench, Lab } from './bench.ts';
import { markedMail, mixedMails } from './mails.ts';
import { pause, type Run } from './process.ts';

/** 2, 5 and 20 polls at once, some of them killed: one works, the others say so and end. */
export async function pollTogether(lab: Lab): Promise<void> {
  const bench = await lab.open();
  const tickets = await bench.seedTickets(3);
  let slowest = 0;
  for (let round = 0; round < lab.scale(50, 3); round++) {
    await bench.deliver(...mixedMails(lab.random, 4, tickets));
    const started = Array.from({ length: [2, 5, 20][round % 3] ?? 2 }, () => bench.start(['poll']));
    if (round % 2) {
      await pause(lab.random.below(900));
      for (const { child } of started.slice(0, 2)) child.kill('SIGKILL');
      lab.report.points += 2;
    }
    const runs = await Promise.all(started.map(({ done }) => done));
    slowest = Math.max(slowest, ...checkLosers(lab, runs));
    await bench.checkMoment();
  }
  lab.report.note(`the last of those turned away was gone after ${(slowest / 1_000).toFixed(1)} s`);
  await bench.drain();
  await bench.audit();
  await turnAway(lab, bench);
}

/** How long each of those took that found another poll at work. */
function checkLosers(lab: Lab, runs: readonly Run[]): number[] {
  const losers = runs.filter(({ code, stderr }) => code === 75 && stderr.includes('another poll'));
  const others = runs.filter((run) => !losers.includes(run) && run.signal === null);
  lab.report.expect(
    others.every(({ code }) => code === 0),
    `polls at once ended with ${others.map(({ code, stderr }) => `${code} ${stderr}`).join('; ')}`,
  );
  return losers.map(({ ms }) => ms);
}

/** With a poll at work, one that comes in between is gone within a second. */
async function turnAway(lab: Lab, bench: Bench): Promise<void> {
  await bench.deliver(markedMail('new'));
  bench.sink.use({ delayMs: 4_000 });
  const { done } = bench.start(['poll']);
  await bench.sink.waitFor(bench.sink.messages.length + 1);
  const second = await bench.poll();
  lab.report.expect(second.code === 75 && second.ms < 1_000, `turned away with ${second.code} after ${second.ms} ms`);
  lab.report.note(`one alone after ${second.ms} ms`);
  await done;
}

/** Staff write while a sweep runs: all of it is there, and nobody hears of a locked database. */
export async function writeMeanwhile(lab: Lab): Promise<void> {
  const bench = await lab.open();
  await bench.run(['agent', 'add', 'john', '--name', 'John', '--email', 'john@desk.test']);
  const tickets = await bench.seedTickets(3);
  await bench.deliver(...mixedMails(lab.random, lab.scale(400, 60), tickets));
  const { done } = bench.start(['poll']);
  const count = lab.scale(200, 16);
  let written = 0;
  const write = async () => {
    while (written < count) {
      written += 1;
      const args =
        written % 2
          ? ['comment', '1', '--as', 'john', '--internal', '-m', `note ${written}`]
          : ['set-priority', '2', written % 4 ? 'low' : 'high'];
      const run = await bench.run(args);
      lab.report.expect(run.code === 0, `${args.join(' ')} ended with ${run.code}: ${run.stderr}`);
    }
  };
  await Promise.all([done, write(), write()]);
  const notes = bench.look("select id from entry where type = 'note'").length;
  lab.report.expect(notes === Math.ceil(count / 2), `${notes} of ${Math.ceil(count / 2)} notes are there`);
  lab.report.points = count;
  await bench.drain();
  await bench.audit();
}

/** Across the year, back by an hour and by a year, past 2038, in other time zones. */
export async function shiftClock(lab: Lab): Promise<void> {
  const bench = await lab.open();
  const clocks = [
    '@2027-12-31 23:59:58',
    '@2028-01-01 00:30:00',
    '@2027-12-31 23:30:00',
    '@2026-12-31 12:00:00',
    '@2038-01-20 00:00:00',
  ];
  for (const clock of clocks) {
    await bench.deliver(...Array.from({ length: 4 }, () => markedMail('new')), markedMail('automatic'));
    const TZ = lab.random.pick(['UTC', 'Pacific/Kiritimati', 'America/St_Johns', 'Asia/Kathmandu']);
    // faketime reads the time in the zone that the process has.
    const run = await bench.poll({ clock, env: { TZ } });
    lab.report.expect([0, 75].includes(run.code ?? -1), `at ${clock}: ended with ${run.code}: ${run.stderr}`);
    lab.report.points++;
  }
  await checkNumbers(lab, bench);
  await waitByWrongClock(lab, bench);
  await bench.drain();
  await bench.audit();
}

async function checkNumbers(lab: Lab, bench: Bench): Promise<void> {
  const { stdout } = await bench.run(['list', '--all', '--json', 'number,createdAt']);
  const tickets = JSON.parse(stdout) as Array<Pick<Ticket, 'number' | 'createdAt'>>;
  for (const { number, createdAt } of tickets) {
    lab.report.expect(number.split('-')[1] === createdAt.slice(0, 4), `${number} was created at ${createdAt}`);
  }
}

/** A mail put off by a clock that runs years ahead is not left waiting for years. */
async function waitByWrongClock(lab: Lab, bench: Bench): Promise<void> {
  await bench.deliver(markedMail('new'));
  bench.sink.use({ code: 451, at: 'rcpt' });
  await bench.poll({ clock: '+10y' });
  bench.sink.use('accept');
  await bench.drain();
  const waiting = JSON.parse((await bench.run(['outbox', '--json'])).stdout) as unknown[];
  lab.report.expect(waiting.length === 0, 'a mail waits for a clock that was wrong');
}

/** Without HOME, with cron's PATH, in locale C; output that is closed or full. */
export async function stripEnvironment(lab: Lab): Promise<void> {
  const bench = await lab.open();
  await bench.seedTickets(3);
  const trials: Array<Record<string, string | undefined>> = [
    { HOME: undefined },
    { PATH: '/usr/bin:/bin' },
    { LC_ALL: 'C', LANG: 'C' },
    { HOME: undefined, PATH: '/usr/bin:/bin', LC_ALL: 'C', USER: undefined, LOGNAME: undefined },
  ];
  for (const env of trials) {
    await bench.deliver(markedMail('new'));
    const run = await bench.disturbed([0], { env });
    lab.report.expect(run.stderr.includes('Created ticket'), `with ${JSON.stringify(env)}: ${run.stderr}`);
    lab.report.points++;
  }
  await closeOutput(lab, bench);
  await bench.audit();
}

async function closeOutput(lab: Lab, bench: Bench): Promise<void> {
  for (const args of [['list'], ['show', '1'], ['poll', '--json']]) {
    const { child, done } = bench.start(args);
    child.stdout?.destroy();
    const { code, signal, stderr } = await done;
    lab.report.expect(code === 0, `${args[0]} into a closed pipe ended with ${code ?? signal}: ${stderr}`);
    const full = openSync('/dev/full', 'w');
    const run = await bench.run(args, { stdout: full });
    closeSync(full);
    lab.report.expect(run.code === 74, `${args[0]} into /dev/full ended with ${run.code}: ${run.stderr}`);
    lab.report.points += 2;
  }
}
