// One ticket as a page to read: what `show` prints on a terminal. Everything that came by mail passes forTerminal here.

import type { Entry, Person, Ticket, TicketDetails, TicketEvent, Timestamp } from '../domain/ticket.ts';
import { forTerminal, forTerminalLine } from '../text/terminal.ts';
import type { Paint, Style } from './color.ts';
import { formatAgent, formatPerson, isMisleadingName } from './people.ts';
import { formatSize } from './size.ts';
import { priorityStyle, statusStyle } from './ticket-fields.ts';
import { formatAge, formatAgo } from './time.ts';
import { wrapText } from './wrap.ts';

export interface PageOptions {
  now: Date;
  /** Columns of the terminal; null in a pipe, where no line is broken and no time is relative. */
  width: number | null;
  /** The whole text of each entry and its signature, instead of the visible text. */
  full: boolean;
  events: boolean;
  paint: Paint;
}

/** The page, with its last newline. */
export function formatTicketPage(ticket: TicketDetails, options: PageOptions): string {
  const parts = [
    formatHead(ticket, options),
    ...ticket.entries.map((entry) => formatEntry(entry, options)),
    ...(options.events ? [formatEvents(ticket.events, options)] : []),
  ];
  return `${parts.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function formatHead(ticket: TicketDetails, options: PageOptions): string[] {
  const { paint } = options;
  const lines = wrap(`${ticket.number}  ${forTerminalLine(ticket.subject)}`, options).map((line) =>
    paint('bold', line),
  );
  lines.push(formatState(ticket, options), '');
  const put = (label: string, text: string | null) => {
    if (text !== null && text !== '') lines.push(`${paint('dim', label.padEnd(12))}  ${text}`);
  };
  put('requester', showPerson(ticket.requester, paint));
  if (ticket.events.some(({ type }) => type === 'sender-unclear')) {
    put('', paint('red', '(!) the From of the first mail does not say beyond doubt who wrote it'));
  }
  put(
    'assignee',
    ticket.assignee ? forTerminalLine(`${formatAgent(ticket.assignee)} <${ticket.assignee.email}>`) : 'nobody',
  );
  put('tags', ticket.tags.map(forTerminalLine).join(', '));
  for (const person of ticket.participants) {
    if (person.role !== 'requester') put('participant', `${showPerson(person, paint)} (${person.role})`);
  }
  for (const person of ticket.mentioned) {
    const hint = `takes no part; to add: tkt comment ${ticket.number} --cc ${forTerminalLine(person.email)}`;
    put('mentioned', `${showPerson(person, paint)} ${paint('dim', hint)}`);
  }
  put('mailbox', ticket.mailbox === 'default' ? null : forTerminalLine(ticket.mailbox));
  put('merged into', ticket.mergedInto);
  put('created', showTime(ticket.createdAt, options));
  put('updated', showTime(ticket.updatedAt, options));
  put('answered', ticket.firstResponseAt && showTime(ticket.firstResponseAt, options));
  put('resolved', ticket.resolvedAt && showTime(ticket.resolvedAt, options));
  put('closed', ticket.closedAt && showTime(ticket.closedAt, options));
  put('due', ticket.dueAt && paint(ticket.overdue ? 'red' : null, showTime(ticket.dueAt, options)));
  return lines;
}

function formatState(ticket: Ticket, { now, width, paint }: PageOptions): string {
  const state = [
    paint(statusStyle(ticket.status), ticket.status),
    paint(priorityStyle(ticket.priority), `${ticket.priority} priority`),
    ticket.category,
  ];
  if (ticket.waitingOn !== null) {
    const since = ticket.waitingSince;
    const age = since === null ? '' : width === null ? ` since ${since}` : ` for ${formatAge(since, now)}`;
    state.push(`waiting on ${ticket.waitingOn}${age}`);
  }
  if (ticket.overdue) state.push(paint('red', 'overdue'));
  return state.join(' · ');
}

const entryKinds: Record<Entry['type'], { label: string; style: Style }> = {
  email: { label: 'email', style: 'cyan' },
  comment: { label: 'comment', style: 'green' },
  note: { label: 'INTERNAL NOTE', style: 'yellow' },
};

function formatEntry(entry: Entry, options: PageOptions): string[] {
  const { paint } = options;
  const kind = entryKinds[entry.type];
  const author = entry.author.login
    ? forTerminalLine(formatAgent({ name: entry.author.name, login: entry.author.login }))
    : showPerson(entry.author, paint);
  const marks = [
    paint('bold', author),
    paint(kind.style, kind.label),
    `#${entry.id}`,
    showTime(entry.createdAt, options),
  ];
  if (entry.automatic) marks.push(paint('dim', 'automatic'));
  if (entry.verified === true) marks.push(paint('dim', 'sender verified'));
  const lines = [`${paint('dim', '──')} ${marks.join(' · ')}`];
  if (entry.verified === false) {
    lines.push(paint('red', 'UNVERIFIED: the check of the sender (DMARC) failed; anybody may have written this'));
  }
  lines.push('', ...formatBody(entry, options));
  const below = [...formatAttachments(entry, options), ...formatDeliveries(entry, options)];
  return below.length > 0 ? [...lines, '', ...below] : lines;
}

