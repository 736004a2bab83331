// Reads messages in a worker thread, so that one that takes too long or too much memory is stopped and held while the
// mails behind it go on (RELIABILITY §3 rows 15 and 16: a timer in the same thread could not interrupt).

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { NotUnderstood, OwnIdentity, Understood } from './understand.ts';

export interface Reader {
  /**
   * Never throws for what is in a message: what cannot be read comes back as the reason. Of a message over
   * limits.maxMessageBytes only the beginning is read, for its header, unless `whole` is set: it will be held anyway.
   */
  read(raw: Buffer, options?: { whole: boolean }): Promise<Understood | NotUnderstood>;
  close(): Promise<void>;
}

export interface GuardLimits {
  /** Seconds that one message may take. */
  messageSeconds: number;
  maxMessageBytes: number;
}

/** Read of a message that is over the limit. */
export const headBytes = 256 * 1024;

/** MB of heap for one message; raw bytes and decoded attachments live outside of it. */
const workerHeapMb = 256;

type Answer = { result: Understood | NotUnderstood } | { failure: string };

/** A reader with one warm worker, started with the first message and replaced when it had to be stopped. */
export function openReader(own: OwnIdentity, limits: GuardLimits): Reader {
  const script = workerScript();
  return withinSize(script ? readerInWorker(script, own, limits) : readerInThisThread(own), limits.maxMessageBytes);
}

function withinSize(reader: Reader, maxBytes: number): Reader {
  return {
    async read(raw, options) {
      if (raw.length <= maxBytes || options?.whole) {
        const reading = await reader.read(raw);
        return 'unreadable' in reading ? withHeader(reader, raw, reading) : reading;
      }
      const reading = await reader.read(raw.subarray(0, headBytes));
      return 'unreadable' in reading ? reading : { ...reading, message: { ...reading.message, sizeBytes: raw.length } };
    },
    close: () => reader.close(),
  };
}

/** Adds what the header alone says of a message that could not be read, so that a person knows whose it is. */
async function withHeader(reader: Reader, raw: Buffer, reading: NotUnderstood): Promise<NotUnderstood> {
  const header = raw.subarray(0, endOfHeader(raw));
  // A header that is all of the message has been tried.
  const again = header.length < raw.length ? await reader.read(header) : reading;
  return 'message' in again ? { ...reading, header: again.message } : reading;
}

function endOfHeader(raw: Buffer): number {
  const ends = ['\r\n\r\n', '\n\n'].map((blank) => raw.indexOf(blank)).filter((end) => end > 0);
  return Math.min(...ends, headBytes);
}

function readerInWorker(script: string, own: OwnIdentity, limits: GuardLimits): Reader {
  let reading: ReadingThread | undefined;
  return {
    async read(raw) {
      reading ??= new ReadingThread(script);
      const answer = await reading.ask({ raw, own }, limits.messageSeconds * 1_000);
      if ('result' in answer) return answer.result;
      await reading.stop();
      reading = undefined;
      return { unreadable: answer.failure };
    },
    async close() {
      await reading?.stop();
      reading = undefined;
    },
  };
}

/** One worker and the question that it is at; one at a time. */
class ReadingThread {
  readonly #worker: Worker;
  #settle: (answer: Answer) => void = () => {};

  constructor(script: string) {
    this.#worker = new Worker(script, { resourceLimits: { maxOldGenerationSizeMb: workerHeapMb } });
    this.#worker.on('message', (reply: { result: Understood | NotUnderstood } | { error: string }) =>
      this.#settle('result' in reply ? reply : { failure: `reading it failed: ${reply.error.split('\n')[0]}` }),
    );
    this.#worker.on('error', (error: NodeJS.ErrnoException) => this.#settle({ failure: explainFailure(error) }));
    this.#worker.on('exit', () => this.#settle({ failure: 'reading it ended the reader' }));
    // An idle worker does not keep the process; a question that is open does, by its timer.
    this.#worker.unref();
  }

  ask(task: { raw: Buffer; own: OwnIdentity }, timeoutMs: number): Promise<Answer> {
    return new Promise((resolve) => {
      const failure = `reading it took longer than ${timeoutMs / 1_000} s (limits.messageSeconds)`;
      const timer = setTimeout(() => this.#settle({ failure }), timeoutMs);
      this.#settle = (answer) => {
        clearTimeout(timer);
        this.#settle = () => {};
        resolve(answer);
      };
      this.#worker.postMessage(task);
    });
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }
}

function explainFailure(error: NodeJS.ErrnoException): string {
  return error.code === 'ERR_WORKER_OUT_OF_MEMORY'
    ? `reading it took more than ${workerHeapMb} MB of memory`
    : `reading it failed: ${error.message}`;
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
