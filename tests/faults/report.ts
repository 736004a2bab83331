// What a fault came to: its counts, its one line, and whether it was stood.

import type { Audit } from './audit.ts';
import type { Run } from './process.ts';

export interface Counts {
  in: number;
  tickets: number;
  comments: number;
  held: number;
  lost: number;
  doubled: number;
  owed: number;
  sent: number;
  /** Copies of automatic replies that no kill and no lost answer explains. */
  extra: number;
}

/** Collects over a fault, which may be many runs and several mailboxes. */
export class Report {
  readonly counts: Counts = {
    in: 0,
    tickets: 0,
    comments: 0,
    held: 0,
    lost: 0,
    doubled: 0,
    owed: 0,
    sent: 0,
    extra: 0,
  };
  /** Kills, cuts or other points where something was broken. */
  points = 0;
  longestPollMs = 0;
  peakMb = 0;
  readonly problems: string[] = [];
  readonly notes: string[] = [];

  saw(run: Run): void {
    if (run.args[0] === 'poll') this.longestPollMs = Math.max(this.longestPollMs, run.ms);
    this.peakMb = Math.max(this.peakMb, run.peakMb);
  }

  add(audit: Audit): void {
    for (const key of Object.keys(this.counts) as Array<keyof Counts>) this.counts[key] += audit.counts[key];
    this.problems.push(...audit.problems);
  }

  /** Notes a problem unless `holds`. */
  expect(holds: boolean, problem: string): void {
    if (!holds) this.problems.push(problem);
  }

  note(text: string): void {
    this.notes.push(text);
  }

  get stood(): boolean {
    const { lost, doubled, extra } = this.counts;
    return this.problems.length === 0 && lost === 0 && doubled === 0 && extra === 0;
  }
}

const columns = ['in', 'tickets', 'comments', 'held', 'lost', 'doubled', 'owed', 'sent', 'extra'] as const;

export const heading = formatRow(['', ...columns, 'points', 'poll s', 'MB'], '');

/** One line: the counts in columns, then what the fault was. */
export function formatReport(id: string, title: string, report: Report): string {
  const { counts, points, longestPollMs, peakMb, stood, notes } = report;
  const numbers = [...columns.map((name) => counts[name]), points];
  const figures = [...numbers.map(String), (longestPollMs / 1_000).toFixed(1), String(Math.round(peakMb))];
  return formatRow([id, ...figures], `${stood ? 'ok  ' : 'FAIL'} ${[title, ...notes].join('; ')}`);
}

function formatRow(cells: readonly string[], last: string): string {
  return `${cells.map((cell, index) => (index === 0 ? cell.padEnd(3) : cell.padStart(8))).join('')}  ${last}`.trimEnd();
}
