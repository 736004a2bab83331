// Writes the compiled form of what the commands that people wait for have used: they are run here, in a folder of their own.
// Usage: node scripts/code-cache.cjs DIST CORE FOLDER
'use strict';
const { writeFileSync } = require('node:fs');
const { join } = require('node:path');

const [dist, core, folder] = process.argv.slice(2);
for (const name of Object.keys(process.env)) {
  if (/^(TKT|IMAP|SMTP|EMAIL|SUPPORT|XDG)_/.test(name)) delete process.env[name];
}
Object.assign(process.env, { HOME: folder, TKT_DATABASE: join(folder, 'tkt.db'), TKT_AGENT: 'ann', FORCE_COLOR: '1' });
process.chdir(folder);

const lines = [
  ['agent', 'add', 'ann', '--name', 'Ann Lee', '--email', 'ann@example.com'],
  ['new', '--from', 'Bob <bob@example.com>', '--subject', 'Printer', '-m', 'It does not print.', '--no-reply'],
  ['list'],
  ['list', '--json'],
  ['list', '--search', 'print', '-o', 'table'],
  ['show', '1'],
  ['show', '1', '-o', 'table'],
  ['show', '1', '--json'],
  ['set-priority', '1', 'high'],
  ['assign', '1', 'ann'],
  ['--help'],
];

const { load, scripts, compiledName } = require(join(dist, 'tkt.js'));
(async () => {
  const { run } = load(core).tkt();
  for (const line of lines) {
    await run(line);
    if (process.exitCode) throw new Error(`tkt ${line.join(' ')} ended with ${process.exitCode}`);
  }
  for (const [file, script] of scripts) {
    if (/\/(core|desk|screen)-/.test(file)) writeFileSync(compiledName(file), script.createCachedData());
  }
})();
