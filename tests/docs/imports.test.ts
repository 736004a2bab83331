// The rules of CONTRIBUTING.md: imports point one way, and each package enters through one folder.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');

/** What code of a layer may load. Types are free: they are gone when the program runs. */
const layers: Record<string, readonly string[]> = {
  bin: ['main'],
  main: ['commands', 'process-context', 'readable-stack', 'context', 'errors', 'text'],
  'process-context': ['config', 'store', 'log', 'context', 'errors', 'text'],
  log: ['context', 'text'],
  commands: [
    'render',
    'pipeline',
    'mail',
    'store',
    'config',
    'domain',
    'process-context',
    'context',
    'errors',
    'worker-script',
    'text',
  ],
  pipeline: ['mail', 'store', 'config', 'domain', 'context', 'errors', 'monotonic', 'worker-script', 'text'],
  render: ['domain', 'context', 'errors', 'text'],
  mail: ['config', 'domain', 'context', 'errors', 'text'],
  store: ['domain', 'errors', 'monotonic', 'text', 'migrations'],
  migrations: [],
  config: ['domain', 'errors', 'text'],
  domain: ['templates', 'text'],
  templates: [],
  text: [],
  monotonic: [],
  'worker-script': [],
};

const packages: Record<string, readonly string[]> = {
  commander: ['main', 'commands'],
  valibot: ['config'],
  imapflow: ['mail'],
  nodemailer: ['mail'],
  kysely: ['store', 'migrations'],
  'better-sqlite3': ['store'],
  'iconv-lite': ['text'],
  chalk: ['render'],
  'cli-table3': ['render'],
  'string-width': ['render'],
};

interface Import {
  from: string;
  layer: string;
  target: string;
}

// import { a } from 'x'   export { a } from 'x'   await import('x'), but not `import type`
const statement = /^(?:import|export) (?!type )(?:[^;'"]*? from )?'([^']+)'|\bimport\('([^']+)'\)/gm;

function listImports(): Import[] {
  const files = ['bin', 'src', 'migrations'].flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => path.join(folder, name)),
  );
  return files.flatMap((from) => {
    const source = readFileSync(path.join(root, from), 'utf8').replace(/typeof import\(/g, '');
    return [...source.matchAll(statement)].map((match) => ({
      from,
      layer: layerOf(from),
      target: match[1] ?? match[2] ?? '',
    }));
  });
}

/** `src/mail/fetch.ts` is of the layer mail, `src/main.ts` of main. */
function layerOf(file: string): string {
  const parts = file.split(path.sep);
  return (parts[0] === 'src' ? parts[1] : parts[0])?.replace(/\.ts$/, '') ?? '';
}

const imports = listImports();

test('imports point one way', () => {
  expect(imports.length).toBeGreaterThan(300);
  const wrong = imports.filter(({ from, layer, target }) => {
    if (!target.startsWith('.')) return false;
    const loaded = layerOf(path.join(path.dirname(from), target));
    return loaded !== layer && !layers[layer]?.includes(loaded);
  });
  const unknown = imports.filter(
    ({ layer }) => !(layer in layers) && !['context', 'errors', 'readable-stack'].includes(layer),
  );
  expect([...wrong, ...unknown]).toEqual([]);
});

test('each package enters through one folder', () => {
  const wrong = imports.filter(({ layer, target }) => {
    if (target.startsWith('.') || target.startsWith('node:')) return false;
    const name = Object.keys(packages).find((known) => target === known || target.startsWith(`${known}/`));
    return name === undefined || !packages[name]?.includes(layer);
  });
  expect(wrong).toEqual([]);
});
