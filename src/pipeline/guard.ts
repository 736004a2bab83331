// Reads messages so that none can do harm: within limits of size, time and memory, and whatever is over one comes back as
// unreadable, to be held, while the mails behind it go on.

import { TemporaryError } from '../errors.ts';
import { type PackedMessage, packMessage } from '../store/pack.ts';
import { workerScript } from '../worker-script.ts';
import { type Read, ReadingThread, type Task } from './reading-thread.ts';
import type { NotUnderstood, OwnIdentity, Understood } from './understand.ts';

export interface Reader {
  /** There will be something to read soon. */
  prepare(): void;
  /**
   * Never throws for what is in a message: what cannot be read comes back as the reason. Of a message over
   * limits.maxMessageBytes only the beginning is read, for its header, unless `whole` is set: it will be held anyway.
   * May be called again before it has answered: messages are read in turn.
   */
  read(raw: Buffer, options?: { whole: boolean }): Promise<Understood | NotUnderstood>;
  /** Reads a message that is to be recorded, and packs it as it will be stored. */
  take(raw: Buffer): Promise<Taken>;
  close(): Promise<void>;
}

export interface Taken {
  reading: Understood | NotUnderstood;
  packed: PackedMessage;
}

export interface GuardLimits {
  /** Seconds that one message may take. */
  messageSeconds: number;
  maxMessageBytes: number;
}

/** Read of a message that is over the limit. */
const headBytes = 256 * 1024;

/** After a message above this, the worker goes with all that it still holds of it. */
export const largeBytes = 8 * 1024 * 1024;

/** MB of heap for one message; raw bytes and decoded attachments live outside of it. */
const defaultHeapMb = 256;

export interface ReaderOptions {
  /** The built worker; without one, as in unit tests, messages are read in this thread. */
  script?: string | undefined;
  heapMb?: number;
}

/** Nothing could be read, whatever it is: no message is to be held for that. */
export class ReaderError extends TemporaryError {}

/** Who reads bytes as they are, whatever their size. */
interface Asked {
  prepare(): void;
  ask(task: Omit<Task, 'own'>): Promise<Read>;
  close(): Promise<void>;
}

/** A reader with one warm worker, started with the first message and replaced when it had to be stopped. */
export function openReader(own: OwnIdentity, limits: GuardLimits, options: ReaderOptions = {}): Reader {
  const { script = workerScript('understand-worker'), heapMb = defaultHeapMb } = options;
  const bounds = { heapMb, timeoutMs: limits.messageSeconds * 1_000 };
  const { prepare, ask, close } = script ? askWorker(() => new ReadingThread(script, bounds), own) : askThisThread(own);
  const isTooLarge = (raw: Buffer) => raw.length > limits.maxMessageBytes;

  async function read(raw: Buffer, { whole = false } = {}): Promise<Understood | NotUnderstood> {
    if (!whole && isTooLarge(raw)) return readBeginning(raw);
    return withHeader(raw, (await ask({ raw, pack: false })).result);
  }

  async function readBeginning(raw: Buffer): Promise<Understood | NotUnderstood> {
    const { result } = await ask({ raw: raw.subarray(0, headBytes), pack: false });
    return 'unreadable' in result ? result : { ...result, message: { ...result.message, sizeBytes: raw.length } };
  }

  /** Adds what the header alone says of a message that could not be read, so that a person knows whose it is. */
  async function withHeader(raw: Buffer, result: Understood | NotUnderstood): Promise<Understood | NotUnderstood> {
    const header = raw.subarray(0, endOfHeader(raw));
    // A header that is all of the message has been tried.
    if (!('unreadable' in result) || header.length === raw.length) return result;
    const again = (await ask({ raw: header, pack: false })).result;
    return 'message' in again ? { ...result, header: again.message } : result;
  }

  async function take(raw: Buffer): Promise<Taken> {
    if (isTooLarge(raw)) return { reading: await readBeginning(raw), packed: packMessage(raw) };
    const { result, packed } = await ask({ raw, pack: true });
    return {
      reading: await withHeader(raw, result),
      packed: packed === null ? packMessage(raw) : { ...packed, bytes: packed.bytes ?? raw },
    };
  }

  return { prepare, read, take, close };
}

/** Where the header ends, or what is read of it at most. */
export function endOfHeader(raw: Buffer): number {
  const ends = ['\r\n\r\n', '\n\n'].map((blank) => raw.indexOf(blank)).filter((end) => end > 0);
  return Math.min(...ends, headBytes);
}

function askWorker(start: () => ReadingThread, own: OwnIdentity): Asked {
  let current: ReadingThread | undefined;

  function thread(): ReadingThread {
    current ??= start();
    return current;
  }

  async function ask(task: Omit<Task, 'own'>): Promise<Read> {
    const asked = thread();
    const answer = await asked.ask({ ...task, own });
    if ('result' in answer) {
      if (task.raw.length > largeBytes && current === asked && asked.isIdle) {
        current = undefined;
        await asked.stop();
      }
      return answer;
    }
    if (current === asked) current = undefined;
    await asked.stop();
    if ('again' in answer) return ask(task);
    if ('failure' in answer) return { result: { unreadable: answer.failure }, packed: null };
    throw new ReaderError(`messages cannot be read just now: ${answer.trouble}. Check open files and memory.`);
  }

  async function close(): Promise<void> {
    await current?.stop();
    current = undefined;
  }
  return { prepare: thread, ask, close };
}

function askThisThread(own: OwnIdentity): Asked {
  return {
    prepare: () => {},
    ask: async ({ raw, pack }) => {
      const { understand } = await import('./understand.ts');
      const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.length);
      return { result: await understand(bytes, own), packed: pack ? packMessage(bytes) : null };
    },
    close: async () => {},
  };
}
