// The worker thread of guard.ts: reads one message at a time and posts what it made of it.

import { parentPort } from 'node:worker_threads';
import { type OwnIdentity, understand } from './understand.ts';

parentPort?.on('message', async ({ raw, own }: { raw: Uint8Array; own: OwnIdentity }) => {
  try {
    parentPort?.postMessage({ result: await understand(Buffer.from(raw.buffer, raw.byteOffset, raw.length), own) });
  } catch (error) {
    parentPort?.postMessage({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
});
