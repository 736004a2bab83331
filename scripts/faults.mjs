// `npm run faults`: builds tkt, bundles the fault plan (tests/faults) and runs it on a copy of the build.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build, installDebianPackages, installModules, root } from './setup.mjs';

installModules();
installDebianPackages([
  { name: 'dovecot-imapd', program: 'dovecot', leftOut: 'all faults' },
  { name: 'strace', program: 'strace', leftOut: 'kills at every call' },
  { name: 'faketime', program: 'faketime', leftOut: 'faults of the clock' },
]);
build();

// Inside node_modules, where node finds better-sqlite3; a copy, so that a build meanwhile does not change what is tried.
mkdirSync(join(root, 'node_modules', '.tests'), { recursive: true });
const folder = mkdtempSync(join(root, 'node_modules', '.tests', 'faults-'));
try {
  cpSync(join(root, 'dist'), join(folder, 'dist'), { recursive: true });
  const { build: bundle } = await import('esbuild');
  await bundle({
    entryPoints: [join(root, 'tests', 'faults', 'main.ts')],
    outfile: join(folder, 'faults.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    sourcemap: 'inline',
    logLevel: 'error',
  });
  const args = ['--enable-source-maps', join(folder, 'faults.mjs'), ...process.argv.slice(2)];
  const env = { ...process.env, TKT_FAULTS_SCRIPT: join(folder, 'dist', 'tkt.js') };
  process.exitCode = spawnSync(process.execPath, args, { cwd: root, env, stdio: 'inherit' }).status ?? 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
