// D1–D3: an IMAP server that is killed, cut off, falls silent, trickles, refuses or lies.

import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ScriptOptions, startScriptedImap } from '../support/imap-script.ts';
import { type RelayFault, startRelay } from '../support/relay.ts';
import { type Bench, type Lab, startMailboxes } from './bench.ts';
import { markedMail } from './mails.ts';
import { eachOf } from './process.ts';

const largeBytes = 5_000_000;

/** Cuts at ten places of one session, and a server killed in mid-FETCH: no truncated mail is stored. */
export async function cutMidFetch(lab: Lab): Promise<void> {
  const length = await measureSession(lab);
  // The first ones fall into greeting, log-in and search, the last ones into the answers to STORE.
  const early = [5, 60, 200, 600];
  const late = [largeBytes + 100, length - 200, length - 60, length - 10];
  const random = Array.from({ length: lab.scale(12, 1) }, () => 1_000 + lab.random.below(length - 1_000));
  const offsets = lab.short ? [...random, length - 60] : [...early, ...random, ...late];
  lab.report.note(`of ${length} bytes at ${offsets.join(' ')}`);
  await eachOf(offsets, (afterBytes) => breakWire(lab, { kind: 'cut', afterBytes }));
  await killWorker(lab);
  if (!lab.short) await killMaster(lab);
}

async function withMails(bench: Bench): Promise<void> {
  await bench.deliver(markedMail('new'), markedMail('new', { size: largeBytes }), markedMail('automatic'));
}

/** How many bytes the server says in a session that goes well. */
async function measureSession(lab: Lab): Promise<number> {
  const relay = await startRelay(lab.dovecot.imapPort);
  const bench = await lab.open({ imapPort: relay.port });
  await withMails(bench);
  await bench.drain();
  await relay.stop();
  await bench.audit();
  return relay.passed.fromServer;
}

async function breakWire(lab: Lab, fault: RelayFault, ...args: string[]): Promise<void> {
  const relay = await startRelay(lab.dovecot.imapPort, fault);
  const bench = await lab.open({ imapPort: relay.port });
  await withMails(bench);
  const run = await bench.disturbed([0, 75], {}, ...args);
  lab.report.expect(!/uncaught|unhandled/i.test(run.stderr), `${fault.kind} at ${fault.afterBytes}: ${run.stderr}`);
  lab.report.expect(run.ms < 120_000, `${fault.kind} at ${fault.afterBytes} held a poll for ${run.ms} ms`);
  await bench.checkMoment();
  relay.setFault(null);
  await bench.drain();
  await bench.audit();
  await relay.stop();
  await bench.close();
  lab.report.points++;
}

async function killWorker(lab: Lab): Promise<void> {
  const { dovecot, bench, done } = await startLongFetch(lab);
  for (const worker of dovecot.workers()) process.kill(worker, 'SIGKILL');
  await finishLongFetch(lab, bench, done);
  await dovecot.stop();
}

async function killMaster(lab: Lab): Promise<void> {
  const { dovecot, bench, done } = await startLongFetch(lab);
  await dovecot.halt('SIGKILL');
  await done;
  await dovecot.start();
  bench.configure({ imap: { ...bench.imap, port: dovecot.imapPort } });
  await finishLongFetch(lab, bench, done);
  await dovecot.stop();
}

async function startLongFetch(lab: Lab) {
  const dovecot = await startMailboxes({ count: 1 });
  const relay = await startRelay(dovecot.imapPort);
  const bench = await lab.open({ dovecot, imapPort: relay.port });
  await bench.deliver(...Array.from({ length: 5 }, () => markedMail('new', { size: largeBytes })));
  const { child, done } = bench.start(['poll']);
  while (relay.passed.fromServer < largeBytes / 2 && child.exitCode === null)
    await new Promise((resolve) => setImmediate(resolve));
  done.finally(() => relay.stop());
  return { dovecot, bench, done };
}

async function finishLongFetch(lab: Lab, bench: Bench, done: Promise<unknown>): Promise<void> {
  await done;
  await bench.checkMoment();
  bench.configure({ imap: { ...bench.imap, port: bench.dovecot.imapPort } });
  await bench.drain();
  await bench.audit();
  lab.report.points++;
}

