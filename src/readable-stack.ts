// A stack of the built tkt, in terms of its sources. The maps lie beside the built files and are read only here: enabling
// them in node would read them at every start.

import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { dirname, relative, resolve } from 'node:path';

//     at async runList (/usr/lib/node_modules/tkt/dist/chunks/desk-5ce0ffee.js:2:2841)
const place = /(?<=\(|at |async )(\/[^()\n]{1,1000}?\.js):(\d{1,9}):(\d{1,9})/g;

/** `dist/…js:2:2841` becomes `src/commands/list.ts:48:20`, from the folder above `dist`; what has no map stays. */
export function readableStack(stack: string): string {
  const maps = new Map<string, SourceMap | null>();
  return stack.replace(place, (found, file: string, line: string, column: string) => {
    if (!maps.has(file)) maps.set(file, readMap(file));
    const entry = maps.get(file)?.findEntry(Number(line) - 1, Number(column) - 1);
    if (!entry || !('originalSource' in entry)) return found;
    const source = resolve(dirname(file), entry.originalSource);
    return `${relative(packageFolder(file), source)}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
  });
}

function readMap(file: string): SourceMap | null {
  try {
    return new SourceMap(JSON.parse(readFileSync(`${file}.map`, 'utf8')));
  } catch {
    return null;
  }
}

function packageFolder(file: string): string {
  const [folder = '/'] = file.split(/(?<=\/)dist\//, 1);
  return folder;
}
