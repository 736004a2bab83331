// Builds dist/ in two steps. First esbuild splits the program into ES modules, so that a command loads only what it uses.
// Then those become a few CommonJS files: node starts those faster, and every file that is read costs time.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import {
  kyselyApart,
  lazyBuiltins,
  lazyPartsOfImapflow,
  lazyStringWidth,
  quietImapflow,
  schemaPlan,
  sqliteLibrary,
} from './esbuild-plugins.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
const option = (name) => process.argv.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);
const outdir = option('outdir') ?? join(root, 'dist');

/**
 * What lies together in one file: the first for the command line and its help, the second for what queries are built with,
 * the third for commands that read and write the database, the fourth for what they show on a terminal, the fifth for all that
 * has to do with mail, the last for a poll that finds none. Named by what is imported dynamically. Anything else stays in the
 * pieces that esbuild made.
 */
const packs = {
  core: ['bin/tkt.ts'],
  kysely: ['kysely-apart:kysely'],
  desk: [
    'src/commands/list.ts',
    'src/commands/show.ts',
    'src/commands/set.ts',
    'src/commands/assign.ts',
    'src/commands/tag.ts',
    'src/config/quick.ts',
    'src/store/database.ts',
    'src/store/list.ts',
    'src/store/tickets.ts',
    'src/store/agents.ts',
  ],
  screen: [
    'src/render/table.ts',
    'src/render/ticket-page.ts',
    'src/render/pager.ts',
    'node_modules/chalk/source/index.js',
  ],
  mail: ['src/pipeline/open.ts', 'src/pipeline/deliver.ts', 'src/store/intake.ts', 'src/store/outbox.ts'],
  sweep: ['src/pipeline/poll-lock.ts', 'src/pipeline/poll.ts', 'src/pipeline/waiting.ts'],
};

/** Read when something of it is first used, not with what imports it. */
const latePacks = new Set(['kysely']);

/** scripts/loader.cjs calls what is in a file. */
const packBanner =
  '(function(module,require,__filename){"use strict";' +
  'const __tktRequire=require,__tktUrl={get href(){return require("node:url").pathToFileURL(__filename).href}};';

const shared = {
  platform: 'node',
  target: 'node20',
  bundle: true,
  minifySyntax: true,
  minifyWhitespace: true,
  // V8 keeps and reads a file of ASCII alone in half the space.
  charset: 'ascii',
  legalComments: 'none',
  sourcemap: 'linked',
  sourcesContent: false,
};

// Without --clean, a tkt that runs meanwhile still finds the pieces that it was built with.
if (process.argv.includes('--clean')) await rm(outdir, { recursive: true, force: true });
await mkdir(outdir, { recursive: true });
const split = await mkdtemp(join(outdir, '.build-'));
try {
  const { outputs, inputs } = await splitIntoModules();
  await writeCodeCache(await writePacks(outputs));
  await writeNotices(Object.keys(inputs));
} finally {
  await rm(split, { recursive: true, force: true });
}

async function splitIntoModules() {
  const { metafile } = await build({
    ...shared,
    absWorkingDir: root,
    entryPoints: {
      tkt: 'bin/tkt.ts',
      'understand-worker': 'src/pipeline/understand-worker.ts',
      'import-worker': 'src/commands/import-worker.ts',
      kysely: 'kysely',
    },
    outdir: split,
    splitting: true,
    format: 'esm',
    metafile: true,
    chunkNames: '[name]-[hash]',
    define: { 'process.env.TKT_VERSION': JSON.stringify(version) },
    plugins: [
      lazyBuiltins,
      kyselyApart,
      lazyPartsOfImapflow,
      quietImapflow,
      lazyStringWidth,
      schemaPlan,
      sqliteLibrary,
    ],
  });
  return metafile;
}

async function writePacks(outputs) {
  const files = Object.keys(outputs).filter((file) => file.endsWith('.js'));
  const buildId = await hashOf(files);
  const packOf = choosePacks(files, outputs);
  const nameOf = (pack) => `${pack}-${buildId}`;
  for (const pack of new Set(packOf.values())) {
    const members = files.filter((file) => packOf.get(file) === pack);
    const entry = members.map((file) => `${moduleId(file)}:()=>require(${JSON.stringify(join(root, file))})`);
    await build({
      ...shared,
      absWorkingDir: root,
      stdin: { contents: `module.exports={${entry.join()}}`, resolveDir: split, sourcefile: `pack ${pack}` },
      outfile: join(outdir, 'chunks', `${nameOf(pack)}.js`),
      format: 'cjs',
      define: { 'import.meta.url': '__tktUrl.href' },
      banner: { js: packBanner },
      footer: { js: '})' },
      plugins: [otherPacks(pack, packOf, nameOf, outputs)],
    });
    await nameGlue(join(outdir, 'chunks', `${nameOf(pack)}.js.map`));
  }
  await writeFile(join(outdir, 'package.json'), '{"type":"commonjs"}\n');
  const worker = `./${nameOf('understand-worker')}.js`;
  const writeStart = (name, settings = '') =>
    writeFile(
      join(outdir, `${name}.js`),
      `const { load } = require('./tkt.js');\n${settings}load('./${nameOf(name)}.js').${name.replace('-', '_')}();\n`,
    );
  await writeStart('understand-worker', `load.nameSettings('less');\n`);
  await writeStart('import-worker');
  const loader = await readFile(join(root, 'scripts/loader.cjs'), 'utf8');
  await writeFile(join(outdir, 'tkt.js'), loader.replace('CORE', `${nameOf('core')}.js`));
  await chmod(join(outdir, 'tkt.js'), 0o755);
  return { core: `./${nameOf('core')}.js`, worker, buildId };
}

