// A real MTA on both sides of tkt: client → Postfix → LMTP → Dovecot → tkt poll → Postfix → the client's mailbox, over
// TLS; and `tkt receive` as what Postfix pipes a message into.

import { execFileSync, spawnSync } from 'node:child_process';
import { chownSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ParsedMail, simpleParser } from 'mailparser';
import { createTransport, type SendMailOptions } from 'nodemailer';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TicketDetails } from '../../src/domain/ticket.ts';
import type { PollReport } from '../../src/pipeline/poll.ts';
import { type Certificates, makeCertificates } from '../support/certificates.ts';
import { type Dovecot, dovecotAvailable, startDovecot } from '../support/dovecot.ts';
import { type Postfix, postfixAvailable, startPostfix } from '../support/postfix.ts';
import { type Installation, installTkt, tktScript } from '../support/tkt.ts';

const support = 'support@example.test';
const ann = 'ann@client.test';
const year = new Date().getUTCFullYear();
const number = (seq: number) => `TKT-${year}-${String(seq).padStart(5, '0')}`;

/** Whom mail servers run pipes as: Debian's `nobody`. */
const nobody = { uid: 65534, gid: 65534 };
const nobodyMayRunNode =
  postfixAvailable && spawnSync(process.execPath, ['--version'], { ...nobody, cwd: '/' }).status === 0;

let folder: string;
let certificates: Certificates;
let dovecot: Dovecot;
let postfix: Postfix;

