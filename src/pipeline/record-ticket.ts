// The mail that opens a ticket: the ticket, its first entry, and the automatic reply where one is due.

import type { Decision } from '../domain/decide.ts';
import type { InboundMessage } from '../domain/message.ts';
import type { Person } from '../domain/ticket.ts';
import { findAgentByEmail, type StoredAgent } from '../store/agents.ts';
import { isUnreachable } from '../store/bounced.ts';
import type { Database } from '../store/database.ts';
import { countAutoReplies } from '../store/outbox.ts';
import { addEntry, addEvent, addMentioned, createTicket } from '../store/tickets.ts';
import { soleSender } from './facts.ts';
import {
  addMailEntry,
  type EntryContent,
  type MailWork,
  messageIdsOf,
  personOf,
  strangersAmong,
} from './mail-entry.ts';
import { queueAutoReply } from './notify.ts';
import type { OriginalMail } from './original.ts';
import type { RecordDeps, Result } from './record.ts';

/** Longest subject kept on a ticket; the entry has all of it. */
const maxSubject = 1_000;
/** People Cc'd on a first mail who take part from then on; more than this is a mailing, not a conversation. */
const maxCcParticipants = 20;

/** A forwarded mail of a client opens the ticket in the client's name; what the agent wrote above it is a note below. */
export async function recordTicket(
  trx: Database,
  deps: RecordDeps,
  work: MailWork,
  decision: Extract<Decision, { outcome: 'ticket' }>,
): Promise<Result> {
  const { message } = work.reading;
  const sender = personOf(message.from[0] ?? { name: '', address: '' });
  const original = decision.onBehalfOf === null ? null : work.reading.original;
  const requester = original ? personOf(original.from) : sender;
  const subject = (original?.subject ?? message.subject).slice(0, maxSubject) || '(no subject)';
  const referenceId = deps.newReference(deps.mailbox);
  const now = deps.now();
  const at = now.toISOString();
  const isOther = ({ email }: Person) => email !== requester.email && email !== sender.email;
  const cc = strangersAmong(message.cc, deps.config).filter(isOther);
  const agent = original ? await findAgentByEmail(trx, soleSender(message) ?? '') : undefined;
  const ticket = await createTicket(
    trx,
    {
      prefix: deps.config.tickets.prefix,
      subject,
      priority: deps.config.tickets.defaultPriority,
      category: deps.mailbox.category,
      requester,
      cc: cc.slice(0, maxCcParticipants),
      language: languageOf(message),
      mailbox: deps.mailbox.name,
      referenceId,
      withEntry: true,
      waitingOn: 'staff',
      by: agent?.login ?? sender.email,
    },
    at,
  );
  const client = { type: 'email', author: requester, agentId: null } as const;
  const content = original ? contentOf(original) : undefined;
  const entryId = await addMailEntry(trx, work, { ticketId: ticket.id, writer: client, now, content, first: true });
  if (agent && original?.comment)
    await addForwardersNote(trx, work, ticket.id, { agent, comment: original.comment, at });
  const others = [...cc.slice(maxCcParticipants), ...strangersAmong(message.to, deps.config).filter(isOther)];
  await addMentioned(trx, ticket.id, others);
  if (decision.named) {
    await addEvent(trx, ticket.id, { type: 'related', from: null, to: decision.named.number, by: 'tkt', at });
  }
  if (soleSender(message) === null) {
    await addEvent(trx, ticket.id, { type: 'sender-unclear', from: null, to: null, by: 'tkt', at });
  }
  const reasons = [...decision.reasons];
  let outboxIds: number[] = [];
  if (decision.respond) {
    const obstacle = await findReplyObstacle(trx, deps, requester.email, { wroteNow: original === null });
    if (obstacle === null) {
      deps.sweep.autoReplies++;
      const { messageId } = original ?? message;
      const ids = { lastClientMessageId: messageId, references: messageIdsOf(work, { messageId }) };
      outboxIds = await queueAutoReply(trx, deps, deps.mailbox, {
        ...ticket,
        entryId,
        subject,
        requester,
        referenceId,
        ...ids,
      });
    } else {
      reasons.push(`no automatic reply: ${obstacle}`);
    }
  }
  return { outcome: 'ticket', number: ticket.number, ticketId: ticket.id, entryId, reasons, outboxIds };
}

/** The client's own mail, as the forward shows it. That an agent sent it verifies the agent, not the client. */
function contentOf({ text, subject, messageId, classification }: OriginalMail): EntryContent {
  return { text, subject, messageId, automatic: classification.automatic, verified: null };
}

/** The forwarder's words, for staff alone. */
async function addForwardersNote(
  trx: Database,
  { reading: { message, text }, rawMessageId, verified }: MailWork,
  ticketId: number,
  { agent, comment, at }: { agent: StoredAgent; comment: NonNullable<OriginalMail['comment']>; at: string },
): Promise<void> {
  await addEntry(
    trx,
    {
      ticketId,
      type: 'note',
      author: { name: agent.name, email: agent.email },
      agentId: agent.id,
      body: comment.visible,
      fullBody: text.fullBody,
      signature: comment.signature,
      subject: message.subject,
      messageId: message.messageId,
      automatic: false,
      verified,
      rawMessageId,
      attachments: [],
    },
    at,
  );
}

/**
 * Why no automatic reply may go to that address now; null when one may (RELIABILITY §3 row 9). `wroteNow`: it answers a
 * mail from that very address.
 */
async function findReplyObstacle(
  trx: Database,
  deps: RecordDeps,
  recipient: string,
  { wroteNow }: { wroteNow: boolean },
): Promise<string | null> {
  const { autoRepliesPerHour, autoRepliesPerSweep } = deps.config.limits;
  if (!wroteNow && (await isUnreachable(trx, recipient))) {
    return `mail to ${recipient} bounced, and nothing has come from there since`;
  }
  if (deps.sweep.autoReplies >= autoRepliesPerSweep) return `${autoRepliesPerSweep} in this sweep`;
  const since = (hours: number) => new Date(deps.now().getTime() - hours * 3_600_000).toISOString();
  if ((await countAutoReplies(trx, recipient, since(1))) >= autoRepliesPerHour) {
    return `${autoRepliesPerHour} went to ${recipient} within the hour`;
  }
  if ((await countAutoReplies(trx, recipient, since(24))) >= autoRepliesPerHour * 2) {
    return `${autoRepliesPerHour * 2} went to ${recipient} within the day`;
  }
  return null;
}

function languageOf(message: InboundMessage): string {
  const field = message.headers.find(({ name }) => name === 'content-language')?.value ?? '';
  return /^\s*([a-z]{2,3})(?![a-z])/i.exec(field)?.[1]?.toLowerCase() ?? 'en';
}
