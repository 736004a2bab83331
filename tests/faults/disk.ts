// F1–F6: a disk that is full or read-only, a database that is locked, damaged or of another time, a process short of everything.

import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import BetterSqlite from 'better-sqlite3';
import type { Bench, Lab } from './bench.ts';
import { markedMail, mixedMails } from './mails.ts';
import { eachOf, hasStrace, inject, isRoot, pause } from './process.ts';

const diskBytes = 6 * 1024 * 1024;

/** A disk of its own of 6 MB. Root may. */
async function withSmallDisk(work: (disk: string) => Promise<void>): Promise<void> {
  const disk = mkdtempSync(join(tmpdir(), 'tkt-disk-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${diskBytes},mode=0700`, 'tmpfs', disk]).status === 0;
  try {
    if (mounted) await work(disk);
  } finally {
    if (mounted) spawnSync('umount', ['-l', disk]);
    rmSync(disk, { recursive: true, force: true });
  }
}

/** The disk fills after k mails; and each write in turn says that there is no room. */
export async function fillDisk(lab: Lab): Promise<void> {
  if (isRoot) {
    await withSmallDisk(async (disk) => {
      for (let mails = 0; mails <= lab.scale(10, 1); mails++) await fillAfter(lab, disk, mails);
    });
  } else {
    lab.report.note('left out: a small disk (root may mount one)');
  }
  if (hasStrace) await refuseWrites(lab);
  else lab.report.note('left out: ENOSPC at the nth write (strace)');
}

async function fillAfter(lab: Lab, disk: string, mails: number): Promise<void> {
  const bench = await lab.open({ databaseFolder: disk });
  for (const file of ['tkt.db', 'tkt.db-wal', 'tkt.db-shm', 'tkt.db.poll.lock', 'tkt.db.send.lock']) {
    rmSync(join(disk, file), { force: true });
  }
  await bench.seedTickets(1);
  await bench.deliver(...Array.from({ length: 12 }, () => markedMail('new', { size: 60_000 })));
  const ballast = join(disk, 'ballast');
  fillUp(ballast, mails * 40_000);
  await bench.disturbed([74], {}, '--quiet');
  await bench.checkMoment();
  const list = await bench.run(['list', '--json']);
  const show = await bench.run(['show', '1']);
  lab.report.expect(
    list.code === 0 && show.code === 0,
    `list ${list.code}, show ${show.code} on a full disk: ${show.stderr}`,
  );
  rmSync(ballast);
  await bench.drain();
  await bench.audit();
  await bench.close();
  lab.report.points++;
}

/** A file that leaves `spare` bytes of its disk. */
function fillUp(file: string, spare: number): void {
  const descriptor = openSync(file, 'w');
  try {
    for (let size = 65_536; size >= 512; size /= 2) {
      try {
        for (;;) writeSync(descriptor, Buffer.alloc(size));
      } catch {
        // No room for so much; perhaps for less.
      }
    }
    ftruncateSync(descriptor, Math.max(0, fstatSync(descriptor).size - spare));
  } finally {
    closeSync(descriptor);
  }
}

async function refuseWrites(lab: Lab): Promise<void> {
  const places = Array.from({ length: lab.scale(40, 3) }, () => 1 + lab.random.below(160));
  const cases = places.map(
    (n) => [lab.random.pick(['pwrite64:error=ENOSPC', 'pwrite64:error=EIO', 'fsync:error=EIO']), n] as const,
  );
  await eachOf(cases, async ([fault, n]) => {
    const [call = '', error = ''] = fault.split(':');
    const bench = await lab.open();
    await bench.seedTickets(1);
    await bench.deliver(...Array.from({ length: 6 }, () => markedMail('new', { size: 20_000 })));
    const nth = call === 'fsync' ? 1 + (n % 12) : n;
    await bench.disturbed([0, 74, 75], { wrap: inject(call, error, `${nth}+`) });
    await bench.checkMoment();
    await bench.drain();
    // A 250 whose record could not be written is as good as lost: the mail goes out again.
    const { counts } = await bench.audit({ replies: false });
    lab.report.expect(bench.sink.messages.length >= counts.in, `${fault} ${nth}: a reply was forgotten`);
    await bench.close();
    lab.report.points++;
  });
}

/** Nothing is marked read, nothing is sent, and the message names the file. */
export async function makeReadOnly(lab: Lab): Promise<void> {
  const check = async (bench: Bench, protect: () => void, free: () => void) => {
    await bench.seedTickets(1);
    await bench.deliver(markedMail('new'));
    protect();
    const run = await bench.disturbed([74, 77]);
    lab.report.expect(run.stderr.includes(bench.database), `does not name the file: ${run.stderr}`);
    lab.report.expect(bench.sink.messages.length === 1, 'sent although it cannot be recorded');
    await bench.checkMoment();
    lab.report.expect((await bench.run(['list'])).code === 0, 'list fails');
    free();
    await bench.drain();
    await bench.audit();
    lab.report.points++;
  };
  if (isRoot) {
    await withSmallDisk(async (disk) => {
      const remount = (how: string) => () => void spawnSync('mount', ['-o', `remount,${how}`, disk]);
      const bench = await lab.open({ databaseFolder: disk });
      await check(bench, remount('ro'), remount('rw'));
    });
  } else {
    const bench = await lab.open();
    await check(
      bench,
      () => chmodSync(bench.database, 0o400),
      () => chmodSync(bench.database, 0o600),
    );
  }
}

/** Another process keeps the database: a while is waited for, more is not. */
export async function lockDatabase(lab: Lab): Promise<void> {
  for (const [heldMs, codes] of [
    [2_000, [0]],
    [lab.scale(30_000, 8_000), [75]],
  ] as const) {
    const bench = await lab.open();
    await bench.seedTickets(1);
    await bench.deliver(markedMail('new'), markedMail('new'));
    const other = new BetterSqlite(bench.database);
    other.exec('begin exclusive');
    const release = pause(heldMs).then(() => other.close());
    const run = await bench.disturbed(codes);
    lab.report.expect(run.ms < 20_000, `waited ${run.ms} ms for a locked database`);
    await bench.checkMoment();
    await release;
    await bench.drain();
    await bench.audit();
    lab.report.points++;
  }
}

/** A damaged, cut, empty or foreign database: refused or read rightly, never replaced, and the mailbox is left alone. */
export async function damageDatabase(lab: Lab): Promise<void> {
  const overwrite = (at: number) => (file: string) => {
    const descriptor = openSync(file, 'r+');
    writeSync(descriptor, Buffer.alloc(4_096, 0xa5), 0, 4_096, at);
    closeSync(descriptor);
  };
  const damages: Array<[name: string, spoil: (file: string) => void, always: boolean]> = [
    ['zero bytes', (file) => truncateSync(file, 0), true],
    ['no database', (file) => writeFileSync(file, 'dear diary\n'.repeat(2_000)), true],
    ['cut in half', (file) => truncateSync(file, Math.floor(statSync(file).size / 8_192) * 4_096), false],
    ...Array.from({ length: lab.scale(8, 2) }, (_, page): [string, (file: string) => void, boolean] => [
      `page ${page * 4}`,
      overwrite(page * 4 * 4_096),
      page === 0,
    ]),
  ];
  for (const [name, spoil, always] of damages) await spoilOnce(lab, name, spoil, always);
  await cutLog(lab);
}

async function spoilOnce(lab: Lab, name: string, spoil: (file: string) => void, always: boolean): Promise<void> {
  const bench = await lab.open();
  await bench.seedTickets(4);
  const backup = join(bench.folder, 'backup');
  await bench.run(['backup', backup]);
  await bench.deliver(markedMail('new'));
  spoil(bench.database);
  const run = await bench.disturbed(always ? [74] : [0, 74]);
  // A page that nothing asked for stays unnoticed; what was told to be recorded is then in whole pages.
  const unread = (await lab.dovecot.listing(bench.user)).filter(({ seen }) => !seen).length;
  lab.report.expect(run.code === 0 || unread === 1, `${name}: the mail was marked as read`);
  if (run.code === 74)
    lab.report.expect(/backup|restore/i.test(run.stderr), `${name}: no way to restore: ${run.stderr}`);
  for (const end of ['-wal', '-shm']) rmSync(bench.database + end, { force: true });
  copyFileSync(backup, bench.database);
  await bench.drain();
  await bench.audit({ replies: run.code !== 0 });
  lab.report.points++;
}

/** A WAL that lost its end: what it held is taken from the mailbox again, since the cursor went back with it. */
async function cutLog(lab: Lab): Promise<void> {
  const bench = await lab.open();
  const tickets = await bench.seedTickets(2);
  await bench.deliver(...mixedMails(lab.random, 30, tickets));
  const { child, done } = bench.start(['poll']);
  const wal = `${bench.database}-wal`;
  for (let turn = 0; turn < 2_000 && (!existsSync(wal) || statSync(wal).size < 300_000); turn++) await pause(1);
  child.kill('SIGKILL');
  await done;
  if (existsSync(wal)) truncateSync(wal, Math.floor(readFileSync(wal).length * 0.6));
  await bench.drain();
  await bench.audit({ replies: false });
  lab.report.points++;
}

/** The first start, by several at once; and a database of a newer program. */
export async function startTogether(lab: Lab): Promise<void> {
  for (let round = 0; round < lab.scale(10, 2); round++) {
    const bench = await lab.open();
    await bench.deliver(markedMail('new'));
    const runs = await Promise.all(Array.from({ length: 4 }, () => bench.run(['list', '--json'])));
    lab.report.expect(
      runs.every(({ code }) => code === 0),
      `first starts ended with ${runs.map(({ code, stderr }) => code + stderr)}`,
    );
    await bench.drain();
    await bench.audit();
    lab.report.points += 4;
  }
  const bench = await lab.open();
  await bench.seedTickets(1);
  await bench.deliver(markedMail('new'));
  const db = new BetterSqlite(bench.database);
  const version = db.pragma('user_version', { simple: true });
  db.pragma('user_version = 999');
  await bench.disturbed([74]);
  await bench.checkMoment();
  db.pragma(`user_version = ${version}`);
  db.close();
  await bench.drain();
  await bench.audit();
}

/** Few files, little memory, no temporary folder: poison does not take the rest along. */
export async function starve(lab: Lab): Promise<void> {
  const trials: Array<[codes: number[], options: { wrap?: string[]; env?: Record<string, string> }]> = [
    // Node itself cannot load a program with so few, and ends with 1.
    [[0, 1, 74, 75], { wrap: ['prlimit', '--nofile=20'] }],
    [[0, 1, 74, 75], { wrap: ['prlimit', '--nofile=26'] }],
    [[0, 1, 74, 75], { wrap: ['prlimit', '--nofile=32'] }],
    [[0], { env: { NODE_OPTIONS: '--max-old-space-size=64' } }],
    [[0], { env: { TMPDIR: '/nonexistent', TMP: '/nonexistent' } }],
  ];
  for (const [codes, options] of trials) {
    const bench = await lab.open();
    const tickets = await bench.seedTickets(2);
    await bench.deliver(
      ...mixedMails(lab.random, 10, tickets),
      ...Array.from({ length: 6 }, () => markedMail('poison')),
    );
    const run = await bench.poll({ ...options, starved: true });
    const fine = run.signal !== null || codes.includes(run.code ?? -1);
    lab.report.expect(
      fine,
      `${JSON.stringify(options)} ended with ${run.code ?? run.signal}: ${run.stderr.slice(-300)}`,
    );
    await bench.checkMoment();
    await bench.drain();
    await bench.audit();
    lab.report.points++;
  }
}