describe.skipIf(!dovecotAvailable || !postfixAvailable)('through a real mail server', () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tkt-mta-'));
    // The pipe's user is another one than ours.
    execFileSync('chmod', ['755', folder]);
    certificates = makeCertificates(folder);
    dovecot = await startDovecot({ users: { [support]: 'secret', [ann]: 'pass' }, tls: true });
    postfix = await startPostfix({
      lmtpPort: dovecot.lmtpPort,
      certificates,
      domains: ['example.test', 'client.test', 'piped.test'],
      // On whatever but 75 a mail server gives the mail back to its sender, so the line turns all other failures into it.
      aliases: { help: `|${receiveLine('alias')} || exit 75` },
      extra: ['transport_maps = inline:{piped.test=tkt:}'],
      services: [`tkt unix - n n - - pipe flags=DRhu user=nobody argv=${receiveLine('piped')}`],
    });
  });

  afterAll(async () => {
    await postfix?.stop();
    await dovecot?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  describe('a client and an agent', () => {
    let tkt: Installation;
    const poll = () => tkt.json<PollReport>(['poll', '--json']);
    const show = (ticket: number) => tkt.json<TicketDetails>(['show', String(ticket), '--json']);

    beforeAll(async () => {
      tkt = await installTkt({
        enabled: true,
        supportEmail: support,
        supportName: 'Example Support',
        imap: {
          host: 'localhost',
          port: dovecot.imapsPort,
          username: support,
          password: 'secret',
          caFile: dovecot.caFile,
        },
        smtp: { host: 'localhost', port: postfix.smtpPort, caFile: certificates.caFile },
      });
      await tkt.ok(['agent', 'add', 'john', '--name', 'John Smith', '--email', 'john@example.test']);
    });
    afterAll(() => tkt?.remove());

    test('a client’s mail becomes a ticket, and the automatic reply reaches their mailbox', async () => {
      await send({ subject: 'Größe falsch', text: 'The size is wrong.', messageId: '<first@client.test>' });
      await arrived(support, 1);
      expect(await poll()).toMatchObject({ created: [number(1)], sent: 1, queued: 0 });

      const [reply] = await arrived(ann, 1);
      expect(reply?.subject).toBe(`[${number(1)}] Größe falsch`);
      expect(reply?.from?.value).toEqual([{ name: 'Example Support', address: support }]);
      expect(reply?.inReplyTo).toBe('<first@client.test>');
      expect(reply?.text).toContain('Thank you for contacting support!');
      // Dovecot writes the envelope's sender there: an automatic mail has none, so that nothing can answer it.
      expect(reply?.headers.get('return-path')).toMatchObject({ value: [{ address: '' }] });
      expect((await show(1)).entries[0]?.deliveries).toMatchObject([{ to: ann, state: 'sent' }]);
    });

    test('a comment reaches the client’s mailbox, threaded with their own mail', async () => {
      await tkt.ok(['comment', '1', '--as', 'john', '-m', 'It is size 12 now. Straße ok?']);
      const comment = (await arrived(ann, 2)).at(-1);
      expect(comment?.subject).toBe(`[${number(1)}] New comment on your ticket`);
      expect(comment?.text).toContain('John Smith commented on your ticket:');
      expect(comment?.text).toContain('"It is size 12 now. Straße ok?"');
      expect(comment?.references).toContain('<first@client.test>');
      expect(comment?.headers.get('return-path')).toMatchObject({ value: [{ address: support }] });
    });

    test.each([
      ['the automatic reply', 0, (subject: string) => subject],
      ['the comment, its subject rewritten', 1, () => 'something else entirely'],
    ])('a reply to %s joins the same ticket', async (_what, index, subjectOf) => {
      const before = await arrived(support, index + 1);
      const answered = (await arrived(ann, 2))[index] ?? expect.fail('no mail to answer');
      await send(replyTo(answered, subjectOf(`Re: ${answered.subject}`)));
      await arrived(support, before.length + 1);
      expect(await poll()).toMatchObject({ created: [], commented: [number(1)] });
      const entry = (await show(1)).entries.at(-1);
      expect(entry).toMatchObject({ type: 'email', author: { email: ann }, body: 'Thanks, that works.' });
      expect(entry?.fullBody).toContain('> ');
    });

    test('a second poll changes nothing', async () => {
      const before = await show(1);
      expect(await poll()).toMatchObject({ fetched: 0, created: [], commented: [], sent: 0, queued: 0 });
      expect(await show(1)).toEqual(before);
      expect(await arrived(ann, 2)).toHaveLength(2);
    });

    test('a comment for nobody’s mailbox comes back as a bounce, which marks its delivery', async () => {
      const ghost = 'ghost@client.test';
      await tkt.ok(['new', '--from', ghost, '--subject', 'By phone', '-m', 'Called at nine.', '--no-reply']);
      await tkt.ok(['comment', '2', '--as', 'john', '-m', 'Please call again.']);
      expect((await show(2)).entries.at(-1)?.deliveries).toMatchObject([{ to: ghost, state: 'sent' }]);

      const [bounce] = (await arrived(support, 4)).slice(-1);
      expect(bounce?.from?.text).toContain('MAILER-DAEMON');
      expect(await poll()).toMatchObject({ bounces: 1, created: [], commented: [], sent: 0 });
      const ticket = await show(2);
      expect(ticket.entries.at(-1)?.deliveries).toMatchObject([
        { to: ghost, state: 'bounced', error: expect.stringContaining('5.1.1') },
      ]);
      expect(ticket.events).toContainEqual(expect.objectContaining({ type: 'delivery-bounced', from: ghost }));
      expect(ticket.entryCount).toBe(2);
    });
  });

  describe.skipIf(!nobodyMayRunNode)('receive as what the mail server pipes into', () => {
    beforeAll(() => {
      for (const name of ['alias', 'piped']) installFor(name);
    });

    test.each([
      ['an alias of local(8)', 'alias'],
      ['a transport of pipe(8)', 'piped'],
    ])('%s opens a ticket and answers it, without HOME and terminal', async (_what, name) => {
      const before = (await arrived(ann, 0)).length;
      await send({ to: `help@${name}.test`, subject: `By ${name}`, text: 'From the pipe.\n.\nFrom here on.' });
      const reply = (await arrived(ann, before + 1)).at(-1);
      expect(reply?.subject).toBe(`[${number(1)}] By ${name}`);
      const [ticket] = asNobody<TicketDetails[]>(name, ['list', '--json']);
      expect(ticket).toMatchObject({ number: number(1), subject: `By ${name}`, requester: { email: ann } });
      const shown = asNobody<TicketDetails>(name, ['show', '1', '--json']);
      expect(shown.entries).toMatchObject([{ body: 'From the pipe.\n.\nFrom here on.', verified: null }]);
      const environment = readFileSync(join(folder, name, 'environment'), 'utf8');
      expect(environment).toContain('PATH=');
      expect(environment).not.toMatch(/^HOME=/m);
    });

    test('a database that cannot be had keeps the message in the mail server’s queue', async () => {
      const database = join(folder, 'alias', 'tkt.db');
      const kept = readFileSync(database);
      writeFileSync(database, 'this is no database');
      await send({ to: 'help@alias.test', subject: 'While broken', text: 'Do not lose me.' });
      await eventually(() => postfix.queue().some(({ recipients }) => recipients[0]?.delay_reason !== undefined));
      expect(postfix.log()).toContain('status=deferred (temporary failure');

      writeFileSync(database, kept);
      execFileSync('postqueue', ['-c', join(postfix.folder, 'config'), '-f']);
      await eventually(() => postfix.queue().length === 0);
      expect(asNobody<TicketDetails[]>('alias', ['list', '--json']).map(({ subject }) => subject)).toContain(
        'While broken',
      );
    });
  });
});

