// A help desk in this process for tests of rules: mail is given to the pipeline of `receive` as bytes, what is owed stays
// in the outbox, where a test reads it as the message that would go out.

import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Ticket, TicketDetails } from '../../src/domain/ticket.ts';
import { type Explanation, explainMessage } from '../../src/pipeline/explain.ts';
import { addComment } from '../../src/pipeline/notify.ts';
import { openPipeline, type Pipeline } from '../../src/pipeline/open.ts';
import { receiveMessage } from '../../src/pipeline/receive.ts';
import { addAgent, findAgent } from '../../src/store/agents.ts';
import { transaction } from '../../src/store/database.ts';
import { listTickets } from '../../src/store/list.ts';
import { getRawMessage } from '../../src/store/messages.ts';
import { findTicketId, getTicketDetails } from '../../src/store/tickets.ts';
import {
  type AddCommand,
  type Bench,
  type CommandResult,
  openBench,
  runCommand,
  type TestContextOptions,
} from './context.ts';

export const support = 'support@example.test';

/** A mail that waits in the outbox. */
export interface OwedMail {
  id: number;
  kind: string;
  envelopeFrom: string;
  to: string[];
  raw: string;
}

export interface OpenDesk {
  bench: Bench;
  pipeline: Pipeline;
  /** Takes a message in; gives what was logged. */
  receive(raw: string | Buffer): Promise<string>;
  explain(raw: string | Buffer): Promise<Explanation>;
  tickets(): Promise<Ticket[]>;
  show(seq: number): Promise<TicketDetails>;
  /** The last part of the newest ticket's number. */
  lastTicket(): Promise<number>;
  /** In order; only those with a larger id. */
  owed(after?: number): Promise<OwedMail[]>;
  /** A public comment of the agent `john`. */
  comment(seq: number, text: string): Promise<void>;
  /** A command on its database, as a person or a pipe runs it. */
  run(add: AddCommand, argv: string[], options?: TestContextOptions): Promise<CommandResult>;
  close(): Promise<void>;
}

/** With one agent, `john` (john@desk.test). `config` is laid over a configuration that has only the support address. */
export async function openDesk(config: Record<string, unknown> = {}): Promise<OpenDesk> {
  const bench = await openBench();
  const file = join(bench.folder, 'tkt.config.json');
  writeFileSync(file, JSON.stringify({ supportEmail: support, ...config }), { mode: 0o600 });
  await addAgent(bench.db, { login: 'john', name: 'John Smith', email: 'john@desk.test' }, '2026-11-01T00:00:00.000Z');
  const context = Object.assign(bench.context(), { randomBytes });
  const pipeline = await openPipeline(context);
  const idOf = async (seq: number): Promise<number> => {
    const found = await findTicketId(bench.db, { seq });
    if (!found || !('id' in found)) throw new Error(`there is no ticket ${seq}`);
    return found.id;
  };
  return {
    bench,
    pipeline,
    async receive(raw) {
      const before = context.stderr.text().length;
      await receiveMessage(pipeline, Buffer.from(raw));
      return context.stderr.text().slice(before);
    },
    explain: (raw) => explainMessage(pipeline, Buffer.from(raw), { file: 'a.eml' }),
    async tickets() {
      const tickets: Ticket[] = [];
      for await (const ticket of listTickets(bench.db, { now: context.now().toISOString() })) tickets.push(ticket);
      return tickets.sort((a, b) => a.number.localeCompare(b.number));
    },
    show: async (seq) => getTicketDetails(bench.db, await idOf(seq), context.now().toISOString()),
    async lastTicket() {
      const { last } = await bench.db
        .selectFrom('ticket')
        .select(({ fn }) => fn.max('seq').as('last'))
        .executeTakeFirstOrThrow();
      return Number(last);
    },
    owed: (after = 0) => listOwed(bench, after),
    async comment(seq, text) {
      const author = await findAgent(bench.db, 'john');
      if (!author) throw new Error('there is no john');
      const ticketId = await idOf(seq);
      await transaction(bench.db, (trx) =>
        addComment(trx, pipeline, ticketId, { author, text, attachments: [], internal: false }),
      );
    },
    run: (add, argv, options) => runCommand(add, argv, Object.assign(bench.context(options), { randomBytes })),
    async close() {
      await pipeline.reader.close();
      await bench.close();
    },
  };
}

async function listOwed({ db }: Bench, after: number): Promise<OwedMail[]> {
  const rows = await db
    .selectFrom('outbox')
    .select(['id', 'kind', 'envelope_from', 'raw_message_id'])
    .where('id', '>', after)
    .orderBy('id')
    .execute();
  return Promise.all(
    rows.map(async ({ id, kind, envelope_from, raw_message_id }) => {
      const deliveries = await db.selectFrom('delivery').select('recipient').where('outbox_id', '=', id).execute();
      const raw = await getRawMessage(db, raw_message_id);
      return {
        id,
        kind,
        envelopeFrom: envelope_from,
        to: deliveries.map(({ recipient }) => recipient),
        raw: raw.toString('utf8'),
      };
    }),
  );
}

/** A message of these header lines, which may come twice and be as odd as they like. */
export function eml(fields: readonly string[], body = 'It does not work.'): string {
  return `${fields.join('\r\n')}\r\n\r\n${body.replace(/\r?\n/g, '\r\n')}\r\n`;
}

/** The value of a header field of a message, unfolded; null where it has none. */
export function field(raw: string, name: string): string | null {
  const head = (raw.split('\r\n\r\n', 1)[0] ?? '').replace(/\r\n[ \t]+/g, ' ').split('\r\n');
  const line = head.find((candidate) => candidate.toLowerCase().startsWith(`${name.toLowerCase()}:`));
  return line === undefined ? null : line.slice(name.length + 1).trim();
}

/** What must never reach a terminal or a log: C0 but tab and newline, DEL, C1, bidirectional controls, line separators. */
export const dangerous =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;
