// Reads messages in a worker thread, so that one that takes too long or too much memory is stopped and held while the
// mails behind it go on (RELIABILITY §3 rows 15 and 16: a timer in the same thread could not interrupt).

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { TemporaryError } from '../errors.ts';
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
const headBytes = 256 * 1024;

/** MB of heap for one message; raw bytes and decoded attachments live outside of it. */
const defaultHeapMb = 256;

export interface ReaderOptions {
  /** The built worker; without one, as in unit tests, messages are read in this thread. */
  script?: string | undefined;
  heapMb?: number;
}

/** `trouble` is the machine's, `failure` the message's. */
type Answer = { result: Understood | NotUnderstood } | { failure: string } | { trouble: string };

/** What the worker posts: first that it is loaded, then an answer to each message. */
export type Reply = 'ready' | { result: Understood | NotUnderstood } | { error: string; code: string | null };

/** Nothing could be read, whatever it is: no message is to be held for that. */
export class ReaderError extends TemporaryError {}

/** Codes of Node's that say what the machine lacks. */
const shortages = ['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN', 'ENOSPC'];

/** A reader with one warm worker, started with the first message and replaced when it had to be stopped. */
export function openReader(own: OwnIdentity, limits: GuardLimits, options: ReaderOptions = {}): Reader {
  const { script = workerScript(), heapMb = defaultHeapMb } = options;
  const reader = script
    ? readerInWorker(() => new ReadingThread(script, heapMb), own, limits)
    : readerInThisThread(own);
  return withinSize(reader, limits.maxMessageBytes);
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

/** Where the header ends, or what is read of it at most. */
export function endOfHeader(raw: Buffer): number {
  const ends = ['\r\n\r\n', '\n\n'].map((blank) => raw.indexOf(blank)).filter((end) => end > 0);
  return Math.min(...ends, headBytes);
}

function readerInWorker(start: () => ReadingThread, own: OwnIdentity, limits: GuardLimits): Reader {
  let reading: ReadingThread | undefined;
  return {
    async read(raw) {
      reading ??= start();
      const answer = await reading.ask({ raw, own }, limits.messageSeconds * 1_000);
      if ('result' in answer) return answer.result;
      await reading.stop();
      reading = undefined;
      if ('trouble' in answer) {
        throw new ReaderError(`messages cannot be read just now: ${answer.trouble}. Check open files and memory.`);
      }
      return { unreadable: answer.failure };
    },
    async close() {
      await reading?.stop();
      reading = undefined;
    },
  };
}

/** How long the worker may take to load itself, on a machine that is busy. */
const startMs = 60_000;

/** One worker and the question that it is at; one at a time. */
class ReadingThread {
  readonly #worker: Worker;
  readonly #ready: Promise<string | null>;
  #settle: (answer: Answer) => void = () => {};

  constructor(script: string, heapMb: number) {
    this.#worker = new Worker(script, { resourceLimits: { maxOldGenerationSizeMb: heapMb } });
    this.#worker.on('message', (reply: Reply) => {
      if (reply !== 'ready') this.#settle('result' in reply ? reply : explainReply(reply));
    });
    this.#worker.on('error', (error: NodeJS.ErrnoException) =>
      this.#settle({ failure: explainFailure(error, heapMb) }),
    );
    this.#worker.on('exit', () => this.#settle({ failure: 'reading it ended the reader' }));
    this.#ready = whenReady(this.#worker);
    // An idle worker does not keep the process; a question that is open does, by its timer.
    this.#worker.unref();
  }

  async ask(task: { raw: Buffer; own: OwnIdentity }, timeoutMs: number): Promise<Answer> {
    const trouble = await this.#ready;
    if (trouble !== null) return { trouble };
    return await new Promise((resolve) => {
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

/** Why the worker did not come up; null once it has. A message that waits for it is not to blame. */
function whenReady(worker: Worker): Promise<string | null> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(`the reader did not start within ${startMs / 1_000} s`), startMs);
    const end = (trouble: string | null) => {
      clearTimeout(timer);
      resolve(trouble);
    };
    worker.once('message', () => end(null));
    worker.once('error', (error) => end(error.message.split('\n')[0] ?? ''));
    worker.once('exit', () => end('the reader ended before it was ready'));
  });
}

function explainReply({ error, code }: { error: string; code: string | null }): Answer {
  const line = error.split('\n')[0] ?? '';
  return code !== null && shortages.includes(code) ? { trouble: line } : { failure: `reading it failed: ${line}` };
}

function explainFailure(error: NodeJS.ErrnoException, heapMb: number): string {
  return error.code === 'ERR_WORKER_OUT_OF_MEMORY'
    ? `reading it took more than ${heapMb} MB of memory`
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
