// Mail that is owed: gathers the facts, composes, builds, and leaves a row in the outbox, all in the caller's transaction.
// Nothing here talks to a server; deliver.ts sends what was left.

import { createHash } from 'node:crypto';
import type { Config, MailboxConfig } from '../config/config.ts';
import {
  composeAssignment,
  composeAutoReply,
  composeClientReplied,
  composeComment,
  composeNote,
  type MailFrame,
  type OutgoingAttachment,
  type OutgoingMail,
} from '../domain/compose.ts';
import type { MailAddress, MessageAttachment } from '../domain/message.ts';
import { domainOf, newMessageId } from '../domain/message-id.ts';
import { type Audience, formatPlusAddress } from '../domain/plus-address.ts';
import type { Agent, Person } from '../domain/ticket.ts';
import { ConfigError } from '../errors.ts';
import { buildMessage, contentTypeOf } from '../mail/build.ts';
import type { Database } from '../store/database.ts';
import { findLastPublicEntry } from '../store/entries.ts';
import { addReference, getEntry, getRawMessage, listAttachments, putRawMessage } from '../store/messages.ts';
import { enqueue } from '../store/outbox.ts';
import { packMessage } from '../store/pack.ts';
import type { MailKind } from '../store/schema.ts';
import { addEntry, getTicketFacts, type TicketFacts } from '../store/tickets.ts';
import type { NotifyDeps } from './notify-deps.ts';

export { type NotifyDeps, notifyDeps } from './notify-deps.ts';

/** What a mail about a ticket names of it. */
type FrameFacts = Pick<TicketFacts, 'number' | 'subject' | 'referenceId' | 'lastClientMessageId' | 'references'>;

/** A ticket that was just opened, with its first entry. */
export interface OpenedTicket extends FrameFacts {
  id: number;
  entryId: number;
  requester: Person;
}

/**
 * The answer to a new ticket, to its requester alone: the From address of the mail that opened it.
 * Gives outbox ids, as all these do: none where there is nobody to write to.
 */
export async function queueAutoReply(
  trx: Database,
  deps: NotifyDeps,
  mailbox: MailboxConfig,
  ticket: OpenedTicket,
): Promise<number[]> {
  const frame = frameOf(deps, mailbox, ticket, 'client');
  const mail = composeAutoReply(frame, { to: ticket.requester.email, status: 'open' });
  const rawMessageId = await keep(trx, deps, mail);
  const { id: ticketId, entryId } = ticket;
  return await queue(trx, deps, mailbox, { mail, rawMessageId, ticketId, entryId, kind: 'auto-reply' });
}

/** What an agent writes in tkt. */
export interface NewComment {
  author: Agent & { id: number };
  text: string;
  /** A contentType of '' is told from the file name. */
  attachments: readonly OutgoingAttachment[];
  /** A note: kept as a message like every other, sent to nobody. */
  internal: boolean;
}

/** Adds a comment or a note as an entry; a comment's mail goes to the requester and the participants. */
export async function addComment(
  trx: Database,
  deps: NotifyDeps,
  ticketId: number,
  comment: NewComment,
): Promise<{ entryId: number; outboxIds: number[]; recipients: string[] }> {
  const facts = await getTicketFacts(trx, ticketId);
  const mailbox = mailboxOf(deps.config, facts.mailbox);
  const frame = frameOf(deps, mailbox, facts, 'client');
  const words = { ...comment, attachments: comment.attachments.map(withContentType) };
  const mail = comment.internal
    ? composeNote(frame, words)
    : composeComment(frame, { ...words, ...audienceOf(deps.config, facts) });
  const rawMessageId = await keep(trx, deps, mail);
  const entryId = await addOwnEntry(trx, deps, ticketId, { comment, mail, rawMessageId });
  const outboxIds = await queue(trx, deps, mailbox, { mail, rawMessageId, ticketId, entryId, kind: 'comment' });
  return { entryId, outboxIds, recipients: recipientsOf(mail) };
}

