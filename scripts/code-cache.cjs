// Writes the compiled form of what the commands that people wait for have used, and a sweep: they are run here, in a folder
// of their own, against mail servers of their own.
// Usage: node scripts/code-cache.cjs DIST CORE WORKER FOLDER
'use strict';
const { execFileSync } = require('node:child_process');
const { readdirSync, readFileSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { Worker, isMainThread, parentPort, workerData } = require('node:worker_threads');

const [dist, core, worker, folder] = isMainThread ? process.argv.slice(2) : workerData;
const { load, scripts, compiledName } = require(join(dist, 'tkt.js'));

// Compiled code is taken only under the settings of V8 that it was written with. A poll changes two (src/commands/compile-less.ts),
// once these are loaded and the file of its command line.
const loadedFirst = new Set();
const isLoadedFirst = (file) => /\/(?:core|kysely|desk|screen)-/.test(file) || loadedFirst.has(file);
const isLoadedLater = (file) => !isLoadedFirst(file);

if (isMainThread) learn();
else readMessages();

async function learn() {
  for (const name of Object.keys(process.env)) {
    if (/^(TKT|IMAP|SMTP|EMAIL|SUPPORT|XDG)_/.test(name)) delete process.env[name];
  }
  const database = join(folder, 'tkt.db');
  Object.assign(process.env, { HOME: folder, TKT_DATABASE: database, TKT_AGENT: 'ann', FORCE_COLOR: '1' });
  process.chdir(folder);
  // What the first ones use would be read by all.
  for (const line of [
    ['agent', 'add', 'ann', '--name', 'Ann Lee', '--email', 'ann@example.com'],
    ['new', '--from', 'Bob <bob@example.com>', '--subject', 'Printer', '-m', 'It does not print.', '--no-reply'],
  ])
    execFileSync(process.execPath, [join(dist, 'tkt.js'), ...line]);
  const { run } = load(core).tkt();
  const runAll = async (lines) => {
    for (const line of lines) {
      await run(line);
      if (process.exitCode) throw new Error(`tkt ${line.join(' ')} ended with ${process.exitCode}`);
    }
  };
  await runAll([
    ['list'],
    ['list', '--json'],
    ['list', '--search', 'print', '-o', 'table'],
    ['show', '1'],
    ['show', '1', '-o', 'table'],
    ['show', '1', '--json'],
    ['set-priority', '1', 'high'],
    ['assign', '1', 'ann'],
    ['--help'],
  ]);
  const used = new Set(scripts.keys());
  await runAll([['poll', '--help']]);
  for (const file of scripts.keys()) if (!used.has(file)) loadedFirst.add(file);
  writeCompiled(isLoadedFirst);
  const stop = await startServers();
  await runAll([
    ['poll', '-q'],
    ['poll', '-q'],
  ]);
  stop();
  writeCompiled(isLoadedLater);
  await learnReading();
}

/** What a sweep talks to: a mailbox with the mails below, and a server that takes what goes out. */
async function startServers() {
  const imap = require('hoodiecrow-imap')({
    plugins: ['ID', 'SASL-IR', 'AUTH-PLAIN', 'NAMESPACE', 'ENABLE', 'UIDPLUS', 'UNSELECT'],
    storage: { INBOX: { messages: mails().map((raw) => ({ raw: raw.toString('latin1') })) } },
  });
  const { SMTPServer } = require('smtp-server');
  const smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData: (stream, _session, done) => stream.resume().on('end', () => done()),
  });
  const listen = (server) =>
    new Promise((resolve, reject) => {
      server.on('error', reject);
      server.listen(0, '127.0.0.1', () => resolve((server.server ?? server).address().port));
    });
  const [imapPort, smtpPort] = [await listen(imap), await listen(smtp.server)];
  const config = {
    ...{ enabled: true, supportEmail: 'support@example.com' },
    imap: { host: '127.0.0.1', port: imapPort, username: 'testuser', password: 'testpass', useSsl: false },
    smtp: { host: '127.0.0.1', port: smtpPort, useTls: false },
  };
  writeFileSync(join(folder, 'tkt.config.json'), JSON.stringify(config), { mode: 0o600 });
  return () => {
    imap.close();
    smtp.close(() => {});
  };
}

/** The sample mails of the tests, some of every kind. */
function mails() {
  const root = join(__dirname, '..', 'tests', 'mail');
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.eml'))
    .sort()
    .map((name) => readFileSync(join(root, name)));
}

function writeCompiled(wanted) {
  for (const [file, script] of scripts) {
    if (wanted(file)) writeFileSync(compiledName(file), script.createCachedData());
  }
}

/** The thread that reads messages has code of its own. */
async function learnReading() {
  const thread = new Worker(__filename, { workerData: [dist, core, worker, folder] });
  const own = { addresses: ['support@example.com'], instance: '' };
  for (const raw of mails()) thread.postMessage({ raw, own, pack: true });
  thread.postMessage('write');
  await new Promise((resolve, reject) => thread.on('error', reject).on('exit', resolve));
  process.exit(0);
}

function readMessages() {
  load(worker).understand_worker();
  let asked = 0;
  let answered = 0;
  parentPort.postMessage = () => {
    answered++;
    if (answered <= asked) return;
    writeCompiled(isLoadedLater);
    process.exit(0);
  };
  parentPort.on('message', (task) => {
    if (task !== 'write') asked++;
  });
}
