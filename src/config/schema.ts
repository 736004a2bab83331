// The one description of tkt.config.json: its type, its validation, its defaults, and (scripts/schema.ts) the files
// tkt.config.schema.json and tkt.config.example.json. What one key alone can tell is here; what takes two is in normalise.ts.

import * as v from 'valibot';
import { categories, priorities } from '../domain/ticket.ts';
import { safeJson } from '../text/terminal.ts';
import { formatKey, type KeyPath, type Problem } from './key-path.ts';

/** `expected 1-65535, got "abc"`, as valibot's message of a key. */
function expected(what: string): (issue: { input: unknown }) => string {
  return ({ input }) => `expected ${what}, got ${shown(input)}`;
}

function shown(input: unknown): string {
  if (input === undefined) return 'nothing';
  if (Array.isArray(input)) return 'a list';
  if (typeof input === 'object' && input !== null) return 'an object';
  const text = safeJson(input);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

function integer(minimum: number, maximum: number) {
  const message = expected(`${minimum}-${maximum}`);
  return v.pipe(v.number(message), v.integer(message), v.minValue(minimum, message), v.maxValue(maximum, message));
}

function flag() {
  return v.boolean(expected('true or false'));
}

function choice<const Options extends readonly [string, ...string[]]>(options: Options) {
  const names = options.map((option) => `"${option}"`);
  return v.picklist(options, expected(`${names.slice(0, -1).join(', ')} or ${names.at(-1)}`));
}

function matching(pattern: RegExp, what: string) {
  return v.pipe(v.string(expected(what)), v.regex(pattern, expected(what)));
}

// One line without control characters.
const oneLine = /^[^\u0000-\u001f\u007f]*$/;
const filledLine = /^[^\u0000-\u001f\u007f]+$/;

/** A text whose value no message may show. */
function secret(what: string) {
  return v.pipe(v.string(`expected ${what}`), v.regex(/^[^\u0000\r\n]+$/, `expected ${what}, not empty`));
}

const atom = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+";
// `support@example.com`, `a.b+c@mail.example.com`, `root@localhost`: dot-atoms of RFC 5322 §3.4.1 in ASCII.
const addressPattern = new RegExp(
  `^${atom}(?:\\.${atom})*@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*$`,
);

/** A bare addr-spec such as somebody may write into a configuration or a flag; at most 254 octets (RFC 5321 §4.5.3.1.3). */
export function isAddress(text: string): boolean {
  return text.length <= 254 && addressPattern.test(text);
}

const addressWanted = 'an address such as support@example.com';
const address = v.pipe(
  v.string(expected(addressWanted)),
  v.maxLength(254, expected(addressWanted)),
  v.regex(addressPattern, expected(`${addressWanted} (a name goes into supportName)`)),
);

// A host name, an IPv4 address, or an IPv6 address without brackets.
const hostPattern = /^(?:[A-Za-z0-9_-]+\.)*[A-Za-z0-9_-]+\.?$|^(?=[^:]*:[^:]*:)[0-9A-Fa-f:.]+$/;

/** A host as `imap.host` takes it. */
export function isHost(text: string): boolean {
  return text.length <= 253 && hostPattern.test(text);
}

const host = matching(hostPattern, 'the name of a host such as mail.example.com, without a scheme or a port');
const path = matching(filledLine, 'the path of a file');
const command = secret('a shell command');

/** A key that need not be there and has no default; null says so in words. */
function unset<Schema extends v.GenericSchema>(schema: Schema, description: string) {
  return v.pipe(v.nullish(schema, null), v.description(description));
}

/** A key with a default, which is validated too. */
function preset<Schema extends v.GenericSchema>(schema: Schema, value: v.InferInput<Schema>, description: string) {
  return v.pipe(v.optional<Schema, v.InferInput<Schema>>(schema, value), v.description(description));
}

function section<Entries extends v.ObjectEntries>(entries: Entries) {
  return v.strictObject(entries, expected('an object { … }'));
}

const hostKey = unset(host, 'Name or address of the server. Without it there is none.');

const caFileKey = unset(path, 'PEM file of a private certificate authority, trusted besides the public ones.');

const login = {
  username: unset(matching(filledLine, 'a user name'), 'Name to log in with. SMTP: without it no log-in takes place.'),
  auth: preset(
    choice(['password', 'oauth2']),
    'password',
    'How to log in: with one of the three password keys, or with an OAuth2 access token that tokenCommand prints.',
  ),
  password: unset(secret('a password'), 'The password itself. The file must then be readable by its owner alone.'),
  passwordCommand: unset(
    command,
    'A shell command whose first line of output is the password, e.g. "pass show support".',
  ),
  passwordFile: unset(path, 'A file whose first line is the password; readable by its owner alone.'),
  tokenCommand: unset(command, 'A shell command whose first line of output is an OAuth2 access token.'),
};

const imap = section({
  host: hostKey,
  port: preset(integer(1, 65535), 993, '993 speaks TLS from the start. If not set and useSsl is false: 143.'),
  useSsl: preset(flag(), true, 'true: TLS from the start. false: STARTTLS is required, but for a loopback host.'),
  caFile: caFileKey,
  ...login,
  mailbox: preset(matching(filledLine, 'the name of a mailbox'), 'INBOX', 'The mailbox (folder) to read.'),
  intake: preset(
    choice(['new', 'unread']),
    'new',
    'new: unread mail, and mail that came since the last sweep though another client has read it. unread: unread mail alone.',
  ),
  after: preset(
    matching(/^(?:seen|delete|move:[^\u0000-\u001f\u007f]+)$/, '"seen", "delete" or "move:FOLDER"'),
    'seen',
    'What becomes of a mail once its outcome is stored: "seen", "move:FOLDER" or "delete".',
  ),
});

const smtp = section({
  host: hostKey,
  port: preset(integer(1, 65535), 587, '465 means TLS from the start, any other port STARTTLS.'),
  useTls: preset(flag(), true, 'TLS is required. false is allowed for a loopback host alone.'),
  caFile: caFileKey,
  ...login,
  from: unset(address, 'Address that mail comes from; the support address if not set.'),
  nullSender: preset(
    flag(),
    true,
    'Automatic mail leaves with the null reverse-path (RFC 3834), so that it never bounces back. If not set: false for Gmail, Microsoft 365 and Yahoo, which refuse that.',
  ),
});

const mailbox = section({
  name: matching(/^[a-z0-9][a-z0-9_-]{0,62}$/, 'a name of lower-case letters, digits and hyphens'),
  address,
  supportName: unset(matching(oneLine, 'a name on one line'), 'The top-level supportName if not set.'),
  imap: unset(imap, 'As the top-level imap.'),
  smtp: unset(smtp, 'As the top-level smtp, which is used if this is not set.'),
  category: unset(choice(categories), 'Category of its tickets; tickets.defaultCategory if not set.'),
});

export const configSchema = section({
  $schema: v.optional(v.pipe(v.string(expected('a text')), v.description('Where an editor finds the schema.'))),
  enabled: preset(flag(), false, 'Whether tkt poll reads mail.'),
  checkInterval: preset(
    integer(1, 604800),
    300,
    'Seconds between two sweeps, for the crontab line that tkt init prints.',
  ),
  supportEmail: preset(address, 'support@example.com', 'The support address.'),
  supportName: preset(
    matching(oneLine, 'a name on one line'),
    '',
    'Display name of the support address in mail that goes out.',
  ),
  database: unset(path, '$XDG_DATA_HOME/tkt/tkt.db (~/.local/share/tkt/tkt.db) if not set. A SQLite file.'),
  imap: preset(imap, {}, 'The server that mail is read from.'),
  smtp: preset(smtp, {}, 'The server that mail is sent through.'),
  mailboxes: preset(
    v.array(mailbox, expected('a list [ … ]')),
    [],
    'For more than one support address: { name, address, supportName, imap, smtp, category }. supportEmail, imap and smtp above are the one called "default".',
  ),
  limits: preset(
    section({
      maxMessageBytes: preset(integer(1024, 1073741824), 26214400, 'A larger mail goes to the quarantine.'),
      autoRepliesPerHour: preset(
        integer(0, 100000),
        5,
        'Automatic replies to one address within an hour; twice as many within a day.',
      ),
      autoRepliesPerSweep: preset(integer(0, 100000), 100, 'Automatic replies that one sweep may cause.'),
      messageSeconds: preset(integer(1, 3600), 20, 'A mail that takes longer to read goes to the quarantine.'),
    }),
    {},
    'Ceilings.',
  ),
  strangers: preset(
    choice(['new', 'quarantine']),
    'new',
    "What becomes of a mail that names somebody else's ticket: a ticket of its own, or the quarantine.",
  ),
  plusAddressing: preset(flag(), false, 'Reply-To carries a signed plus-address. The mail server must deliver those.'),
  automaticMail: preset(
    choice(['ticket', 'ignore']),
    'ticket',
    'Whether automatic mail opens tickets. It is never answered.',
  ),
  forwardedByAgent: preset(
    choice(['requester', 'agent']),
    'requester',
    "Whose ticket it is when an agent forwards a client's mail: the client's (only where trustedAuthservId shows that the agent sent it), or the agent's.",
  ),
  reopenOnReply: preset(flag(), true, 'A reply by the client reopens a resolved or closed ticket.'),
  trustedAuthservId: unset(
    matching(/^[^\s;]+$/, 'the authserv-id of your mail server, without spaces'),
    'The Authentication-Results of this server are believed (RFC 8601).',
  ),
  tickets: preset(
    section({
      prefix: preset(
        matching(/^[A-Z][A-Z0-9]{0,15}$/, '1-16 capital letters and digits, a letter first'),
        'TKT',
        'Ticket numbers are PREFIX-YEAR-NUMBER.',
      ),
      defaultPriority: preset(choice(priorities), 'medium', 'Priority of a new ticket.'),
      defaultCategory: preset(choice(categories), 'support', 'Category of a new ticket.'),
    }),
    {},
    'What a new ticket looks like.',
  ),
  ticketUrl: unset(
    matching(
      /^https?:\/\/[^\s"<>]*\{number\}[^\s"<>]*$/,
      'a web address with {number} in it, such as https://desk.example.com/t/{number}',
    ),
    'Where mails link to with a "View Ticket" button, e.g. https://desk.example.com/t/{number}.',
  ),
  log: preset(
    section({
      format: preset(choice(['text', 'json']), 'text', 'json: one object a line on stderr, for poll and receive.'),
    }),
    {},
    'Log lines.',
  ),
});

/** What may stand in tkt.config.json. */
export type ConfigInput = v.InferInput<typeof configSchema>;
/** The same with every default in place. */
export type ConfigValues = v.InferOutput<typeof configSchema>;
export type ServerValues = ConfigValues['imap'] | ConfigValues['smtp'];

/** The values with their defaults, or every mistake but unknown keys (`findUnknownKeys`). */
export function validate(
  input: unknown,
): { values: ConfigValues; problems: [] } | { values: null; problems: Problem[] } {
  const result = v.safeParse(configSchema, input);
  const problems: Problem[] = [];
  for (const issue of result.issues ?? []) {
    if (issue.type === 'strict_object' && issue.expected === 'never') continue;
    const missing = issue.type === 'strict_object' && issue.input === undefined;
    const path = (issue.path ?? []).map((item) => item.key as string | number);
    if (problems.some((problem) => formatKey(problem.path) === formatKey(path))) continue;
    problems.push({ path, text: missing ? 'expected a value, got nothing' : issue.message });
  }
  // Without an unknown key the result is typed; with one alone the caller has its own complaint.
  return result.success ? { values: result.output, problems: [] } : { values: null, problems };
}

/** Every key of the input that the schema does not know, wherever it is (valibot names the first alone), with those it does. */
export function findUnknownKeys(input: unknown): Array<{ path: KeyPath; known: string[] }> {
  const found: Array<{ path: KeyPath; known: string[] }> = [];
  walk(configSchema, input, []);
  return found;

  function walk(schema: unknown, value: unknown, path: KeyPath): void {
    const inner = unwrap(schema);
    if (inner.item !== undefined && Array.isArray(value)) {
      value.forEach((member, index) => {
        walk(inner.item, member, [...path, index]);
      });
    } else if (inner.entries !== undefined && typeof value === 'object' && value !== null && !Array.isArray(value)) {
      for (const [key, member] of Object.entries(value)) {
        if (Object.hasOwn(inner.entries, key)) walk(inner.entries[key], member, [...path, key]);
        else found.push({ path: [...path, key], known: Object.keys(inner.entries) });
      }
    }
  }
}

interface SchemaParts {
  entries?: Record<string, unknown>;
  item?: unknown;
  wrapped?: unknown;
}

/** The object or list schema inside optional() and nullish(); pipe() keeps the parts of its first member. */
function unwrap(schema: unknown): SchemaParts {
  const parts = schema as SchemaParts;
  return parts.wrapped === undefined ? parts : unwrap(parts.wrapped);
}
