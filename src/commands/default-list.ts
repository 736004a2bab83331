// Commands that have subcommands and list by themselves: `tkt outbox` is `tkt outbox list`.

import type { Command } from 'commander';
import { findNearest } from '../config/nearest.ts';
import { UsageError } from '../errors.ts';
import { forTerminalLine } from '../text/terminal.ts';

/**
 * Adds `list` as what the command does alone. A word that is no subcommand is a usage error that names the nearest
 * one.
 */
export function addDefaultList(parent: Command, description: string): Command {
  return parent
    .command('list', { isDefault: true })
    .description(`${description} (this is what ${parent.name()} alone does)`)
    .allowExcessArguments()
    .hook('preAction', (list) => {
      const [word] = list.args;
      if (word === undefined) return;
      const names = parent.commands.map((command) => command.name());
      throw new UsageError(
        `unknown command: ${parent.name()} ${forTerminalLine(word)}; did you mean ${findNearest(word, names)}?\n` +
          `there are ${names.join(', ')}`,
      );
    });
}
