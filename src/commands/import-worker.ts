// The thread of import-thread.ts: reads batches and posts them, one ahead of what is written.

import { on } from 'node:events';
import { createReadStream, fstatSync } from 'node:fs';
import { Socket } from 'node:net';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { RefusedError } from '../errors.ts';
import { TicketPacker } from '../store/packed-tickets.ts';
import { type PackedValues, transferList } from '../store/packed-values.ts';
import { readBatches, readBytes } from './import-batches.ts';
import { isPipe, type Reading } from './import-thread.ts';

if (parentPort) void postBatches(parentPort, String(workerData));

async function postBatches(port: MessagePort, file: string): Promise<void> {
  const post = (reading: Reading, transfer: ArrayBuffer[] = []) => port.postMessage(reading, transfer);
  const givenBack = on(port, 'message');
  const packer = new TicketPacker();
  let isFirst = true;
  try {
    for await (const batch of readBatches(openFile(file), file, packer)) {
      if (!isFirst) packer.giveBack(((await givenBack.next()).value as [PackedValues])[0]);
      isFirst = false;
      post(batch, transferList(batch.tickets.values));
    }
    post({ end: true, refused: null });
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    post({ end: true, refused: error.message });
  }
}

function openFile(file: string): AsyncIterable<unknown> {
  const options = { highWaterMark: readBytes };
  if (file !== '-') return createReadStream(file, options);
  // process.stdin of a thread is fed by the other one, which is busy.
  return isPipe(fstatSync(0)) ? new Socket({ fd: 0, ...options }) : createReadStream('', { fd: 0, ...options });
}
