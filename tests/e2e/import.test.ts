// A long import beside other commands, and one that is killed: what a desk that moves to another machine meets.

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { listSearchDamage } from '../support/search-index.ts';
import { type Installation, installTkt, mail } from '../support/tkt.ts';

/** As many as several transactions of an import take. */
const count = 5000;

let tkt: Installation;

beforeEach(async () => {
  tkt = await installTkt({ supportEmail: 'support@example.test' });
});
afterEach(() => tkt.remove());

function ticketLine(seq: number): string {
  const at = new Date(Date.UTC(2024, 0, 1) + seq * 60_000).toISOString();
  const requester = { name: '', email: `client${seq % 700}@client.test` };
  const text = { body: `word${seq} of a printer`, fullBody: 'x'.repeat(500), subject: 'Printer' };
  const entries = [1, 2].map((place) => ({
    id: seq * 2 + place,
    type: 'email',
    author: requester,
    ...text,
    createdAt: at,
  }));
  const number = `TKT-2024-${String(seq).padStart(5, '0')}`;
  const stored = { referenceId: `ticket.${seq}@example.test` };
  return `${JSON.stringify({ number, subject: `Ticket ${seq}`, requester, createdAt: at, updatedAt: at, entries, stored })}\n`;
}

const lines = Array.from({ length: count }, (_, index) => ticketLine(index + 1));

const countAll = async (installation: Installation) => Number(await installation.ok(['list', '--all', '--count']));

const listIndexes = (db: Database.Database) =>
  db.prepare(`select name from sqlite_master where type = 'index' order by name`).pluck().all();

let indexesOfNew: unknown[];

beforeEach(async () => {
  await tkt.ok(['list']);
  const db = new Database(tkt.database);
  indexesOfNew = listIndexes(db);
  db.close();
});

/** Indexes of all kinds, full text and counts that say what the tables say, and pages that are whole. */
function expectSound(database: string): void {
  const db = new Database(database);
  try {
    expect(listIndexes(db)).toEqual(indexesOfNew);
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
    expect(listSearchDamage(db)).toEqual([]);
    const kept = db.prepare('select status, tickets from ticket_count where tickets > 0 order by status').all();
    expect(kept).toEqual(
      db.prepare('select status, count(*) as tickets from ticket group by status order by status').all(),
    );
  } finally {
    db.close();
  }
}

test('while tickets are imported, others read, write and take in mail', async () => {
  const importing = tkt.start(['import', '-']);
  const finished = new Promise<number | null>((resolve) => importing.once('close', resolve));
  importing.stdin?.on('error', () => {});
  const counts: number[] = [];
  // In pieces, so that it takes as long as what is done beside it.
  for (let start = 0; start < count; start += 1250) {
    importing.stdin?.write(lines.slice(start, start + 1250).join(''));
    counts.push(await countAll(tkt));
    await tkt.ok(['new', '--from', 'ann@example.test', '--subject', `Phone ${start}`, '-m', 'rang', '--no-reply']);
    await tkt.ok(['receive'], { input: mail({ From: 'bob@example.test', Subject: `Mail ${start}` }, 'Hello') });
    expect(JSON.parse(await tkt.ok(['list', '--search', `"Phone ${start}"`, '--json']))).toHaveLength(1);
  }
  importing.stdin?.end();
  expect(await finished).toBe(0);
  expect(counts).toEqual(counts.toSorted((a, b) => a - b));
  expect(await countAll(tkt)).toBe(count + 8);
  expect(await tkt.ok(['list', '--all', '--search', 'word4321', '--fields', 'number'])).toBe('TKT-2024-04321\n');
  expectSound(tkt.database);
});

test('an import into an empty database makes most indexes at its end; where it was killed, the next command does', async () => {
  const importing = tkt.start(['import', '-']);
  importing.stdin?.on('error', () => {});
  importing.stdin?.write(lines.slice(0, count - 500).join(''));
  const db = new Database(tkt.database);
  while (db.prepare('select count(*) from ticket').pluck().get() === 0) await sleep(20);
  importing.kill('SIGKILL');
  await once(importing, 'close');
  expect(listIndexes(db).length).toBeLessThan(indexesOfNew.length - 10);
  db.close();
  expect(await tkt.ok(['list', '--all', '--sort', 'createdAt:asc', '--limit', '1', '--fields', 'number'])).toBe(
    'TKT-2024-00001\n',
  );
  expectSound(tkt.database);
});

