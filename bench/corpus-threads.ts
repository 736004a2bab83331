// Area `threads` of the corpus: the mails of a case delivered in order into an empty database, by the code that intake runs.

import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { mailboxOf, notifyDeps } from '../src/pipeline/notify.ts';
import { recordMessage } from '../src/pipeline/record.ts';
import { understand } from '../src/pipeline/understand.ts';
import { closeDatabase, openMemoryDatabase, transaction } from '../src/store/database.ts';
import { packMessage } from '../src/store/pack.ts';
import { config } from './corpus-answers.ts';

export interface ThreadCase {
  id: string;
  source: string;
  /** `list` for posts of mailing lists, which are counted apart. */
  kind: string;
  /** Different From addresses. */
  senders: number;
  mails: Buffer[];
  /** Groups of indexes into `mails`: one group is one ticket. */
  tickets: number[][];
  /** Pairs of indexes that are one mail delivered twice. */
  duplicates: Array<[number, number]>;
}

export interface ThreadOutcome {
  threadCase: ThreadCase;
  /** What tkt made of it, as `tickets`. */
  got: number[][];
  /** `split`: somebody who takes no part in the ticket has one of their own, by policy; nothing else differs. */
  result: 'same' | 'split' | 'wrong';
}

/** None where the folder has no such area. */
export function readThreadCases(folder: string): ThreadCase[] {
  const path = join(folder, 'threads', 'cases.jsonl');
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const { id, source, kind, senders, files, expect } = JSON.parse(line) as Omit<ThreadCase, 'mails'> & {
        files: string[];
        expect: Pick<ThreadCase, 'tickets'> & Partial<Pick<ThreadCase, 'duplicates'>>;
      };
      const mails = files.map((file) => readFileSync(join(folder, file)));
      return { id, source, kind, senders, mails, tickets: expect.tickets, duplicates: expect.duplicates ?? [] };
    });
}

export async function judgeThread(threadCase: ThreadCase): Promise<ThreadOutcome> {
  const got = await groupIntoTickets(threadCase.mails);
  // The second copy of a mail is stored once: it is with the first one, wherever that is.
  const second = new Set(threadCase.duplicates.map(([, copy]) => copy));
  const wanted = threadCase.tickets.map((group) => group.filter((index) => !second.has(index)));
  const made = got.map((group) => group.filter((index) => !second.has(index)));
  const places = new Map(wanted.flatMap((group, place) => group.map((index) => [index, place] as const)));
  const isFiner = made.every((group) => new Set(group.map((index) => places.get(index))).size === 1);
  const isComplete = made.flat().length === wanted.flat().length;
  const isSame = isFiner && isComplete && made.length === wanted.length;
  const maySplit = isFiner && isComplete && threadCase.senders > 1;
  return { threadCase, got, result: isSame ? 'same' : maySplit ? 'split' : 'wrong' };
}

/** Which mails came to be one ticket: groups of indexes into `mails`, ascending. Mails that make no ticket are in none. */
export async function groupIntoTickets(mails: readonly Buffer[]): Promise<number[][]> {
  const now = () => new Date();
  const db = await openMemoryDatabase(now);
  try {
    const notify = await notifyDeps(db, { config, now, randomBytes: (count) => randomBytes(count) });
    const mailbox = mailboxOf(config, 'default');
    const own = { addresses: [mailbox.address], instance: notify.instance };
    const tickets = new Map<string, number[]>();
    for (const [index, raw] of mails.entries()) {
      const reading = await understand(raw, own);
      const { number } = await transaction(db, (trx) => {
        const deps = { ...notify, db: trx, mailbox, sweep: { autoReplies: 0 } };
        return recordMessage(trx, deps, { reading, packed: packMessage(raw), location: null, releases: null });
      });
      if (number !== null) tickets.set(number, [...(tickets.get(number) ?? []), index]);
    }
    return [...tickets.values()];
  } finally {
    await closeDatabase(db);
  }
}
