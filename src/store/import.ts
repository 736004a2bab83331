// Tickets of an export, written as they were: numbers, times, msg-ids and, where nothing else has them, the ids of entries and
// attachments. Plain statements, prepared once: a million tickets are some thirty million rows.

import { priorityRank } from '../domain/ticket.ts';
import { RefusedError } from '../errors.ts';
import { waiting } from './conditions.ts';
import { connectionOf, type Database, prepare } from './database.ts';
import type { ExportedAgent, ExportedEntry, ExportedTicket } from './exported.ts';
import { FreeIds } from './free-ids.ts';
import { createInserts } from './import-rows.ts';
import type { PackedMessage } from './pack.ts';
import { indexAfterwards, type SearchTable } from './search-index.ts';

export interface Importer {
  /** Writes those that can be written. Whatever it throws: open another importer, and roll the transaction back. */
  add(tickets: Iterable<ExportedTicket>): Imported;
}

export interface Imported {
  count: number;
  /** Those that are there already. */
  refused: Array<{ number: string; error: RefusedError }>;
  /** What the tickets say of others, which may come later. */
  links: TicketLink[];
}

/** A ticket that names another by its number. */
export interface TicketLink {
  id: number;
  column: 'merged_into_id' | 'related_to_id';
  number: string;
}

/**
 * Pages are copied from the WAL less often; and fewer are kept in memory, where those that are read again are found in the
 * system's own cache nearly as fast. Settings of this connection, for as long as it is open.
 */
export function prepareForImport(db: Database): void {
  connectionOf(db).run('pragma cache_size = -4096; pragma wal_autocheckpoint = 16384; pragma foreign_keys = off');
}

/** Joins what was imported; gives the numbers that are not there. Call in a transaction. */
export function joinTickets(db: Database, links: readonly TicketLink[]): string[] {
  const find = prepare(db, 'select id from ticket where seq = ? and year = ? and number = ?');
  const missing: string[] = [];
  for (const { id, column, number } of links) {
    const [, year, seq] = /-(\d{4})-(\d{1,9})$/.exec(number) ?? [];
    const other = firstId(find.all([Number(seq), Number(year), number]));
    if (other === undefined) missing.push(number);
    else prepare(db, `update ticket set ${column} = ? where id = ?`).run([other, id]);
  }
  return missing;
}

