// The fields of a ticket, for list, show and whatever else prints tickets. Names and shapes are CONTRACT §2.

import type { Entry, Person, Ticket, TicketDetails } from '../domain/ticket.ts';
import type { Style } from './color.ts';
import { type Field, timeField } from './fields.ts';
import { formatPerson, isMisleadingName } from './people.ts';
import { formatAge } from './time.ts';

const priorityStyles = { urgent: 'red', high: 'yellow', medium: null, low: 'dim' } as const;
const statusStyles = { open: 'green', pending: 'yellow', resolved: 'magenta', closed: 'dim' } as const;

export function statusStyle(status: Ticket['status']): Style | null {
  return statusStyles[status];
}

export function priorityStyle(priority: Ticket['priority']): Style | null {
  return priorityStyles[priority];
}

/** In the order of the JSON shape. */
const jsonFields: ReadonlyArray<Field<Ticket>> = [
  { name: 'number', value: (t) => t.number, style: () => 'cyan' },
  { name: 'subject', value: (t) => t.subject, minWidth: 12 },
  { name: 'status', value: (t) => t.status, style: (t) => statusStyle(t.status) },
  { name: 'priority', value: (t) => t.priority, heading: 'PRIO', style: (t) => priorityStyle(t.priority) },
  { name: 'category', value: (t) => t.category },
  {
    name: 'requester',
    value: (t) => t.requester,
    brief: (t) => briefPerson(t.requester),
    short: (t) => t.requester.email,
    minWidth: 10,
  },
  { name: 'assignee', value: (t) => t.assignee, minWidth: 8, brief: (t) => t.assignee?.login ?? '-' },
  { name: 'tags', value: (t) => t.tags, minWidth: 8 },
  { name: 'language', value: (t) => t.language },
  { name: 'mailbox', value: (t) => t.mailbox, minWidth: 8 },
  {
    name: 'waitingOn',
    value: (t) => t.waitingOn,
    heading: 'WAITING',
    brief: (t, now) => (t.waitingOn === null ? '-' : `${t.waitingOn}${formatSince(t.waitingSince, now)}`),
    style: (t) => (t.overdue ? 'red' : t.waitingOn === 'staff' ? null : 'dim'),
  },
  timeField('waitingSince', (t) => t.waitingSince),
  timeField('createdAt', (t) => t.createdAt),
  timeField('updatedAt', (t) => t.updatedAt),
  timeField('firstResponseAt', (t) => t.firstResponseAt),
  timeField('resolvedAt', (t) => t.resolvedAt),
  timeField('closedAt', (t) => t.closedAt),
  timeField('dueAt', (t) => t.dueAt),
  { name: 'overdue', value: (t) => t.overdue },
  { name: 'mergedInto', value: (t) => t.mergedInto },
  { name: 'entryCount', value: (t) => t.entryCount, heading: 'ENTRIES' },
];

const partFields: ReadonlyArray<Field<Ticket>> = [
  { name: 'requester.name', value: (t) => t.requester.name, minWidth: 10 },
  { name: 'requester.email', value: (t) => t.requester.email, minWidth: 12 },
  { name: 'assignee.login', value: (t) => t.assignee?.login ?? null },
  { name: 'assignee.name', value: (t) => t.assignee?.name ?? null, minWidth: 10 },
  { name: 'assignee.email', value: (t) => t.assignee?.email ?? null, minWidth: 12 },
];

const detailFields: ReadonlyArray<Field<TicketDetails>> = [
  { name: 'entries', value: (t) => t.entries.map(toEntryJson) },
  { name: 'participants', value: (t) => t.participants },
  { name: 'mentioned', value: (t) => t.mentioned },
  { name: 'events', value: (t) => t.events },
];

/** Every field that --fields may name for a ticket in a list. */
export const ticketFields: ReadonlyArray<Field<Ticket>> = [...jsonFields, ...partFields];
/** The same for one ticket with its entries. */
export const ticketDetailFields: ReadonlyArray<Field<TicketDetails>> = [...jsonFields, ...detailFields, ...partFields];

/** The whole ticket, as the JSON shape has it. */
export const ticketJsonNames: readonly string[] = jsonFields.map((field) => field.name);
export const ticketDetailJsonNames: readonly string[] = [
  ...ticketJsonNames,
  ...detailFields.map((field) => field.name),
];
export const ticketTableNames = ['number', 'status', 'priority', 'waitingOn', 'requester', 'assignee', 'subject'];
export const ticketTsvNames = [
  'number',
  'status',
  'priority',
  'waitingOn',
  'waitingSince',
  'requester',
  'assignee',
  'subject',
];
/** Every field, people in columns of their own. */
export const ticketCsvNames: readonly string[] = ticketJsonNames.flatMap((name) => {
  if (name === 'requester') return ['requester.name', 'requester.email'];
  return name === 'assignee' ? ['assignee.login'] : [name];
});

const longestPerson = 44;

// A long name would take the room of the subjects; one that shows somebody else's address is not repeated in a list.
function briefPerson(person: Person): string {
  const text = formatPerson(person);
  return text.length > longestPerson || isMisleadingName(person) ? person.email : text;
}

function formatSince(at: string | null, now: Date): string {
  return at === null ? '' : ` ${formatAge(at, now)}`;
}

/** An entry with the keys of CONTRACT §2 and no others: the store's entries carry ids of rows. */
function toEntryJson(entry: Entry): Entry {
  const { id, type, author, body, fullBody, signature, subject, messageId, automatic, verified } = entry;
  // Whether a process has just taken a mail in hand is of no interest here: it is not sent yet.
  const deliveries = entry.deliveries.map((delivery) => ({
    ...delivery,
    state: delivery.state === 'sending' ? ('queued' as const) : delivery.state,
  }));
  const { attachments, createdAt } = entry;
  return {
    id,
    type,
    author,
    body,
    fullBody,
    signature,
    subject,
    messageId,
    automatic,
    verified,
    attachments,
    deliveries,
    createdAt,
  };
}
