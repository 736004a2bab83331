// Reads what is to be imported in a thread of its own: reading takes a third of the time of an import, writing the rest.

import { on } from 'node:events';
import { fstatSync, type Stats, statSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { RefusedError } from '../errors.ts';
import { transferList } from '../store/packed-values.ts';
import { workerScript } from '../worker-script.ts';
import type { Batch } from './import-batches.ts';

/**
 * What the thread posts: batches, and then that it is at the end, and why it could not go on. Who takes a batch gives its values
 * back, and so asks for the next.
 */
export type Reading = Batch | { end: true; refused: string | null };

/** Most of what it reads is garbage right away: more room for that would only take more memory, and no less time. */
const youngMb = 8;

/** Bytes. A file of less is read before a thread has started. */
const leastForThread = 1024 * 1024;

/**
 * The script of the thread, where there is one and it pays: for a long file and for a pipe. What is typed, and what is no file,
 * is read in place.
 */
export function readerScript(file: string): string | undefined {
  const stats = file === '-' ? fstatSync(0) : statSync(file, { throwIfNoEntry: false });
  if (stats === undefined || !(isLongFile(stats) || (file === '-' && isPipe(stats)))) return undefined;
  return workerScript('import-worker');
}

function isLongFile(stats: Stats): boolean {
  return stats.isFile() && stats.size >= leastForThread;
}

/** A wait for what comes through it can be given up. */
export function isPipe(stats: Stats): boolean {
  return stats.isFIFO() || stats.isSocket();
}

/**
 * As `readBatches` does, and ends early when `signal` says so. The thread starts at once; until somebody waits for it, it does
 * not keep the process.
 */
export function readBatchesApart(script: string, file: string, signal: AbortSignal): AsyncIterable<Batch> {
  const worker = new Worker(script, { workerData: file, resourceLimits: { maxYoungGenerationSizeMb: youngMb } });
  worker.unref();
  // What it posts before somebody listens would be lost.
  const readings = on(worker, 'message', { signal, close: ['exit'] }) as AsyncIterable<[Reading]>;
  return hearBatches(worker, readings, signal);
}

async function* hearBatches(
  worker: Worker,
  readings: AsyncIterable<[Reading]>,
  signal: AbortSignal,
): AsyncGenerator<Batch> {
  worker.ref();
  try {
    for await (const [reading] of readings) {
      if ('end' in reading) {
        if (reading.refused !== null) throw new RefusedError(reading.refused);
        return;
      }
      yield reading;
      const { values } = reading.tickets;
      worker.postMessage(values, transferList(values));
    }
    throw new Error('the thread that reads ended before the file');
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    await worker.terminate();
  }
}
