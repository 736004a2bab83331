// Everything that the pipelines need, from the Context of a command.

import type { Config, MailboxConfig } from '../config/config.ts';
import type { Context, Log } from '../context.ts';
import { openTransport } from '../mail/send.ts';
import type { Database } from '../store/database.ts';
import { ownIdentity } from './facts.ts';
import { openReader, type Reader } from './guard.ts';
import { type NotifyDeps, notifyDeps } from './notify-deps.ts';

export interface Pipeline extends NotifyDeps {
  db: Database;
  config: Config;
  mailbox: MailboxConfig;
  databasePath: string;
  log: Log;
  signal: AbortSignal;
  /** Reads messages; close it when done. */
  reader: Reader;
  openTransport: typeof openTransport;
  sweep: { autoReplies: number };
}

/** `mailbox` is the first configured one; commands that know better put another in its place. */
export async function openPipeline(context: Context): Promise<Pipeline> {
  const config = context.config();
  const db = await context.database();
  const parts = { config, now: () => context.now(), randomBytes: (count: number) => context.randomBytes(count) };
  const notify = await notifyDeps(db, parts);
  const mailbox = config.mailboxes[0];
  if (!mailbox) throw new Error('a configuration has at least one mailbox');
  return {
    ...notify,
    db,
    mailbox,
    databasePath: config.database,
    log: context.log,
    signal: context.signal,
    reader: openReader(ownIdentity(config, notify.instance), config.limits),
    openTransport,
    sweep: { autoReplies: 0 },
  };
}