/** Mails on what an agent wrote by mail and intake made a comment of; attachments go with it. */
export async function queueAgentReply(
  trx: Database,
  deps: NotifyDeps,
  facts: TicketFacts,
  entryId: number,
): Promise<number[]> {
  const { id: ticketId } = facts;
  const mailbox = mailboxOf(deps.config, facts.mailbox);
  const entry = await getEntry(trx, entryId);
  const mail = composeComment(frameOf(deps, mailbox, facts, 'client'), {
    author: entry.author,
    text: entry.body,
    attachments: await attachmentsOf(trx, ticketId, entryId),
    ...audienceOf(deps.config, facts),
  });
  const rawMessageId = await keep(trx, deps, mail);
  return await queue(trx, deps, mailbox, { mail, rawMessageId, ticketId, entryId, kind: 'comment' });
}

/** Tells an agent that the ticket is theirs now. `by` is who assigned it: an agent, or a name where there is none. */
export async function queueAssignment(
  trx: Database,
  deps: NotifyDeps,
  ticketId: number,
  agent: Agent,
  by: Agent | string,
): Promise<number[]> {
  const facts = await getTicketFacts(trx, ticketId);
  const mailbox = mailboxOf(deps.config, facts.mailbox);
  const latest = await findLastPublicEntry(trx, ticketId);
  const mail = composeAssignment(frameOf(deps, mailbox, facts, `agent:${agent.login}`), {
    agent,
    assignedBy: typeof by === 'string' ? by : by.name,
    self: agent.login === (typeof by === 'string' ? by : by.login),
    requester: facts.requester,
    status: facts.status,
    priority: facts.priority,
    category: facts.category,
    latest: latest ? { author: latest.author, text: latest.body } : null,
  });
  const rawMessageId = await keep(trx, deps, mail);
  return await queue(trx, deps, mailbox, { mail, rawMessageId, ticketId, entryId: null, kind: 'assignment' });
}

/**
 * Tells the assigned agent of an entry that came by mail. Nothing is queued for a ticket that is nobody's, for the
 * assignee's own words, and for automatic mail: two programs would write to each other for ever.
 */
export async function queueClientReplied(
  trx: Database,
  deps: NotifyDeps,
  facts: TicketFacts,
  entryId: number,
): Promise<number[]> {
  const { id: ticketId, assignee: agent } = facts;
  if (agent === null) return [];
  const entry = await getEntry(trx, entryId);
  if (entry.automatic || entry.author.email.toLowerCase() === agent.email.toLowerCase()) return [];
  const mailbox = mailboxOf(deps.config, facts.mailbox);
  const mail = composeClientReplied(frameOf(deps, mailbox, facts, `agent:${agent.login}`), {
    agent,
    author: entry.author,
    text: entry.body,
    attachments: entry.attachments.map(({ filename }) => filename),
  });
  const rawMessageId = await keep(trx, deps, mail);
  return await queue(trx, deps, mailbox, { mail, rawMessageId, ticketId, entryId, kind: 'client-replied' });
}

/** The mailbox a ticket came through; the first one where that was taken out of the configuration. */
export function mailboxOf(config: Config, name: string): MailboxConfig {
  const mailbox = config.mailboxes.find((candidate) => candidate.name === name) ?? config.mailboxes[0];
  if (mailbox === undefined) throw new ConfigError(['mailboxes: expected at least one']);
  return mailbox;
}

function frameOf(deps: NotifyDeps, mailbox: MailboxConfig, facts: FrameFacts, audience: Audience): MailFrame {
  const from = { name: mailbox.displayName, address: mailbox.smtp?.from ?? mailbox.address };
  return {
    number: facts.number,
    subject: facts.subject,
    from,
    replyTo: replyToOf(deps, mailbox, facts.number, audience, from),
    messageId: newMessageId(deps.randomBytes, domainOf(from.address)),
    referenceId: facts.referenceId,
    inReplyTo: facts.lastClientMessageId,
    references: facts.references,
    instance: deps.instance,
    date: deps.now(),
    viewUrl: deps.config.ticketUrl?.replaceAll('{number}', encodeURIComponent(facts.number)) ?? null,
  };
}

// Without plus-addresses a Reply-To is needed only where From is not the address that we read.
function replyToOf(
  deps: NotifyDeps,
  mailbox: MailboxConfig,
  number: string,
  audience: Audience,
  from: MailAddress,
): MailAddress | null {
  const { address, displayName: name } = mailbox;
  const signed = deps.config.plusAddressing ? formatPlusAddress(address, number, audience, deps.plusSecret) : null;
  if (signed !== null) return { name, address: signed };
  return from.address.toLowerCase() === address.toLowerCase() ? null : { name, address };
}

