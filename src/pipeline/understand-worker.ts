// The worker thread of guard.ts: reads one message at a time and posts what it made of it.

import { parentPort } from 'node:worker_threads';
import type { Reply } from './guard.ts';
import { type OwnIdentity, understand } from './understand.ts';

const post = (reply: Reply) => parentPort?.postMessage(reply);

parentPort?.on('message', async ({ raw, own }: { raw: Uint8Array; own: OwnIdentity }) => {
  try {
    post({ result: await understand(Buffer.from(raw.buffer, raw.byteOffset, raw.length), own) });
  } catch (error) {
    const failure: NodeJS.ErrnoException = error instanceof Error ? error : new Error(String(error));
    post({ error: failure.stack ?? failure.message, code: failure.code ?? null });
  }
});
post('ready');