test('an import that was killed is finished by the same line, and nothing is there twice', async () => {
  const importing = tkt.start(['import', '-']);
  importing.stdin?.on('error', () => {});
  importing.stdin?.write(lines.slice(0, count - 500).join(''));
  // Until a part is in; the rest of the input never comes.
  for (;;) {
    await sleep(50);
    const { code, stdout } = await tkt.run(['list', '--all', '--count']);
    if (code === 0 && Number(stdout) > 0) break;
  }
  importing.kill('SIGKILL');
  await once(importing, 'close');
  const part = await countAll(tkt);
  expect(part).toBeGreaterThan(0);
  expect(part).toBeLessThan(count);
  expectSound(tkt.database);

  const again = await tkt.run(['import', '-'], { input: lines.join('') });
  expect(again.code).toBe(1);
  expect(again.stderr.split('\n').filter((line) => line.includes('is there already'))).toHaveLength(part);
  expect(again.stdout).toContain(`imported ${(count - part).toLocaleString('en')} tickets`);
  expectSound(tkt.database);

  const whole = await installTkt({ supportEmail: 'support@example.test' });
  try {
    await whole.ok(['import', '-'], { input: lines.join('') });
    const exported = await Promise.all([tkt, whole].map((one) => one.ok(['export', '-o', 'ndjson'])));
    expect(exported[0]).toBe(exported[1]);
  } finally {
    await whole.remove();
  }
});

describe('a long file is read in a thread of its own', () => {
  const write = (name: string, text: string) => {
    const file = join(tkt.folder, name);
    writeFileSync(file, text);
    return file;
  };

  test('with messages, and comes out as it went in', async () => {
    const raws = [1, 2].map((seed) => randomBytes(40_000 * seed).toString('base64'));
    const received = raws.map((text, place) => mail({ From: 'bob@example.test', Subject: `Mail ${place}` }, text));
    for (const input of received) await tkt.ok(['receive'], { input });
    const [first = '', second = ''] = (await tkt.ok(['export', '-o', 'ndjson'])).trim().split('\n');
    expect(first.length + second.length).toBeGreaterThan(100_000);
    const text = `${lines.join('')}${first}\n${second}\n`;
    const others = [await installTkt({}), await installTkt({})];
    try {
      const [from = tkt, to = tkt] = others;
      expect(await from.run(['import', write('long.ndjson', text)])).toMatchObject({ code: 0, stderr: '' });
      const exported = await from.ok(['export', '-o', 'json']);
      expect(await to.run(['import', '-'], { input: exported })).toMatchObject({ code: 0, stderr: '' });
      expect(await to.ok(['export', '-o', 'json'])).toBe(exported);
      expect(exported).toContain(first.slice(1, 200));
      expectSound(to.database);
    } finally {
      for (const other of others) await other.remove();
    }
  });

  test('and what is wrong in it is named, the rest taken', async () => {
    const text = lines
      .with(1200, '{"number": "TKT-1", "subject": "x"}\n')
      .with(3000, lines[2999] ?? '')
      .join('');
    const file = write('odd.ndjson', `${text}{"number": `);
    const { code, stdout, stderr } = await tkt.run(['import', file]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr.split('\n')).toEqual([
      `tkt: ${file}: ticket 1201: number: expected one such as TKT-2026-00042`,
      'tkt: TKT-2024-03000: is there already; left as it is',
      `tkt: ${file}: the JSON object after 5000 of them has no end`,
      '',
    ]);
    expect(await countAll(tkt)).toBe(count - 2);
    expectSound(tkt.database);
  });

  test('^C ends one that waits for the other side of a pipe', async () => {
    const importing = tkt.start(['import', '-']);
    importing.stdin?.on('error', () => {});
    importing.stdin?.write(lines.slice(0, count - 500).join(''));
    while ((await countAll(tkt)) === 0) await sleep(50);
    await sleep(500);
    importing.kill('SIGINT');
    const [code] = await once(importing, 'close');
    expect(code).toBe(75);
    expect(await countAll(tkt)).toBeGreaterThan(0);
    expectSound(tkt.database);
  });
});
