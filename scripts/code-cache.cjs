// Writes the compiled form of what the commands that people wait for have used, and a sweep: they are run here, in a folder
// of their own, against mail servers of their own. A sweep has settings of V8 of its own (src/commands/compile-less.ts) and so
// is run by another process.
// Usage: node scripts/code-cache.cjs desk|sweep DIST CORE WORKER FOLDER
'use strict';
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const { existsSync, readdirSync, readFileSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { Worker, isMainThread, parentPort, workerData } = require('node:worker_threads');

const [part, dist, core, worker, folder] = isMainThread ? process.argv.slice(2) : workerData;
const { load, scripts } = require(join(dist, 'tkt.js'));

if (!isMainThread) readMessages();
else if (part === 'desk') learnDesk();
else learnSweep();

async function learnDesk() {
  prepareFolder();
  const stop = await startServers();
  // What only these use, all others would read.
  await runApart(['agent', 'add', 'ann', '--name', 'Ann Lee', '--email', 'ann@example.com']);
  await runApart(['new', '--from', 'Bob <bob@example.com>', '--subject', 'Printer', '-m', 'No print.', '--no-reply']);
  await runAll([
    ['list'],
    ['list', '--json'],
    ['list', '--search', 'print', '-o', 'table'],
    ['show', '1'],
    ['show', '1', '-o', 'table'],
    ['show', '1', '--json'],
    ['set-priority', '1', 'high'],
    ['--help'],
  ]);
  writeCompiled();
  await runAll([
    ['assign', '1', 'ann'],
    ['comment', '1', '-m', 'It prints now.'],
  ]);
  writeMissing();
  stop();
}

async function learnSweep() {
  prepareFolder();
  const stop = await startServers();
  // Before it changes the settings.
  await runAll([['poll', '--help']]);
  writeMissing();
  await runAll([
    ['poll', '-q'],
    ['poll', '-q'],
  ]);
  stop();
  writeMissing();
  await learnReading();
}

function prepareFolder() {
  for (const name of Object.keys(process.env)) {
    if (/^(TKT|IMAP|SMTP|EMAIL|SUPPORT|XDG)_/.test(name)) delete process.env[name];
  }
  const database = join(folder, 'tkt.db');
  Object.assign(process.env, { HOME: folder, TKT_DATABASE: database, TKT_AGENT: 'ann', FORCE_COLOR: '1' });
  process.chdir(folder);
}

async function runAll(lines) {
  const { run } = load(core).tkt();
  for (const line of lines) {
    await run(line);
    if (process.exitCode) throw new Error(`tkt ${line.join(' ')} ended with ${process.exitCode}`);
  }
}

async function runApart(line) {
  const child = spawn(process.execPath, [join(dist, 'tkt.js'), ...line], { stdio: 'ignore' });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`tkt ${line.join(' ')} ended with ${code}`);
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

function writeCompiled(isWanted = () => true) {
  for (const [file, script] of scripts) if (isWanted(file)) writeFileSync(file, script.createCachedData());
}

/** What is there has learned from all that it should. */
function writeMissing() {
  writeCompiled((file) => !existsSync(file));
}

/** The thread that reads messages has code of its own. */
async function learnReading() {
  const thread = new Worker(__filename, { workerData: [part, dist, core, worker, folder] });
  const own = { addresses: ['support@example.com'], instance: '' };
  for (const raw of mails()) thread.postMessage({ raw, own, pack: true });
  thread.postMessage('write');
  await new Promise((resolve, reject) => thread.on('error', reject).on('exit', resolve));
  process.exit(0);
}

function readMessages() {
  load.nameSettings('less');
  load(worker).understand_worker();
  let asked = 0;
  let answered = 0;
  parentPort.postMessage = () => {
    answered++;
    if (answered <= asked) return;
    writeCompiled();
    process.exit(0);
  };
  parentPort.on('message', (task) => {
    if (task !== 'write') asked++;
  });
}
