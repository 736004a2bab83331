// Sweeps: against mbsync, over a slow wire, of a large mail, into databases of every size.

import { readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startRelay } from '../../tests/support/relay.ts';
import { type Desk, runMbsync, startSink, tktScript, writeMails } from './desk.ts';
import { generateMails, makeLargeMail } from './mails.ts';
import { run, summarise } from './process.ts';
import { formatNumber, type Report, rowAtLeast, rowAtMost, rowThatTells } from './rows.ts';

/** Redmine's `receive_imap`, the fastest of its kind, on such a machine (PERFORMANCE: mails to tickets, end to end). */
const fastestPeer = 11;

/** A folder of mails, made once. */
export function makeMails(desk: Desk, count: number): string {
  const folder = join(desk.folder, `mails-${count}`);
  writeMails(folder, generateMails(count, count));
  return folder;
}

/** Sweeps of whole mailboxes, each after an mbsync of another one with the same mail. */
export async function measureSweeps(
  desk: Desk,
  options: { count: number; rounds: number; budget: number },
  report: Report,
): Promise<void> {
  const { count, rounds, budget } = options;
  const mails = makeMails(desk, count);
  const sink = await startSink();
  const downloads: number[] = [];
  const sweeps: number[] = [];
  let peak = 0;
  let sent = 0;
  for (let round = 0; round < rounds; round++) {
    downloads.push((await runMbsync(desk, desk.fillMailbox(mails))).ms);
    const { tkt } = desk.install({ user: desk.fillMailbox(mails), smtpPort: sink.port });
    const { ms, peakMb, stdout } = await tkt(['poll', '--json', '-q']);
    const result = JSON.parse(stdout);
    if (result.fetched !== count)
      throw new Error(`of ${count} mails ${result.fetched} were fetched: ${stdout.slice(-300)}`);
    sweeps.push(ms);
    peak = Math.max(peak, peakMb);
    sent = result.sent;
  }
  sink.stop();
  const mbsync = summarise(downloads);
  const tkt = summarise(sweeps);
  const label = count.toLocaleString('en');
  const rate = (count / tkt.median) * 1000;
  const note = `${(tkt.median / 1000).toFixed(2)} s ± ${tkt.spreadPercent} % against ${(mbsync.median / 1000).toFixed(2)} s ± ${mbsync.spreadPercent} %; ${sent} replies sent`;
  const values = { sweepMs: tkt.median, mbsyncMs: mbsync.median };
  report(rowAtMost(`sweep of ${label} mails`, tkt.median / mbsync.median, budget, ' × mbsync', note, values));
  report(rowAtMost(`sweep of ${label} mails: memory`, peak, 300, ' MB', ''));
  report(
    rowAtLeast(
      `sweep of ${label} mails: rate`,
      rate / fastestPeer,
      30,
      ' × the fastest peer',
      `${formatNumber(rate)} mails/s`,
    ),
  );
}

/** 200 mails at 40 ms a round trip, to both servers. */
export async function measureSlowWire(desk: Desk, report: Report): Promise<void> {
  const mails = makeMails(desk, 200);
  const sink = await startSink();
  const relays = [await startRelay(desk.dovecot.imapPort), await startRelay(sink.port)] as const;
  for (const relay of relays) relay.setDelay(20);
  const [imap, smtp] = relays;
  const mbsync = await runMbsync(desk, desk.fillMailbox(mails), imap.port);
  const without = desk.install({ user: desk.fillMailbox(mails), imapPort: imap.port, smtpPort: null });
  const intake = await without.tkt(['poll', '-q', '--json']).catch((error) => error);
  const full = desk.install({ user: desk.fillMailbox(mails), imapPort: imap.port, smtpPort: smtp.port });
  const whole = await full.tkt(['poll', '-q', '--json']);
  const name = '200 mails at 40 ms a round trip';
  const note = `mbsync ${(mbsync.ms / 1000).toFixed(2)} s`;
  if ('ms' in intake) report(rowAtMost(`${name}, before replies`, intake.ms / 1000, 1.5, ' s', note));
  report(rowAtMost(`${name}, with replies`, whole.ms / 1000, 4, ' s', `${JSON.parse(whole.stdout).sent} replies`));
  for (const relay of relays) await relay.stop();
  sink.stop();
}

