// What a fresh machine lacks: node modules from the lock file, and for the tests some Debian packages.
// Shared by `npm run demo` and `npm test`; plain JavaScript without dependencies, since it runs before there are any.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Installs the packages of package-lock.json, unless they are there already. */
export function installModules() {
  checkNode();
  const lock = join(root, 'package-lock.json');
  const mark = join(root, 'node_modules', '.tkt-installed');
  const native = join(root, 'node_modules', 'better-sqlite3', 'build', 'Release', 'better_sqlite3.node');
  const fresh = existsSync(mark) && readFileSync(mark, 'utf8') === readFileSync(lock, 'utf8') && existsSync(native);
  if (fresh) return;
  say('installing the packages of package-lock.json (better-sqlite3 compiles for about a minute)');
  run('npm', ['ci', '--no-audit', '--no-fund']);
  if (!existsSync(native)) run('npm', ['rebuild', 'better-sqlite3']);
  writeFileSync(mark, readFileSync(lock));
}

/** Builds dist/. */
export function build() {
  say('building dist/');
  run(process.execPath, [join(root, 'scripts', 'build.mjs')]);
}

/** Debian packages by the program that each brings. Says what is missing where it may not install it. */
export function installDebianPackages(wanted) {
  const missing = wanted.filter(({ program }) => !isProgram(program));
  if (missing.length === 0) return;
  const names = missing.map(({ name }) => name);
  const mayInstall = process.getuid?.() === 0 && isProgram('apt-get');
  if (mayInstall) {
    say(`installing ${names.join(', ')}`);
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const quiet = { env, stdio: ['ignore', 'ignore', 'inherit'] };
    // Installed for its programs alone: without a configuration Debian starts no mail server of its own.
    const answer = 'postfix postfix/main_mailer_type select No configuration\n';
    spawnSync('debconf-set-selections', [], { env, input: answer });
    spawnSync('apt-get', ['update', '-qq'], quiet);
    spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...names], quiet);
  }
  for (const { name, program, leftOut } of missing) {
    if (!isProgram(program))
      say(`${name} is not installed: left out are ${leftOut}. To have them: sudo apt-get install ${name}`);
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

export function run(command, args, options = {}) {
  try {
    execFileSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], ...options });
  } catch (error) {
    say(`failed: ${command} ${args.join(' ')}`);
    process.exit(error.status ?? 1);
  }
}

export function say(line) {
  process.stderr.write(`── ${line}\n`);
}
