// The fault plan: every fault with what it needs of the machine.

import type { Lab } from './bench.ts';
import { damageDatabase, fillDisk, lockDatabase, makeReadOnly, startTogether, starve } from './disk.ts';
import { breakTheWire, cutMidFetch, refuseAndLie } from './imap-wire.ts';
import { killAtEveryStep, killStaff } from './kill-points.ts';
import { askToStop, killAtRandom } from './kills.ts';
import { answerEachOther, flood, soak } from './load.ts';
import { moveMailbox, renumber, workBeside } from './mailbox.ts';
import { checkOrder } from './power.ts';
import { hasFaketime, hasStrace } from './process.ts';
import { pollTogether, shiftClock, stripEnvironment, writeMeanwhile } from './several.ts';
import { beAway, beSlow, beStrange, loseTheAnswer, refuseForGood, refuseForNow } from './smtp.ts';

type Tool = 'strace' | 'faketime';

export interface Fault {
  id: string;
  title: string;
  needs: readonly Tool[];
  run(lab: Lab): Promise<void>;
}

const fault = (id: string, title: string, run: (lab: Lab) => Promise<void>, ...needs: Tool[]): Fault => {
  return { id, title, run, needs };
};

export const plan: readonly Fault[] = [
  fault('K1', 'kill -9 at random times', killAtRandom),
  fault('K2', 'kill -9 at every call of a poll', killAtEveryStep, 'strace'),
  fault('K3', 'SIGTERM and SIGHUP at random times', askToStop),
  fault('K4', 'what a server is told is on disk before', checkOrder, 'strace'),
  fault('K5', 'staff commands killed at every call', killStaff, 'strace'),
  fault('D1', 'IMAP cut off, worker and master killed', cutMidFetch),
  fault('D2', 'IMAP reset, silent, trickling', breakTheWire),
  fault('D3', 'IMAP refusals, lies, read-only mailbox', refuseAndLie),
  fault('D4', 'UIDVALIDITY changes, flags kept and lost', renumber),
  fault('D5', 'others delete, read and deliver meanwhile', workBeside),
  fault('D6', 'mailbox moved away and back', moveMailbox),
  fault('S1', '421, 450, 451, 452 at each SMTP step', refuseForNow, 'faketime'),
  fault('S2', '550 and 554', refuseForGood, 'faketime'),
  fault('S3', 'the answer to the final dot is lost', loseTheAnswer, 'faketime'),
  fault('S4', 'relay away for three days; for six', beAway, 'faketime'),
  fault('S5', 'relay takes half a minute a mail', beSlow, 'faketime'),
  fault('S6', 'no STARTTLS, bad certificate, log-in refused', beStrange, 'faketime'),
  fault('F1', 'disk full; ENOSPC and EIO at the nth write', fillDisk),
  fault('F2', 'read-only disk', makeReadOnly),
  fault('F3', 'database locked by another', lockDatabase),
  fault('F4', 'damaged, cut, empty, foreign database', damageDatabase),
  fault('F5', 'first starts at once; newer schema', startTogether),
  fault('F6', 'few files, little memory, no temporary folder', starve),
  fault('C1', '2, 5, 20 polls at once', pollTogether),
  fault('C2', 'staff write during a sweep', writeMeanwhile),
  fault('C3', 'clock across the year, back, 2038; zones', shiftClock, 'faketime'),
  fault('C4', 'bare environment, closed and full output', stripEnvironment),
  fault('L1', 'two desks answer each other', answerEachOther),
  fault('L2', 'flood from one sender and from many', flood),
  fault('L3', 'soak with kills, resets, lost answers', soak, 'faketime'),
];

/** What a fault needs and this machine has not; the Debian packages have the same names. */
export function missingTools({ needs }: Fault): Tool[] {
  return needs.filter((tool) => (tool === 'strace' ? !hasStrace : !hasFaketime));
}
