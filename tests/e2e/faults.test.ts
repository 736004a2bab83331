// What goes wrong around tkt: configuration, servers, certificates, disk. Each fault has its exit code and its words,
// costs no mail, and is over once its cause is.

import { spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeCertificates } from '../support/certificates.ts';
import { dovecotAvailable } from '../support/dovecot.ts';
import { freePort } from '../support/free-port.ts';
import { type MailHouse, number, openMailHouse } from '../support/mail-desk.ts';
import { startSmtpSink } from '../support/smtp-sink.ts';
import { type Finished, type Installation, installTkt, mail } from '../support/tkt.ts';

/** No stack trace, no password, at most two lines: CONTRACT §2, errors. */
function expectShort({ stderr }: Finished, lines = 2): void {
  expect(stderr.trimEnd().split('\n').length).toBeLessThanOrEqual(lines);
  expect(stderr).not.toMatch(/\n\s+at |secret/);
}

describe('without a mail server', () => {
  let tkt: Installation;
  beforeAll(async () => {
    tkt = await installTkt();
  });
  afterAll(() => tkt.remove());

  test('no configuration at all is fine for list, and leaves poll switched off', async () => {
    const bare = await mkdtemp(join(tmpdir(), 'tkt-bare-'));
    const env = { TKT_CONFIG: undefined, HOME: bare, XDG_CONFIG_HOME: join(bare, 'none') };
    const moved = await installTkt();
    await rm(moved.configFile);
    expect(await moved.run(['list', '--json'], { env })).toMatchObject({ code: 0, stdout: '[]\n', stderr: '' });
    expect(existsSync(join(bare, '.local/share/tkt/tkt.db'))).toBe(true);
    expect(await moved.run(['poll'], { env })).toMatchObject({ code: 0, stderr: 'Email-to-ticket is disabled\n' });
    await moved.remove();
    await rm(bare, { recursive: true });
  });

  test('a configuration that was asked for and is not there is named', async () => {
    const result = await tkt.run(['poll', '--config', '/nonexistent/tkt.json']);
    expect(result.code).toBe(78);
    expect(result.stderr).toContain('/nonexistent/tkt.json');
    expectShort(result);
  });

  test('every problem of a configuration is told at once, with key and the value expected', async () => {
    await tkt.configure({
      enabled: 'yes please',
      imap: { host: 'mail.example.test', port: 99_999 },
      limits: { maxMessageBytes: -1 },
      strangers: 'shoot',
      suportEmail: 'x',
    });
    for (const command of [['poll'], ['list'], ['receive']]) {
      const { code, stderr } = await tkt.run(command);
      expect(code).toBe(78);
      const lines = stderr.trimEnd().split('\n');
      for (const key of [
        'enabled',
        'imap.port',
        'imap.username',
        'limits.maxMessageBytes',
        'strangers',
        'suportEmail',
      ]) {
        expect(lines.filter((line) => line.includes(tkt.configFile) && line.includes(key))).toHaveLength(1);
      }
      expect(stderr).toContain('supportEmail');
    }
    await writeFile(tkt.configFile, '{ "enabled": true,\n  "imap": { "host": }\n}', { mode: 0o600 });
    const broken = await tkt.run(['poll']);
    expect(broken.code).toBe(78);
    expect(broken.stderr).toMatch(/tkt\.config\.json.*line 2/);
    expectShort(broken);
  });

  test('a configuration with a secret that others can read is refused with the chmod to run', async () => {
    await tkt.configure({ enabled: true, imap: { host: 'localhost', username: 'a', password: 'secret' } });
    spawnSync('chmod', ['644', tkt.configFile]);
    const result = await tkt.run(['poll']);
    expect([77, 78]).toContain(result.code);
    expect(result.stderr).toContain(`chmod 600 ${tkt.configFile}`);
    expectShort(result);
    spawnSync('chmod', ['600', tkt.configFile]);
  });

  test('disabled and not configured have their own lines', async () => {
    await tkt.configure({ enabled: false });
    expect(await tkt.run(['poll'])).toMatchObject({ code: 0, stderr: 'Email-to-ticket is disabled\n', stdout: '' });
    await tkt.configure({ enabled: true });
    expect(await tkt.run(['poll'])).toMatchObject({ code: 78, stderr: 'IMAP not configured\n', stdout: '' });
  });
});

