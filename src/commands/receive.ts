// `tkt receive`: one message on standard input, for a mail server's pipe (Postfix, Exim, procmail, fetchmail).
// Its exit code is the answer to the mail server: 75 makes it try again later, any other but 0 makes it return the mail.

import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { ConfigError, NotMailError } from '../errors.ts';
import { withoutMboxLine } from '../text/mbox-line.ts';
import { compileLess } from './compile-less.ts';

interface ReceiveFlags {
  mailbox?: string;
}

export function addReceiveCommand(program: Command, context: Context): void {
  program
    .command('receive')
    .summary('take in one message from standard input')
    .description('The same as poll for one RFC 5322 message on standard input: an MDA pipe.')
    .option('--mailbox <name>', 'the configured mailbox that it came to (default: the first one)')
    .addHelpText(
      'after',
      `
Examples:
  $ tkt receive < mail.eml
  support: "|/usr/bin/tkt receive || exit 75"     in /etc/aliases
  | /usr/bin/tkt receive                          in a procmail recipe

Exit codes: 0 recorded; 65 no mail; 74 disk or database; 75 try again later;
78 configuration. On 75 alone a mail server keeps the mail and tries again; on
any other it returns it to its sender: hence \`|| exit 75\`, which loses no mail
while a disk is full or a configuration is being mended.`,
    )
    .action((flags: ReceiveFlags) => runReceive(context, flags));
}

async function runReceive(context: Context, flags: ReceiveFlags): Promise<void> {
  const { mailboxes } = context.config();
  const mailbox = flags.mailbox ? mailboxes.find(({ name }) => name === flags.mailbox) : mailboxes[0];
  if (!mailbox) {
    throw new ConfigError([
      `mailboxes: there is none named "${flags.mailbox}"; known: ${mailboxes.map(({ name }) => name).join(', ')}`,
    ]);
  }
  compileLess();
  const { readStdin } = await import('../process-context.ts');
  // The line has the time of this attempt: with it the same mail, handed over again, would be another one.
  const raw = withoutMboxLine(readStdin());
  if (!looksLikeMail(raw)) {
    throw new NotMailError('standard input is no mail: it has no header field. Give one RFC 5322 message.');
  }
  const { openPipeline } = await import('../pipeline/open.ts');
  const { receiveMessage } = await import('../pipeline/receive.ts');
  const deps = await openPipeline(context);
  try {
    await receiveMessage({ ...deps, mailbox }, raw);
  } finally {
    await deps.reader.close();
  }
}

/** A header field before the first empty line (RFC 5322 §2.2). */
function looksLikeMail(raw: Buffer): boolean {
  const head = raw.subarray(0, 64 * 1024).toString('latin1');
  for (const line of head.split(/\r\n|\n|\r/)) {
    if (/^[!-9;-~]{1,200}[ \t]*:/.test(line)) return true;
    if (line === '') return false;
  }
  return false;
}
