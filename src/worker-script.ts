// The scripts of worker threads, which the build writes beside the program.

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The path of a built script; undefined when tkt runs from its sources (unit tests). */
export function workerScript(name: 'understand-worker' | 'import-worker'): string | undefined {
  for (const folder of ['.', '..']) {
    const path = fileURLToPath(new URL(`${folder}/${name}.js`, import.meta.url));
    if (existsSync(path)) return path;
  }
  return undefined;
}
