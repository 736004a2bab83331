// tkt turns mail into tickets and comments into mail. The map of the program:
//
//   bin/tkt.ts        starts here
//   src/main.ts       the command tree, and the one catch: an error becomes a line on stderr and an exit code
//   src/commands/     one file a command: arguments, help, a run function
//   src/pipeline/     ordered effects: intake (IMAP to tickets), deliver (outbox to SMTP)
//   src/domain/       rules over plain data, without effects: classify, thread, compose
//   src/text/         string in, string out: trimming, HTML to text, terminal safety
//   src/mail/         adapters: imapflow, mailparser, nodemailer
//   src/store/        adapter: SQLite through kysely;  migrations/ its schema, step by step
//   src/render/       values to tables, TSV, CSV and JSON
//
// Imports point one way: bin → main → commands → pipeline → mail, store → domain → text.

import { Command, CommanderError } from 'commander';
import { addCommands } from './commands/index.ts';
import type { GlobalOptions } from './context.ts';
import { ConfigError, type ExitCode, exitCodes, TktError, UsageError } from './errors.ts';
import { createProcessContext, OutputClosed, type ProcessContext } from './process-context.ts';
import { forTerminal } from './text/terminal.ts';

/** Runs one command line (without node and script). Gives the exit code; never throws. */
export async function main(argv: string[]): Promise<number> {
  const globals: GlobalOptions = { color: true, quiet: false, verbose: false };
  const context = createProcessContext(globals);
  try {
    const program = await buildProgram(context, globals, argv);
    await program.parseAsync(await separateArguments(argv), { from: 'user' });
    return context.exitCode;
  } catch (error) {
    return await reportError(error, context);
  } finally {
    await context.close();
  }
}

async function separateArguments(argv: string[]): Promise<string[]> {
  return argv.includes('tag') ? (await import('./commands/tag.ts')).separateTags(argv) : argv;
}

/** Commands whose standard error is a log, for programs where log.format says so. */
const unattended: readonly string[] = ['poll', 'receive'];

/** The command tree: with `argv`, only the commands that it may mean are there in full. */
export async function buildProgram(
  context: ProcessContext,
  globals: GlobalOptions,
  argv?: readonly string[],
): Promise<Command> {
  const program = new Command('tkt');
  program
    .description(
      'Email-to-ticket for people who live in a terminal: mail in by IMAP, tickets in SQLite, answers out by SMTP.',
    )
    .usage('[options] <command>')
    .version(process.env.TKT_VERSION ?? 'unbuilt', '--version', 'print the version')
    .option('--config <file>', 'read this configuration file')
    .option('--no-color', 'no colour, also on a terminal')
    .option('-q, --quiet', 'warnings and errors only')
    .option('-v, --verbose', 'say more, on stderr')
    .helpOption('-h, --help', 'show help')
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: true })
    .showSuggestionAfterError(true)
    .showHelpAfterError('(tkt --help shows what there is)')
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
      outputError: (text, write) => write(`tkt: ${forTerminal(text.replace(/^error: /, ''))}`),
      getOutHelpWidth: () => Math.min(context.stdout.columns, 100),
      getErrHelpWidth: () => Math.min(context.stderr.columns, 100),
      getOutHasColors: () => context.stdout.color,
      getErrHasColors: () => context.stderr.color,
    })
    .exitOverride()
    .hook('preAction', async (_program, command) => {
      Object.assign(globals, program.opts(), { runsUnattended: unattended.includes(command.name()) });
      await context.prepare();
    });
  await addCommands(program, context, argv);
  addHelpCommand(program);
  for (const command of program.commands) explainErrors(command, command.name());
  program.addHelpText(
    'after',
    `
Examples:
  $ tkt init                                      set up, step by step
  $ tkt poll                                      one sweep of the mailbox; this is the line for cron
  $ tkt list --mine                               what waits for me
  $ tkt show 42                                   one ticket
  $ tkt comment 42 -m "Done, please try again."   answer the client
  $ tkt list --unassigned --fields number | tkt assign - alice

Exit codes: 0 done, 1 refused, 64 usage, 65 no mail, 74 disk or database, 75 try again later, 77 permission, 78 configuration.`,
  );
  return program;
}

/** After an error in its command line, a command says where its own help is; so do those below it. */
function explainErrors(command: Command, path: string): void {
  command.showHelpAfterError(`(tkt help ${path} shows how)`);
  for (const child of command.commands) explainErrors(child, `${path} ${child.name()}`);
}

/** commander's own prints all the help there is for a command that it does not know. */
function addHelpCommand(program: Command): void {
  program
    .command('help')
    .argument('[command...]')
    .description('show help for a command')
    .action((names: string[]) => {
      let command = program;
      for (const name of names) {
        const found = command.commands.find((one) => one.name() === name || one.aliases().includes(name));
        if (!found)
          throw new UsageError(`there is no command ${JSON.stringify(names.join(' '))}; tkt --help lists them`);
        command = found;
      }
      command.help();
    });
}

/** The one place where an error ends: lines on stderr, and its exit code. */
async function reportError(error: unknown, context: ProcessContext): Promise<ExitCode> {
  if (error instanceof OutputClosed) return exitCodes.done;
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  const verbose = context.globals.verbose || context.env.TKT_DEBUG === '1';
  const say = (text: string) => {
    try {
      if (context.log.format === 'json') context.log.error(text);
      else context.stderr.write(`${forTerminal(text)}\n`);
    } catch {
      // Standard error is gone; the exit code still tells.
    }
  };
  if (error instanceof TktError) {
    if (error instanceof ConfigError) for (const problem of error.problems) say(`tkt: ${problem}`);
    else say(`tkt: ${error.message}`);
    if (verbose) say(await readable(error));
    return error.exitCode;
  }
  say(`tkt: this is a bug in tkt: ${error instanceof Error ? error.message : String(error)}`);
  say(`Please report it with the lines below, and the command that you ran, to the project's issue tracker.`);
  say(await readable(error));
  return exitCodes.bug;
}

/** The stack, as far as that can be had in terms of the sources. */
async function readable(error: unknown): Promise<string> {
  const stack = stackOf(error);
  return import('./readable-stack.ts').then(({ readableStack }) => readableStack(stack)).catch(() => stack);
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\ncaused by: ${stackOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
