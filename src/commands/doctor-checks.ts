// The checks of `tkt doctor`. Each gives findings and throws for bugs alone; one that fails does not stop the others.

import { accessSync, constants, type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Config, MailboxConfig, Secret, ServerConfig, SmtpConfig } from '../config/config.ts';
import { examineConfig } from '../config/load.ts';
import { refuseShared, shellWord } from '../config/permissions.ts';
import type { Context } from '../context.ts';
import { type ExitCode, exitCodes, TktError } from '../errors.ts';
import { formatAge } from '../render/time.ts';

export type Finding =
  | { name: string; result: 'ok' | 'warning'; detail: string }
  | { name: string; result: 'failed'; detail: string; exitCode: ExitCode };

type Findings = AsyncGenerator<Finding, void, undefined>;

/** All of them, in the order in which one depends on the other. `sendTest`: address for a test mail, null for none. */
export async function* runChecks(context: Context, sendTest: string | null): Findings {
  const config = yield* checkConfig(context);
  if (config !== null) {
    yield* checkFiles(config);
    yield* checkDatabase(context, config);
    for (const mailbox of config.mailboxes) {
      const suffix = config.mailboxes.length > 1 ? ` ${mailbox.name}` : '';
      yield* checkImap(context, config, mailbox, `imap${suffix}`);
      yield* checkSmtp(context, mailbox, `smtp${suffix}`);
    }
  }
  yield checkClock(context, config);
  if (sendTest !== null && config !== null) yield* checkSending(context, config, sendTest);
}

async function* checkConfig(context: Context): AsyncGenerator<Finding, Config | null, undefined> {
  const name = 'config';
  const { env, cwd, globals } = context;
  const examined = examineConfig({ env, cwd, configPath: globals.config });
  for (const detail of examined.problems) yield failed(name, detail, exitCodes.config);
  for (const detail of examined.refusals) yield failed(name, detail, exitCodes.permission);
  if (examined.config === null || examined.refusals.length > 0) return null;

  const config = examined.config;
  const files = [examined.path, ...examined.envFiles].filter((file) => file !== null);
  yield ok(name, files.length > 0 ? files.join(', ') : 'no file; the environment and the defaults hold');
  const isUsed = config.mailboxes.some(({ imap, smtp }) => imap !== null || smtp !== null);
  if (!isUsed) {
    yield failed(name, 'no mail server is configured — run tkt init, or set imap.host and smtp.host', exitCodes.config);
  }
  if (isUsed && config.mailboxes.some(({ address }) => address === 'support@example.com')) {
    yield warning(name, 'the support address is still support@example.com — set supportEmail (SUPPORT_EMAIL) to yours');
  }
  if (!config.enabled && config.mailboxes.some(({ imap }) => imap !== null)) {
    yield warning(name, 'enabled is false, so tkt poll does nothing — set it to true (EMAIL_TO_TICKET_ENABLED=true)');
  }
  return config;
}

/** The configuration itself was judged when it was read. */
async function* checkFiles(config: Config): Findings {
  const name = 'files';
  let fine = true;
  for (const { path, key } of listPasswordFiles(config)) {
    const stats = statSync(path, { throwIfNoEntry: false });
    const detail = stats === undefined ? `${key}: there is no ${path}` : refuseShared(path, stats, 'a password');
    if (detail !== null) yield failed(name, detail, stats === undefined ? exitCodes.config : exitCodes.permission);
    fine &&= detail === null;
  }
  const stats = findStats(config.database);
  if (stats?.isFile() && (stats.mode & 0o007) !== 0) {
    fine = false;
    const detail = `${config.database}: it holds mail and everybody can read it — run: chmod o= ${shellWord(config.database)}`;
    yield failed(name, detail, exitCodes.permission);
  }
  if (fine) yield ok(name, 'what holds passwords or mail is kept from other users');
}

function listPasswordFiles(config: Config): Array<Extract<Secret, { kind: 'file' }>> {
  return config.mailboxes
    .flatMap(({ imap, smtp }) => [imap?.auth, smtp?.auth])
    .map((auth) => (auth?.kind === 'password' ? auth.password : null))
    .filter((secret) => secret?.kind === 'file');
}

