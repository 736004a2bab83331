// `npm run bench`: installs what it measures against, builds tkt, and runs bench/speed.ts with the arguments given.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { build as buildTkt, installDebianPackages, installModules, root } from './setup.mjs';

installModules();
installDebianPackages([
  { name: 'dovecot-imapd', program: 'dovecot', leftOut: 'everything' },
  { name: 'isync', program: 'mbsync', leftOut: 'everything' },
  { name: 'sqlite3', program: 'sqlite3', leftOut: 'everything' },
]);
buildTkt();
const { build } = await import('esbuild');
const outdir = join(root, 'node_modules', '.cache', 'tkt', 'bench');
await build({
  absWorkingDir: root,
  entryPoints: { speed: 'bench/speed.ts', 'sink-process': 'bench/speed/sink-process.ts' },
  outdir,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  sourcemap: 'linked',
  logLevel: 'warning',
  banner: { js: "import{createRequire as __tktRequire}from'node:module';const require=__tktRequire(import.meta.url);" },
});
const env = { ...process.env, TKT_SCRIPT: join(root, 'dist', 'tkt.js') };
const args = ['--enable-source-maps', join(outdir, 'speed.js'), ...process.argv.slice(2)];
process.exit(spawnSync(process.execPath, args, { stdio: 'inherit', env }).status ?? 1);
