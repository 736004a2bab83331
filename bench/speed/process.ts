// Programs run and measured: how long, and the most memory that they had.

import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';

export interface Run {
  ms: number;
  /** Resident memory at its highest, in MB; of the program itself, not of what it starts. */
  peakMb: number;
  code: number | null;
  stdout: string;
  stderr: string;
  /** When `mark` came, in milliseconds from the start; NaN where it did not. */
  markMs: number;
}

export interface RunOptions {
  env?: Record<string, string>;
  cwd?: string;
  input?: string | Iterable<string>;
  /** What it prints is read and thrown away. */
  drop?: boolean;
  /** When standard error first had this in it is noted. */
  mark?: string;
}

const pollMs = 10;

/** Runs a program to its end. Throws where it fails, unless `mayFail`. */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Run> {
  const stdio: StdioOptions = [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'];
  const start = performance.now();
  const child = spawn(command, args, { stdio, cwd: options.cwd, env: { ...process.env, ...options.env } });
  const memory = watchMemory(child);
  let markMs = Number.NaN;
  child.stderr?.on('data', (bytes: Buffer) => {
    if (options.mark !== undefined && bytes.includes(options.mark)) markMs = performance.now() - start;
  });
  if (child.stdin)
    Readable.from(options.input ?? '')
      .pipe(child.stdin)
      .on('error', () => {});
  const [stdout, stderr, code] = await Promise.all([
    collect(child.stdout, options.drop === true),
    collect(child.stderr, false),
    new Promise<number | null>((resolve) => child.once('close', (status) => resolve(status))),
  ]);
  const ms = performance.now() - start;
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}:\n${stderr}`);
  return { ms, peakMb: memory(), code, stdout, stderr, markMs };
}

async function collect(stream: Readable | null, drop: boolean): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream ?? []) if (!drop) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** The kernel keeps the highest value; what was read last before the end is it, but for some milliseconds. */
function watchMemory({ pid }: ChildProcess): () => number {
  let peakKb = 0;
  const timer = setInterval(() => {
    try {
      peakKb = Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? peakKb);
    } catch {
      // It has ended, or this is no Linux.
    }
  }, pollMs);
  return () => {
    clearInterval(timer);
    return Math.round(peakKb / 1024);
  };
}

/** The median, and how far from it the runs were: half of them within, in percent of it. */
export function summarise(values: readonly number[]): { median: number; least: number; spreadPercent: number } {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  const median = at(0.5);
  return { median, least: at(0), spreadPercent: Math.round(((at(0.75) - at(0.25)) / 2 / median) * 100) };
}
