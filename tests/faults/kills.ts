// K1 and K3: polls that are ended at random times, by kill -9 and by what cron and a log-out send.

import type { Bench, Lab } from './bench.ts';
import { type KnownTicket, mixedMails } from './mails.ts';
import { pause } from './process.ts';

const mailsAtOnce = 4;
/** What a mail that waits adds to a poll. */
const pendingMs = 10;

/** kill -9 at a random time of every poll, while mail keeps coming. */
export async function killAtRandom(lab: Lab): Promise<void> {
  const rounds = lab.scale(5, 1);
  for (let round = 0; round < rounds; round++) {
    const bench = await lab.open();
    const tickets = await bench.seedTickets(3);
    const lengthMs = await measurePoll(lab, bench, tickets);
    const kills = lab.scale(64, 8);
    for (let killed = 0, turn = 0; killed < kills && turn < kills * 2; turn++) {
      await bench.deliver(...mixedMails(lab.random, mailsAtOnce, tickets));
      // What earlier kills left makes the poll longer: each of its moments is to have its chance.
      const pending = bench.mails.length - bench.records().known.size;
      const window = lengthMs + pending * pendingMs;
      if (await stopAfter(lab, bench, 'SIGKILL', lab.random.next() * window)) killed++;
    }
    await finish(lab, bench);
  }
}

/** SIGTERM and SIGHUP: an orderly end within 5 seconds, with what was done kept and the rest left. */
export async function askToStop(lab: Lab): Promise<void> {
  const bench = await lab.open();
  const tickets = await bench.seedTickets(3);
  const lengthMs = await measurePoll(lab, bench, tickets);
  for (let turn = 0; turn < lab.scale(60, 6); turn++) {
    await bench.deliver(...mixedMails(lab.random, mailsAtOnce, tickets));
    await stopAfter(lab, bench, turn % 2 ? 'SIGHUP' : 'SIGTERM', lab.random.next() * lengthMs);
    const run = bench.runs.at(-1);
    // Before tkt has set itself up, node ends by the signal itself.
    const orderly = run?.signal !== null || run.code === 0 || run.code === 75;
    lab.report.expect(orderly, `ended with ${run?.code} after a signal: ${run?.stderr}`);
  }
  await finish(lab, bench);
}

async function measurePoll(lab: Lab, bench: Bench, tickets: readonly KnownTicket[]): Promise<number> {
  await bench.deliver(...mixedMails(lab.random, mailsAtOnce, tickets));
  return (await bench.poll()).ms;
}

type Ending = 'SIGKILL' | 'SIGTERM' | 'SIGHUP';

/** Whether the poll was still there to be ended. */
async function stopAfter(lab: Lab, bench: Bench, signal: Ending, ms: number): Promise<boolean> {
  const { child, done } = bench.start(['poll']);
  await pause(ms);
  const sentAt = Date.now();
  const alive = child.exitCode === null && child.kill(signal);
  const run = await done;
  lab.report.expect(!alive || run.endedAt - sentAt <= 5_000, `took ${run.endedAt - sentAt} ms to end by ${signal}`);
  if (alive) lab.report.points++;
  await bench.checkMoment();
  return alive;
}

async function finish(lab: Lab, bench: Bench): Promise<void> {
  await bench.drain();
  const { counts } = await bench.audit();
  if (counts.sent > counts.owed) lab.report.note(`${counts.sent - counts.owed} replies sent again after a kill`);
  await bench.close();
}