function audienceOf(
  config: Config,
  facts: TicketFacts,
): { requester: Person; participants: Person[]; supportAddresses: string[] } {
  const supportAddresses = config.mailboxes.flatMap(({ address, smtp }) => (smtp ? [address, smtp.from] : [address]));
  return { requester: facts.requester, participants: facts.participants, supportAddresses };
}

async function addOwnEntry(
  trx: Database,
  deps: NotifyDeps,
  ticketId: number,
  entry: { comment: NewComment; mail: OutgoingMail; rawMessageId: number },
): Promise<number> {
  const { comment, mail, rawMessageId } = entry;
  const { id } = await addEntry(
    trx,
    {
      ticketId,
      type: comment.internal ? 'note' : 'comment',
      author: { name: comment.author.name, email: comment.author.email },
      agentId: comment.author.id,
      body: comment.text,
      fullBody: comment.text,
      signature: null,
      subject: mail.subject,
      messageId: mail.messageId,
      automatic: false,
      verified: null,
      rawMessageId,
      attachments: mail.attachments.map(rowOf),
    },
    deps.now().toISOString(),
  );
  return id;
}

function rowOf({ filename, contentType, content }: OutgoingAttachment): MessageAttachment {
  const sha256 = createHash('sha256').update(content).digest('hex');
  return { filename, contentType, size: content.length, sha256, contentId: null, inline: false };
}

async function attachmentsOf(trx: Database, ticketId: number, entryId: number): Promise<OutgoingAttachment[]> {
  const rows = (await listAttachments(trx, ticketId)).filter((row) => row.entryId === entryId);
  const [first] = rows;
  if (first === undefined || first.rawMessageId === null) return [];
  const { openAttachments } = await import('../mail/parse.ts');
  const contentOf = openAttachments(await getRawMessage(trx, first.rawMessageId));
  return rows.map(({ filename, contentType, position }) => ({ filename, contentType, content: contentOf(position) }));
}

function withContentType(attachment: OutgoingAttachment): OutgoingAttachment {
  return attachment.contentType ? attachment : { ...attachment, contentType: contentTypeOf(attachment.filename) };
}

/** Builds the message, once for the entry and the outbox, and stores its bytes. */
async function keep(trx: Database, deps: NotifyDeps, mail: OutgoingMail): Promise<number> {
  return await putRawMessage(trx, packMessage(buildMessage(mail)), deps.now().toISOString());
}

interface Owed {
  mail: OutgoingMail;
  rawMessageId: number;
  ticketId: number;
  entryId: number | null;
  kind: MailKind;
}

async function queue(trx: Database, deps: NotifyDeps, mailbox: MailboxConfig, owed: Owed): Promise<number[]> {
  const { mail, rawMessageId, ticketId, entryId, kind } = owed;
  const { messageId, subject } = mail;
  const recipients = recipientsOf(mail);
  if (recipients.length === 0) return [];
  const automatic = mail.automatic !== null;
  // RFC 3834 §3.3: a bounce of an automatic mail goes nowhere.
  const envelopeFrom = automatic && (mailbox.smtp?.nullSender ?? true) ? '' : mail.from.address;
  const outboxId = await enqueue(
    trx,
    {
      ticketId,
      // An entry lists what went to the client because of it; what agents are told of it is not among that.
      entryId: kind === 'comment' || kind === 'auto-reply' ? entryId : null,
      kind,
      messageId,
      mailbox: mailbox.name,
      envelopeFrom,
      subject,
      rawMessageId,
      automatic,
      recipients,
    },
    deps.now().toISOString(),
  );
  const sentTo = recipients.map((address) => address.toLowerCase());
  await addReference(trx, { messageId, ticketId, entryId, kind: 'ours', sentTo, mailKind: kind });
  return [outboxId];
}

function recipientsOf(mail: OutgoingMail): string[] {
  return [...new Set([...mail.to, ...mail.cc].map(({ address }) => address))];
}
