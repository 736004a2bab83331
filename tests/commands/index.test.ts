import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { addCommands, commands } from '../../src/commands/index.ts';
import { openBench } from '../support/context.ts';

/** The list of commands, a line each. */
async function listingOf(argv?: string[]): Promise<string[]> {
  const bench = await openBench();
  const program = new Command('tkt').configureOutput({ getOutHelpWidth: () => 1000 });
  await addCommands(program, bench.context(), argv);
  await bench.close();
  return program.helpInformation().split('Commands:\n')[1]?.trimEnd().split('\n') ?? [];
}

describe('the list of commands', () => {
  test('says the same of a command whether its file is loaded or not', async () => {
    expect(await listingOf([])).toEqual(await listingOf());
  });

  test.each(commands.map(({ name }) => [name]))(
    'adds %s alone in full when the command line names it',
    async (name) => {
      const bench = await openBench();
      const program = new Command('tkt');
      await addCommands(program, bench.context(), ['--config', 'tkt.config.json', name, '--help']);
      await bench.close();
      // What has no file behind it does nothing.
      const full = program.commands.filter((command) => !command.options.some(({ long }) => long === '--any'));
      expect(full.map((command) => command.name())).toContain(name);
      const named = program.commands.find((command) => command.name() === name);
      expect(named?.summary() || named?.description()).toBe(commands.find((entry) => entry.name === name)?.description);
    },
  );
});