async function* checkDatabase(context: Context, config: Config): Findings {
  const name = 'database';
  try {
    const { checkIntegrity, findOrphan } = await import('../store/database.ts');
    const isNew = findStats(config.database) === null && !findOrphan(config.database);
    if (isNew) return yield checkPlace(config.database);
    const db = await context.database();
    const damage = await checkIntegrity(db);
    if (damage.length > 0) {
      const shown = damage.slice(0, 3).join('; ');
      yield failed(
        name,
        `${config.database} is damaged (${shown}) — bring back a backup (tkt backup made it)`,
        exitCodes.io,
      );
      return;
    }
    yield ok(name, `${config.database}, whole`);
    yield* checkWaiting(context);
  } catch (error) {
    yield fromError(name, error);
  }
}

/** Whether a database could be made where there is none yet. */
function checkPlace(database: string): Finding {
  let folder = dirname(database);
  while (findStats(folder) === null && dirname(folder) !== folder) folder = dirname(folder);
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return ok('database', `none yet; the first command that needs one makes ${database}`);
  } catch {
    const detail = `${database} cannot be made: this user may not write to ${folder} — set database (TKT_DATABASE) to another place`;
    return failed('database', detail, exitCodes.permission);
  }
}

const dayMs = 24 * 60 * 60 * 1000;

/** What waits for a person since more than a day. */
async function* checkWaiting(context: Context): Findings {
  const { listQuarantine } = await import('../store/intake.ts');
  const { listDeliveries } = await import('../store/outbox.ts');
  const db = await context.database();
  const now = context.now();
  const dayAgo = new Date(now.getTime() - dayMs).toISOString();
  const held = (await listQuarantine(db)).map((message) => message.decidedAt).filter((at) => at < dayAgo);
  if (held[0] !== undefined) {
    yield warning(
      'quarantine',
      `${held.length} held, the oldest for ${formatAge(held[0], now)} — look: tkt quarantine`,
    );
  }
  const late = (await listDeliveries(db)).filter((delivery) => delivery.createdAt < dayAgo);
  const failures = late.filter((delivery) => delivery.state === 'failed').length;
  if (late[0] !== undefined) {
    const given = failures > 0 ? `, ${failures} of them given up` : '';
    yield warning(
      'outbox',
      `${late.length} not sent for over a day${given}: ${late[0].error ?? 'not tried'} — look: tkt outbox`,
    );
  }
}

async function* checkImap(context: Context, config: Config, { imap }: MailboxConfig, name: string): Findings {
  if (imap === null) {
    if (config.enabled)
      yield failed(name, 'not configured, but enabled is true — set imap.host (IMAP_HOST)', exitCodes.config);
    else yield ok(name, 'not configured; mail comes through tkt receive');
    return;
  }
  try {
    const { openMailbox } = await import('../mail/fetch.ts');
    const session = await openMailbox(imap, { log: context.log, signal: context.signal });
    const { readOnly, exists } = session;
    await session.close();
    if (readOnly) {
      const detail = `${imap.mailbox} can only be read: mail could not be marked as read — ask for write access to it`;
      yield failed(name, detail, exitCodes.temporary);
    } else yield ok(name, `logged in to ${describe(imap)}; ${exists} messages in ${imap.mailbox}`);
  } catch (error) {
    yield fromError(name, error);
  }
}

async function* checkSmtp(context: Context, { smtp }: MailboxConfig, name: string): Findings {
  if (smtp === null) {
    const detail = 'not configured: no auto-reply and no comment reaches anybody — set smtp.host (SMTP_HOST)';
    yield failed(name, detail, exitCodes.config);
    return;
  }
  try {
    const { openTransport } = await import('../mail/send.ts');
    const transport = openTransport(smtp, { log: context.log, signal: context.signal });
    try {
      await transport.verify();
    } finally {
      await transport.close();
    }
    yield ok(name, smtp.auth === null ? `connected to ${describe(smtp)}` : `logged in to ${describe(smtp)}`);
  } catch (error) {
    yield fromError(name, error);
  }
}

