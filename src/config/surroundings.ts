// Where values came from: what rules for several keys ask of it, and the folders that relative paths are taken from.

import { dirname } from 'node:path';
import { formatKey, type KeyPath } from './key-path.ts';
import { defaultDatabasePath, type LoadOptions, resolvePath } from './locate.ts';
import type { Surroundings } from './normalise.ts';
import type { Sources } from './sources.ts';

export function surroundingsOf(sources: Sources, options: LoadOptions): Surroundings {
  return {
    path: sources.path,
    agent: sources.agent,
    defaultDatabase: defaultDatabasePath(options),
    isSet: (keyPath) => isSet(sources.input, keyPath),
    resolve: (value, keyPath) => resolvePath(value, folderOf(keyPath, sources, options), options),
  };
}

/** What lies under a key of an object or a list; undefined of anything else. */
export function getMember(value: unknown, part: string | number): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, part) : undefined;
}

function isSet(input: Record<string, unknown>, path: KeyPath): boolean {
  return (path.reduce<unknown>(getMember, input) ?? null) !== null;
}

function folderOf(path: KeyPath, sources: Sources, options: LoadOptions): string {
  return sources.origins.get(formatKey(path))?.folder ?? (sources.path === null ? options.cwd : dirname(sources.path));
}
