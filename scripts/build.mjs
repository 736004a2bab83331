// Builds dist/: one entry, split so that a command loads only what it uses. better-sqlite3 is native and stays outside.
import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
const outdir = join(root, 'dist');

// Without --clean, a tkt that runs meanwhile still finds the pieces that it was built with.
if (process.argv.includes('--clean')) await rm(outdir, { recursive: true, force: true });
const result = await build({
  absWorkingDir: root,
  entryPoints: { tkt: 'bin/tkt.ts', 'understand-worker': 'src/pipeline/understand-worker.ts' },
  outdir,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  minifySyntax: true,
  minifyWhitespace: true,
  sourcemap: 'linked',
  sourcesContent: false,
  legalComments: 'none',
  metafile: true,
  chunkNames: 'chunks/[name]-[hash]',
  external: ['better-sqlite3'],
  define: { 'process.env.TKT_VERSION': JSON.stringify(version) },
  // The mail libraries are CommonJS: they ask for node's own modules by require.
  banner: { js: "import{createRequire as __tktRequire}from'node:module';const require=__tktRequire(import.meta.url);" },
});
await chmod(join(outdir, 'tkt.js'), 0o755);

// The bundle carries other people's code; their licences ask to be shipped with it.
const packages = new Map();
for (const input of Object.keys(result.metafile.inputs)) {
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
