// K2 and K5: killed at every single step, by strace, until a run ends unharmed.

import type { Bench, Lab } from './bench.ts';
import { type MarkedMail, markedMail } from './mails.ts';
import { eachOf, inject, type Run } from './process.ts';

/** What changes files or talks to servers. Node writes to sockets by write and writev. */
const calls = ['pwrite64', 'fsync', 'fdatasync', 'write', 'writev', 'sendto', 'unlink', 'rename', 'link', 'ftruncate'];

/** A poll of five mails into a new database: killed at the nth call of each kind, for every n. */
export async function killAtEveryStep(lab: Lab): Promise<void> {
  for (const call of calls) {
    const points = await eachPoint(lab, (n) => killPollAt(lab, call, n));
    if (points > 0) lab.report.note(`${call} ${points}`);
  }
  const acknowledging = lab.short ? ['write'] : ['fsync', 'write', 'writev'];
  for (const after of ['move:Done', 'delete']) {
    for (const call of acknowledging) await eachPoint(lab, (n) => killWhileMoving(lab, after, call, n));
  }
}

/** Killed while what was taken in is moved or deleted: nothing leaves the mailbox unrecorded, and in the end all has left. */
async function killWhileMoving(lab: Lab, after: string, call: string, n: number): Promise<boolean> {
  const bench = await lab.open();
  bench.configure({ imap: { ...bench.imap, after } });
  const mails = conversation();
  await bench.deliver(...mails);
  const run = await bench.poll({ wrap: inject(call, 'signal=KILL', String(n)) });
  const count = async (name: string) =>
    (await bench.dovecot.listing(bench.user)).filter(({ folder }) => folder === name).length;
  const gone = mails.length - (await count(''));
  const known = bench.records().known.size;
  lab.report.expect(gone <= known, `${after}, ${call} ${n}: ${gone} left the mailbox, ${known} are recorded`);
  await bench.drain();
  const [left, moved] = [await count(''), await count('Done')];
  const expected = left === 0 && moved === (after === 'delete' ? 0 : mails.length);
  lab.report.expect(expected, `${after}, ${call} ${n}: ${left} are still there, ${moved} were moved`);
  await bench.audit({ removed: new Set(mails), commands: false });
  lab.report.expect(bench.records().known.size === mails.length, `${after}, ${call} ${n}: not all are recorded`);
  await bench.close();
  return wasKilled(run);
}

async function killPollAt(lab: Lab, call: string, n: number): Promise<boolean> {
  const bench = await lab.open();
  await bench.deliver(...conversation());
  const run = await bench.poll({ wrap: inject(call, 'signal=KILL', String(n)) });
  const killed = wasKilled(run);
  lab.report.expect(killed || run.code === 0, `${call} ${n}: ended with ${run.code}: ${run.stderr}`);
  await bench.checkMoment();
  await bench.drain();
  const { problems } = await bench.audit({ commands: n % 20 === 1 });
  if (problems.length > 0) lab.report.note(`${call} ${n} failed`);
  await bench.close();
  return killed;
}

/** Two new mails, an answer to the first, an automatic one, and one that is held. */
function conversation(): MarkedMail[] {
  const first = markedMail('new');
  const answer = markedMail('reply', { answers: first });
  return [first, answer, markedMail('new'), markedMail('automatic'), markedMail('poison', { poison: 0 })];
}

/** Killed while a person writes: done fully or not at all, and a comment that stands is mailed. */
export async function killStaff(lab: Lab): Promise<void> {
  const bench = await lab.open();
  await bench.run(['agent', 'add', 'john', '--name', 'John', '--email', 'john@desk.test']);
  await bench.run(['agent', 'add', 'alice', '--name', 'Alice', '--email', 'alice@desk.test']);
  await bench.seedTickets(1);
  for (const call of ['pwrite64', 'fsync', 'write', 'writev']) {
    await eachPoint(lab, (n) => killComment(lab, bench, call, n), 1);
    await eachPoint(lab, (n) => killChange(lab, bench, call, n), 1);
  }
  await bench.audit();
  await bench.close();
}

async function killComment(lab: Lab, bench: Bench, call: string, n: number): Promise<boolean> {
  const text = `comment ${call} ${n}`;
  const wrap = inject(call, 'signal=KILL', String(n));
  const run = await bench.run(['comment', '1', '--as', 'john', '-m', `${text}.`], { wrap });
  const stands = bench.look(`select id from entry where body = '${text}.'`).length;
  lab.report.expect(stands <= 1, `${text} stands ${stands} times`);
  lab.report.expect(
    wasKilled(run) || (run.code === 0 && stands === 1),
    `${text}: ended with ${run.code}: ${run.stderr}`,
  );
  await bench.drain();
  const copies = bench.sink.messages.filter(({ raw }) => raw.includes(`"${text}."`));
  const expected = stands === 0 ? copies.length === 0 : copies.length >= 1 && copies.length <= (wasKilled(run) ? 2 : 1);
  lab.report.expect(expected, `${text} stands ${stands} times and was mailed ${copies.length} times`);
  const ids = new Set(copies.map((copy) => copy.header('Message-ID')));
  lab.report.expect(ids.size <= 1, `${text}: copies have several Message-IDs`);
  return wasKilled(run);
}

const priorities = ['low', 'high'] as const;

async function killChange(lab: Lab, bench: Bench, call: string, n: number): Promise<boolean> {
  const wanted = { priority: priorities[n % 2] ?? 'low', login: n % 2 ? 'john' : 'alice' };
  const wrap = inject(call, 'signal=KILL', String(n));
  const before = readChanges(bench);
  const runs = [
    await bench.run(['set-priority', '1', wanted.priority], { wrap }),
    await bench.run(['assign', '1', wanted.login, '--as', 'john'], { wrap }),
  ];
  const after = readChanges(bench);
  for (const kind of ['priority', 'assignee'] as const) {
    const changes = after[kind] === before[kind] ? 0 : 1;
    const told = after[`${kind}Events`] - before[`${kind}Events`];
    lab.report.expect(changes === told, `${call} ${n}: ${kind} changed ${changes} times with ${told} events`);
  }
  return runs.some(wasKilled);
}

interface Changes {
  priority: number;
  assignee: number | null;
  priorityEvents: number;
  assigneeEvents: number;
}

function readChanges(bench: Bench): Changes {
  const events = (type: string) => `(select count(*) from event where ticket_id = 1 and type = '${type}')`;
  const sql = `select priority_rank as priority, assignee_id as assignee, ${events('priority-changed')} as priorityEvents,
    ${events('assigned')} as assigneeEvents from ticket where id = 1`;
  const [changes] = bench.look<Changes>(sql);
  if (changes === undefined) throw new Error('the ticket is gone');
  return changes;
}

const mostPoints = 5_000;

/** Calls `at` with 1, 2, … until it answers that nothing was killed any more; in short runs with some of them. */
async function eachPoint(lab: Lab, at: (n: number) => Promise<boolean>, width = 2): Promise<number> {
  let points = 0;
  let over = false;
  function* numbers(): Generator<number> {
    for (let n = 1; n < mostPoints && !over; n = lab.short ? n * 5 + lab.random.below(n * 3) : n + 1) yield n;
  }
  await eachOf(
    numbers(),
    async (n) => {
      if (await at(n)) points++;
      else over = true;
    },
    width,
  );
  lab.report.points += points;
  return points;
}

function wasKilled({ signal }: Run): boolean {
  return signal === 'SIGKILL';
}
