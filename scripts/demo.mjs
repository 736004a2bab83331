// `npm run demo`: the whole workflow on this machine alone. An embedded IMAP and SMTP server on loopback, sample mails,
// and the tkt that was just built, each command as you would type it.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, installModules, root } from './setup.mjs';

installModules();
build();

const require = createRequire(import.meta.url);
const hoodiecrow = require('hoodiecrow-imap');
const { simpleParser } = require('mailparser');
const { SMTPServer } = require('smtp-server');

const folder = mkdtempSync(join(tmpdir(), 'tkt-demo-'));
const colour = process.stdout.isTTY && !process.env.NO_COLOR;
const paint = (code, text) => (colour ? `\x1b[${code}m${text}\x1b[0m` : text);
// A file or a pipe would get plain columns, as it should; here a person reads it later.
const asTable = process.stdout.isTTY ? [] : ['-o', 'table'];
const heading = (text) => process.stdout.write(`\n${paint('1;34', `# ${text}`)}\n`);

const sent = [];
const imap = hoodiecrow({
  plugins: ['ID', 'SASL-IR', 'AUTH-PLAIN', 'NAMESPACE', 'IDLE', 'ENABLE', 'UIDPLUS', 'UNSELECT', 'SPECIAL-USE'],
  storage: { INBOX: { messages: [] } },
});
const smtp = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS'],
  onAuth: (auth, _session, done) => done(null, { user: auth.username }),
  onData(stream, session, done) {
    const chunks = [];
    stream.on('data', (chunk) => chunks.push(chunk));
    stream.on('end', () => {
      const to = session.envelope.rcptTo.map(({ address }) => address);
      sent.push({ to, raw: Buffer.concat(chunks).toString('utf8') });
      done();
    });
  },
});

const imapPort = await listen(imap);
const smtpPort = await listen(smtp.server);
try {
  await demo();
} finally {
  imap.close();
  smtp.close(() => {});
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);

function listen(server) {
  return new Promise((resolve, reject) => {
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => resolve((server.server ?? server).address().port));
  });
}

async function demo() {
  writeFileSync(
    join(folder, 'tkt.config.json'),
    JSON.stringify({
      enabled: true,
      supportEmail: 'support@example.com',
      supportName: 'Example Support',
      database: join(folder, 'tkt.db'),
      imap: { host: '127.0.0.1', port: imapPort, username: 'testuser', password: 'testpass', useSsl: false },
      smtp: { host: '127.0.0.1', port: smtpPort, useTls: false },
    }),
    { mode: 0o600 },
  );

  heading('Three mails arrive at support@example.com');
  await arrive(
    `From: Ann Lee <ann@example.org>\nSubject: Can't login to account\nMessage-ID: <a1@example.org>\n\nI forgot my password and the reset link isn't working...\n\n-- \nAnn Lee\nExample Widgets Ltd\n`,
  );
  await arrive(
    `From: =?UTF-8?Q?J=C3=BCrgen_Gro=C3=9F?= <juergen@example.net>\nSubject: =?UTF-8?Q?Rechnung_f=C3=BCr_Oktober?=\nMessage-ID: <b1@example.net>\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\nGuten Tag,\n\nbitte senden Sie mir die Rechnung für Oktober noch einmal.\n\nViele Grüße\nJürgen Groß\n`,
  );
  await arrive(
    `From: Zoe <zoe@example.org>\nSubject: Out of office: your invoice\nMessage-ID: <c1@example.org>\nAuto-Submitted: auto-replied\n\nI am away until Monday.\n`,
  );

  await tkt('agent', 'add', 'john', '--name', 'John Smith', '--email', 'john@example.com');

  heading('cron polls: each mail becomes a ticket; people are answered, machines are not');
  await tkt('poll');
  await tkt('list', ...asTable);
  await tkt('show', '1', ...asTable);
  await printSent(
    'The automatic reply that Ann got',
    sent.find(({ to }) => to.includes('ann@example.org')),
  );

  heading('John answers; the mail goes out at once');
  await tkt('assign', '1', 'me');
  await tkt('comment', '1', '-m', "I've reset your password. Check your email.");
  const comment = sent.at(-1);
  await printSent('The mail that Ann got', comment);
  await tkt('comment', '1', '--internal', '-m', 'Second reset this month: look at the mail relay.');
  await tkt('set-priority', '1', 'high');

  heading('Ann replies, with the history quoted below');
  const messageId = /^Message-ID: (.*)$/im.exec(comment.raw)?.[1]?.trim();
  await arrive(
    `From: Ann Lee <ann@example.org>\nSubject: ${/^Subject: (.*)$/im.exec(comment.raw)?.[1]?.trim().replace(/^/, 'Re: ')}\nMessage-ID: <a2@example.org>\nIn-Reply-To: ${messageId}\n\nThanks! I was able to login successfully.\n\nOn Mon, 23 Nov 2026 at 10:00, Example Support <support@example.com> wrote:\n> John Smith commented on your ticket:\n>\n> "I've reset your password. Check your email."\n`,
  );
  await tkt('poll');
  await tkt('show', '1', '--events', ...asTable);
  await printSent('What John was told', sent.at(-1));
  await tkt('set-status', '1', 'resolved');

  heading('In a pipe: plain columns and JSON');
  await shell('tkt list --all --fields number,status,priority,requester.email | head -2');
  await shell(`tkt show 1 --json | node -pe 'JSON.parse(require("fs").readFileSync(0)).entries.at(-1).body'`);

  heading('Go on with your own mailbox');
  process.stdout.write(
    [
      '  npm install -g .          puts tkt on your PATH (or run node dist/tkt.js)',
      '  tkt init                  asks for your servers, tries them, writes the configuration',
      '  tkt doctor                says what is missing',
      '  */5 * * * * tkt poll -q   the line for your crontab',
      '',
      'The demo kept its files in a temporary folder, which is gone now.',
      '',
    ].join('\n'),
  );
}

