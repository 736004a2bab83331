// Every command, in the order that help lists them.

import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { addAgentCommand } from './agent.ts';
import { addAssignCommand } from './assign.ts';
import { addAttachmentsCommand } from './attachments.ts';
import { addBackupCommand } from './backup.ts';
import { addCommentCommand } from './comment.ts';
import { addDoctorCommand } from './doctor.ts';
import { addExplainCommand } from './explain.ts';
import { addInitCommand } from './init.ts';
import { addListCommand } from './list.ts';
import { addNewCommand } from './new.ts';
import { addOutboxCommand } from './outbox.ts';
import { addPollCommand } from './poll.ts';
import { addQuarantineCommand } from './quarantine.ts';
import { addReceiveCommand } from './receive.ts';
import { addReparseCommand } from './reparse.ts';
import { addSetCommands } from './set.ts';
import { addShowCommand } from './show.ts';
import { addTagCommand } from './tag.ts';

export const commands: ReadonlyArray<(program: Command, context: Context) => void> = [
  addInitCommand,
  addDoctorCommand,
  addPollCommand,
  addReceiveCommand,
  addExplainCommand,
  addNewCommand,
  addListCommand,
  addShowCommand,
  addCommentCommand,
  addAssignCommand,
  addSetCommands,
  addTagCommand,
  addAgentCommand,
  addAttachmentsCommand,
  addOutboxCommand,
  addQuarantineCommand,
  addReparseCommand,
  addBackupCommand,
];
