// For esbuild. In the files it writes, `__tktRequire` is the `require` of node.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { build } from 'esbuild';

const require = createRequire(import.meta.url);
const root = dirname(import.meta.dirname);
const names =
  'child_process crypto dns http https module net os perf_hooks readline tls timers/promises tty worker_threads zlib';
const heavy = new Set(names.split(' '));

/** The modules of node that take a millisecond or so to load: each is, when something of it is first used. */
export const lazyBuiltins = {
  name: 'lazy-builtins',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:/ }, ({ path }) => {
      const name = path.slice('node:'.length);
      return heavy.has(name) ? { path: name, namespace: 'lazy-builtin' } : undefined;
    });
    onLoad({ filter: /./, namespace: 'lazy-builtin' }, ({ path }) => {
      const members = Object.keys(require(`node:${path}`)).filter((key) => /^[A-Za-z]\w*$/.test(key));
      const getters = members.map((key) => `get ${key}(){return __tktRequire("node:${path}").${key}}`);
      return { contents: `module.exports={${getters.join()}}` };
    });
  },
};

/**
 * What imapflow loads for downloads of single parts, for a log of its own, for proxies and for names that are not ASCII: half of
 * what it would take to start, and tkt asks for little of it. Each package is loaded when something of it is first used.
 */
export const lazyPartsOfImapflow = {
  name: 'lazy-package',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^[@a-z]/ }, ({ path, importer }) => {
      const isPart = !path.startsWith('node:') && /[/\\]node_modules[/\\]imapflow[/\\]dist[/\\]/.test(importer);
      return isPart ? { path, namespace: 'lazy-package' } : undefined;
    });
    onLoad({ filter: /./, namespace: 'lazy-package' }, ({ path }) => ({
      // What is imported dynamically lies in a piece of its own, which nobody reads until then.
      contents:
        `const load=()=>require(${JSON.stringify(path)});${lazyExport(requireForImapflow(path))};` +
        `()=>import(${JSON.stringify(path)})`,
      resolveDir: dirname(requireForImapflow.resolve('imapflow')),
    }));
  },
};

/** imapflow puts every response together again for a log, which tkt does not keep: that is as much work as to read it. */
export const quietImapflow = {
  name: 'quiet-imapflow',
  setup({ onLoad }) {
    onLoad({ filter: /[/\\]imapflow[/\\]dist[/\\]\w+[/\\]imap-flow\.js$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      const forLogs = /let logCompiled = await [^;{]{1,60}\{\s*isLogging: true\s*\}\);/g;
      const count = text.match(forLogs)?.length;
      if (count !== 2) throw new Error(`expected imapflow to compile for its log in two places, found ${count}`);
      return { contents: text.replace(forLogs, "let logCompiled = '';") };
    });
  },
};

const requireForImapflow = createRequire(require.resolve('imapflow'));

/** Stands for what `load` gives. */
function lazyExport(real) {
  const members = Object.keys(real).filter((key) => /^[A-Za-z]\w*$/.test(key));
  const getters = members.map((key) => `${key}:{enumerable:true,get:()=>load().${key}}`);
  const stand = typeof real === 'function' ? callable : '{}';
  return `module.exports=Object.defineProperties(${stand},{${getters.join()}})`;
}

const callable = 'function(...args){return new.target?new(load())(...args):load()(...args)}';

/**
 * What tkt uses of Kysely, so that esbuild can put it into a piece of its own and leave out the rest of it. scripts/build.mjs
 * has that loaded when a query is first built: the reading commands build none.
 */
export const kyselyApart = {
  name: 'kysely-apart',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^kysely$/ }, ({ path, namespace }) =>
      namespace === 'kysely-apart' ? undefined : { path, namespace: 'kysely-apart' },
    );
    onLoad({ filter: /./, namespace: 'kysely-apart' }, () => ({
      contents: `export { Kysely, SqliteDialect, sql } from 'kysely';`,
      resolveDir: root,
    }));
  },
};

/** Widths of text as src/render/width.ts tells them, which loads string-width when a text needs it: few tables have one. */
export const lazyStringWidth = {
  name: 'lazy-string-width',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^string-width$/ }, ({ importer }) => {
      if (/[/\\]src[/\\]render[/\\]width\.ts$/.test(importer)) return { path: 'lazy', namespace: 'lazy-string-width' };
      return /[/\\]cli-table3[/\\]/.test(importer) ? { path: 'ours', namespace: 'lazy-string-width' } : undefined;
    });
    onLoad({ filter: /^lazy$/, namespace: 'lazy-string-width' }, () => ({
      contents: `let load; export default (text) => (load ??= require('string-width').default)(text);`,
      resolveDir: root,
    }));
    onLoad({ filter: /^ours$/, namespace: 'lazy-string-width' }, () => ({
      contents: `module.exports = require('./src/render/width.ts').displayWidth;`,
      resolveDir: root,
    }));
  },
};

/**
 * better-sqlite3 looks for its compiled part in a dozen places; npm puts it into this one. The package is nearly always in
 * the node_modules of ours; else node looks for it, which takes a millisecond and a half.
 */
const findLibrary = `
const { dirname, join } = require('node:path');
const load = (folder, name) => {
  const file = join(folder, 'build/Release', name);
  try {
    return __tktRequire(file);
  } catch (error) {
    if (error.code === 'MODULE_NOT_FOUND') error.tries = [file];
    throw error;
  }
};
module.exports = (name) => {
  try {
    return load(join(__filename, '../../../node_modules/better-sqlite3'), name);
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND') throw error;
    return load(dirname(__tktRequire.resolve('better-sqlite3/package.json')), name);
  }
};`;

/** The JavaScript of better-sqlite3 in the bundle; its compiled part stays where npm has built it. */
export const sqliteLibrary = {
  name: 'sqlite-library',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^bindings$/ }, ({ path }) => ({ path, namespace: 'sqlite-library' }));
    onLoad({ filter: /./, namespace: 'sqlite-library' }, () => ({
      contents: findLibrary,
      resolveDir: import.meta.dirname,
    }));
  },
};

/** The plan of the configuration's schema, in the place of the null that src/config/plan.ts has. */
export const schemaPlan = {
  name: 'schema-plan',
  setup({ onLoad, initialOptions }) {
    onLoad({ filter: /[/\\]src[/\\]config[/\\]plan\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const place = /(?<=^export const schemaPlan: Plan \| null = )null(?=;$)/m;
      if (!place.test(source)) throw new Error(`${path}: expected schemaPlan to be null`);
      const plan = await makePlan(initialOptions.absWorkingDir);
      return { contents: source.replace(place, () => plan), loader: 'ts' };
    });
  },
};

async function makePlan(root) {
  const contents = `
    import { formatPlan, planOf } from './scripts/schema-plan.ts';
    import { configSchema } from './src/config/schema.ts';
    export default formatPlan(planOf(configSchema));`;
  const stdin = { contents, resolveDir: root };
  const { outputFiles } = await build({ stdin, bundle: true, format: 'esm', platform: 'node', write: false });
  const { text } = outputFiles[0];
  return (await import(`data:text/javascript;base64,${Buffer.from(text).toString('base64')}`)).default;
}
