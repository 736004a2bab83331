// tkt explain: what tkt makes of messages and why, by the same code as poll. Changes nothing.

import { existsSync, readFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { RefusedError, systemReason } from '../errors.ts';
import type { Explanation } from '../pipeline/explain.ts';
import { withoutMboxLine } from '../text/mbox-line.ts';
import { safeJson } from '../text/terminal.ts';
import { compileLess } from './compile-less.ts';
import { addExamples } from './output-options.ts';
import { goOn } from './ticket-arg.ts';

interface ExplainFlags {
  asReply?: true;
  json?: boolean;
}

export function addExplainCommand(program: Command, context: Context): void {
  const command = program
    .command('explain')
    .argument('[files...]', 'messages as .eml files (default: one message on standard input)')
    .description('say what tkt makes of messages and why, by the same code as poll; changes nothing')
    .option('--as-reply', 'read the text as that of a reply: cut what a forward would keep')
    .option('--json', 'an array, one object a message');
  addExamples(command, [
    ['tkt explain < mail.eml', 'one message'],
    ['tkt explain --json *.eml | jq -r ".[] | [.file, .outcome] | @tsv"', 'many'],
  ]);
  command.action((files: string[], flags: ExplainFlags) => runExplain(context, files, flags));
}

async function runExplain(context: Context, files: string[], flags: ExplainFlags): Promise<void> {
  compileLess();
  const { readStdin } = await import('../process-context.ts');
  const { openPipeline } = await import('../pipeline/open.ts');
  const { explainMessage } = await import('../pipeline/explain.ts');
  const { explanationLines } = await import('../render/explanation.ts');
  const deps = await openPipeline(await withoutMakingADatabase(context));
  const write = flags.json ? jsonArray(context) : null;
  try {
    for (const file of files.length > 0 ? files : ['-']) {
      await goOn(context, file, async () => {
        const raw = withoutMboxLine(file === '-' ? readStdin() : readFile(file));
        const explanation = await explainMessage(deps, raw, { file, asReply: flags.asReply === true });
        if (write) write.item(explanation);
        else context.stdout.write(explanationLines(explanation));
      });
    }
    write?.end();
  } finally {
    await deps.reader.close();
  }
}

function readFile(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new RefusedError(`cannot read ${file}: ${systemReason(error)}`, { cause: error });
  }
}

/** Where there is no database yet, an empty one in memory knows as much. */
async function withoutMakingADatabase(context: Context): Promise<Context> {
  if (existsSync(context.config().database)) return context;
  const { openMemoryDatabase } = await import('../store/database.ts');
  const empty = openMemoryDatabase(context.now);
  return Object.assign(Object.create(context), { database: () => empty });
}

function jsonArray(context: Context): { item(value: Explanation): void; end(): void } {
  let count = 0;
  return {
    item(value) {
      context.stdout.write(`${count++ === 0 ? '[\n' : ',\n'}${safeJson(value)}`);
    },
    end() {
      context.stdout.write(count === 0 ? '[]\n' : '\n]\n');
    },
  };
}