/** RST, silence for ever, a byte each tenth of a second. */
export async function breakTheWire(lab: Lab): Promise<void> {
  const somewhere = () => lab.random.below(largeBytes);
  const faults: Array<[fault: RelayFault, ...args: string[]]> = [
    ...Array.from({ length: lab.scale(6, 1) }, (): [RelayFault] => [{ kind: 'reset', afterBytes: somewhere() }]),
    [{ kind: 'trickle', afterBytes: 300 }, '--max-seconds', '4'],
    [{ kind: 'stall', afterBytes: somewhere() }, '--max-seconds', '4'],
  ];
  if (!lab.short) {
    // Without a limit of one's own: what cron meets.
    faults.push(
      [{ kind: 'stall', afterBytes: 0 }],
      [{ kind: 'stall', afterBytes: 400 }],
      [{ kind: 'trickle', afterBytes: 100 }],
    );
    faults.push([{ kind: 'stall', afterBytes: somewhere() }], [{ kind: 'stall', afterBytes: 150, way: 'to-server' }]);
  }
  await eachOf(faults, ([fault, ...args]) => breakWire(lab, fault, ...args), lab.scale(4, 2));
}

const refusals: Array<[name: string, script: ScriptOptions]> = [
  ['log-in refused', { answers: { LOGIN: '%t NO [AUTHENTICATIONFAILED] no' } }],
  ['log-in not possible now', { answers: { LOGIN: '%t NO [UNAVAILABLE] later' } }],
  ['throttled', { answers: { LOGIN: '%t NO [THROTTLED] too many' } }],
  ['BYE at once', { greeting: '* BYE too busy' }],
  ['BYE at SELECT', { answers: { SELECT: '* BYE going down' } }],
  ['no INBOX', { answers: { SELECT: '%t NO [NONEXISTENT] no such mailbox' } }],
  ['SEARCH refused', { answers: { 'UID SEARCH': '%t NO [SERVERBUG] oops' } }],
  ['FETCH refused', { answers: { 'UID SEARCH': '* SEARCH 1 2\r\n%t OK', 'UID FETCH': '%t NO [SERVERBUG] oops' } }],
  ['FETCH says nothing', { answers: { 'UID SEARCH': '* SEARCH 1 2\r\n%t OK', 'UID FETCH': '%t OK nothing' } }],
  ['nonsense', { greeting: 'HTTP/1.1 400 Bad Request' }],
];

/** Refusals at every step, and a mailbox whose flags cannot be set: recorded once, though it stays unread. */
export async function refuseAndLie(lab: Lab): Promise<void> {
  await eachOf(refusals, async ([name, script]) => {
    const impostor = await startScriptedImap(script);
    const bench = await lab.open();
    await bench.deliver(markedMail('new'));
    bench.configure({ imap: { ...bench.imap, port: impostor.port } });
    const run = await bench.disturbed(name === 'FETCH says nothing' ? [0, 75] : [75], {}, '--max-seconds', '4');
    lab.report.expect(run.ms < 15_000, `${name}: took ${run.ms} ms`);
    await impostor.stop();
    bench.configure({});
    await bench.drain();
    await bench.audit();
    await bench.close();
    lab.report.points++;
  });
  await takeFromReadOnly(lab);
}

async function takeFromReadOnly(lab: Lab): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tkt-acl-'));
  const rights = join(folder, 'acl');
  chmodSync(folder, 0o755);
  writeFileSync(rights, '* owner lr\n', { mode: 0o644 });
  const dovecot = await startMailboxes({
    count: 1,
    extra: `mail_plugins = acl\nplugin {\n  acl = vfile:${rights}\n}\n`,
  });
  const bench = await lab.open({ dovecot });
  await bench.deliver(markedMail('new'), markedMail('new'), markedMail('automatic'));
  const answer = await dovecot.imap(bench.user, ['SELECT INBOX']);
  lab.report.expect(answer.includes('[READ-ONLY]'), 'the mailbox is not read-only');
  for (let turn = 0; turn < 3; turn++) await bench.disturbed([0]);
  await bench.audit({ seen: false });
  await dovecot.stop();
  rmSync(folder, { recursive: true });
  lab.report.points++;
}