/** Call its function in a transaction. `makeReferenceId` is for tickets that come without one. */
export function createImporter(db: Database, makeReferenceId: () => string): Importer {
  const insert = createInserts(db);
  const findNumber = prepare(db, 'select number from ticket where seq = ? and year = ?');
  const findIntake = prepare(db, 'select id from intake where sha256 = ?');
  const findAgent = prepare(db, 'select id from agent where login = ?');
  const raiseCounter = prepare(
    db,
    'insert into ticket_counter (year, last) values (?, ?) on conflict do update set last = max(last, excluded.last)',
  );
  const agents = new Map<string, number>();
  const counters = new Map<number, number>();
  /** Messages of the ticket that is being written, by their hashes, and their rows. */
  let messages: ReadonlyMap<string, PackedMessage> = new Map();
  const rawIds = new Map<string, number>();
  let links: TicketLink[] = [];
  let added: Record<SearchTable, number[]> = { ticket: [], participant: [], entry: [] };
  const entryIds = new FreeIds(db, 'entry');
  const attachmentIds = new FreeIds(db, 'attachment');

  function agentId(agent: ExportedAgent): number {
    const known = agents.get(agent.login) ?? firstId(findAgent.all([agent.login]));
    const id = known ?? insertAgent(agent);
    agents.set(agent.login, id);
    return id;
  }

  function insertAgent({ login, name, email, createdAt, removedAt }: ExportedAgent): number {
    const taken = prepare(db, 'select id from agent where lower(email) = lower(?) and removed_at is null').all([email]);
    // Two agents cannot share an address; this one is only needed as the author of what they wrote.
    return insert.agent([login, name, email, createdAt, removedAt ?? (taken.length > 0 ? createdAt : null)]);
  }

  /** An entry, a mail and a line of the ledger may all name the same message. */
  function rawId(sha256: string | null, createdAt: string): number | null {
    if (sha256 === null) return null;
    const known = rawIds.get(sha256);
    if (known !== undefined) return known;
    const message = messages.get(sha256);
    if (message === undefined) return null;
    const id = insert.raw([sha256, message.size, message.encoding, createdAt, message.bytes]);
    rawIds.set(sha256, id);
    return id;
  }

  function insertTicket(ticket: ExportedTicket): number {
    const { waiting_on, waiting_rank, waiting_since } = waiting(
      ticket.waitingOn,
      ticket.waitingSince ?? ticket.createdAt,
    );
    return insert.ticket([
      ticket.number,
      ticket.year,
      ticket.seq,
      ticket.subject,
      ticket.status,
      priorityRank(ticket.priority),
      ticket.category,
      ticket.requester.name,
      ticket.requester.email,
      ticket.assignee === null ? null : (agents.get(ticket.assignee) ?? null),
      ticket.language,
      ticket.mailbox,
      waiting_on,
      waiting_rank,
      waiting_since,
      ticket.createdAt,
      ticket.updatedAt,
      ticket.firstResponseAt,
      ticket.resolvedAt,
      ticket.closedAt,
      ticket.dueAt,
      ticket.entries.length,
      ticket.referenceId ?? makeReferenceId(),
    ]);
  }

  function insertEntry(ticketId: number, entry: ExportedEntry): number {
    const row = [
      entryIds.choose(entry.id),
      ticketId,
      entry.type,
      entry.author.login === null ? null : (agents.get(entry.author.login) ?? null),
      entry.author.name,
      entry.author.email,
      entry.messageId,
      Number(entry.automatic),
      entry.verified === null ? null : Number(entry.verified),
      rawId(entry.message, entry.createdAt),
      entry.createdAt,
      entry.subject,
      entry.signature,
      entry.body,
      entry.fullBody,
    ];
    const id = entryIds.added(insert.entry(row));
    entry.attachments.forEach((attachment, position) => {
      const { filename, contentType, size, sha256, contentId, inline, signature } = attachment;
      const free = attachmentIds.choose(attachment.id);
      const flags = [Number(inline), Number(signature)];
      attachmentIds.added(
        insert.attachment([free, id, position, filename, contentType, size, sha256, contentId, ...flags]),
      );
    });
    return id;
  }

  function insertMails(ticket: ExportedTicket, ticketId: number, rowOf: EntryRow): void {
    for (const mail of ticket.mails) {
      const { kind, messageId, mailbox, envelopeFrom, subject, automatic, createdAt } = mail;
      const raw = rawId(mail.message, createdAt);
      const entry = rowOf(mail.entry);
      const id = insert.outbox([
        ...[ticketId, entry, kind, messageId, mailbox, envelopeFrom, subject, raw, Number(automatic), createdAt],
      ]);
      for (const { to, state, attempts, nextAttemptAt, error, at, droppedAt, unreachable } of mail.deliveries) {
        insert.delivery([id, to, state, attempts, nextAttemptAt, error, at, droppedAt, Number(unreachable)]);
      }
    }
  }

  function insertIntake(ticket: ExportedTicket, ticketId: number, rowOf: EntryRow): void {
    for (const line of ticket.intake) {
      // Of the same bytes there is one line; that of this database holds.
      if (firstId(findIntake.all([line.sha256])) !== undefined) continue;
      const { sha256, mailbox, messageId, sender, subject, size, outcome, reason, receivedAt, decidedAt } = line;
      const raw = rawId(line.message, receivedAt);
      const place = [ticketId, rowOf(line.entry), raw, receivedAt, decidedAt];
      const id = insert.intake([sha256, mailbox, messageId, sender, subject, size, outcome, reason, ...place]);
      for (const { mailbox: name, folder, uidValidity, uid, marked } of line.locations) {
        insert.location([name, folder, uidValidity, uid, id, Number(marked)]);
      }
    }
  }

  /** New tickets go on above those that came. */
  function raiseCounters(): void {
    for (const [year, seq] of counters) raiseCounter.run([year, seq]);
    counters.clear();
  }

  /** Throws RefusedError before anything is written. */
  function addOne(ticket: ExportedTicket): void {
    const [taken] = findNumber.all([ticket.seq, ticket.year]) as Array<{ number: string }>;
    if (taken) throw new RefusedError(alreadyThere(ticket.number, taken.number));
    messages = new Map(ticket.messages.map((message) => [message.sha256, message]));
    rawIds.clear();
    for (const agent of ticket.agents) agentId(agent);
    const id = insertTicket(ticket);
    added.ticket.push(id);
    counters.set(ticket.year, Math.max(ticket.seq, counters.get(ticket.year) ?? 0));
    const known = new Map<number, number>();
    for (const entry of ticket.entries) {
      const entryId = insertEntry(id, entry);
      added.entry.push(entryId);
      if (entry.id !== null) known.set(entry.id, entryId);
    }
    const rowOf: EntryRow = (exported) => (exported === null ? null : (known.get(exported) ?? null));
    for (const tag of ticket.tags) insert.tag([id, tag]);
    for (const { name, email, role, addedAt } of ticket.participants) {
      added.participant.push(insert.participant([id, email, name, role, addedAt]));
    }
    for (const { name, email } of ticket.mentioned) insert.mentioned([id, email, name]);
    for (const { type, from, to, by, at } of ticket.events) insert.event([id, type, from, to, by, at]);
    for (const { messageId, entry, kind, sentTo, mailKind } of ticket.references) {
      insert.reference([messageId, id, rowOf(entry), kind, sentTo, mailKind]);
    }
    insertMails(ticket, id, rowOf);
    insertIntake(ticket, id, rowOf);
    if (ticket.mergedInto !== null) links.push({ id, column: 'merged_into_id', number: ticket.mergedInto });
    if (ticket.relatedTo !== null) links.push({ id, column: 'related_to_id', number: ticket.relatedTo });
  }

  return {
    add(tickets) {
      const refused: Imported['refused'] = [];
      let count = 0;
      links = [];
      entryIds.begin();
      attachmentIds.begin();
      indexAfterwards(db, () => {
        added = { ticket: [], participant: [], entry: [] };
        for (const ticket of tickets) {
          try {
            addOne(ticket);
            count += 1;
          } catch (error) {
            if (!(error instanceof RefusedError)) throw error;
            refused.push({ number: ticket.number, error });
          }
        }
        raiseCounters();
        return added;
      });
      return { count, refused, links };
    },
  };
}

function alreadyThere(number: string, taken: string): string {
  return number === taken ? 'is there already; left as it is' : `the number is taken by ${taken}`;
}

/** The row of the entry that has this id in the export. */
type EntryRow = (exported: number | null) => number | null;

function firstId(rows: unknown[]): number | undefined {
  return (rows[0] as { id: number } | undefined)?.id;
}
