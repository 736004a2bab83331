// `npm run corpus`: bundles bench/corpus.ts, for Node 20 runs no TypeScript, and runs it with the arguments given.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { installModules, root } from './setup.mjs';

installModules();
const { build } = await import('esbuild');
const outfile = join(root, 'node_modules', '.cache', 'tkt', 'corpus.mjs');
await build({
  absWorkingDir: root,
  entryPoints: ['bench/corpus.ts'],
  outfile,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  sourcemap: 'linked',
  logLevel: 'warning',
  external: ['better-sqlite3'],
  banner: { js: "import{createRequire as __tktRequire}from'node:module';const require=__tktRequire(import.meta.url);" },
});
const args = ['--enable-source-maps', outfile, ...process.argv.slice(2)];
process.exit(spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1);