function formatBody(entry: Entry, options: PageOptions): string[] {
  const text = forTerminal(options.full ? entry.fullBody : entry.body).replace(/\s+$/, '');
  const lines = text === '' ? [options.paint('dim', '(no text)')] : wrap(text, options);
  if (!options.full) return lines;
  if (entry.signature === null || entry.signature === '') return lines;
  const signature = wrap(forTerminal(entry.signature).replace(/\s+$/, ''), options);
  return [...lines, '', options.paint('dim', 'signature:'), ...signature.map((line) => options.paint('dim', line))];
}

function formatAttachments(entry: Entry, { full, paint }: PageOptions): string[] {
  const shown = full ? entry.attachments : entry.attachments.filter(({ signature }) => !signature);
  const lines = shown.map(
    (attachment) =>
      `attachment #${attachment.id}: ${forTerminalLine(attachment.filename)} ` +
      `(${formatSize(attachment.size)}, ${forTerminalLine(attachment.contentType)})`,
  );
  const hidden = entry.attachments.length - shown.length;
  if (hidden === 0) return lines;
  const what = hidden === 1 ? '1 signature image' : `${hidden} signature images`;
  return [...lines, paint('dim', `${what} hidden; --full shows them`)];
}

function formatDeliveries(entry: Entry, options: PageOptions): string[] {
  return entry.deliveries.map((delivery) => {
    const bad = delivery.state === 'failed' || delivery.state === 'bounced';
    const tries = delivery.attempts > 1 ? ` after ${delivery.attempts} attempts` : '';
    const error = delivery.error ? `: ${forTerminalLine(delivery.error)}` : '';
    const line = `${delivery.state}${tries} · to ${forTerminalLine(delivery.to)} · ${showTime(delivery.at, options)}${error}`;
    return options.paint(bad ? 'red' : delivery.state === 'sent' ? 'dim' : 'yellow', bad ? `✗ ${line}` : line);
  });
}

function formatEvents(events: readonly TicketEvent[], options: PageOptions): string[] {
  const lines = events.map((event) => {
    const change = [event.from, event.to].map((value) => (value === null ? 'none' : forTerminalLine(value)));
    const what =
      event.from === null && event.to === null ? '' : event.from === null ? ` ${change[1]}` : ` ${change.join(' → ')}`;
    return `${showTime(event.at, options)} · ${event.type}${what} · by ${forTerminalLine(event.by)}`;
  });
  return [`${options.paint('dim', '──')} ${options.paint('bold', 'history')}`, '', ...lines];
}

function showPerson(person: Person, paint: Paint): string {
  const text = forTerminalLine(formatPerson(person));
  return isMisleadingName(person)
    ? `${text} ${paint('red', '(!) the name shows an address that is not the sender’s')}`
    : text;
}

function showTime(at: Timestamp, { now, width }: PageOptions): string {
  return width === null ? at : `${formatAgo(at, now)} (${at})`;
}

function wrap(text: string, { width }: PageOptions): string[] {
  return width === null ? text.split('\n') : wrapText(text, width);
}