/** Mails over a wire of 1 MB/s and 20 ms a round trip: what the wire takes, and little more. */
export async function measureThinWire(desk: Desk, count: number, report: Report): Promise<void> {
  const mails = makeMails(desk, count);
  const relay = await startRelay(desk.dovecot.imapPort);
  relay.setDelay(10);
  relay.setRate(1_000_000);
  const mbsync = await runMbsync(desk, desk.fillMailbox(mails), relay.port);
  const { tkt } = desk.install({ user: desk.fillMailbox(mails), imapPort: relay.port, smtpPort: null });
  const { ms } = await tkt(['poll', '-q', '--json']);
  await relay.stop();
  const note = `${(ms / 1000).toFixed(1)} s against ${(mbsync.ms / 1000).toFixed(1)} s`;
  report(rowAtMost(`${count} mails at 1 MB/s and 20 ms a round trip`, ms / mbsync.ms, 1.3, ' × mbsync', note));
}

/** How long intake takes when every mail that goes out takes a second. */
export async function measureSlowSmtp(desk: Desk, count: number, report: Report): Promise<void> {
  const mails = makeMails(desk, count);
  const times: number[] = [];
  for (const delayMs of [0, 1_000]) {
    const sink = await startSink(delayMs);
    const { tkt } = desk.install({ user: desk.fillMailbox(mails), smtpPort: sink.port });
    times.push((await tkt(['poll'], { mark: `Processed ${count} emails` })).markMs);
    sink.stop();
  }
  const [quick = Number.NaN, slow = Number.NaN] = times;
  const note = `${(slow / 1000).toFixed(2)} s against ${(quick / 1000).toFixed(2)} s`;
  report(rowAtMost(`intake of ${count} mails, a second a mail sent, over sent at once`, slow / quick, 1.2, ' ×', note));
}

/** 50 new mails among `count` that were read long ago, against the same 50 alone. */
export async function measureFullMailbox(desk: Desk, count: number, report: Report): Promise<void> {
  const mails = makeMails(desk, 50);
  const times: number[] = [];
  const servers: number[] = [];
  for (const read of [0, count]) {
    const fill = async () => {
      const user = desk.fillMailbox(mails, read);
      // The server makes its index with whoever looks first.
      await desk.dovecot.imap(user, ['SELECT INBOX', 'UID SEARCH UNSEEN', 'UID FETCH 1:* (UID FLAGS RFC822.SIZE)']);
      return user;
    };
    const { tkt } = desk.install({ user: await fill(), smtpPort: null });
    times.push((await tkt(['poll', '-q', '--json'])).ms);
    // To open such a mailbox, and to set the first flag in it, takes the server a while.
    const other = await fill();
    const start = performance.now();
    const mark = `UID STORE ${read + 1}:${read + 50} +FLAGS.SILENT (\\Seen)`;
    await desk.dovecot.imap(other, ['SELECT INBOX', 'UID SEARCH UNSEEN', mark]);
    servers.push(performance.now() - start);
  }
  const [alone = Number.NaN, among = Number.NaN] = times;
  const [serverAlone = Number.NaN, serverAmong = Number.NaN] = servers;
  const ratio = (among - serverAmong) / (alone - serverAlone);
  const seconds = (values: readonly number[]) => values.map((ms) => `${(ms / 1000).toFixed(2)} s`).join(' against ');
  const note = `${seconds([among, alone])}; of that the server ${seconds([serverAmong, serverAlone])}`;
  const name = `50 new mails among ${count.toLocaleString('en')}, over 50 alone, less what the server takes`;
  report(rowAtMost(name, ratio, 1.2, ' ×', note));
}

export async function measureLargeMail(desk: Desk, report: Report): Promise<void> {
  const folder = join(desk.folder, 'large');
  const bytes = writeMails(folder, [makeLargeMail(34)]);
  const { tkt } = desk.install({ user: desk.fillMailbox(folder), smtpPort: null });
  const { peakMb, ms } = await tkt(['poll', '-q', '--json']);
  report(
    rowAtMost(`one mail of ${(bytes / 1e6).toFixed(0)} MB: memory`, peakMb, 200, ' MB', `${(ms / 1000).toFixed(2)} s`),
  );
}

