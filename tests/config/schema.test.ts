import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { formatExample, formatSchema } from '../../scripts/schema.ts';
import { loadConfig } from '../../src/config/load.ts';
import { validate } from '../../src/config/schema.ts';
import { cpuTime } from '../support/cpu-time.ts';

const root = path.resolve(import.meta.dirname, '../..');

test('the committed tkt.config.schema.json is the one that the schema makes', async () => {
  await expect(formatSchema()).toMatchFileSnapshot(path.join(root, 'tkt.config.schema.json'));
});

test('the committed tkt.config.example.json is the one that the schema makes', async () => {
  await expect(formatExample()).toMatchFileSnapshot(path.join(root, 'tkt.config.example.json'));
});

test('the example file says what no file at all says', () => {
  const empty = mkdtempSync(path.join(tmpdir(), 'tkt-config-'));
  try {
    const options = { env: { XDG_DATA_HOME: '/data' }, cwd: empty, home: empty };
    const example = loadConfig({ ...options, configPath: path.join(root, 'tkt.config.example.json') });
    expect(example.path).toBe(path.join(root, 'tkt.config.example.json'));
    expect({ ...example, path: null }).toEqual(loadConfig(options));
  } finally {
    rmSync(empty, { recursive: true });
  }
});

test('every key of the contract is in the example with its default', () => {
  const example = JSON.parse(readFileSync(path.join(root, 'tkt.config.example.json'), 'utf8'));
  expect(example).toMatchObject({
    enabled: false,
    checkInterval: 300,
    supportEmail: 'support@example.com',
    database: null,
    imap: {
      host: null,
      port: 993,
      username: null,
      password: null,
      passwordCommand: null,
      passwordFile: null,
      useSsl: true,
    },
    smtp: { host: null, port: 587, username: null, password: null, from: null, useTls: true, nullSender: true },
    limits: { maxMessageBytes: 26214400, autoRepliesPerHour: 5, autoRepliesPerSweep: 100, messageSeconds: 20 },
    strangers: 'new',
    plusAddressing: false,
    automaticMail: 'ticket',
    reopenOnReply: true,
    trustedAuthservId: null,
    mailboxes: [],
    tickets: { prefix: 'TKT', defaultPriority: 'medium', defaultCategory: 'support' },
    ticketUrl: null,
    log: { format: 'text' },
  });
  expect(example.imap).toMatchObject({
    mailbox: 'INBOX',
    intake: 'new',
    after: 'seen',
    auth: 'password',
    caFile: null,
  });
});

test('the JSON schema describes every key of every section and allows no other', () => {
  const schema = JSON.parse(formatSchema());
  const undescribed: string[] = [];
  const open: string[] = [];
  const visit = (node: Record<string, unknown>, key: string) => {
    const parts = [node, ...((node.anyOf as Array<Record<string, unknown>>) ?? [])];
    if (key !== '' && !parts.some((part) => typeof part.description === 'string')) undescribed.push(key);
    for (const { properties, additionalProperties, items } of parts) {
      if (properties && additionalProperties !== false) open.push(key);
      for (const [name, child] of Object.entries(properties ?? {})) visit(child, `${key}.${name}`);
      if (items) visit({ description: 'an item', ...(items as object) }, `${key}[]`);
    }
  };
  visit(schema, '');
  expect(open).toEqual([]);
  expect(undescribed.filter((key) => !/^\.mailboxes\[\]\.(?:name|address)$/.test(key))).toEqual([]);
});

test('validating takes milliseconds, as every command waits for it', async () => {
  const validateOften = () => {
    for (let round = 0; round < 20; round++) validate({});
  };
  expect((await cpuTime(validateOften)) / 20).toBeLessThan(5);
});
