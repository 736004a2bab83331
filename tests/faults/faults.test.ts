// A few points of every fault of the plan (`npm run faults` runs all of them), and the judges tried on what must fail.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Dovecot, dovecotAvailable } from '../support/dovecot.ts';
import type { SinkMessage } from '../support/smtp-sink.ts';
import { audit, type Evidence, type Records } from './audit.ts';
import { openLab, startMailboxes } from './bench.ts';
import { type MarkedMail, markedMail } from './mails.ts';
import { missingTools, plan } from './plan.ts';
import { readOrder } from './power.ts';
import type { Run } from './process.ts';
import { seededRandom } from './random.ts';

const seed = Number(process.env.TKT_FAULTS_SEED ?? Date.now() % 1_000_000);

describe.skipIf(!dovecotAvailable)(`the fault plan, seed ${seed}`, () => {
  let dovecot: Dovecot;
  beforeAll(async () => {
    dovecot = await startMailboxes({ count: 150 });
  });
  afterAll(() => dovecot?.stop());

  for (const fault of plan) {
    test.skipIf(missingTools(fault).length > 0)(`${fault.id}: ${fault.title}`, { timeout: 600_000 }, async () => {
      const lab = openLab({ dovecot, random: seededRandom(seed, fault.id), short: true });
      try {
        await fault.run(lab);
      } finally {
        await lab.close();
      }
      expect(lab.report.problems, `npm run faults -- --short --seed ${seed} --only ${fault.id}`).toEqual([]);
      expect(lab.report.counts).toMatchObject({ lost: 0, doubled: 0, extra: 0 });
    });
  }
});

describe('the judges', () => {
  const mail = markedMail('new');
  const one = new Map([[mail.sha256, 1]]);
  const none = new Map<string, number>();
  const records = (changes: Partial<Records> = {}): Records => ({
    tickets: one,
    comments: none,
    held: none,
    known: new Set([mail.sha256]),
    owed: new Set([mail.sha256]),
    numbers: ['TKT-2026-00001'],
    damage: [],
    ...changes,
  });
  const file = { path: '/cur/1:2,S', folder: '', base: '1', seen: true, flags: 'S' };
  const fileOf = new Map<string, MarkedMail>([['1', mail]]);
  const copy = (changes: Partial<SinkMessage> = {}): SinkMessage => {
    const fields = new Map([
      ['subject', `[TKT-2026-00001] Question ${mail.marker}`],
      ['auto-submitted', 'auto-replied'],
      ['message-id', '<a@example.test>'],
    ]);
    const header = (name: string) => fields.get(name.toLowerCase()) ?? null;
    const sent = {
      envelope: { from: '', to: [mail.from] },
      raw: Buffer.from(''),
      headers: new Map(),
      secure: false,
      user: null,
    };
    return { ...sent, header, acknowledged: true, at: new Date(1_000), ...changes };
  };
  const killed = { signal: 'SIGKILL', startedAt: 500, endedAt: 1_500 } as Run;
  const evidence = (changes: Partial<Evidence> = {}): Evidence => ({
    mails: [mail],
    records: records(),
    files: [file],
    fileOf,
    sent: [copy()],
    runs: [],
    database: '/nonexistent/tkt.db',
    ...changes,
  });

  test('find nothing where nothing is wrong', () => {
    expect(audit(evidence())).toEqual({
      counts: { in: 1, tickets: 1, comments: 0, held: 0, lost: 0, doubled: 0, owed: 1, sent: 1, extra: 0 },
      problems: [],
    });
    // A kill, or an answer that was lost, explains one copy more.
    expect(audit(evidence({ sent: [copy(), copy()], runs: [killed] })).problems).toEqual([]);
    expect(audit(evidence({ sent: [copy({ acknowledged: false }), copy()] })).problems).toEqual([]);
  });

  const wrongs: Array<[name: string, changes: Partial<Evidence>, counts: object, problem: RegExp]> = [
    ['a lost mail', { records: records({ tickets: none }) }, { lost: 1 }, /is lost/],
    ['a mail that became two', { records: records({ comments: one }) }, { doubled: 1 }, /1 tickets, 1 comments/],
    [
      'two tickets of one mail',
      { records: records({ tickets: new Map([[mail.sha256, 2]]) }) },
      { doubled: 1 },
      /2 tickets/,
    ],
    ['a number given twice', { records: records({ numbers: ['A', 'A'] }) }, {}, /one number/],
    ['a reply that never went out', { sent: [] }, { owed: 1, sent: 0 }, /never went out/],
    ['a reply sent twice', { sent: [copy(), copy()] }, { extra: 1 }, /2 copies/],
    ['a reply that nobody owes', { records: records({ owed: new Set() }) }, { extra: 1 }, /is not owed/],
    ['\\Seen before it is recorded', { records: records({ known: new Set() }) }, {}, /\\Seen and not recorded/],
    ['a mail left unread', { files: [{ ...file, seen: false }] }, {}, /is not \\Seen/],
    ['a mail that left the mailbox', { files: [] }, {}, /gone from the mailbox/],
  ];
  test.each(wrongs)('find %s', (_name, changes, counts, problem) => {
    const found = audit(evidence(changes));
    expect(found.counts).toMatchObject(counts);
    expect(found.problems.join('\n')).toMatch(problem);
  });

  const write = '100 pwrite64(18</d/tkt.db-wal>, "x", 1, 0) = 1';
  const sync = '100 fdatasync(18</d/tkt.db-wal>) = 0';
  const store = '100 write(21<socket:[5]>, "7 UID STORE 1 +FLAGS.SILENT (\\\\Seen)\\r\\n", 36) = 36';
  const dot =
    '100 writev(22<socket:[6]>, [{iov_base="text", iov_len=4}, {iov_base="\\r\\n.\\r\\n", iov_len=5}], 2) = 9';
  const orders: Array<[name: string, trace: string[], early: number]> = [
    ['written, synced, told', [write, sync, store, dot], 0],
    ['told before it is synced', [write, store, sync, dot], 1],
    ['sent without a sync', [write, dot], 1],
    ['another file synced', [write, sync.replace('tkt.db-wal', 'other'), store], 1],
  ];
  test.each(orders)('read the order of a trace: %s', (_name, trace, early) => {
    expect(readOrder(trace.join('\n'), '/d/tkt.db').early).toHaveLength(early);
  });
});