function send(message: SendMailOptions): Promise<unknown> {
  const transport = createTransport({ host: '127.0.0.1', port: postfix.smtpPort, tls: { rejectUnauthorized: false } });
  return transport.sendMail({ from: `Ann Lee <${ann}>`, to: support, ...message });
}

/** What a mail program writes when its user presses "Reply" on a mail in their inbox. */
function replyTo(answered: ParsedMail, subject: string): SendMailOptions {
  const references = [answered.references ?? [], answered.messageId ?? []].flat();
  const quoted = (answered.text ?? '').replace(/^/gm, '> ');
  return {
    subject,
    references,
    ...(answered.messageId ? { inReplyTo: answered.messageId } : {}),
    text: `Thanks, that works.\n\nOn Mon, 23 Nov 2026 at 10:00, Example Support <${support}> wrote:\n${quoted}\n`,
  };
}

/** Waits until so many mails are in a user's inbox; gives all of them, oldest first. */
async function arrived(user: string, count: number): Promise<ParsedMail[]> {
  await eventually(async () => (await dovecot.listing(user)).length >= count);
  return Promise.all((await dovecot.read(user)).map((raw) => simpleParser(raw)));
}

async function eventually(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`it did not come about:\n${postfix.log()}\n${dovecot.log()}`);
}

/** What Postfix runs for a message: a copy of the built tkt, since the checkout may be closed to other users. */
function receiveLine(name: string): string {
  return [join(folder, 'mda'), join(folder, name)].join(' ');
}

/** A folder with configuration and database that belongs to nobody, and the program in common. */
function installFor(name: string): void {
  const program = join(folder, 'program');
  if (!existsSync(program)) {
    cpSync(dirname(tktScript), join(program, 'dist'), { recursive: true });
    const modules = fileURLToPath(new URL('../../node_modules/', import.meta.url));
    for (const part of ['better-sqlite3/package.json', 'better-sqlite3/lib', 'better-sqlite3/build/Release']) {
      cpSync(join(modules, part), join(program, 'node_modules', part), { recursive: true });
    }
    for (const module of ['bindings', 'file-uri-to-path']) {
      cpSync(join(modules, module), join(program, 'node_modules', module), { recursive: true });
    }
    writeFileSync(join(program, 'package.json'), '{"type":"module"}');
    const line = `exec ${process.execPath} ${join(program, 'dist/tkt.js')} --config "$1/tkt.config.json" receive`;
    writeFileSync(join(folder, 'mda'), `#!/bin/sh\nenv > "$1/environment"\n${line}\n`, { mode: 0o755 });
  }
  const own = join(folder, name);
  mkdirSync(own, { mode: 0o700 });
  const config = {
    supportEmail: `help@${name}.test`,
    database: join(own, 'tkt.db'),
    smtp: { host: 'localhost', port: postfix.smtpPort, caFile: certificates.caFile },
  };
  writeFileSync(join(own, 'tkt.config.json'), JSON.stringify(config), { mode: 0o600 });
  for (const path of [own, join(own, 'tkt.config.json')]) chownSync(path, nobody.uid, nobody.gid);
}

function asNobody<T>(name: string, args: string[]): T {
  const own = join(folder, name);
  const script = join(folder, 'program/dist/tkt.js');
  return JSON.parse(
    execFileSync(process.execPath, [script, '--config', join(own, 'tkt.config.json'), ...args], {
      ...nobody,
      cwd: own,
      env: {},
      encoding: 'utf8',
    }),
  );
}