describe.skipIf(!dovecotAvailable)('mail servers', () => {
  let house: MailHouse;
  beforeAll(async () => {
    house = await openMailHouse({ tls: true });
  });
  afterAll(() => house?.close());

  const inboxError = '[email-to-ticket] Error connecting to inbox: ';

  test('every trouble with the mailbox ends with 75 and says what to check; the mail is taken once it is over', async () => {
    const desk = await house.open();
    await desk.write({ From: 'ann@client.test' });
    const { imap } = desk;
    const caFile = house.dovecot.caFile ?? '';
    const otherCa = makeCertificates(desk.tkt.folder);
    const imaps = { ...imap, port: house.dovecot.imapsPort, useSsl: true };
    const faults: Array<[name: string, imap: Record<string, unknown>, RegExp]> = [
      [
        'wrong password',
        { ...imap, password: 'wr0ng' },
        /refused the log-in of box\d+@example\.test.*imap\.username and the password/,
      ],
      ['server away', { ...imap, port: await freePort() }, /refused the connection; check imap\.host and imap\.port/],
      ['unknown host', { ...imap, host: 'mail.invalid', useSsl: true }, /mail\.invalid.*(not known|no answer)/],
      ['no TLS on that port', { ...imap, useSsl: true }, /TLS.*imap\.useSsl/],
      ['unknown CA', imaps, /authority that is not known.*imap\.caFile/],
      ['CA of somebody else', { ...imaps, caFile: otherCa.caFile }, /authority that is not known/],
      ['mailbox missing', { ...imap, mailbox: 'Suport' }, /no mailbox Suport; check imap\.mailbox; there are INBOX/],
    ];
    for (const [name, changed, expected] of faults) {
      await desk.reconfigure({ imap: changed });
      const result = await desk.sweep();
      expect([name, result.code], result.stderr).toEqual([name, 75]);
      expect(result.stderr.startsWith(inboxError), result.stderr).toBe(true);
      expect(result.stderr).toMatch(expected);
      expect(result.stderr).not.toContain('wr0ng');
      expectShort(result);
    }
    expect(JSON.parse((await desk.sweep('--json')).stdout)).toMatchObject({ fetched: 0, created: [], failed: 0 });
    expect(await desk.flags()).toEqual({ seen: 0, unseen: 1 });
    await desk.reconfigure({ imap: { ...imaps, caFile } });
    expect(await desk.poll()).toMatchObject({ created: [number(1)], sent: 1 });
  });

  test('STARTTLS that is missing keeps the password at home', async () => {
    const plain = await openMailHouse();
    const desk = await plain.open();
    // Not a loopback address by its looks, so that encryption is required.
    await desk.reconfigure({ imap: { ...desk.imap, host: '0.0.0.0' } });
    const result = await desk.sweep();
    expect(result).toMatchObject({ code: 75, stderr: expect.stringContaining('offers no STARTTLS') });
    expectShort(result);
    expect(plain.dovecot.log()).not.toContain('Login: user');

    await desk.reconfigure({ smtp: { host: '127.0.0.1', port: desk.sink.port, useTls: true } });
    await desk.write({ From: 'ann@client.test' });
    const sent = await desk.sweep();
    expect(sent.code).toBe(75);
    expect(sent.stderr).toMatch(/\[email\] .*STARTTLS.*1 mail waits in the outbox/);
    expect(desk.sink.messages).toEqual([]);
    expect(await desk.outbox()).toMatchObject([{ state: 'queued', error: expect.stringContaining('STARTTLS') }]);
    await plain.close();
  });

  test('an SMTP server with a certificate that nobody vouches for gets no mail', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tkt-ca-'));
    const certificates = makeCertificates(folder);
    const sink = await startSmtpSink({ security: 'starttls', certificates });
    const desk = await house.open({ config: { smtp: { host: '127.0.0.1', port: sink.port, useTls: true } } });
    await desk.write({ From: 'ann@client.test' });
    const refused = await desk.sweep();
    expect(refused.code).toBe(75);
    expect(refused.stderr).toMatch(/\[email\] .*authority that is not known.*smtp\.caFile/);
    expect(sink.messages).toEqual([]);

    await desk.reconfigure({ smtp: { host: '127.0.0.1', port: sink.port, useTls: true, caFile: certificates.caFile } });
    expect(await desk.poll()).toMatchObject({ fetched: 0, sent: 1, queued: 0 });
    expect(sink.messages).toMatchObject([{ secure: true, acknowledged: true }]);
    await sink.stop();
    await rm(folder, { recursive: true });
  });

  test('one mailbox that is away does not keep the others waiting', async () => {
    const desk = await house.open();
    const other = await house.open();
    await desk.write({ From: 'ann@client.test' });
    await other.write({ From: 'bob@client.test' });
    await desk.reconfigure({
      imap: undefined,
      supportEmail: undefined,
      mailboxes: [
        { name: 'away', address: 'away@example.test', imap: { ...desk.imap, port: await freePort() } },
        { name: 'one', address: 'one@example.test', imap: desk.imap },
        { name: 'two', address: 'two@example.test', imap: other.imap },
      ],
    });
    const result = await desk.sweep('--json');
    expect(result.code).toBe(75);
    expect(JSON.parse(result.stdout)).toMatchObject({ created: [number(1), number(2)], sent: 2 });
    expect((await desk.tickets()).map(({ mailbox }) => mailbox)).toEqual(['one', 'two']);
  });
});

