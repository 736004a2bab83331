// A text that is written in an editor, on a terminal of its own: `script` makes one.

import { spawn, spawnSync } from 'node:child_process';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Ticket, TicketDetails } from '../../src/domain/ticket.ts';
import { type Finished, finish, type Installation, installTkt, tktScript } from '../support/tkt.ts';

const terminals = spawnSync('script', ['--version']).status === 0;

describe.skipIf(!terminals)('the editor', () => {
  let tkt: Installation;
  const tickets = () => tkt.json<Ticket[]>(['list', '--all', '--json']);
  const lastEntry = async () => (await tkt.json<TicketDetails>(['show', '1', '--json'])).entries.at(-1);
  const seen = () => readFile(join(tkt.folder, 'seen'), 'utf8');

  /** Runs tkt on a terminal, with an editor that remembers its file in `seen` and then does as the shell line says. */
  async function onTerminal(args: string[], edit: string, env: Record<string, string> = {}): Promise<Finished> {
    const editor = join(tkt.folder, 'editor');
    await writeFile(editor, `#!/bin/sh\ncp "$1" seen\n${edit}\n`);
    await chmod(editor, 0o700);
    const command = [process.execPath, tktScript, ...args].map((word) => `'${word}'`).join(' ');
    const all = { PATH: process.env.PATH, HOME: tkt.folder, TKT_CONFIG: tkt.configFile, TKT_AGENT: 'alice' };
    const child = spawn('script', ['-qec', command, '/dev/null'], {
      cwd: tkt.folder,
      env: { ...all, EDITOR: editor, TERM: 'dumb', ...env },
    });
    return finish(child);
  }

  beforeAll(async () => {
    tkt = await installTkt({ supportEmail: 'support@example.test' });
    await tkt.ok(['agent', 'add', 'alice', '--name', 'Alice', '--email', 'alice@desk.test']);
    const subject = ['new', '--from', 'ann@client.test', '--subject', 'Printer', '--no-reply'];
    await tkt.ok([...subject, '-m', 'No toner.']);
  });
  afterAll(() => tkt.remove());

  test('is given the ticket below a scissors line; what stands above it is the comment, lines with # too', async () => {
    const edit = `{ printf '\\nChanged it.\\n# 1 is done\\n\\n'; cat seen; } > "$1"`;
    const { code, stdout } = await onTerminal(['comment', '1', '--internal'], edit);
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('internal note added') });
    expect(await lastEntry()).toMatchObject({ type: 'note', body: 'Changed it.\n# 1 is done' });
    expect(await seen()).toMatch(/^\n\n# -+ >8 -+\n# .*Printer.*# No toner\./s);
  });

  test('is $VISUAL before $EDITOR, and may have arguments', async () => {
    // The file is one argument of its own, behind those of the editor.
    const env = { VISUAL: 'sh -c \'echo visual > "$0"\'', EDITOR: 'false' };
    expect((await onTerminal(['comment', '1', '--internal'], '', env)).code).toBe(0);
    expect(await lastEntry()).toMatchObject({ body: 'visual' });
  });

  test.each([
    ['an empty text', 'true', 'the text is empty: nothing was done'],
    ['an editor that fails', 'exit 3', 'ended with code 3: nothing was done'],
  ])('%s aborts a comment, and a new ticket', async (_name, edit, message) => {
    const before = [await lastEntry(), (await tickets()).length];
    for (const args of [
      ['comment', '1'],
      ['new', '--from', 'bob@client.test', '--subject', 'rang'],
    ]) {
      const { code, stdout } = await onTerminal(args, edit);
      expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringContaining(message) });
    }
    expect([await lastEntry(), (await tickets()).length]).toEqual(before);
  });

  test('is not started for a ticket that is not there', async () => {
    await writeFile(join(tkt.folder, 'seen'), 'nothing');
    expect((await onTerminal(['comment', '99'], 'true')).code).toBe(1);
    expect(await seen()).toBe('nothing');
  });
});
