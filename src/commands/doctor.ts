// `tkt doctor`: everything that must be right before a poll can work, tried in turn, each with what to do about it.

import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import type { Finding } from './doctor-checks.ts';

interface DoctorFlags {
  sendTest?: string;
}

export function addDoctorCommand(program: Command, context: Context): void {
  program
    .command('doctor')
    .summary('check configuration, files, database, log-ins and clock')
    .description(
      'Tries everything that tkt needs: configuration, file modes, database, IMAP and SMTP log-in, clock. ' +
        'Each comes out as ✓, as ✗ with what to do about it, or as ! where something wants a look. Changes nothing.',
    )
    .option('--send-test <address>', 'also send a small mail there, as an automatic reply would be sent')
    .addHelpText(
      'after',
      `
Examples:
  $ tkt doctor                                 is everything all right?
  $ tkt doctor --send-test me@example.com      and does mail arrive?
  $ tkt --config /etc/tkt/tkt.config.json doctor

Exit codes: 0 all is well; else that of the first ✗: 78 configuration, 77 permissions, 74 database, 75 a server.`,
    )
    .action((flags: DoctorFlags) => runDoctor(context, flags));
}

/** Prints each finding as it is made, and leaves the exit code of the first failure in the context. */
export async function runDoctor(context: Context, flags: DoctorFlags): Promise<void> {
  const { sendTest } = flags;
  if (sendTest !== undefined) {
    const { isAddress } = await import('../config/schema.ts');
    if (!isAddress(sendTest)) throw new UsageError(`--send-test: expected an address, got ${JSON.stringify(sendTest)}`);
  }
  const { runChecks } = await import('./doctor-checks.ts');
  const { createPaint } = await import('../render/color.ts');
  const { forTerminalLine } = await import('../text/terminal.ts');
  const paint = await createPaint(context.stdout.color);
  for await (const finding of runChecks(context, sendTest ?? null)) {
    const { sign, style } = signs[finding.result];
    context.stdout.write(`${paint(style, sign)} ${forTerminalLine(`${finding.name}: ${finding.detail}`)}\n`);
    if (finding.result === 'failed' && context.exitCode === 0) context.exitCode = finding.exitCode;
  }
}

const signs = {
  ok: { sign: '✓', style: 'green' },
  warning: { sign: '!', style: 'yellow' },
  failed: { sign: '✗', style: 'red' },
} as const satisfies Record<Finding['result'], unknown>;
