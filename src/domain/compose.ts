// The mails that tkt writes: facts in, one complete message out. The words are in templates/, the bytes in mail/build.ts.
// Every value that came from outside passes clean.ts here, once.

import { assignment } from '../templates/assignment.ts';
import { autoReply } from '../templates/auto-reply.ts';
import { clientReplied } from '../templates/client-replied.ts';
import { comment, note } from '../templates/comment.ts';
import type { MailWords, TicketWords } from '../templates/layout.ts';
import { cleanHeader, cleanText, cutAt } from './clean.ts';
import type { MailAddress } from './message.ts';
import { chooseReferences, isStrictMessageId } from './message-id.ts';
import { isSupportAddress } from './plus-address.ts';
import type { Category, Person, Priority, Status } from './ticket.ts';

/** A message to be built and sent. Ids are without angle brackets; all values are clean. */
export interface OutgoingMail {
  messageId: string;
  from: MailAddress;
  to: MailAddress[];
  cc: MailAddress[];
  replyTo: MailAddress | null;
  subject: string;
  text: string;
  html: string;
  inReplyTo: string | null;
  references: string[];
  /** Further header fields, in order. */
  headers: Array<[name: string, value: string]>;
  attachments: OutgoingAttachment[];
  /** RFC 3834 §5: the value of Auto-Submitted; null for the words of a person. */
  automatic: 'auto-replied' | 'auto-generated' | null;
  date: Date;
}

export interface OutgoingAttachment {
  filename: string;
  contentType: string;
  content: Buffer;
}

/** What every mail about a ticket needs. */
export interface MailFrame {
  number: string;
  /** The ticket's subject, as it is. */
  subject: string;
  /** The support mailbox that speaks. */
  from: MailAddress;
  replyTo: MailAddress | null;
  messageId: string;
  /** The ticket's constant reference. */
  referenceId: string;
  /** The client's last mail; null when there is none, or none with a Message-ID. */
  inReplyTo: string | null;
  /** msg-ids on the ticket, oldest first. */
  references: readonly string[];
  /** Value of X-Tkt-Loop: marks our mail as ours, so that we never answer ourselves. */
  instance: string;
  date: Date;
  /** Where a browser shows the ticket; null for no button. */
  viewUrl: string | null;
}

/** Characters of a client's subject that go out again (relay spam, RELIABILITY on the ticket trick). */
export const subjectMax = 200;
const nameMax = 100;

// `[TKT-2026-00042]`, `[tkt-2026-42]`: bounded, so linear.
const anyTag = /\[([^[\]]{1,50})-\d{4}-\d{1,9}\]/g;

function withoutTags(subject: string, prefix: string): string {
  const others = subject.replace(anyTag, (tag, found: string) =>
    found.toLowerCase() === prefix.toLowerCase() ? ' ' : tag,
  );
  return others.replace(/ {2,}/g, ' ').trim();
}

/** The ticket's subject, one line, cut, without numbers of ours: a stranger may have put that of another ticket there. */
function shownSubject(frame: MailFrame): string {
  const prefix = frame.number.slice(0, Math.max(frame.number.indexOf('-'), 0));
  const line = withoutTags(cleanHeader(frame.subject, subjectMax * 5), prefix);
  return cutAt(line, subjectMax) || '(no subject)';
}

/** `[NUMBER] the ticket's subject`. */
function taggedSubject(frame: MailFrame, lead = ''): string {
  return `[${frame.number}] ${lead}${shownSubject(frame)}`;
}

function cleanPerson(person: Person): MailAddress {
  return { name: cleanHeader(person.name, nameMax), address: person.email };
}

/** `Ann Lee <ann@example.com>`: the address is always beside the name, which anybody can choose. */
function shownPerson(person: Person): string {
  const name = cleanHeader(person.name, nameMax);
  return name === '' || name === person.email ? person.email : `${name} <${person.email}>`;
}

const capitalised = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

// RFC 5322 dot-atom at a domain in ACE form: the only addresses that mail is sent to.
const mailable =
  /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,64}(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,64})*@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*$/;

/** Whether an address is of the plain form that may stand in an envelope and a header (RELIABILITY on address readers). */
export function isMailable(address: string): boolean {
  return address.length <= 254 && address.indexOf('@') <= 64 && mailable.test(address);
}

const mediaType = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/i;
const fileNameMax = 200;

/** An attachment with a name and a type that may stand in a header. Cleaning it twice is the same as once. */
export function cleanAttachment({ filename, contentType, content }: OutgoingAttachment): OutgoingAttachment {
  // A message or multipart may not be base64 (RFC 2046 §5.2.1) and would have its line ends changed: as a plain file
  // its bytes arrive as they are.
  const plain = mediaType.test(contentType) && !/^(?:message|multipart)\//i.test(contentType);
  return {
    filename: cleanHeader(filename, fileNameMax).replace(/[/\\]/g, '_') || 'attachment',
    contentType: plain ? contentType.toLowerCase() : 'application/octet-stream',
    content,
  };
}

interface Parts {
  to: Person[];
  cc?: Person[];
  subject: string;
  words: (ticket: TicketWords) => MailWords;
  automatic: OutgoingMail['automatic'];
  attachments?: readonly OutgoingAttachment[];
}

