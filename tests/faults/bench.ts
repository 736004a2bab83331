// The bench of the fault plan: one Dovecot, and for each trial a mailbox, an SMTP server and a tkt of its own.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Dovecot, type DovecotOptions, startDovecot } from '../support/dovecot.ts';
import { type SinkOptions, type SmtpSink, startSmtpSink } from '../support/smtp-sink.ts';
import { type Audit, type AuditOptions, audit, findUnrecorded, lookInto, type Records, readRecords } from './audit.ts';
import { type KnownTicket, type MarkedMail, markedMail } from './mails.ts';
import { type Run, type RunOptions, type Started, startTkt } from './process.ts';
import type { Random } from './random.ts';
import { Report } from './report.ts';

export const support = 'support@example.test';
const password = 'sesame-4711';
const mailboxes = 1_500;

/** What a fault works with. */
export interface Lab {
  dovecot: Dovecot;
  random: Random;
  report: Report;
  /** The size of a whole run, or of the short one. */
  scale(full: number, short: number): number;
  short: boolean;
  /** A fresh mailbox and database; `dovecot` is another one than the lab's. */
  open(options?: BenchOptions): Promise<Bench>;
}

export interface BenchOptions {
  dovecot?: Dovecot;
  /** The port that tkt is told to find IMAP at: a relay, or an impostor. */
  imapPort?: number;
  sink?: SinkOptions;
  /** Keys of the configuration. */
  config?: Record<string, unknown>;
  /** Where the database is to be. */
  databaseFolder?: string;
}

/** One mailbox, one tkt, one SMTP server, and all that happened to them. */
export class Bench {
  readonly user: string;
  readonly sink: SmtpSink;
  readonly folder = mkdtempSync(join(tmpdir(), 'tkt-fault-'));
  readonly configFile = join(this.folder, 'tkt.config.json');
  readonly database: string;
  readonly mails: MarkedMail[] = [];
  readonly runs: Run[] = [];
  /** Everything that SMTP servers of this bench got; a new one may take over. */
  readonly sinks: SmtpSink[];
  readonly dovecot: Dovecot;
  readonly #report: Report;
  readonly #fileOf = new Map<string, MarkedMail>();
  readonly #config: Record<string, unknown>;

