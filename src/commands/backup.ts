// tkt backup: a consistent copy of the database while others write.

import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { sayChange } from './change.ts';
import { addExamples } from './output-options.ts';

export function addBackupCommand(program: Command, context: Context): void {
  const command = program
    .command('backup')
    .argument('<file>', 'the copy; never over a file')
    .description('copy the database, consistent also while others write; to restore, copy the file back');
  addExamples(command, [['tkt backup /var/backups/tkt-$(date +%F).db', 'one a day (in a crontab write \\%F)']]);
  command.action((file: string) => runBackup(context, file));
}

async function runBackup(context: Context, file: string): Promise<void> {
  const { backupDatabase } = await import('../store/backup.ts');
  const { database } = context.config();
  await backupDatabase(database, file);
  sayChange(context, `copied ${database} to ${file}`);
}
