// What a fresh machine lacks: node modules from the lock file, and for the tests some Debian packages.
// Shared by `npm run demo` and `npm test`; plain JavaScript without dependencies, since it runs before there are any.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
export const isRoot = process.getuid?.() === 0;

/** Installs the packages of package-lock.json, unless they are there already. */
export function installModules() {
  checkNode();
  useOwnHeaders();
  const lock = join(root, 'package-lock.json');
  const mark = join(root, 'node_modules', '.tkt-installed');
  // Another Node than the one that compiled it cannot load it.
  const stamp = `${process.versions.modules} ${readFileSync(lock, 'utf8')}`;
  if (existsSync(mark) && readFileSync(mark, 'utf8') === stamp && isCompiled()) return;
  say('installing the packages of package-lock.json (better-sqlite3 compiles for about a minute)');
  // Development packages too, where NODE_ENV says production.
  const install = () => attempt('npm', ['ci', '--include=dev', '--no-audit', '--no-fund']) && isCompiled();
  const library = join(root, 'node_modules', 'better-sqlite3');
  const compile = () => existsSync(library) && attempt('npm', ['rebuild', 'better-sqlite3']) && isCompiled();
  if (!install() && !(installCompilers() && install()) && !compile()) {
    say('failed: npm ci. What it says is above.');
    process.exit(1);
  }
  writeFileSync(mark, stamp);
}

/** Native parts are compiled with the headers that came with this Node; without them node-gyp fetches them from nodejs.org. */
function useOwnHeaders() {
  const folder = dirname(dirname(process.execPath));
  const header = join(folder, 'include', 'node', 'node_version.h');
  const [major] = process.versions.node.split('.');
  if (!existsSync(header) || !readFileSync(header, 'utf8').includes(`NODE_MAJOR_VERSION ${major}\n`)) return;
  // npm 11 warns of settings that are not its own.
  const isOldNpm = /^npm\/\d\b|^npm\/10\b/.test(process.env.npm_config_user_agent ?? '');
  process.env[isOldNpm ? 'npm_config_nodedir' : 'npm_package_config_node_gyp_nodedir'] ??= folder;
}

function isCompiled() {
  return existsSync(join(root, 'node_modules', 'better-sqlite3', 'build', 'Release', 'better_sqlite3.node'));
}

/** What better-sqlite3 is compiled with, where there is no compiled one to be had; true if that was missing and is there now. */
function installCompilers() {
  const wanted = ['python3', 'make', 'g++'].filter((name) => !isProgram(name));
  installDebianPackages(wanted.map((name) => ({ name, program: name, leftOut: 'better-sqlite3, and so tkt' })));
  return wanted.length > 0 && wanted.every(isProgram);
}

/** Builds dist/, unless whoever runs the tests has just done so. */
export function build() {
  if (process.env.TKT_TEST_BUILT === '1') return;
  say('building dist/');
  run(process.execPath, [join(root, 'scripts', 'build.mjs')]);
}

/** Debian packages by the program that each brings. Says what is missing where it may not install it. */
export function installDebianPackages(wanted) {
  const missing = wanted.filter(({ program }) => !isProgram(program));
  if (missing.length === 0) return;
  if (isRoot && isProgram('apt-get')) {
    const names = missing.map(({ name }) => name);
    say(`installing ${names.join(', ')}`);
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const quiet = { env, stdio: ['ignore', 'ignore', 'inherit'] };
    // Installed for its programs alone: without a configuration Debian starts no mail server of its own.
    const answer = 'postfix postfix/main_mailer_type select No configuration\n';
    spawnSync('debconf-set-selections', [], { env, input: answer });
    spawnSync('apt-get', ['update', '-qq'], quiet);
    // One by one: a package that there is not would keep the others away.
    withoutServices(() => {
      for (const name of names) spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', name], quiet);
    });
  }
  for (const { name, program, leftOut } of missing) {
    if (!isProgram(program))
      say(`${name} is not installed: left out are ${leftOut}. To have them: sudo apt-get install ${name}`);
  }
}

/** While this file is there Debian starts no service that it installs: a test opens no port 143 to the world. */
function withoutServices(install) {
  const policy = '/usr/sbin/policy-rc.d';
  const ours = !existsSync(policy);
  if (ours) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    install();
  } finally {
    if (ours) rmSync(policy, { force: true });
  }
}

function isProgram(name) {
  if (name.startsWith('/')) return existsSync(name);
  return ['/usr/bin', '/usr/sbin', '/bin', '/sbin', '/usr/local/bin'].some((folder) => existsSync(join(folder, name)));
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    say(`tkt needs Node 20.19 or newer; this is ${process.version}`);
    process.exit(1);
  }
}

/** Ends this process where the command fails. */
export function run(command, args) {
  if (attempt(command, args)) return;
  say(`failed: ${command} ${args.join(' ')}`);
  process.exit(1);
}

function attempt(command, args) {
  return spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] }).status === 0;
}

export function say(line) {
  process.stderr.write(`── ${line}\n`);
}
