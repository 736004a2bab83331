// Runs a TypeScript program of the tests as a process of its own: bundled once, then started by node.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';

/** A program in a file that node can run. It lies inside the project, where node finds better-sqlite3. */
export interface Program {
  file: string;
  remove(): void;
}

/** `entry` is a path from the root of the project. */
export async function buildProgram(entry: string): Promise<Program> {
  const parent = resolve('node_modules/.tests');
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, 'program-'));
  const file = join(folder, 'program.mjs');
  await build({
    entryPoints: [resolve(entry)],
    outfile: file,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: ['better-sqlite3'],
    logLevel: 'error',
  });
  return { file, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export interface Running {
  process: ChildProcess;
  /** What it wrote to stdout, once it ended; rejects with its stderr where it failed. */
  output: Promise<string>;
  /** Resolves when it has written that. */
  said(text: string): Promise<void>;
}

export function runProgram(program: Program, args: readonly string[]): Running {
  const child = spawn(process.execPath, [program.file, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  const listeners = new Set<() => void>();
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
    for (const listener of listeners) listener();
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const output = new Promise<string>((done, failed) => {
    child.on('error', failed);
    child.on('close', (code) => (code === 0 ? done(stdout) : failed(new Error(stderr || `ended with ${code}`))));
  });
  // A test that kills its child does not wait for its output.
  output.catch(() => {});
  const said = (text: string) =>
    new Promise<void>((done, failed) => {
      const check = () => stdout.includes(text) && done();
      listeners.add(check);
      check();
      output.then(() => check(), failed);
    });
  return { process: child, output, said };
}
