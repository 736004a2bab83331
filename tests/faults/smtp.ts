// S1–S6: an SMTP server that refuses, hangs, forgets to answer, is away, is slow, or cannot be trusted.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TicketDetails } from '../../src/domain/ticket.ts';
import { makeCertificates } from '../support/certificates.ts';
import { type SinkMode, type SinkOptions, startSmtpSink } from '../support/smtp-sink.ts';
import type { Bench, Lab } from './bench.ts';
import { markedMail } from './mails.ts';
import { eachOf } from './process.ts';

const steps = ['connect', 'mail', 'rcpt', 'data'] as const;

/** 421, 450, 451, 452 at each step: the ticket is unharmed, and the mail goes out later by itself. */
export async function refuseForNow(lab: Lab): Promise<void> {
  const codes = lab.short ? [451] : [421, 450, 451, 452];
  const cases = codes.flatMap((code) => steps.map((at) => ({ code, at })));
  await eachOf(cases, async ({ code, at }) => {
    const bench = await lab.open();
    await bench.deliver(markedMail('new'), markedMail('new'));
    bench.sink.use({ code, at });
    await bench.disturbed([75]);
    await bench.disturbed([0, 75], { clock: '+30s' });
    lab.report.expect(bench.records().numbers.length === 2, `${code} at ${at}: the tickets are not there`);
    bench.sink.use('accept');
    await bench.drain({ clock: '+10m' });
    await bench.audit();
    await bench.close();
    lab.report.points++;
  });
}

/** 550 and 554: final, shown on the ticket, and no bounce is written. */
export async function refuseForGood(lab: Lab): Promise<void> {
  const cases = [550, 554].flatMap((code) => (['mail', 'rcpt', 'data'] as const).map((at) => ({ code, at })));
  await eachOf(cases, async ({ code, at }) => {
    const bench = await lab.open();
    await bench.deliver(markedMail('new'));
    bench.sink.use({ code, at }, 'accept');
    await bench.disturbed([0]);
    const attempts = bench.sink.commands.length;
    await bench.drain({ clock: '+6h' });
    const repeated = bench.sink.commands.length > attempts;
    lab.report.expect(!repeated && bench.sink.messages.length === 0, `${code} at ${at}: tried again`);
    const shown = JSON.parse((await bench.run(['show', '1', '--json'])).stdout) as TicketDetails;
    const delivery = shown.entries[0]?.deliveries[0];
    lab.report.expect(delivery?.state === 'failed', `${code} at ${at}: show says ${JSON.stringify(delivery)}`);
    await bench.audit({ replies: false });
    await bench.close();
    lab.report.points++;
  });
}

/** The answer to the final dot is lost: sent again with the same Message-ID, and only where it was lost. */
export async function loseTheAnswer(lab: Lab): Promise<void> {
  const modes: SinkMode[] = [
    'drop-before-250',
    'reset-before-250',
    'drop-in-data',
    ...(lab.short ? [] : ['hang' as const]),
  ];
  await eachOf(modes, async (mode) => {
    const bench = await lab.open();
    await bench.deliver(...Array.from({ length: lab.scale(12, 5) }, () => markedMail('new')));
    bench.sink.use('accept', mode, mode, 'accept', mode, 'accept');
    // What never left may go over another connection at once.
    const ends = mode === 'drop-in-data' ? [0, 75] : [75];
    await bench.disturbed(ends, {}, ...(mode === 'hang' ? ['--max-seconds', '4'] : []));
    await bench.drain({ clock: '+10m' });
    await bench.audit();
    await bench.close();
    lab.report.points += 3;
  });
}