function assemble(frame: MailFrame, parts: Parts): OutgoingMail {
  const subject = cleanHeader(parts.subject);
  const { number, viewUrl } = frame;
  const { text, html } = parts.words({ heading: subject, number, subject: shownSubject(frame), viewUrl });
  const headers: Array<[string, string]> = [
    ['X-Tkt-Ticket', frame.number],
    ['X-Tkt-Loop', frame.instance],
  ];
  if (parts.automatic !== null) {
    headers.push(['Auto-Submitted', parts.automatic], ['X-Auto-Response-Suppress', 'All']);
  }
  const inReplyTo = frame.inReplyTo !== null && isStrictMessageId(frame.inReplyTo) ? frame.inReplyTo : null;
  return {
    messageId: frame.messageId,
    from: { name: cleanHeader(frame.from.name, nameMax), address: frame.from.address },
    to: parts.to.filter((person) => isMailable(person.email)).map(cleanPerson),
    cc: (parts.cc ?? []).filter((person) => isMailable(person.email)).map(cleanPerson),
    replyTo: frame.replyTo,
    subject,
    text,
    html,
    inReplyTo,
    references: chooseReferences(frame.referenceId, frame.references, inReplyTo),
    headers,
    attachments: (parts.attachments ?? []).map(cleanAttachment),
    automatic: parts.automatic,
    date: frame.date,
  };
}

/** The answer to a new ticket (RFC 3834). `to` is the From address of the mail that opened it, and nobody else. */
export function composeAutoReply(frame: MailFrame, facts: { to: string; status: Status }): OutgoingMail {
  return assemble(frame, {
    // Without the display name: whoever writes in somebody's name chose it.
    to: [{ name: '', email: facts.to }],
    subject: taggedSubject(frame),
    words: (ticket) => autoReply({ ...ticket, status: capitalised(facts.status) }),
    automatic: 'auto-replied',
  });
}

export interface CommentFacts {
  author: Person;
  text: string;
  requester: Person;
  /** All of the ticket's, the requester among them or not. */
  participants: readonly Person[];
  /** Addresses that are ours: nobody is written to at one of them. */
  supportAddresses: readonly string[];
  attachments: readonly OutgoingAttachment[];
}

/** A public comment: one message To the requester, Cc the participants but its author. `to` and `cc` may end up empty. */
export function composeComment(frame: MailFrame, facts: CommentFacts): OutgoingMail {
  const taken = new Set([facts.author.email.toLowerCase()]);
  const others = facts.participants.filter(({ email }) => {
    const key = email.toLowerCase();
    if (key === facts.requester.email.toLowerCase() || taken.has(key)) return false;
    taken.add(key);
    return !isSupportAddress(email, facts.supportAddresses);
  });
  const requester = isSupportAddress(facts.requester.email, facts.supportAddresses) ? [] : [facts.requester];
  return assemble(frame, {
    to: requester.length > 0 ? requester : others,
    cc: requester.length > 0 ? others : [],
    subject: `[${frame.number}] New comment on your ticket`,
    words: (ticket) =>
      comment({ ...ticket, author: cleanHeader(facts.author.name, nameMax), body: cleanText(facts.text).trim() }),
    automatic: null,
    attachments: facts.attachments,
  });
}

/** An internal note as a message, so that its text and attachments are kept as bytes. It has no recipient at all. */
export function composeNote(
  frame: MailFrame,
  facts: { author: Person; text: string; attachments: readonly OutgoingAttachment[] },
): OutgoingMail {
  const mail = assemble(frame, {
    to: [],
    subject: `[${frame.number}] Internal note`,
    words: (ticket) => note({ ...ticket, body: cleanText(facts.text).trim() }),
    automatic: null,
    attachments: facts.attachments,
  });
  return { ...mail, from: cleanPerson(facts.author), replyTo: null };
}

export interface AssignmentFacts {
  agent: Person;
  /** Name of who assigned it. */
  assignedBy: string;
  /** The agent took it. */
  self: boolean;
  requester: Person;
  status: Status;
  priority: Priority;
  category: Category;
  /** The last public word: visible text only. */
  latest: { author: Person; text: string } | null;
}

/** To the agent who was given the ticket. */
export function composeAssignment(frame: MailFrame, facts: AssignmentFacts): OutgoingMail {
  return assemble(frame, {
    to: [facts.agent],
    subject: taggedSubject(frame, 'Assigned to you: '),
    words: (ticket) =>
      assignment({
        ...ticket,
        assignedBy: cleanHeader(facts.assignedBy, nameMax),
        self: facts.self,
        requester: shownPerson(facts.requester),
        status: capitalised(facts.status),
        priority: capitalised(facts.priority),
        category: capitalised(facts.category),
        latest: facts.latest && {
          author: shownPerson(facts.latest.author),
          body: cleanText(facts.latest.text).trim(),
        },
      }),
    automatic: 'auto-generated',
  });
}

/** To the assigned agent: somebody wrote on the ticket. `text` is the visible text of the reply. */
export function composeClientReplied(
  frame: MailFrame,
  facts: { agent: Person; author: Person; text: string; attachments: readonly string[] },
): OutgoingMail {
  return assemble(frame, {
    to: [facts.agent],
    subject: taggedSubject(frame, `${facts.author.email} replied: `),
    words: (ticket) =>
      clientReplied({
        ...ticket,
        author: shownPerson(facts.author),
        body: cleanText(facts.text).trim(),
        attachments: facts.attachments.map((name) => cleanHeader(name, nameMax)),
      }),
    automatic: 'auto-generated',
  });
}