async function arrive(mail) {
  const now = new Date();
  const full = `To: support@example.com\nDate: ${now.toUTCString().replace('GMT', '+0000')}\nMIME-Version: 1.0\n${mail}`;
  // The embedded server keeps messages as strings of bytes.
  imap.appendMessage('INBOX', [], now, Buffer.from(full.replace(/\r?\n/g, '\r\n')).toString('latin1'));
  const { from, subject } = await simpleParser(full);
  process.stdout.write(`${paint('2', `From: ${from.text}   Subject: ${subject}`)}\n`);
}

/** Nothing of the user's own set-up may reach the demo: a real SMTP server would send its mails. */
function environment() {
  const own = /^(TKT|IMAP|SMTP|EMAIL_TO_TICKET|SUPPORT)_/;
  return {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name))),
    TKT_CONFIG: join(folder, 'tkt.config.json'),
    TKT_AGENT: 'john',
    PAGER: 'cat',
    ...(colour ? { FORCE_COLOR: '1' } : {}),
  };
}

function tkt(...args) {
  const shown = args.map((arg) => (/^[\w./@:=-]+$/.test(arg) ? arg : `"${arg}"`)).join(' ');
  process.stdout.write(`\n${paint('32', '$')} ${paint('1', `tkt ${shown}`)}\n`);
  return child(process.execPath, [join(root, 'dist', 'tkt.js'), ...args]);
}

function shell(line) {
  process.stdout.write(`\n${paint('32', '$')} ${paint('1', line)}\n`);
  const define = `tkt() { ${JSON.stringify(process.execPath)} ${JSON.stringify(join(root, 'dist', 'tkt.js'))} "$@"; }`;
  return child('/bin/sh', ['-c', `${define}; ${line}`]);
}

// The servers live in this process, so it must not block while tkt runs.
function child(command, args) {
  return new Promise((resolve, reject) => {
    const started = spawn(command, args, { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'], env: environment() });
    started.on('error', reject);
    started.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${args.join(' ')} ended with ${code}`))));
  });
}

async function printSent(title, mail) {
  heading(title);
  const head = mail.raw.split('\r\n\r\n', 1)[0].replace(/\r\n[ \t]+/g, ' ');
  const wanted = /^(From|To|Cc|Subject|Message-ID|In-Reply-To|Auto-Submitted|X-Tkt-Ticket):/i;
  const fields = head.split('\r\n').filter((line) => wanted.test(line));
  const { text } = await simpleParser(mail.raw);
  for (const line of [...fields, '', ...text.trim().split('\n')])
    process.stdout.write(`${`  ${paint('2', '│')} ${line}`.trimEnd()}\n`);
}