/** Runs the built tkt to learn what of it is used. Without, it starts more slowly, which is no reason to have none. */
async function writeCodeCache({ core, worker, buildId }) {
  const chunks = join(outdir, 'chunks');
  const old = (await readdir(chunks)).filter((name) => name.includes(`-${buildId}-`) && name.endsWith('.bin'));
  for (const name of old) await rm(join(chunks, name));
  const folder = await mkdtemp(join(tmpdir(), 'tkt-build-'));
  const script = join(root, 'scripts/code-cache.cjs');
  for (const part of ['desk', 'sweep']) {
    const args = [script, part, outdir, core, worker, folder];
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    if (status !== 0) process.stderr.write(`scripts/build.mjs: no code cache for ${part}: ${stderr}\n`);
  }
  await rm(folder, { recursive: true, force: true });
}

/** What joins the pieces has no source of its own; this script wrote it. */
async function nameGlue(file) {
  const map = JSON.parse(await readFile(file, 'utf8'));
  const glue = relative(dirname(file), fileURLToPath(import.meta.url));
  const isGlue = (source) =>
    /(^|\/)\.build-|^(other-pack|lazy-builtin|lazy-package|lazy-string-width|sqlite-library):/.test(source);
  map.sources = map.sources.map((source) => (isGlue(source) ? glue : source));
  await writeFile(file, JSON.stringify(map));
}

/** Names of pieces say what is in them; how they are put together, this script and its plugins say. */
async function hashOf(files) {
  const hash = createHash('sha256').update(
    files
      .sort()
      .map((file) => basename(file))
      .join(),
  );
  for (const script of ['build.mjs', 'esbuild-plugins.mjs']) hash.update(await readFile(join(root, 'scripts', script)));
  return hash.digest('hex').slice(0, 8);
}

/** The pack of every piece: of the first one that needs it, or one of its own. */
function choosePacks(files, outputs) {
  const packOf = new Map();
  const take = (file, pack) => {
    if (packOf.has(file)) return;
    packOf.set(file, pack);
    for (const { path, kind } of outputs[file].imports) {
      if (kind === 'import-statement' && path in outputs && !isSeldomUsed(outputs[path])) take(path, pack);
    }
  };
  for (const [pack, entries] of Object.entries(packs)) {
    // The stand-ins for modules of node are small, and in demand everywhere.
    if (pack === 'desk') for (const file of files) if (standsForNode(outputs[file])) take(file, pack);
    for (const entry of entries) {
      const file = files.find((candidate) => outputs[candidate].entryPoint?.endsWith(entry));
      if (file === undefined) throw new Error(`scripts/build.mjs: nothing imports ${entry} dynamically any more`);
      take(file, pack);
    }
  }
  for (const file of files) if (!packOf.has(file)) packOf.set(file, basename(file, '.js'));
  return packOf;
}

/** Packages that are loaded when something of them is first used; small ones cost more as files of their own. */
function isSeldomUsed(output) {
  return isLate(output.exports) && output.bytes > 20_000;
}

function standsForNode({ inputs }) {
  const names = Object.keys(inputs);
  return names.length > 0 && names.every((name) => name.startsWith('lazy-builtin:'));
}

/** Functions that load packages: what holds them can wait until one is called. */
function isLate(names) {
  return names.length > 0 && names.every((exported) => exported.startsWith('require_'));
}

/** For esbuild: a piece that lies in another pack is asked of that. */
function otherPacks(pack, packOf, nameOf, outputs) {
  return {
    name: 'other-packs',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /\.js$/ }, ({ path, resolveDir }) => {
        const file = relative(root, join(path.startsWith('/') ? '' : resolveDir, path));
        const other = packOf.get(file);
        if (other === undefined || other === pack) return undefined;
        const names = outputs[file].exports;
        return {
          path: `${nameOf(other)}/${moduleId(file)}`,
          namespace: 'other-pack',
          pluginData: latePacks.has(other) || isLate(names) ? names : null,
        };
      });
      onLoad({ filter: /./, namespace: 'other-pack' }, ({ path, pluginData: late }) => {
        const [name, id] = path.split('/');
        const load = `__tktRequire("./${name}.js").${id}()`;
        const getters = late?.map((exported) => `get ${exported}(){return ${load}.${exported}}`);
        return { contents: `module.exports=${getters ? `{${getters.join()}}` : load}` };
      });
    },
  };
}

function moduleId(file) {
  return basename(file, '.js').replaceAll(/[^A-Za-z0-9]/g, '_');
}

/** The bundle carries other people's code; their licences ask to be shipped with it. */
async function writeNotices(inputs) {
  const packages = new Map();
  for (const input of inputs) {
    const match = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input);
    if (match) packages.set(match[1].replace(/^.*node_modules\//, ''), match[1]);
  }
  const notices = [];
  for (const [name, folder] of [...packages].sort()) {
    const meta = JSON.parse(await readFile(join(root, folder, 'package.json'), 'utf8'));
    let text = '';
    for (const file of ['LICENSE', 'LICENSE.md', 'LICENSE.txt', 'LICENCE', 'license', 'license.md']) {
      text ||= await readFile(join(root, folder, file), 'utf8').catch(() => '');
    }
    notices.push(`${name} ${meta.version} (${meta.license})\n\n${text.trim()}\n`);
  }
  await writeFile(join(outdir, 'THIRD-PARTY-LICENSES.txt'), notices.join(`\n${'-'.repeat(72)}\n\n`));
}
