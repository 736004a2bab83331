// `tkt init`: writes a configuration, step by step on a terminal, from flags in a script, and tries the log-ins before.

import { existsSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import type { Config } from '../config/config.ts';
import type { Setup } from '../config/presets.ts';
import type { ConfigInput } from '../config/schema.ts';
import type { Context } from '../context.ts';
import { ConfigError, RefusedError, TktError, UsageError } from '../errors.ts';
import type { InitFlags } from './init-answers.ts';
import type { Prompter } from './prompt.ts';

/** As in config/presets.ts, which is loaded only when the command runs; a test keeps them equal. */
const presetNames = ['gmail', 'microsoft365', 'yahoo', 'custom'];

export function addInitCommand(program: Command, context: Context): void {
  program
    .command('init')
    .summary('write a configuration, step by step')
    .description(
      'Asks for the mailbox, tries the IMAP and SMTP log-in, writes the configuration (mode 0600), adds you as an agent and ' +
        'prints the line for your crontab. With flags it asks for less; without a terminal they must say it all.',
    )
    .addOption(new Option('--preset <name>', 'the provider').choices(presetNames))
    .option('--address <address>', 'the support address')
    .option('--name <name>', 'name beside it in mails that go out')
    .option('--username <name>', 'name to log in with, if it is not the address')
    .option('--imap-host <host>', 'IMAP server')
    .option('--imap-port <port>', 'IMAP port (993)')
    .option('--imap-starttls', 'STARTTLS in place of TLS from the start')
    .option('--smtp-host <host>', 'SMTP server')
    .option('--smtp-port <port>', 'SMTP port (587)')
    .option('--ca-file <file>', 'PEM file of a private certificate authority')
    .option('--password-command <command>', 'a command whose first line of output is the password')
    .option('--password-file <file>', 'a file whose first line is the password')
    .option('--token-command <command>', 'a command whose first line of output is an OAuth2 access token')
    .option('--file <file>', 'write this file; if not given: --config, else ~/.config/tkt/tkt.config.json')
    .option('--force', 'overwrite a file that is there')
    .option('--no-test', 'write it without trying the log-ins')
    .addHelpText(
      'after',
      `
Examples:
  $ tkt init
  $ tkt init --preset gmail --address support@example.com
  $ tkt init --preset yahoo --address support@yahoo.com --password-command 'pass show support'
  $ tkt init --preset microsoft365 --address support@example.com --token-command 'oama access support@example.com'
  $ IMAP_PASSWORD=… tkt init --preset custom --address support@example.com \\
      --imap-host imap.example.com --smtp-host smtp.example.com --file /etc/tkt/tkt.config.json

A password is never a flag, as everybody on the machine could read it there: it is asked for, or comes from a command, a
file or IMAP_PASSWORD. The latter is not written to the file.`,
    )
    .action((flags: RawFlags) => runInit(context, flags));
}

type RawFlags = Omit<InitFlags, 'imapPort' | 'smtpPort'> & { imapPort?: string; smtpPort?: string };

/** Throws UsageError without a terminal and enough flags; nothing is written unless the log-ins worked or were waived. */
export async function runInit(context: Context, raw: RawFlags): Promise<void> {
  const { askSetup, readPort, setupFromFlags } = await import('./init-answers.ts');
  const { canPrompt, Prompter } = await import('./prompt.ts');
  const { imapPort, smtpPort, ...rest } = raw;
  const flags: InitFlags = {
    ...rest,
    ...(imapPort === undefined ? {} : { imapPort: readPort('--imap-port', imapPort) }),
    ...(smtpPort === undefined ? {} : { smtpPort: readPort('--smtp-port', smtpPort) }),
  };
  const file = await chooseFile(context, flags);
  const prompter = canPrompt(context) ? new Prompter(context) : null;
  try {
    const overwrite = await mayWrite(file, flags, prompter);
    let setup = prompter === null ? setupFromFlags(flags, context.env) : await askSetup(prompter, flags);
    if (flags.test) setup = await tryUntilItWorks(context, file, setup, prompter);
    const { buildConfig } = await import('../config/presets.ts');
    const { writeConfigFile } = await import('../config/write.ts');
    const input = buildConfig(setup);
    const config = examine(context, file, input, await import('../config/load.ts'));
    writeConfigFile(file, input, overwrite);
    context.stdout.write(`wrote ${file} (mode 0600)\n`);
    if (prompter !== null) await offerAgent(context, config, prompter);
    await sayWhatNext(context, file, config, setup);
  } finally {
    prompter?.close();
  }
}

async function chooseFile(context: Context, flags: InitFlags): Promise<string> {
  const { findUserConfigPath } = await import('../config/locate.ts');
  const named = flags.file ?? context.globals.config ?? (context.env.TKT_CONFIG || undefined);
  if (named !== undefined) return resolve(context.cwd, named);
  const path = findUserConfigPath(context);
  if (path === null) throw new UsageError('this user has no home folder: name the file to write with --file');
  return path;
}

/** Whether to write over a file. Throws RefusedError where one is there and nobody agrees. */
async function mayWrite(file: string, flags: InitFlags, prompter: Prompter | null): Promise<boolean> {
  if (!existsSync(file)) return false;
  if (flags.force) return true;
  if (prompter !== null && (await prompter.confirm(`${file} is there already. Overwrite it?`, false))) return true;
  throw new RefusedError(`${file} is there already and was left as it is; --force overwrites it, --file names another`);
}

/** Asks again for another password as long as the person wants to. Gives the setup that worked, or was waived. */
async function tryUntilItWorks(
  context: Context,
  file: string,
  first: Setup,
  prompter: Prompter | null,
): Promise<Setup> {
  let setup = first;
  for (;;) {
    const failure = await tryLogIns(context, file, setup, prompter);
    if (failure === null) return setup;
    if (prompter === null) {
      context.log.error('tkt: nothing was written; --no-test writes the file all the same');
      throw failure;
    }
    prompter.say(`✗ ${failure.message}`);
    const next = await prompter.choose('That did not work.', [
      ['again', 'try once more with another password'],
      ['write', 'write the file all the same'],
      ['stop', 'write nothing'],
    ]);
    if (next === 'stop') throw new RefusedError('stopped; nothing was written');
    if (next === 'write') return setup;
    const { askLogin } = await import('./init-answers.ts');
    setup = { ...setup, login: await askLogin(prompter, setup.login.kind === 'tokenCommand' ? 'oauth2' : 'password') };
  }
}

/** Logs in to IMAP, then to SMTP; the error of the first that fails, null when both worked. */
async function tryLogIns(
  context: Context,
  file: string,
  setup: Setup,
  prompter: Prompter | null,
): Promise<TktError | null> {
  const { buildConfig } = await import('../config/presets.ts');
  const config = examine(
    context,
    file,
    withPasswords(buildConfig(setup), setup, context.env),
    await import('../config/load.ts'),
  );
  const signal = prompter === null ? context.signal : AbortSignal.any([context.signal, prompter.signal]);
  const options = { log: context.log, signal };
  const say = (line: string) => context.stderr.write(`${line}\n`);
  try {
    for (const { imap, smtp } of config.mailboxes) {
      if (imap !== null) {
        const { openMailbox } = await import('../mail/fetch.ts');
        await (await openMailbox(imap, options)).close();
        say(`✓ logged in to ${imap.host}`);
      }
      if (smtp !== null) {
        const { openTransport } = await import('../mail/send.ts');
        const transport = openTransport(smtp, options);
        await transport.verify().finally(() => transport.close());
        say(`✓ logged in to ${smtp.host}`);
      }
    }
    return null;
  } catch (error) {
    if (error instanceof TktError) return error;
    throw error;
  }
}

/** With the passwords that stay in the environment, for the test alone. */
function withPasswords(input: ConfigInput, setup: Setup, env: Context['env']): ConfigInput {
  if (setup.login.kind !== 'environment') return input;
  const imap = { ...input.imap, password: env.IMAP_PASSWORD ?? null };
  const smtp = { ...input.smtp, password: setup.smtpLogin ? (env.SMTP_PASSWORD ?? null) : null };
  return { ...input, imap, smtp };
}

/** What the file will mean. Throws ConfigError for answers that do not go together. */
function examine(
  context: Context,
  file: string,
  input: ConfigInput,
  { examineInput }: typeof import('../config/load.ts'),
): Config {
  const { config, problems } = examineInput(file, { ...input }, { env: context.env, cwd: context.cwd });
  if (config === null) throw new ConfigError(problems);
  return config;
}

/** A comment needs an agent who writes it: the person at the keyboard, most likely. */
async function offerAgent(context: Context, config: Config, prompter: Prompter): Promise<void> {
  if (!(await prompter.confirm('\nAdd yourself as an agent, so that you can answer?', true))) return;
  const { actorLogin } = await import('./actor.ts');
  const { isAddress } = await import('../config/schema.ts');
  const login = await prompter.ask('Login', {
    preset: actorLogin(context) ?? '',
    check: (text) => (/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(text) ? null : 'expected letters, digits, . _ -'),
  });
  const name = await prompter.ask('Name that clients see', {
    check: (text) => (text === '' ? 'expected a name' : null),
  });
  const email = await prompter.ask('Your own address', {
    check: (text) => {
      if (!isAddress(text)) return 'expected an address such as alice@example.com';
      const isSupport = config.mailboxes.some(({ address }) => address.toLowerCase() === text.toLowerCase());
      return isSupport ? 'expected an address of your own, not the support address' : null;
    },
  });
  const { closeDatabase, openDatabase, transaction } = await import('../store/database.ts');
  const { addAgent } = await import('../store/agents.ts');
  const db = await openDatabase({ path: config.database, now: context.now });
  try {
    const agent = { login, name, email: email.toLowerCase() };
    await transaction(db, (trx) => addAgent(trx, agent, context.now().toISOString()));
    context.stdout.write(`added agent ${login}\n`);
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    prompter.say(`  ${error.message}`);
  } finally {
    await closeDatabase(db);
  }
}

async function sayWhatNext(context: Context, file: string, config: Config, setup: Setup): Promise<void> {
  const { formatCronLine } = await import('../config/cron.ts');
  const { findUserConfigPath, systemConfigPath } = await import('../config/locate.ts');
  const { shellWord } = await import('../config/permissions.ts');
  // Cron runs in the home folder with an environment of its own: only these two places are found there.
  const found = file === findUserConfigPath(context) || file === systemConfigPath;
  const options = found ? [] : ['--config', file];
  const tkt = ['tkt', ...options.map(shellWord)].join(' ');
  const lines = [
    '',
    'The line for your crontab (crontab -e):',
    `  ${formatCronLine(config.checkInterval, [...ownCommand(), ...options, 'poll', '-q'])}`,
    '',
    'Next:',
    `  ${tkt} doctor --send-test ADDRESS   is everything all right, and does mail arrive?`,
    `  ${tkt} poll                         take in the mail that waits`,
    `  ${tkt} list                         see the tickets`,
  ];
  if (setup.login.kind === 'environment') {
    lines.push(
      '',
      `IMAP_PASSWORD and SMTP_PASSWORD were not written: cron needs them too, from a ${dirname(file)}/.env (mode 0600).`,
    );
  }
  context.stdout.write(`${lines.join('\n')}\n`);
}

/** How cron, which knows neither our PATH nor our Node, runs this program. */
function ownCommand(): string[] {
  const script = process.argv[1];
  if (script === undefined) return ['tkt'];
  const nodeIsKnown = ['/usr/bin', '/bin'].includes(dirname(process.execPath));
  return nodeIsKnown && basename(script) === 'tkt' ? [script] : [process.execPath, script];
}
