// A help desk as its staff has it: the built tkt, a mailbox of its own in the Dovecot of a test file, an SMTP server.
// What a test does to one desk, no other test sees.

import type { Ticket, TicketDetails } from '../../src/domain/ticket.ts';
import type { PollReport } from '../../src/pipeline/poll.ts';
import { type Dovecot, type DovecotOptions, startDovecot } from './dovecot.ts';
import { type SinkOptions, type SmtpSink, startSmtpSink } from './smtp-sink.ts';
import { type Finished, type Installation, installTkt, mail, type TktOptions } from './tkt.ts';

export const support = 'support@example.test';

/** `TKT-2026-00001` for 1, of this year. */
export const number = (seq: number) => `TKT-${new Date().getUTCFullYear()}-${String(seq).padStart(5, '0')}`;

/** One object of `outbox --json`. */
export interface OutboxRow {
  id: number;
  ticket: string;
  to: string;
  subject: string;
  kind: string;
  state: string;
  attempts: number;
  nextAttemptAt: string | null;
  error: string | null;
}

/** One object of `quarantine --json`. */
export interface HeldRow {
  id: number;
  from: string;
  subject: string;
  messageId: string | null;
  reason: string;
  receivedAt: string;
  size: number;
}

export interface MailDesk {
  /** Log-in of the mailbox that it reads. */
  user: string;
  sink: SmtpSink;
  tkt: Installation;
  /** The `imap` part of the configuration. */
  imap: Record<string, unknown>;
  /** Writes the configuration again with these keys changed. */
  reconfigure(changes: Record<string, unknown>): Promise<void>;
  deliver(raw: Buffer | string, options?: { folder?: string; seen?: boolean }): Promise<void>;
  /** A mail from a client, by default a new one each time. */
  write(fields?: Record<string, string | undefined>, body?: string): Promise<void>;
  run(args: string[], options?: TktOptions): Promise<Finished>;
  /** `poll --json`, which must end with 0. */
  poll(...args: string[]): Promise<PollReport>;
  /** `poll` as cron runs it, whatever it ends with. */
  sweep(...args: string[]): Promise<Finished>;
  tickets(): Promise<Ticket[]>;
  show(seq: number): Promise<TicketDetails>;
  outbox(...args: string[]): Promise<OutboxRow[]>;
  held(): Promise<HeldRow[]>;
  /** How many messages of the inbox are marked as read, and how many are not. */
  flags(): Promise<{ seen: number; unseen: number }>;
  close(): Promise<void>;
}

export interface DeskOptions {
  /** Keys of the configuration, beside what every desk has. */
  config?: Record<string, unknown>;
  sink?: SinkOptions;
}

/** The Dovecot of a test file, and the desks that read it. */
export interface MailHouse {
  dovecot: Dovecot;
  open(options?: DeskOptions): Promise<MailDesk>;
  close(): Promise<void>;
}

const mailboxes = 60;

export async function openMailHouse(options: DovecotOptions = {}): Promise<MailHouse> {
  const users = Object.fromEntries(Array.from({ length: mailboxes }, (_, i) => [`box${i + 1}@example.test`, 'secret']));
  const dovecot = await startDovecot({ users, ...options });
  const free = Object.keys(users);
  const open: MailDesk[] = [];
  return {
    dovecot,
    async open(deskOptions = {}) {
      const user = free.shift();
      if (user === undefined) throw new Error('the house has no mailbox left: raise `mailboxes`');
      const desk = await openMailDesk(dovecot, user, deskOptions);
      open.push(desk);
      return desk;
    },
    async close() {
      await Promise.all(open.map((desk) => desk.close()));
      await dovecot.stop();
    },
  };
}

let written = 0;

async function openMailDesk(dovecot: Dovecot, user: string, options: DeskOptions): Promise<MailDesk> {
  const sink = await startSmtpSink(options.sink);
  const imap = { host: '127.0.0.1', port: dovecot.imapPort, username: user, password: 'secret', useSsl: false };
  const base = {
    enabled: true,
    supportEmail: support,
    imap,
    smtp: { host: '127.0.0.1', port: sink.port, useTls: false },
    ...options.config,
  };
  const tkt = await installTkt(base);
  const desk: MailDesk = {
    user,
    sink,
    tkt,
    imap,
    reconfigure: (changes) => tkt.configure({ ...base, ...changes }),
    deliver: async (raw, place) => {
      await dovecot.deliver(user, raw, place);
    },
    async write(fields = {}, body = 'It does not work.\n') {
      written += 1;
      const defaults = {
        From: `Client ${written} <client${written}@client.test>`,
        Subject: `Question ${written}`,
        'Message-ID': `<q${written}@client.test>`,
      };
      await dovecot.deliver(user, mail({ ...defaults, ...fields }, body));
    },
    run: tkt.run,
    poll: (...args) => tkt.json<PollReport>(['poll', '--json', ...args]),
    sweep: (...args) => tkt.run(['poll', ...args]),
    tickets: () => tkt.json<Ticket[]>(['list', '--all', '--sort', 'number:asc', '--json']),
    show: (seq) => tkt.json<TicketDetails>(['show', number(seq), '--json']),
    outbox: (...args) => tkt.json<OutboxRow[]>(['outbox', 'list', '--json', ...args]),
    held: () => tkt.json<HeldRow[]>(['quarantine', '--json']),
    async flags() {
      const inbox = (await dovecot.listing(user)).filter(({ folder }) => folder === '');
      const seen = inbox.filter((file) => file.seen).length;
      return { seen, unseen: inbox.length - seen };
    },
    async close() {
      await sink.stop();
      await tkt.remove();
    },
  };
  return desk;
}
