// RELIABILITY §3 row 25: secrets and files. What tkt makes is its user's alone, and what others could have made is refused.

import { chmodSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Installation, installTkt, mail } from '../support/tkt.ts';

const letter = mail({ From: 'ann@client.test', Subject: 'hello' }, 'words');

let tkt: Installation;
beforeEach(async () => {
  tkt = await installTkt({ supportEmail: 'support@example.test' });
});
afterEach(() => tkt.remove());

const mode = (...path: string[]) => (lstatSync(join(tkt.folder, ...path)).mode & 0o777).toString(8);

describe('secrets and files', () => {
  test('every file that tkt makes is its user’s alone, whatever the umask, and so is every folder', async () => {
    const previous = process.umask(0o000);
    try {
      const database = join(tkt.folder, 'data', 'deep', 'tkt.db');
      const env = { TKT_DATABASE: database };
      const attached = mail(
        { From: 'ann@client.test', Subject: 'file', 'Content-Type': 'multipart/mixed; boundary=b' },
        '--b\n\nwords\n--b\nContent-Type: image/png; name=a.png\n\nx\n--b--\n',
      );
      await tkt.ok(['receive'], { input: attached, env });
      const open = tkt.start(['poll'], { env: { ...env, EMAIL_TO_TICKET_ENABLED: 'true' } });
      await new Promise((resolve) => open.on('close', resolve));
      await tkt.ok(['backup', join(tkt.folder, 'copy.db')], { env });
      await tkt.ok(['attachments', '1', '--save', join(tkt.folder, 'saved')], { env });
      const files = readdirSync(join(tkt.folder, 'data', 'deep'));
      expect(files).toContain('tkt.db');
      for (const name of files) expect({ name, mode: mode('data', 'deep', name) }).toEqual({ name, mode: '600' });
      expect([mode('data'), mode('data', 'deep'), mode('saved')]).toEqual(['700', '700', '700']);
      expect([mode('copy.db'), mode('saved', 'a.png')]).toEqual(['600', '600']);
    } finally {
      process.umask(previous);
    }
  });

  test('a database that is a symbolic link is refused, and what it points to is not touched', async () => {
    await tkt.ok(['receive'], { input: letter });
    const real = join(tkt.folder, 'elsewhere.db');
    renameSync(tkt.database, real);
    symlinkSync(real, tkt.database);
    const before = lstatSync(real).mtimeMs;
    for (const args of [['receive'], ['list'], ['backup', 'copy.db']]) {
      const { code, stdout, stderr } = await tkt.run(args, { input: letter });
      expect({ args, code, stdout }).toEqual({ args, code: 74, stdout: '' });
      expect(stderr).toContain('symbolic link');
    }
    expect(lstatSync(real).mtimeMs).toBe(before);
  });

  test.each(['-wal', '-journal', '.poll.lock', '.send.lock'])(
    'a symbolic link in the place of %s is refused',
    async (end) => {
      await tkt.ok(['receive'], { input: letter });
      const victim = join(tkt.folder, 'victim');
      writeFileSync(victim, 'precious');
      rmSync(`${tkt.database}${end}`, { force: true });
      symlinkSync(victim, `${tkt.database}${end}`);
      const imap = { host: '127.0.0.1', port: 9, username: 'u', password: 'p', useSsl: false };
      await tkt.configure({
        enabled: true,
        supportEmail: 'support@example.test',
        imap,
        smtp: { host: '127.0.0.1', port: 9, useTls: false },
      });
      const { stderr } = await tkt.run(['poll']);
      expect(stderr).toContain('symbolic link');
      expect(lstatSync(victim).size).toBe(8);
    },
  );

  test.each([
    ['the group', 0o640],
    ['everybody', 0o604],
  ])('a configuration with a password in it that %s can read is refused with the chmod to run', async (_, bits) => {
    await tkt.configure({ imap: { host: 'imap.test', username: 'u', password: 'hunter2' } });
    chmodSync(tkt.configFile, bits);
    const { code, stdout, stderr } = await tkt.run(['list']);
    expect({ code, stdout }).toEqual({ code: 77, stdout: '' });
    expect(stderr).toContain(`chmod 600 ${tkt.configFile}`);
    expect(stderr).not.toContain('hunter2');
  });

  test('a .env and a password file that others can read are refused likewise', async () => {
    writeFileSync(join(tkt.folder, '.env'), 'IMAP_PASSWORD=hunter2\n', { mode: 0o644 });
    expect(await tkt.run(['list'])).toMatchObject({ code: 77, stderr: expect.stringContaining('chmod 600') });
    chmodSync(join(tkt.folder, '.env'), 0o600);
    const passwordFile = join(tkt.folder, 'password');
    writeFileSync(passwordFile, 'hunter2\n', { mode: 0o644 });
    const imap = { host: '127.0.0.1', port: 9, username: 'u', passwordFile, useSsl: false };
    writeFileSync(join(tkt.folder, '.env'), '');
    await tkt.configure({ enabled: true, supportEmail: 'support@example.test', imap });
    const { code, stderr } = await tkt.run(['poll']);
    expect({ code, stderr }).toEqual({ code: 77, stderr: expect.stringContaining('chmod 600') });
    expect(stderr).not.toContain('hunter2');
  });

  test('a password is in no output, whatever goes wrong, and in no argument of a process', async () => {
    const imap = { host: '127.0.0.1', port: 9, username: 'u', password: 'hunter2', useSsl: false };
    const smtp = { host: '127.0.0.1', port: 9, username: 'u', password: 'hunter3', useTls: false };
    await tkt.configure({ enabled: true, supportEmail: 'support@example.test', imap, smtp });
    for (const args of [
      ['poll', '-v'],
      ['doctor', '-v'],
      ['receive', '-v'],
      ['poll', '--json', '-v'],
    ]) {
      const { stdout, stderr } = await tkt.run(args, { input: letter, env: { TKT_DEBUG: '1' } });
      expect(stdout + stderr).not.toMatch(/hunter[23]/);
    }
  });

  test('there is no way to switch off the check of certificates', async () => {
    for (const key of ['rejectUnauthorized', 'insecure', 'tlsInsecure', 'verify']) {
      await tkt.configure({ imap: { host: 'imap.test', [key]: false } });
      expect(await tkt.run(['list'])).toMatchObject({ code: 78, stderr: expect.stringContaining(key) });
    }
  });

  test('a folder in the place of the database is refused', async () => {
    mkdirSync(tkt.database);
    expect(await tkt.run(['list'])).toMatchObject({ code: 74, stderr: expect.stringContaining('is no file') });
  });
});