/** The same 200 mails into databases of growing size; the budget is what the largest costs over the smallest. */
export async function measureGrowth(
  desk: Desk,
  databases: ReadonlyMap<number, string>,
  rounds: number,
  report: Report,
): Promise<void> {
  const mails = makeMails(desk, 200);
  const sink = await startSink();
  const times = new Map<number, number[]>([...databases.keys()].map((size) => [size, []]));
  await freeMemory();
  for (let round = 0; round < rounds; round++) {
    for (const [size, database] of databases) {
      const { tkt, folder } = desk.install({
        user: desk.fillMailbox(mails),
        smtpPort: sink.port,
        ...(size > 0 ? { database } : {}),
      });
      // The copy of gigabytes is on its way to the disk, and would be waited for with every commit.
      await run('sync', []);
      times.get(size)?.push((await tkt(['poll', '-q', '--json'])).ms);
      // Gigabytes less to hold in memory.
      rmSync(folder, { recursive: true });
    }
  }
  sink.stop();
  const medians = [...times].map(([size, list]) => ({ size, ...summarise(list) }));
  const first = medians[0]?.median ?? Number.NaN;
  const note = medians
    .map(({ size, median }) => `${size.toLocaleString('en')}: ${(median / 200).toFixed(2)} ms a mail`)
    .join(', ');
  report(
    rowAtMost(
      '200 mails into growing databases, largest over smallest',
      Math.max(...medians.map(({ median }) => median)) / first,
      1.1,
      ' ×',
      note,
    ),
  );
}

/** Gigabytes of files that other rows have left in memory would be cleared away while these are measured. Needs root. */
async function freeMemory(): Promise<void> {
  await run('sync', []);
  try {
    writeFileSync('/proc/sys/vm/drop_caches', '3');
  } catch {
    // Without it the largest looks up to a quarter slower.
  }
}

/** A sweep that finds nothing, less what a log-in, a select and a search take, against `node -e 0`. */
export async function measureEmptySweep(desk: Desk, rounds: number, report: Report): Promise<void> {
  const mails = makeMails(desk, 50);
  const user = desk.fillMailbox(mails);
  const { tkt } = desk.install({ user, smtpPort: null });
  await tkt(['poll', '-q', '--json']);
  const node: number[] = [];
  const empty: number[] = [];
  const trips: number[] = [];
  for (let round = 0; round < rounds; round++) {
    node.push((await run(process.execPath, ['-e', '0'])).ms);
    empty.push((await tkt(['poll', '-q'])).ms);
    const start = performance.now();
    await desk.dovecot.imap(user, ['SELECT INBOX', 'UID SEARCH UNSEEN']);
    trips.push(performance.now() - start);
  }
  const tripsMs = summarise(trips).median;
  const ratio = (summarise(empty).median - tripsMs) / summarise(node).median;
  report(
    rowAtMost(
      'an empty sweep',
      ratio,
      2,
      ' × node',
      `${summarise(empty).median.toFixed(0)} ms, less ${tripsMs.toFixed(0)} ms for the server’s round trips`,
    ),
  );
}

/** What a database takes for 1,000 mails, and how much of that is raw messages. */
export async function measureSizes(desk: Desk, report: Report): Promise<void> {
  const mails = makeMails(desk, 1000);
  const { tkt, database } = desk.install({ user: desk.fillMailbox(mails), smtpPort: null });
  await tkt(['poll', '-q', '--json']);
  const query = 'select sum(size), sum(length(bytes)) from raw_message';
  const { stdout } = await run('sqlite3', ['-readonly', database, query]);
  const [raw = 0, kept = 0] = stdout.trim().split('|').map(Number);
  const size = statSync(database).size;
  const mb = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
  report(
    rowThatTells(
      'database after 1,000 mails',
      `${mb(size)}, of which raw messages ${mb(kept)}, uncompressed ${mb(raw)}`,
      { size, raw, kept },
    ),
  );
}

/** `explain` over generated mails in one process. */
export async function measureExplain(desk: Desk, report: Report): Promise<void> {
  const folder = join(desk.folder, 'explain');
  const mails = generateMails(1000, 5);
  const { tkt } = desk.install({ user: 'nobody', smtpPort: null });
  writeMails(folder, mails);
  const start = await run(process.execPath, [tktScript, '--version']);
  const { ms } = await tkt(['explain', '--json', ...readdirSync(folder).map((name) => join(folder, name))], {
    drop: true,
  });
  report(
    rowAtLeast('`explain` of 1,000 mails', 1_000_000 / (ms - start.ms), 300, ' mails/s', `${(ms / 1000).toFixed(2)} s`),
  );
}
