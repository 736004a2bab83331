// A raw message as it is kept: under the hash of its bytes, and compressed where that pays.

import { hash } from 'node:crypto';
import { type BrotliOptions, brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';

export type Encoding = 'identity' | 'brotli';

export interface PackedMessage {
  /** Of the true bytes, lower-case hex. */
  sha256: string;
  /** Of the true bytes. */
  size: number;
  encoding: Encoding;
  bytes: Uint8Array;
}

export function packMessage(raw: Uint8Array): PackedMessage {
  return { sha256: hash('sha256', raw, 'hex'), size: raw.length, ...packBytes(raw) };
}

/** In bytes. Below it there is next to nothing to save, and a compressor costs as much to set up as all else that is written. */
const leastPacked = 4096;

/** Compressed where that saves a tenth. */
export function packBytes(raw: Uint8Array): Pick<PackedMessage, 'encoding' | 'bytes'> {
  if (raw.length < leastPacked) return { encoding: 'identity', bytes: raw };
  const most = Math.floor(raw.length * 0.9);
  const packed = brotliCompressSync(raw, brotliOptions(most));
  return packed.length <= most ? { encoding: 'brotli', bytes: packed } : { encoding: 'identity', bytes: raw };
}

// Most of what a mailbox weighs is attachments in base64, where nothing shrinks but the alphabet. Brotli's fastest pass gets
// that in a fifth of the time that gzip takes, and texts nearly as small as gzip's best. The chunk is what all that is worth
// keeping fits in: a large message is not put together from thousands of small ones. A function, as most polls pack nothing and
// need not load zlib.
function brotliOptions(most: number): BrotliOptions {
  return { chunkSize: Math.max(most, 16 * 1024), params: { [constants.BROTLI_PARAM_QUALITY]: 1 } };
}

/** The true bytes of a stored row. */
export function unpackBytes({ encoding, bytes }: { encoding: Encoding; bytes: Uint8Array }): Buffer {
  return encoding === 'brotli' ? brotliDecompressSync(bytes) : Buffer.from(bytes);
}
