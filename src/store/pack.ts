// A raw message as it is kept: under the hash of its bytes, and compressed where that pays.

import { createHash } from 'node:crypto';
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';

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
  return { sha256: createHash('sha256').update(raw).digest('hex'), size: raw.length, ...packBytes(raw) };
}

// Most of what a mailbox weighs is attachments in base64, where nothing shrinks but the alphabet. Brotli's fastest pass gets
// that in a fifth of the time that gzip takes, and texts nearly as small as gzip's best. A function: most polls pack nothing
// and need not load zlib.
const fastest = () => ({ params: { [constants.BROTLI_PARAM_QUALITY]: 1 } });

/** Compressed where that saves a tenth. */
export function packBytes(raw: Uint8Array): Pick<PackedMessage, 'encoding' | 'bytes'> {
  const packed = brotliCompressSync(raw, fastest());
  return packed.length <= raw.length * 0.9
    ? { encoding: 'brotli', bytes: packed }
    : { encoding: 'identity', bytes: raw };
}

/** The true bytes of a stored row. */
export function unpackBytes({ encoding, bytes }: { encoding: Encoding; bytes: Uint8Array }): Buffer {
  return encoding === 'brotli' ? brotliDecompressSync(bytes) : Buffer.from(bytes);
}
