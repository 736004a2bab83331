// The worker thread of reading-thread.ts: reads one message at a time and posts what it made of it.

import { parentPort } from 'node:worker_threads';
import { packMessage } from '../store/pack.ts';
import type { Read, Reply, Task } from './reading-thread.ts';
import { understand } from './understand.ts';

const post = (reply: Reply, transfer: ArrayBuffer[] = []) => parentPort?.postMessage(reply, transfer);

let turn: Promise<void> = Promise.resolve();
parentPort?.on('message', (task: Task) => {
  turn = turn.then(() => answer(task));
});
post('ready');

async function answer({ raw, own, pack }: Task): Promise<void> {
  try {
    const result = await understand(Buffer.from(raw.buffer, raw.byteOffset, raw.length), own);
    const packed = pack ? packForPost(raw) : null;
    post({ result, packed }, packed?.bytes ? [packed.bytes.buffer] : []);
  } catch (error) {
    const failure: NodeJS.ErrnoException = error instanceof Error ? error : new Error(String(error));
    post({ error: failure.stack ?? failure.message, code: failure.code ?? null });
  }
}

/** In memory of its own, which is handed over: what is small in its memory, or shares that with others, is copied once. */
function packForPost(raw: Uint8Array): (Read['packed'] & { bytes: Uint8Array<ArrayBuffer> | null }) | null {
  const packed = packMessage(raw);
  if (packed.encoding === 'identity') return { ...packed, bytes: null };
  const { buffer, byteOffset, length } = packed.bytes;
  const isItsOwn = buffer instanceof ArrayBuffer && length > buffer.byteLength / 2;
  return { ...packed, bytes: isItsOwn ? new Uint8Array(buffer, byteOffset, length) : new Uint8Array(packed.bytes) };
}
