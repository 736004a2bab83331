// D4–D6: the mailbox changes under a sweep: renumbered, emptied, filled, read by others, moved away.

import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { startRelay } from '../support/relay.ts';
import { type Bench, type Lab, startMailboxes } from './bench.ts';
import { type MarkedMail, mixedMails } from './mails.ts';
import { pause } from './process.ts';

/** New UIDVALIDITY with the flags kept, and with all mail unread again: nothing is taken a second time. */
export async function renumber(lab: Lab): Promise<void> {
  const dovecot = await startMailboxes({ count: 1 });
  const bench = await lab.open({ dovecot });
  const follow = () => bench.configure({ imap: { ...bench.imap, port: dovecot.imapPort } });
  const tickets = await bench.seedTickets(3);
  for (const unseen of [false, true, true]) {
    await bench.deliver(...mixedMails(lab.random, lab.scale(60, 10), tickets));
    await bench.poll({}, '--limit', String(lab.scale(20, 5)));
    await dovecot.resetUidValidity(bench.user, { unseen });
    follow();
    await bench.deliver(...mixedMails(lab.random, 3, tickets));
    await bench.drain();
    lab.report.points++;
  }
  await bench.audit();
  await dovecot.stop();
}

/** During the sweep others delete what is ahead, read half of the rest, and new mail comes. */
export async function workBeside(lab: Lab): Promise<void> {
  for (let round = 0; round < lab.scale(4, 1); round++) {
    const relay = await startRelay(lab.dovecot.imapPort);
    const bench = await lab.open({ imapPort: relay.port });
    const tickets = await bench.seedTickets(3);
    const count = lab.scale(200, 110);
    const mails = mixedMails(lab.random, count, tickets);
    await bench.deliver(...mails);
    // Round trips of 100 ms leave the others time to work between two chunks.
    relay.setDelay(50);
    const before = relay.passed.fromServer;
    const { child, done } = bench.start(['poll']);
    while (relay.passed.fromServer - before < 20_000 && child.exitCode === null) await pause(5);
    const removed = await disturb(lab, bench, mails);
    await bench.deliver(...mixedMails(lab.random, lab.scale(50, 5), tickets));
    await done;
    await bench.checkMoment();
    relay.setDelay(0);
    await bench.drain();
    await bench.audit({ removed });
    await relay.stop();
    lab.report.points += 3;
  }
}

/** Another client: deletes ten mails near the end, reads every second one. Returns what it deleted. */
async function disturb(lab: Lab, bench: Bench, mails: readonly MarkedMail[]): Promise<Set<MarkedMail>> {
  const victims = mails.slice(-15, -5);
  // Dovecot numbers them as they were delivered, after those that the tickets came from.
  const uidOf = (mail: MarkedMail) => bench.mails.indexOf(mail) + 1;
  const set = victims.map(uidOf).join(',');
  await lab.dovecot.imap(bench.user, [
    'SELECT INBOX',
    `UID STORE ${set} +FLAGS.SILENT (\\Deleted)`,
    `UID EXPUNGE ${set}`,
  ]);
  await lab.dovecot.markSeen(bench.user, mails.filter((mail, i) => i % 2 === 0 && !victims.includes(mail)).map(uidOf));
  return new Set(victims);
}

/** The Maildir is moved away in mid-sweep, an empty one takes its place, and later it comes back. */
export async function moveMailbox(lab: Lab): Promise<void> {
  for (let round = 0; round < lab.scale(5, 1); round++) {
    const relay = await startRelay(lab.dovecot.imapPort);
    const bench = await lab.open({ imapPort: relay.port });
    const tickets = await bench.seedTickets(2);
    await bench.deliver(...mixedMails(lab.random, lab.scale(150, 60), tickets));
    relay.setDelay(30);
    const { done } = bench.start(['poll']);
    await pause(300 + lab.random.below(600));
    const home = join(lab.dovecot.folder, 'mail', bench.user);
    await rename(join(home, 'Maildir'), join(home, 'away'));
    const run = await done;
    lab.report.expect([0, 75].includes(run.code ?? -1), `ended with ${run.code}: ${run.stderr}`);
    relay.setDelay(0);
    await bench.poll();
    await rm(join(home, 'Maildir'), { recursive: true, force: true });
    await rename(join(home, 'away'), join(home, 'Maildir'));
    await mkdir(join(home, 'Maildir', 'tmp'), { recursive: true });
    await bench.checkMoment();
    await bench.drain();
    await bench.audit();
    await relay.stop();
    lab.report.points++;
  }
}
