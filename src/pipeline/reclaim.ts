// Memory given back before it is needed again. A buffer of megabytes is a few bytes to V8, which sees no reason to hurry.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

let collect: (() => void) | undefined;

/** Frees what nothing refers to any more. It takes some hundredths of a second. */
export function reclaimMemory(): void {
  collect ??= findCollector();
  collect();
}

/** A new context has what `--expose-gc` gives; the setting is taken back, as compiled code on disk is for others. */
function findCollector(): () => void {
  setFlagsFromString('--expose-gc');
  const found: unknown = runInNewContext('gc');
  setFlagsFromString('--no-expose-gc');
  return typeof found === 'function' ? () => found() : () => {};
}
