// From valid values to what the program works with, and the rules that take more than one key.

import type { Config, ImapConfig, MailAuth, MailboxConfig, Secret, ServerConfig, SmtpConfig } from './config.ts';
import { formatKey, type KeyPath, type Problem } from './key-path.ts';
import type { ConfigValues } from './schema.ts';

/** What normalising needs to know of the place a value came from. */
export interface Surroundings {
  path: string | null;
  agent: string | null;
  defaultDatabase: string;
  /** Whether the file or a variable sets the key. */
  isSet(key: KeyPath): boolean;
  /** The absolute form of a path that was given under the key. */
  resolve(path: string, key: KeyPath): string;
}

/** Every problem at once; the configuration is to be used only where there is none. */
export function normalise(values: ConfigValues, surroundings: Surroundings): { config: Config; problems: Problem[] } {
  const problems: Problem[] = [];
  const mailboxes = listMailboxes(values, { ...surroundings, problems });
  const database = findDatabase(values.database, surroundings, problems);
  const { enabled, checkInterval, limits, strangers, plusAddressing, automaticMail, reopenOnReply } = values;
  const { forwardedByAgent, trustedAuthservId, tickets, ticketUrl, log } = values;
  const config: Config = {
    path: surroundings.path,
    enabled,
    agent: surroundings.agent,
    checkInterval,
    database,
    mailboxes,
    limits,
    strangers,
    plusAddressing,
    automaticMail,
    forwardedByAgent,
    reopenOnReply,
    trustedAuthservId,
    tickets,
    ticketUrl,
    log,
  };
  return { config, problems };
}

interface Work extends Surroundings {
  problems: Problem[];
}

function findDatabase(database: string | null, surroundings: Surroundings, problems: Problem[]): string {
  if (database === null) return surroundings.defaultDatabase;
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(database)) {
    // Not shown: such an address has a password in it as often as not.
    problems.push({
      path: ['database'],
      text: 'expected the path of a SQLite file; other databases are not supported yet',
    });
    return database;
  }
  return surroundings.resolve(database, ['database']);
}

/** The single form as `default`, where it says anything or stands alone, then the list. */
function listMailboxes(values: ConfigValues, work: Work): MailboxConfig[] {
  const { defaultCategory } = values.tickets;
  const mailboxes: MailboxConfig[] = [];
  const single = readMailbox(values.imap, values.smtp, values.supportEmail, [], work);
  if (values.mailboxes.length === 0 || work.isSet(['supportEmail']) || single.imap !== null) {
    const { supportEmail, supportName } = values;
    mailboxes.push({
      name: 'default',
      address: bare(supportEmail),
      displayName: supportName,
      ...single,
      category: defaultCategory,
    });
  }
  values.mailboxes.forEach((entry, index) => {
    const at = ['mailboxes', index];
    const own = readMailbox(entry.imap, entry.smtp, entry.address, at, work);
    const shared = single.smtp === null ? null : { ...single.smtp, from: bare(entry.address) };
    const mailbox: MailboxConfig = {
      name: entry.name,
      address: bare(entry.address),
      displayName: entry.supportName ?? values.supportName,
      imap: own.imap,
      smtp: own.smtp ?? shared,
      category: entry.category ?? defaultCategory,
    };
    for (const key of ['name', 'address'] as const) {
      if (!mailboxes.some((other) => other[key] === mailbox[key])) continue;
      work.problems.push({
        path: [...at, key],
        text: `expected one that no other mailbox has, got ${JSON.stringify(mailbox[key])}`,
      });
    }
    mailboxes.push(mailbox);
  });
  return mailboxes;
}

function readMailbox(
  imap: ConfigValues['imap'] | null,
  smtp: ConfigValues['smtp'] | null,
  address: string,
  at: KeyPath,
  work: Work,
): { imap: ImapConfig | null; smtp: SmtpConfig | null } {
  return {
    imap: imap?.host ? readImap(imap, imap.host, [...at, 'imap'], work) : null,
    smtp: smtp?.host ? readSmtp(smtp, smtp.host, address, [...at, 'smtp'], work) : null,
  };
}

