// `tkt poll`: the line in the crontab. Locks, sweeps, sends; what it did is in the log lines, or one JSON object.

import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { ConfigError, exitCodes, PermissionError, TemporaryError } from '../errors.ts';
import { safeJson } from '../text/terminal.ts';
import { compileLess } from './compile-less.ts';
import { readCount } from './output-options.ts';

interface PollFlags {
  dryRun?: boolean;
  limit?: number;
  maxSeconds: number;
  json?: boolean;
}

export function addPollCommand(program: Command, context: Context): void {
  program
    .command('poll')
    .summary('sweep the mailbox once, then send what is due')
    .description(
      'Takes in new mail from every configured mailbox, records each message as a ticket, a comment, a bounce, ignored or ' +
        'quarantined, marks it as read after that, and sends the mail that is due. One poll runs at a time.',
    )
    .option('--dry-run', 'print what would become of each message and why; change nothing')
    .option('--limit <n>', 'take in at most so many messages', (text) => readCount('--limit', text))
    .option(
      '--max-seconds <n>',
      'end the sweep after so long; the next one goes on',
      (text) => readCount('--max-seconds', text),
      120,
    )
    .option('--json', 'print the counts as one JSON object')
    .addHelpText(
      'after',
      `
Examples:
  */5 * * * * tkt poll -q          the line for crontab: silent unless something is wrong
  $ tkt poll --dry-run             what would it do, and why?
  $ tkt poll --json | jq .created

Exit codes: 0 every message has its outcome; 75 a server was away, another poll runs, or something was left for the next
sweep; 78 IMAP is not configured.`,
    )
    .action((flags: PollFlags) => runPoll(context, flags));
}

async function runPoll(context: Context, flags: PollFlags): Promise<void> {
  const config = context.config();
  const { log } = context;
  if (!config.enabled) {
    log.info('Email-to-ticket is disabled');
    if (flags.json) await printReport(context, null);
    return;
  }
  const anyImap = config.mailboxes.some(({ imap }) => imap !== null);
  if (!anyImap) log.error('IMAP not configured');
  compileLess();
  if (flags.dryRun) {
    await preview(context, flags);
    if (!anyImap) context.exitCode = exitCodes.config;
    return;
  }

  const { withPollLock } = await import('../pipeline/poll-lock.ts');
  const place = { databasePath: config.database, database: () => context.database(), now: () => context.now() };
  const { report, complete } = await withPollLock(place, async (before) => {
    const { openPipeline } = await import('../pipeline/open.ts');
    const { poll } = await import('../pipeline/poll.ts');
    const { mentionWaiting } = await import('../pipeline/waiting.ts');
    const deps = await openPipeline(context);
    const limit = flags.limit ?? Number.POSITIVE_INFINITY;
    const result = await poll(deps, { limit, maxSeconds: flags.maxSeconds });
    for (const line of await mentionWaiting(deps.db, before?.since ?? null, context.now())) log.warn(line);
    return result;
  });
  if (flags.json) await printReport(context, report);
  if (!anyImap) context.exitCode = exitCodes.config;
  else if (!complete) context.exitCode = exitCodes.temporary;
}

async function printReport(context: Context, report: object | null): Promise<void> {
  const { emptyReport } = await import('../pipeline/poll.ts');
  context.stdout.write(`${safeJson(report ?? emptyReport(), 2)}\n`);
}

async function preview(context: Context, flags: PollFlags): Promise<void> {
  const { openPipeline } = await import('../pipeline/open.ts');
  const { previewMailbox } = await import('../pipeline/poll.ts');
  const { explainReading } = await import('../pipeline/explain.ts');
  const { explanationLines } = await import('../render/explanation.ts');
  const deps = await openPipeline(context);
  const explanations = [];
  const limit = flags.limit ?? Number.POSITIVE_INFINITY;
  try {
    for (const mailbox of context.config().mailboxes) {
      if (!mailbox.imap) continue;
      let found = 0;
      try {
        for await (const { uid, reading, sha256 } of previewMailbox({ ...deps, mailbox }, mailbox.imap, limit)) {
          const explanation = await explainReading(deps, reading, sha256, { file: `${mailbox.name}:${uid}` });
          found++;
          if (flags.json) explanations.push(explanation);
          else context.stdout.write(explanationLines(explanation));
        }
        if (found === 0) context.log.info('No unread emails');
      } catch (error) {
        if (!(error instanceof TemporaryError || error instanceof ConfigError || error instanceof PermissionError))
          throw error;
        context.log.error(`[email-to-ticket] Error connecting to inbox: ${error.message}`);
        context.exitCode = error.exitCode;
      }
    }
  } finally {
    await deps.reader.close();
  }
  if (flags.json) context.stdout.write(`${safeJson(explanations, 2)}\n`);
}
