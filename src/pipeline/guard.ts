// Reads messages in a worker thread, so that one that takes too long or too much memory is stopped and held while the
// mails behind it go on (RELIABILITY §3 rows 15 and 16: a timer in the same thread could not interrupt).

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { NotUnderstood, OwnIdentity, Understood } from './understand.ts';

export interface Reader {
  /** Never throws for what is in a message: what cannot be read comes back as the reason. */
  read(raw: Buffer): Promise<Understood | NotUnderstood>;
  close(): Promise<void>;
}

export interface GuardLimits {
  /** Seconds that one message may take. */
  messageSeconds: number;
}

/** MB of heap for one message; raw bytes and decoded attachments live outside of it. */
const workerHeapMb = 320;

/** A reader with one warm worker, started with the first message and replaced when it had to be stopped. */
export function openReader(own: OwnIdentity, limits: GuardLimits): Reader {
  const script = workerScript();
  if (!script) return readerInThisThread(own);
  let worker: Worker | undefined;

  const start = () => {
    const started = new Worker(script, { resourceLimits: { maxOldGenerationSizeMb: workerHeapMb } });
    started.unref();
    return started;
  };
  const stop = async () => {
    const running = worker;
    worker = undefined;
    await running?.terminate();
  };

  return {
    async read(raw) {
      worker ??= start();
      const answer = await ask(worker, { raw, own }, limits.messageSeconds * 1_000);
      if ('result' in answer) return answer.result;
      await stop();
      return { unreadable: answer.failure };
    },
    close: stop,
  };
}

type Answer = { result: Understood | NotUnderstood } | { failure: string };

function ask(worker: Worker, task: { raw: Buffer; own: OwnIdentity }, timeoutMs: number): Promise<Answer> {
  return new Promise((resolve) => {
    const finish = (answer: Answer) => {
      clearTimeout(timer);
      worker.removeAllListeners();
      // A late failure of a worker that is being replaced must not end the process.
      worker.on('error', () => {});
      resolve(answer);
    };
    const timer = setTimeout(
      () => finish({ failure: `reading it took longer than ${timeoutMs / 1_000} s (limits.messageSeconds)` }),
      timeoutMs,
    );
    worker.once('message', (reply: { result: Understood | NotUnderstood } | { error: string }) =>
      finish('result' in reply ? reply : { failure: `reading it failed: ${reply.error.split('\n')[0]}` }),
    );
    worker.once('error', (error: NodeJS.ErrnoException) =>
      finish({
        failure:
          error.code === 'ERR_WORKER_OUT_OF_MEMORY'
            ? `reading it took more than ${workerHeapMb} MB of memory`
            : `reading it failed: ${error.message}`,
      }),
    );
    worker.once('exit', () => finish({ failure: 'reading it ended the reader' }));
    worker.postMessage(task);
  });
}

/** The built worker beside this bundle; undefined when tkt runs from its sources (unit tests). */
function workerScript(): string | undefined {
  for (const place of ['./understand-worker.js', '../understand-worker.js']) {
    const path = fileURLToPath(new URL(place, import.meta.url));
    if (existsSync(path)) return path;
  }
  return undefined;
}

function readerInThisThread(own: OwnIdentity): Reader {
  return {
    read: async (raw) => (await import('./understand.ts')).understand(raw, own),
    close: async () => {},
  };
}