/** The relay is down for three days, by the clock: tickets are made, and every reply goes out once it is back. */
export async function beAway(lab: Lab): Promise<void> {
  const bench = await lab.open();
  const { port } = bench.sink;
  await bench.sink.stop();
  for (const clock of lab.short ? ['+0', '+2d'] : ['+0', '+10m', '+1h', '+5h', '+1d', '+2d', '+3d']) {
    await bench.deliver(markedMail('new'), markedMail('new'), markedMail('automatic'));
    await bench.disturbed([75], { clock });
    lab.report.points++;
  }
  lab.report.expect(bench.records().known.size === bench.mails.length, 'tickets had to wait for the relay');
  bench.sinks.push(await startSmtpSink({ port }));
  await bench.drain({ clock: '+3d' });
  await bench.drain({ clock: '+4d' });
  await bench.audit();
  await giveUp(lab);
}

/** What could not be sent for five days is given up, with a note. */
async function giveUp(lab: Lab): Promise<void> {
  const bench = await lab.open();
  await bench.sink.stop();
  await bench.deliver(markedMail('new'));
  await bench.disturbed([75]);
  await bench.disturbed([0, 75], { clock: '+6d' });
  const shown = JSON.parse((await bench.run(['show', '1', '--json'])).stdout) as TicketDetails;
  const delivery = shown.entries[0]?.deliveries[0];
  lab.report.expect(delivery?.state === 'failed' && /5 days/.test(delivery.error ?? ''), JSON.stringify(delivery));
  await bench.audit({ replies: false });
}

/** Half a minute a mail: intake does not wait, the poll ends in time, the next ones go on. */
export async function beSlow(lab: Lab): Promise<void> {
  const bench = await lab.open();
  const mails = Array.from({ length: lab.scale(100, 20) }, () => markedMail('new'));
  await bench.deliver(...mails);
  bench.sink.use({ delayMs: lab.scale(30_000, 4_000) });
  // Long enough that a busy machine takes all of it in.
  const run = await bench.disturbed([75], {}, ...(lab.short ? ['--max-seconds', '12'] : []));
  const limit = lab.scale(121_000, 25_000);
  lab.report.expect(run.ms < limit, `a slow relay held a poll for ${run.ms} ms`);
  lab.report.expect(bench.records().known.size === mails.length, 'intake waited for the relay');
  lab.report.points = bench.sink.messages.length;
  bench.sink.use('accept');
  await bench.drain({ clock: '+10m' });
  await bench.audit();
}

/** No STARTTLS, a certificate of nobody's, a refused log-in: no password in the clear, and no mail. */
export async function beStrange(lab: Lab): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tkt-fault-ca-'));
  const certificates = makeCertificates(folder);
  const account = { username: 'support', password: 'sesame-4711' };
  const cases: Array<[sink: SinkOptions, smtp: Record<string, unknown>]> = [
    [{ users: { support: 'sesame-4711' } }, { useTls: true, ...account }],
    [
      { security: 'starttls', certificates, users: { support: 'sesame-4711' } },
      { useTls: true, ...account },
    ],
    [
      { security: 'starttls', certificates, users: { support: 'another' } },
      { useTls: true, caFile: certificates.caFile, ...account },
    ],
  ];
  for (const [options, smtp] of cases) await meetStranger(lab, options, smtp);
  rmSync(folder, { recursive: true });
}

async function meetStranger(lab: Lab, options: SinkOptions, smtp: Record<string, unknown>): Promise<void> {
  const stranger = await startSmtpSink(options);
  const bench: Bench = await lab.open();
  await bench.deliver(markedMail('new'));
  bench.configure({ smtp: { host: '127.0.0.1', port: stranger.port, ...smtp } });
  await bench.disturbed([75]);
  lab.report.expect(stranger.messages.length === 0, 'mail went to a stranger');
  const trusted = smtp.caFile !== undefined;
  lab.report.expect(
    trusted || !stranger.commands.some((command) => command.startsWith('AUTH')),
    'a stranger got the password',
  );
  await stranger.stop();
  bench.configure({});
  await bench.drain({ clock: '+10m' });
  await bench.audit();
  lab.report.points++;
}
