// A worker thread that reads messages in turn. It is stopped when one takes too long or too much memory: a timer in the
// same thread could not interrupt (RELIABILITY §3 rows 15 and 16).

import { Worker } from 'node:worker_threads';
import type { PackedMessage } from '../store/pack.ts';
import type { NotUnderstood, OwnIdentity, Understood } from './understand.ts';

/** What the worker is asked. */
export interface Task {
  raw: Uint8Array;
  own: OwnIdentity;
  /** To be packed, too, as it will be stored. */
  pack: boolean;
}

/** What it makes of a message. */
export interface Read {
  result: Understood | NotUnderstood;
  /** null where nobody asked for it. Its bytes are null where they are the raw ones. */
  packed: (Omit<PackedMessage, 'bytes'> & { bytes: Uint8Array | null }) | null;
}

/** What the worker posts: first that it is loaded, then an answer to each message. */
export type Reply = 'ready' | Read | { error: string; code: string | null };

/** `failure` is the message's, `trouble` the machine's; `again`: the thread ended before it came to this one. */
export type Answer = Read | { failure: string } | { trouble: string } | { again: true };

/** How long the worker may take to load itself, on a machine that is busy. */
const startMs = 60_000;

/** Codes of Node's that say what the machine lacks. */
const shortages = ['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN', 'ENOSPC'];

/** One worker, the message that it is at, and those behind it. After any other answer than a Read it is of no more use. */
export class ReadingThread {
  readonly #worker: Worker;
  readonly #timeoutMs: number;
  /** Whose answers are still to come, in the order asked; the worker is at the first. */
  readonly #waiting: Array<(answer: Answer) => void> = [];
  #timer: NodeJS.Timeout | undefined;
  #isReady = false;
  #ended = false;

  constructor(script: string, limits: { heapMb: number; timeoutMs: number }) {
    const { heapMb, timeoutMs } = limits;
    this.#timeoutMs = timeoutMs;
    this.#worker = new Worker(script, { resourceLimits: { maxOldGenerationSizeMb: heapMb } });
    this.#worker.on('message', (reply: Reply) => this.#hear(reply));
    this.#worker.on('error', (error: NodeJS.ErrnoException) =>
      this.#fail({ failure: explainFailure(error, heapMb), trouble: firstLine(error.message) }),
    );
    this.#worker.on('exit', () =>
      this.#fail({ failure: 'reading it ended the reader', trouble: 'the reader ended before it was ready' }),
    );
    this.#watch();
    // An idle worker does not keep the process; a question that is open does, by its timer.
    this.#worker.unref();
  }

  /** May be asked again before it has answered. */
  ask(task: Task): Promise<Answer> {
    return new Promise((resolve) => {
      if (this.#ended) return resolve({ again: true });
      this.#waiting.push(resolve);
      this.#worker.postMessage(task);
      if (this.#isReady && this.#waiting.length === 1) this.#watch();
    });
  }

  /** Nobody waits for an answer. */
  get isIdle(): boolean {
    return this.#waiting.length === 0;
  }

  async stop(): Promise<void> {
    this.#end({ trouble: 'it was stopped' });
    await this.#worker.terminate();
  }

  #hear(reply: Reply): void {
    if (this.#ended) return;
    if (reply === 'ready') {
      this.#isReady = true;
    } else if ('result' in reply) {
      this.#waiting.shift()?.(reply);
    } else {
      this.#end(explainReply(reply));
    }
    this.#watch();
  }

  /** A worker that never came up has read nothing: no message is to blame. */
  #fail({ failure, trouble }: { failure: string; trouble: string }): void {
    this.#end(this.#isReady ? { failure } : { trouble });
  }

  #end(answer: Answer): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#timer);
    const [first, ...others] = this.#waiting.splice(0);
    first?.(answer);
    for (const other of others) other('trouble' in answer ? answer : { again: true });
  }

  /** Counts the time of the message that it is at now, or of its own start. */
  #watch(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#ended || (this.#isReady && this.#waiting.length === 0)) return;
    const failure = `reading it took longer than ${this.#timeoutMs / 1_000} s (limits.messageSeconds)`;
    const trouble = `the reader did not start within ${startMs / 1_000} s`;
    this.#timer = setTimeout(() => this.#fail({ failure, trouble }), this.#isReady ? this.#timeoutMs : startMs);
  }
}

function explainReply({ error, code }: { error: string; code: string | null }): Answer {
  const line = firstLine(error);
  return code !== null && shortages.includes(code) ? { trouble: line } : { failure: `reading it failed: ${line}` };
}

function explainFailure(error: NodeJS.ErrnoException, heapMb: number): string {
  return error.code === 'ERR_WORKER_OUT_OF_MEMORY'
    ? `reading it took more than ${heapMb} MB of memory`
    : `reading it failed: ${error.message}`;
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? '';
}
