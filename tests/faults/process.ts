// The built tkt as a process that can be watched, killed, traced and given another clock.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { tktScript } from '../support/tkt.ts';

/** Another copy of dist/, so that a long run keeps to one build. */
export const script = process.env.TKT_FAULTS_SCRIPT ?? tktScript;

export const isRoot = process.getuid?.() === 0;
export const hasStrace = spawnSync('strace', ['-f', '-o', '/dev/null', 'true']).status === 0;
export const hasFaketime = spawnSync('faketime', ['-f', '+1s', 'true']).status === 0;

export interface Run {
  args: string[];
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  ms: number;
  peakMb: number;
  startedAt: number;
  endedAt: number;
}

export interface RunOptions {
  /** A program and its arguments that node is started by: strace, prlimit, faketime. */
  wrap?: readonly string[];
  env?: Record<string, string | undefined>;
  input?: string | Buffer;
  /** faketime's offset, like `+3d`, or a time, like `@2038-01-20 00:00:00`. */
  clock?: string;
  stdout?: number;
  /** So little is given that node itself may break down, with a stack trace. */
  starved?: boolean;
}

export interface Started {
  child: ChildProcess;
  done: Promise<Run>;
}

/** Starts tkt in a folder with nothing from the user who runs the tests. */
export function startTkt(
  place: { folder: string; configFile: string },
  args: readonly string[],
  options: RunOptions = {},
): Started {
  const clock = options.clock === undefined ? [] : ['faketime', '-f', options.clock];
  const [program = '', ...rest] = [...(options.wrap ?? []), ...clock, process.execPath, script, ...args];
  const startedAt = Date.now();
  const child = spawn(program, rest, {
    cwd: place.folder,
    env: {
      PATH: process.env.PATH,
      HOME: place.folder,
      TKT_CONFIG: place.configFile,
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      ...options.env,
    },
    stdio: ['pipe', options.stdout ?? 'pipe', 'pipe'],
  });
  const done = finish(child, args, startedAt);
  child.stdin?.on('error', () => {});
  child.stdin?.end(options.input ?? '');
  return { child, done };
}

function finish(child: ChildProcess, args: readonly string[], startedAt: number): Promise<Run> {
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  let peakMb = 0;
  const watch = setInterval(() => {
    peakMb = Math.max(peakMb, peakMemory(child.pid ?? 0));
  }, 20);
  child.stdout?.on('data', (chunk) => stdout.push(chunk));
  child.stderr?.on('data', (chunk) => stderr.push(chunk));
  return new Promise((resolve, reject) => {
    child.on('error', (error) => {
      clearInterval(watch);
      reject(error);
    });
    child.on('close', (code, signal) => {
      clearInterval(watch);
      const endedAt = Date.now();
      const said = { stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() };
      resolve({ args: [...args], code, signal, ...said, ms: endedAt - startedAt, peakMb, startedAt, endedAt });
    });
  });
}

/** The most memory that a process has had, in MB; the kernel keeps it. */
function peakMemory(pid: number): number {
  try {
    return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

/** strace's arguments that do something to the nth call of that name, in whichever thread first has so many. */
export function inject(call: string, what: string, when: string): string[] {
  return ['strace', '-f', '-qq', '-o', '/dev/null', '-e', `trace=${call}`, '-e', `inject=${call}:${what}:when=${when}`];
}

/** Whether a process that was killed is gone; one that a tracer left behind would go on working. */
export function isAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}`);
}

/** Runs `work` over the items, two at a time: this is meant for small machines. */
export async function eachOf<T>(items: Iterable<T>, work: (item: T) => Promise<void>, width = 2): Promise<void> {
  // One iterator for all: each item is taken when somebody has time for it.
  const queue = items[Symbol.iterator]();
  const next = async () => {
    for (let item = queue.next(); !item.done; item = queue.next()) await work(item.value);
  };
  await Promise.all(Array.from({ length: width }, next));
}

export const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
