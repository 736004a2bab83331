// L1–L3: two desks that answer each other, floods, and a long run with everything going wrong.

import { startRelay } from '../support/relay.ts';
import type { SinkMessage } from '../support/smtp-sink.ts';
import type { Bench, Lab } from './bench.ts';
import { markedMail, mixedMails } from './mails.ts';
import { pause } from './process.ts';

/** What each sends is delivered to the other, as it is and with the marks of automatic mail stripped: it stops by itself. */
export async function answerEachOther(lab: Lab): Promise<void> {
  for (const strip of [false, true]) {
    const desks = [await openDesk(lab, 'left@one.test'), await openDesk(lab, 'right@two.test')] as const;
    await desks[0].deliver(markedMail('new', { from: 'right@two.test' }));
    const delivered = [0, 0];
    for (let round = 0; round < lab.scale(20, 5); round++) {
      for (const [index, desk] of desks.entries()) {
        await desk.disturbed([0]);
        const other = desks[1 - index] ?? desk;
        const fresh = desk.sink.messages.slice(delivered[index]);
        delivered[index] = desk.sink.messages.length;
        for (const message of fresh) await lab.dovecot.deliver(other.user, asDelivered(message, strip));
      }
      lab.report.points++;
    }
    const tickets = desks.map((desk) => desk.records().numbers.length);
    const sent = desks.map((desk) => desk.sink.messages.length);
    const stopped = Math.max(...sent) <= 1 && tickets[0] === 1 && (tickets[1] ?? 0) <= 1;
    lab.report.expect(stopped, `${tickets.join(' and ')} tickets, ${sent.join(' and ')} automatic replies`);
    lab.report.note(`${strip ? 'marks stripped' : 'as sent'}: ${tickets.join('+')} tickets, ${sent.join('+')} replies`);
  }
}

function openDesk(lab: Lab, address: string): Promise<Bench> {
  return lab.open({ config: { supportEmail: address, limits: {} } });
}

/** As a mail server puts it into a mailbox; `strip`: through one that loses everything which marks it as automatic. */
function asDelivered({ raw, envelope }: SinkMessage, strip: boolean): string {
  const text = raw.toString();
  if (!strip) return `Return-Path: <${envelope.from}>\r\n${text}`;
  return text.replace(/^(Auto-Submitted|X-Auto-Response-Suppress|Precedence|X-Loop|X-Tkt-[A-Za-z]+):.*\r\n/gim, '');
}

/** Many mails from one sender, then from as many forged ones: all recorded, replies under their ceilings. */
export async function flood(lab: Lab): Promise<void> {
  const bench = await lab.open({ config: { limits: {} } });
  const count = lab.scale(2_000, 250);
  await bench.deliver(...Array.from({ length: count }, () => markedMail('new', { from: 'flood@client.test' })));
  await bench.drain();
  const toOne = bench.sink.messages.length;
  lab.report.expect(toOne <= 5, `${toOne} automatic replies to one address`);
  await bench.deliver(...Array.from({ length: count }, () => markedMail('new')));
  await bench.drain();
  const replies = bench.sink.messages.length - toOne;
  lab.report.expect(replies <= 100, `${replies} automatic replies in one sweep`);
  lab.report.expect(lab.report.peakMb < 600, `${lab.report.peakMb} MB`);
  lab.report.note(`${toOne} replies to one, ${replies} to ${count} others`);
  await bench.audit({ replies: false });
  lab.report.points = count * 2;
}

/** Sweep after sweep with kills, resets and lost answers at random; neither time nor memory grows with the tickets. */
export async function soak(lab: Lab): Promise<void> {
  const relay = await startRelay(lab.dovecot.imapPort);
  const bench = await lab.open({ imapPort: relay.port });
  const tickets = await bench.seedTickets(5);
  const sweeps = lab.scale(100, 4);
  const size = lab.scale(100, 25);
  const clean: number[] = [];
  const memory: number[] = [];
  for (let sweep = 0; sweep < sweeps; sweep++) {
    await bench.deliver(...mixedMails(lab.random, size, tickets));
    const trouble = sweep % 5 === 0 ? 'none' : lab.random.pick(['kill', 'reset', 'answer']);
    if (trouble === 'reset') relay.setFault({ kind: 'reset', afterBytes: lab.random.below(size * 700) });
    if (trouble === 'answer') bench.sink.use('drop-before-250', 'accept', 'reset-before-250', 'accept');
    const { child, done } = bench.start(['poll']);
    if (trouble === 'kill') await pause(200 + lab.random.below(size * 15));
    if (trouble === 'kill') child.kill('SIGKILL');
    const run = await done;
    relay.setFault(null);
    bench.sink.use('accept');
    if (trouble === 'none') clean.push(run.ms);
    if (trouble === 'none') memory.push(run.peakMb);
    else lab.report.points++;
    await bench.checkMoment();
  }
  await bench.drain({ clock: '+10m' });
  await bench.audit();
  await relay.stop();
  checkGrowth(lab, 'ms', clean, 2);
  checkGrowth(lab, 'MB', memory, 1.5);
}

/** The median of the last clean sweeps against that of the first. */
function checkGrowth(lab: Lab, unit: string, values: readonly number[], limit: number): void {
  const third = Math.max(1, Math.floor(values.length / 3));
  const first = median(values.slice(0, third));
  const last = median(values.slice(-third));
  lab.report.note(`${Math.round(first)} to ${Math.round(last)} ${unit}`);
  lab.report.expect(lab.short || last < first * limit, `a sweep went from ${first} to ${last} ${unit}`);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
