// The documentation cannot lag: what README.md says of commands, options, keys and exit codes is held against the program.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Command, CommanderError } from 'commander';
import { describe, expect, test } from 'vitest';
import { formatConfigTable } from '../../scripts/schema.ts';
import { separateTags } from '../../src/commands/tag.ts';
import { variables } from '../../src/config/env.ts';
import { loadConfig } from '../../src/config/load.ts';
import { presets } from '../../src/config/presets.ts';
import { validate } from '../../src/config/schema.ts';
import type { GlobalOptions } from '../../src/context.ts';
import { exitCodes } from '../../src/errors.ts';
import { buildProgram } from '../../src/main.ts';
import { createProcessContext } from '../../src/process-context.ts';
import { listBlocks, listCommandLines, listTktArguments } from './shell-lines.ts';

const root = path.resolve(import.meta.dirname, '../..');
const readme = readFileSync(path.join(root, 'README.md'), 'utf8');
const blocks = listBlocks(readme);

/** The command tree of the program, in which every command parses its line and does nothing. */
async function idleProgram(): Promise<Command> {
  const globals: GlobalOptions = { color: true, quiet: false, verbose: false };
  const program = await buildProgram(createProcessContext(globals), globals);
  const walk = (command: Command) => {
    if (command.commands.length === 0) command.action(() => {});
    command.configureOutput({ writeOut: () => {}, writeErr: () => {}, outputError: () => {} });
    command.commands.forEach(walk);
  };
  walk(program);
  return program;
}

/** Why tkt would not take these arguments; null when it would. */
async function refusalOf(args: readonly string[]): Promise<CommanderError | null> {
  try {
    await (await idleProgram()).parseAsync(separateTags(args), { from: 'user' });
    return null;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? null : error;
    throw error;
  }
}

describe('commands', () => {
  const lines = blocks.flatMap(listCommandLines).filter((line) => listTktArguments(line).length > 0);

  test.each(lines)('%s', async (line) => {
    for (const args of listTktArguments(line)) expect((await refusalOf(args))?.message ?? null).toBeNull();
  });

  test('what is quoted in a sentence names commands and options that there are', async () => {
    const quoted = [...readme.matchAll(/`tkt ([a-z][^`]*)`/g)].map(([, args = '']) => `tkt ${args.replace(' …', '')}`);
    expect(quoted.length).toBeGreaterThan(20);
    for (const line of quoted) {
      for (const args of listTktArguments(line)) {
        const code = (await refusalOf(args))?.code ?? '';
        expect([line, /unknown/i.test(code)]).toEqual([line, false]);
      }
    }
  });

  test('every command has a heading, and an example in it', async () => {
    const sections = new Map(
      readme.split(/^### /m).flatMap((section) => {
        const [heading = ''] = section.split('\n', 1);
        return heading.split(', ').map((name): [string, string] => [name, section]);
      }),
    );
    const missing = (await idleProgram()).commands
      .map((command) => command.name())
      .filter((name) => !sections.get(name)?.includes(`tkt ${name}`));
    expect(missing).toEqual([]);
  });

  test('every subcommand is in an example', async () => {
    const used = new Set(
      blocks
        .flatMap(listCommandLines)
        .flatMap(listTktArguments)
        .map((args) => args.slice(0, 2).join(' ')),
    );
    const subcommands = (await idleProgram()).commands
      .flatMap((parent) => parent.commands.map((command) => `${parent.name()} ${command.name()}`))
      // `tkt outbox` alone lists.
      .filter((name) => name !== 'outbox list' && name !== 'quarantine list');
    expect(subcommands.filter((name) => !used.has(name))).toEqual([]);
  });

  test('a line that nobody could type is noticed', async () => {
    expect((await refusalOf(['list', '--stauts', 'open']))?.code).toBe('commander.unknownOption');
    expect((await refusalOf(['lst']))?.code).toBe('commander.unknownCommand');
    expect((await refusalOf(['comment']))?.code).toBe('commander.missingArgument');
  });
});

describe('configuration', () => {
  test('the table is the one that the schema makes', async () => {
    const withTable = readme.replace(
      /(<!-- config-table -->\n).*?(<!-- \/config-table -->)/s,
      (_all, start, end) => `${start}\n${formatConfigTable()}\n${end}`,
    );
    await expect(withTable).toMatchFileSnapshot(path.join(root, 'README.md'));
  });

  test('the table has every key, and every variable', () => {
    const table = formatConfigTable();
    const listKeys = (value: object, prefix = ''): string[] =>
      Object.entries(value).flatMap(([key, member]) =>
        typeof member === 'object' && member !== null && !Array.isArray(member)
          ? listKeys(member, `${prefix}${key}.`)
          : [prefix + key],
      );
    const keys = listKeys(validate({}).values ?? {});
    expect(keys.length).toBeGreaterThan(40);
    expect(keys.filter((key) => !table.includes(`| \`${key}\` |`))).toEqual([]);
    expect([...variables.keys()].filter((name) => !table.includes(`\`${name}\``))).toEqual([]);
  });

  const configurations = blocks.filter(({ language }) => language === 'json' || language === 'dotenv');

  test.each(configurations.map((block, index) => ({ ...block, index })))(
    'example $index, $language, loads without a problem',
    ({ language, text }) => {
      const folder = mkdtempSync(path.join(tmpdir(), 'tkt-readme-'));
      try {
        const name = language === 'json' ? 'tkt.config.json' : '.env';
        writeFileSync(path.join(folder, name), text, { mode: 0o600 });
        const config = loadConfig({ env: {}, cwd: folder, home: folder });
        expect(config.enabled).toBe(true);
        expect(config.mailboxes.map(({ imap, smtp }) => [imap === null, smtp === null])).not.toContain([true, true]);
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  );

  test('there is an example for each preset of init', () => {
    const hosts = configurations.map(({ text }) => text).join('\n');
    for (const { imapHost, smtpHost } of Object.values(presets)) {
      expect(hosts).toContain(imapHost);
      expect(hosts).toContain(smtpHost);
    }
  });
});

test('every exit code has a row', () => {
  const rows = [...readme.matchAll(/^\| (\d+) \| /gm)].map(([, code]) => Number(code));
  expect(rows.toSorted((a, b) => a - b)).toEqual(Object.values(exitCodes).toSorted((a, b) => a - b));
});

test('a link within the page leads to a heading', () => {
  const anchors = new Set(
    [...readme.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N} -]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
  const targets = [...readme.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor = '']) => anchor);
  expect(targets.filter((anchor) => !anchors.has(anchor))).toEqual([]);
});