function readImap(values: ConfigValues['imap'], host: string, key: KeyPath, work: Work): ImapConfig {
  if (values.username === null)
    work.problems.push({ path: [...key, 'username'], text: 'expected a user name, as host is set' });
  const [, folder] = /^move:(.*)$/.exec(values.after) ?? [];
  const port = values.useSsl || work.isSet([...key, 'port']) ? values.port : 143;
  return {
    ...readServer(values, host, port, key, work),
    security: values.useSsl ? 'tls' : isLoopback(host) ? 'none' : 'starttls',
    mailbox: values.mailbox,
    intake: values.intake,
    after: folder !== undefined ? { kind: 'move', folder } : { kind: values.after === 'delete' ? 'delete' : 'seen' },
  };
}

function readSmtp(values: ConfigValues['smtp'], host: string, address: string, key: KeyPath, work: Work): SmtpConfig {
  if (!values.useTls && !isLoopback(host)) {
    const text =
      'expected true: mail and password would cross the network in plain text (false is for a loopback host alone)';
    work.problems.push({ path: [...key, 'useTls'], text });
  }
  return {
    ...readServer(values, host, values.port, key, work),
    security: !values.useTls ? 'none' : values.port === 465 ? 'tls' : 'starttls',
    from: bare(values.from ?? address),
    nullSender: work.isSet([...key, 'nullSender']) ? values.nullSender : !refusesNullSender(host),
  };
}

// Providers that take mail from the address one is logged in as alone; who sets them up by variables has no preset.
const providers = new Set(['smtp.gmail.com', 'smtp.office365.com', 'smtp.mail.yahoo.com']);

/** Whether the null reverse-path is not to be had at an SMTP host, and so off unless `nullSender` says otherwise. */
export function refusesNullSender(host: string): boolean {
  return providers.has(host.toLowerCase());
}

type ServerValues = ConfigValues['imap'] | ConfigValues['smtp'];

function readServer(
  values: ServerValues,
  host: string,
  port: number,
  key: KeyPath,
  work: Work,
): Omit<ServerConfig, 'security'> {
  const caFile = values.caFile === null ? null : work.resolve(values.caFile, [...key, 'caFile']);
  return { host, port, auth: readAuth(values, key, work), caFile };
}

const passwordKeys = ['password', 'passwordCommand', 'passwordFile'] as const;

function readAuth(values: ServerValues, key: KeyPath, work: Work): MailAuth | null {
  const { username, tokenCommand } = values;
  const given = passwordKeys.filter((name) => values[name] !== null);
  const problem = (name: string, text: string) => work.problems.push({ path: [...key, name], text });

  if (values.auth === 'oauth2') {
    for (const name of given) problem(name, 'expected none, as auth is "oauth2"');
    if (username === null) problem('username', 'expected a user name, as auth is "oauth2"');
    if (tokenCommand === null)
      problem('tokenCommand', 'expected a command that prints an access token, as auth is "oauth2"');
    return username === null || tokenCommand === null ? null : { kind: 'oauth2', username, tokenCommand };
  }
  if (tokenCommand !== null) problem('tokenCommand', 'expected none, or auth to be "oauth2"');
  const [, second] = given;
  if (second !== undefined) problem(second, `expected one of ${passwordKeys.join(', ')}, got ${given.join(' and ')}`);
  if (username === null) {
    // For IMAP the missing name has been named already.
    if (given[0] !== undefined && key.at(-1) === 'smtp')
      problem('username', `expected a user name, as ${given[0]} is set`);
    return null;
  }
  return { kind: 'password', username, password: readPassword(values, key, work) };
}

function readPassword(values: ServerValues, key: KeyPath, work: Work): Secret {
  const { password, passwordCommand, passwordFile } = values;
  if (password !== null) return { kind: 'value', value: password };
  if (passwordCommand !== null)
    return { kind: 'command', command: passwordCommand, key: formatKey([...key, 'passwordCommand']) };
  if (passwordFile === null) return { kind: 'missing', key: formatKey([...key, 'password']) };
  const path = work.resolve(passwordFile, [...key, 'passwordFile']);
  return { kind: 'file', path, key: formatKey([...key, 'passwordFile']) };
}

/** Whether a host is this machine by its very name: localhost, 127.0.0.0/8, ::1. Nothing is resolved. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase().replace(/\.$/, '');
  return name === 'localhost' || /^127(?:\.\d{1,3}){3}$/.test(name) || /^(?:0{0,4}:){2,7}0{0,3}1$/.test(name);
}

/** An address with its domain in lower case. */
function bare(address: string): string {
  const at = address.lastIndexOf('@');
  return address.slice(0, at) + address.slice(at).toLowerCase();
}