function describe({ host, port, security, auth }: ServerConfig): string {
  const user = auth === null ? 'without a log-in' : `as ${auth.username}`;
  const how = { tls: 'TLS', starttls: 'STARTTLS', none: 'this machine' }[security];
  return `${host}:${port} (${how}) ${user}`;
}

/** The year this was written: no clock that is right shows an earlier one. */
const firstYear = 2026;

function checkClock(context: Context, config: Config | null): Finding {
  const now = context.now();
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const wrong = (why: string) =>
    failed(
      'clock',
      `it is ${now.toISOString()} by this machine, ${why} — set the clock (timedatectl set-ntp true)`,
      exitCodes.config,
    );
  if (now.getUTCFullYear() < firstYear) return wrong('which is long past');
  if (now.getUTCFullYear() > firstYear + 50) return wrong('which is far ahead');
  const written = config === null ? null : findStats(config.database);
  if (written !== null && written.mtimeMs - now.getTime() > dayMs) {
    return wrong(`but the database was written on ${written.mtime.toISOString()}`);
  }
  return ok('clock', `${now.toISOString()}, time zone ${zone}`);
}

async function* checkSending(context: Context, config: Config, to: string): Findings {
  const name = 'send-test';
  const mailbox = config.mailboxes.find(({ smtp }) => smtp !== null);
  if (!mailbox?.smtp) return yield failed(name, 'there is no SMTP server to send through', exitCodes.config);
  try {
    yield await sendTestMail(context, mailbox, mailbox.smtp, to);
  } catch (error) {
    yield fromError(name, error);
  }
}

async function sendTestMail(context: Context, mailbox: MailboxConfig, smtp: SmtpConfig, to: string): Promise<Finding> {
  const name = 'send-test';
  const [{ openTransport }, { buildMessage }, { domainOf, newMessageId }] = await Promise.all([
    import('../mail/send.ts'),
    import('../mail/build.ts'),
    import('../domain/message-id.ts'),
  ]);
  const sentence = `This is the test mail of tkt for ${mailbox.address}: mail that leaves through ${smtp.host} arrives.`;
  const raw = buildMessage({
    messageId: newMessageId(context.randomBytes, domainOf(mailbox.address)),
    from: { name: mailbox.displayName, address: smtp.from },
    to: [{ name: '', address: to }],
    cc: [],
    replyTo: null,
    subject: 'Test mail of tkt',
    text: `${sentence}\n`,
    html: `<p>${sentence}</p>`,
    inReplyTo: null,
    references: [],
    // Without these an answering machine at the other end would open a ticket (RFC 3834 §5).
    headers: [
      ['Auto-Submitted', 'auto-generated'],
      ['X-Auto-Response-Suppress', 'All'],
    ],
    attachments: [],
    automatic: 'auto-generated',
    date: context.now(),
  });
  const transport = openTransport(smtp, { log: context.log, signal: context.signal });
  try {
    // The same reverse-path as an auto-reply: providers that refuse the null one show it here.
    const [result] = await transport.send({ from: smtp.nullSender ? '' : smtp.from, to: [to], raw });
    if (result?.ok) return ok(name, `${smtp.host} took the mail to ${to}; see whether it arrives, and not as spam`);
    const hint =
      smtp.nullSender && result?.permanent ? ' — if it refuses the empty sender, set smtp.nullSender to false' : '';
    return failed(name, `the mail to ${to} was not taken: ${result?.error ?? 'no answer'}${hint}`, exitCodes.temporary);
  } finally {
    await transport.close();
  }
}

function findStats(path: string): Stats | null {
  try {
    return statSync(path, { throwIfNoEntry: false }) ?? null;
  } catch {
    // What cannot be looked at is for the check that opens it to explain.
    return null;
  }
}

function ok(name: string, detail: string): Finding {
  return { name, result: 'ok', detail };
}

function warning(name: string, detail: string): Finding {
  return { name, result: 'warning', detail };
}

function failed(name: string, detail: string, exitCode: ExitCode): Finding {
  return { name, result: 'failed', detail, exitCode };
}

/** An expected error says what to do itself; anything else is a bug and thrown on. */
function fromError(name: string, error: unknown): Finding {
  if (error instanceof TktError) return failed(name, error.message, error.exitCode);
  throw error;
}