  constructor(user: string, dovecot: Dovecot, sink: SmtpSink, report: Report, options: BenchOptions) {
    this.user = user;
    this.dovecot = dovecot;
    this.sink = sink;
    this.sinks = [sink];
    this.#report = report;
    this.database = join(options.databaseFolder ?? this.folder, 'tkt.db');
    const port = options.imapPort ?? dovecot.imapPort;
    this.#config = {
      enabled: true,
      supportEmail: support,
      database: this.database,
      imap: { host: '127.0.0.1', port, username: user, password, useSsl: false },
      smtp: { host: '127.0.0.1', port: sink.port, useTls: false },
      // What is owed must not depend on how many mails a trial has.
      limits: { autoRepliesPerSweep: 100_000 },
      ...options.config,
    };
    this.configure({});
  }

  configure(changes: Record<string, unknown>): void {
    writeFileSync(this.configFile, JSON.stringify({ ...this.#config, ...changes }), { mode: 0o600 });
  }

  /** The `imap` part of the configuration, to change. */
  get imap(): Record<string, unknown> {
    return this.#config.imap as Record<string, unknown>;
  }

  async deliver(...mails: MarkedMail[]): Promise<void> {
    for (const mail of mails) {
      this.#fileOf.set(await this.dovecot.deliver(this.user, mail.raw), mail);
      this.mails.push(mail);
    }
  }

  start(args: readonly string[], options: RunOptions = {}): Started {
    const started = startTkt(this, args, options);
    const done = started.done.then((run) => {
      this.runs.push(run);
      this.#report.saw(run);
      if (!options.starved && /\n\s+at .*:\d+/.test(run.stderr))
        this.#report.problems.push(`a stack trace: ${run.stderr}`);
      if (run.stderr.includes(password)) this.#report.problems.push(`a password on stderr: ${run.stderr}`);
      return run;
    });
    return { child: started.child, done };
  }

  run(args: readonly string[], options?: RunOptions): Promise<Run> {
    return this.start(args, options).done;
  }

  poll(options?: RunOptions, ...args: string[]): Promise<Run> {
    return this.run(['poll', ...args], options);
  }

  /** A poll that a fault is to disturb: it must end by itself, with one of these codes, and say why in a line or two. */
  async disturbed(codes: readonly number[], options?: RunOptions, ...args: string[]): Promise<Run> {
    const run = await this.poll(options, ...args);
    const { code, signal, stderr } = run;
    const expected = codes.includes(code ?? -1);
    this.#report.expect(expected, `ended with ${code ?? signal}, not ${codes.join(' or ')}: ${stderr.trim()}`);
    if (code !== 0) this.#report.expect(stderr.trim() !== '', `ended with ${code} and without a word`);
    return run;
  }

  /** Clean polls until one has nothing left to do. */
  async drain(options?: RunOptions): Promise<void> {
    let last: Run | undefined;
    for (let turn = 0; turn < 10; turn++) {
      last = await this.poll(options);
      if (last.code === 0) return;
    }
    this.#report.problems.push(`ten polls did not finish: ${last?.code ?? last?.signal} ${last?.stderr.trim()}`);
  }

  /** Tickets for replies to join, made by a clean poll. */
  async seedTickets(count: number): Promise<KnownTicket[]> {
    const mails = Array.from({ length: count }, () => markedMail('new'));
    await this.deliver(...mails);
    await this.drain();
    const { stdout } = await this.run(['list', '--all', '--fields', 'number,requester.email', '-o', 'tsv']);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => line.split('\t'));
    return lines.map(([number = '', from = '']) => ({ number, from }));
  }

  records(): Records {
    return readRecords(this.database);
  }

  /** The state right after a kill or a cut, before anything is mended. */
  async checkMoment(): Promise<void> {
    const files = (await this.dovecot.listing(this.user)).filter(({ folder }) => folder === '');
    this.#report.problems.push(...findUnrecorded({ files, fileOf: this.#fileOf, records: this.records() }));
  }

  /** The rows of a query, read from a copy of the database. */
  look<T = unknown>(sql: string): T[] {
    return lookInto(this.database, (db) => db.prepare<[], T>(sql).all());
  }

  async audit(options?: AuditOptions): Promise<Audit> {
    const files = (await this.dovecot.listing(this.user)).filter(({ folder }) => folder === '');
    const found = audit(
      {
        mails: this.mails,
        records: this.records(),
        files,
        fileOf: this.#fileOf,
        sent: this.sinks.flatMap((sink) => sink.messages),
        runs: this.runs,
        database: this.database,
      },
      options,
    );
    this.#report.add(found);
    if (options?.commands !== false) await this.#compareWithCommands(found);
    return found;
  }

  /** What tkt tells its users must be what the file says. */
  async #compareWithCommands({ counts }: Audit): Promise<void> {
    const list = await this.run(['list', '--all', '--json', 'number']);
    const held = await this.run(['quarantine', '--json']);
    const tickets = countJson(list.stdout);
    this.#report.expect(tickets === this.records().numbers.length, `list has ${tickets} tickets: ${list.stderr}`);
    this.#report.expect(countJson(held.stdout) === counts.held, `quarantine lists other than ${counts.held}`);
  }

  async close(): Promise<void> {
    for (const sink of this.sinks) await sink.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function countJson(text: string): number {
  try {
    return (JSON.parse(text) as unknown[]).length;
  } catch {
    return -1;
  }
}

/** The Dovecot of all trials; a fault that restarts it has one of its own. */
export async function startMailboxes(options: DovecotOptions & { count?: number } = {}): Promise<Dovecot> {
  const names = Array.from({ length: options.count ?? mailboxes }, (_, index) => `box${index + 1}@example.test`);
  return startDovecot({ ...options, users: Object.fromEntries(names.map((name) => [name, password])) });
}

const taken = new WeakMap<Dovecot, number>();

/** A lab for one fault. `close` ends all that was opened in it. */
export function openLab(options: {
  dovecot: Dovecot;
  random: Random;
  short: boolean;
}): Lab & { close(): Promise<void> } {
  const { dovecot, random, short } = options;
  const report = new Report();
  const benches: Bench[] = [];
  return {
    dovecot,
    random,
    report,
    short,
    scale: (full, small) => (short ? small : full),
    async open(wanted = {}) {
      const server = wanted.dovecot ?? dovecot;
      const index = taken.get(server) ?? 0;
      taken.set(server, index + 1);
      const user = server.users[index];
      if (user === undefined) throw new Error('no mailbox is left: raise `mailboxes`');
      const bench = new Bench(user, server, await startSmtpSink(wanted.sink), report, wanted);
      benches.push(bench);
      return bench;
    },
    async close() {
      await Promise.all(benches.map((bench) => bench.close()));
    },
  };
}