describe.skipIf(!dovecotAvailable)('disk and database', () => {
  let house: MailHouse;
  beforeAll(async () => {
    house = await openMailHouse();
  });
  afterAll(() => house?.close());

  test('a folder that is not there is made; one that cannot be made is named', async () => {
    const desk = await house.open();
    await desk.write();
    await desk.reconfigure({ database: join(desk.tkt.folder, 'deep/er/tkt.db') });
    expect(await desk.poll()).toMatchObject({ created: [number(1)] });
    expect(statSync(join(desk.tkt.folder, 'deep/er')).mode & 0o777).toBe(0o700);

    await desk.write();
    writeFileSync(join(desk.tkt.folder, 'file'), '');
    await desk.reconfigure({ database: join(desk.tkt.folder, 'file/tkt.db') });
    const result = await desk.sweep();
    expect(result).toMatchObject({ code: 74, stderr: expect.stringContaining('file/tkt.db') });
    expectShort(result);
    expect(await desk.flags()).toEqual({ seen: 1, unseen: 1 });
  });

  test('a damaged, empty or foreign database is left as it is, and so is the mailbox', async () => {
    const desk = await house.open();
    await desk.write();
    await desk.poll();
    await desk.write();
    const { database } = desk.tkt;
    const whole = readFileSync(database);
    const damages: Array<[name: string, bytes: Buffer, RegExp]> = [
      ['empty', Buffer.alloc(0), /is empty.*tkt backup/],
      ['no database', Buffer.from('hello, I am a text file\n'.repeat(400)), /damaged or no database.*tkt backup/],
      [
        'overwritten',
        Buffer.concat([whole.subarray(0, 4096), Buffer.alloc(40_960, 0xa5), whole.subarray(45_056)]),
        /damaged/,
      ],
    ];
    for (const [name, bytes, words] of damages) {
      writeFileSync(database, bytes);
      const result = await desk.sweep();
      expect([name, result.code], result.stderr).toEqual([name, 74]);
      expect(result.stderr).toMatch(words);
      expect(result.stderr).toContain(database);
      expectShort(result);
      expect(readFileSync(database).equals(bytes)).toBe(true);
      expect(await desk.flags()).toEqual({ seen: 1, unseen: 1 });
      expect(await desk.run(['receive'], { input: mail({ From: 'x@client.test' }, 'x') })).toMatchObject({ code: 74 });
    }
    writeFileSync(database, whole);
    expect(await desk.poll()).toMatchObject({ created: [number(2)] });
  });

  test('a database that vanished from beside its log is not made anew', async () => {
    const desk = await house.open();
    await desk.write();
    writeFileSync(`${desk.tkt.database}-wal`, 'x');
    const result = await desk.sweep();
    expect(result).toMatchObject({ code: 74, stderr: expect.stringContaining('is missing, but') });
    expectShort(result);
    const doctor = await desk.run(['doctor']);
    expect(doctor).toMatchObject({ code: 74, stdout: expect.stringMatching(/✗ database: .*is missing, but/) });
    expect(existsSync(desk.tkt.database)).toBe(false);
    expect(await desk.flags()).toEqual({ seen: 0, unseen: 1 });
  });

  test('a full disk keeps the mail unread and readers working; with room again all of it arrives', async (context) => {
    await withSmallDisk(context, async (disk) => {
      const desk = await house.open({ config: { database: join(disk, 'tkt.db') } });
      await desk.write({ From: 'first@client.test' });
      await desk.poll();
      const noise = Array.from({ length: 3_000 }, (_, i) => `${i} ${(i * 7919) % 104_729} lorem ipsum`).join('\n');
      for (let i = 0; i < 6; i++) await desk.write({}, noise);
      // Full from the start, and full in the middle of the work.
      for (const spare of [0, 60_000, 160_000]) {
        fillUp(join(disk, 'ballast'), spare);
        const full = await desk.sweep();
        expect([spare, full.code], full.stderr).toEqual([spare, 74]);
        expect(full.stderr).toMatch(/tkt\.db\S*: no space left on the disk/);
        expect(full.stderr).not.toMatch(/\n\s+at /);
        expect(await desk.tickets()).toHaveLength(1);
        expect((await desk.show(1)).entries).toHaveLength(1);
        expect(await desk.flags()).toEqual({ seen: 1, unseen: 6 });
        const received = await desk.run(['receive'], { input: mail({ From: 'late@client.test' }, noise) });
        expect([spare, received.code], received.stderr).toEqual([spare, 74]);
        rmSync(join(disk, 'ballast'));
      }
      expect(desk.sink.messages).toHaveLength(1);
      expect(await desk.poll()).toMatchObject({
        fetched: 6,
        created: Array.from({ length: 6 }, (_, i) => number(i + 2)),
      });
      expect(await desk.flags()).toEqual({ seen: 7, unseen: 0 });
      expect(desk.sink.messages).toHaveLength(7);
    });
  });

  test('a read-only disk: nothing is marked as read, nothing sent, and what is there can be read', async (context) => {
    await withSmallDisk(context, async (disk) => {
      const desk = await house.open({ config: { database: join(disk, 'tkt.db') } });
      await desk.write();
      await desk.poll();
      await desk.write();
      spawnSync('mount', ['-o', 'remount,ro', disk]);
      const result = await desk.sweep();
      expect(result.code, result.stderr).toBe(74);
      expect(result.stderr).toContain(join(disk, 'tkt.db'));
      expectShort(result);
      expect(await desk.flags()).toEqual({ seen: 1, unseen: 1 });
      expect(desk.sink.messages).toHaveLength(1);
      expect(await desk.tickets()).toHaveLength(1);
      spawnSync('mount', ['-o', 'remount,rw', disk]);
      expect(await desk.poll()).toMatchObject({ created: [number(2)], sent: 1 });
    });
  });
});

const diskBytes = 4 * 1024 * 1024;

/** A disk of 4 MB of one's own; the test is left out where none can be mounted. */
async function withSmallDisk(
  context: { skip(note?: string): never },
  work: (disk: string) => Promise<void>,
): Promise<void> {
  const disk = await mkdtemp(join(tmpdir(), 'tkt-disk-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${diskBytes},mode=0700`, 'tmpfs', disk]);
  if (mounted.status !== 0) {
    await rm(disk, { recursive: true });
    context.skip('a small tmpfs cannot be mounted here (root may)');
  }
  try {
    await work(disk);
  } finally {
    spawnSync('umount', ['-l', disk]);
    await rm(disk, { recursive: true, force: true });
  }
}

/** A file that leaves `spare` bytes of its disk. */
function fillUp(file: string, spare: number): void {
  const descriptor = openSync(file, 'w');
  try {
    for (let size = 65_536; size >= 512; size /= 2) {
      try {
        for (;;) writeSync(descriptor, Buffer.alloc(size));
      } catch {
        // No room for so much; perhaps for less.
      }
    }
    ftruncateSync(descriptor, fstatSync(descriptor).size - spare);
  } finally {
    closeSync(descriptor);
  }
}
