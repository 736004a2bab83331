// The true bytes of a message on standard output, for `show --raw` and `quarantine show --raw`.

import type { Context } from '../context.ts';
import { RefusedError } from '../errors.ts';

/** Writes the bytes as they are. Throws RefusedError for a terminal without --force: mail may hold what drives one (CWE-150). */
export function writeRaw(context: Context, bytes: Uint8Array, force: boolean): void {
  if (context.stdout.isTerminal && !force) {
    throw new RefusedError('a raw message may hold codes that drive a terminal: redirect it to a file, or add --force');
  }
  context.stdout.write(bytes);
}
