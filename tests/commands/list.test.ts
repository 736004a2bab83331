import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addListCommand } from '../../src/commands/list.ts';
import { displayWidth } from '../../src/render/width.ts';
import { addAgent, findAgent } from '../../src/store/agents.ts';
import { transaction } from '../../src/store/database.ts';
import { assign, setStatus } from '../../src/store/tickets.ts';
import { type Bench, openBench, type TestContextOptions } from '../support/context.ts';
import { seedTicket } from '../support/tickets.ts';

const hostile = 'red\u001b[31m \u009b2J bell\u0007 rtl\u202e sep\u2028 tab\tnl\nend\u0085';
// Everything that a terminal obeys, but newline and tab, which the formats themselves use.
const dangerous = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;

let bench: Bench;
const list = (argv: string[], options?: TestContextOptions) => bench.run(addListCommand, ['list', ...argv], options);
const lines = (text: string) => text.split('\n').filter((line) => line !== '');

beforeAll(async () => {
  bench = await openBench();
  const { db } = bench;
  await addAgent(db, { login: 'alice', name: 'Alice', email: 'alice@example.com' }, '2026-11-01T00:00:00.000Z');
  await seedTicket(db, { subject: 'Printer on fire', priority: 'urgent', at: '2026-11-22T11:00:00.000Z' });
  await seedTicket(db, {
    subject: '日本語のとても長い件名で、端末の幅より広いものです。続きもあります。',
    requester: { name: '山田太郎', email: 'yamada@example.com' },
    at: '2026-11-20T12:00:00.000Z',
  });
  await seedTicket(db, {
    subject: hostile,
    requester: { name: hostile, email: 'eve@example.com' },
    at: '2026-11-21T12:00:00.000Z',
  });
  const closed = await seedTicket(db, { subject: 'Done long ago', at: '2026-10-01T12:00:00.000Z' });
  const agent = await findAgent(db, 'alice');
  await transaction(db, async (trx) => {
    await setStatus(trx, closed.id, 'closed', 'alice', '2026-10-02T12:00:00.000Z');
    if (agent) await assign(trx, closed.id, agent, 'alice', '2026-10-02T12:00:00.000Z');
  });
});
afterAll(() => bench.close());

describe('in a pipe', () => {
  test('the number is the first field, values are full, and there is no header', async () => {
    const { code, stdout } = await list([]);
    expect(code).toBe(0);
    expect(lines(stdout)).toHaveLength(3);
    expect(lines(stdout)[0]).toBe(
      'TKT-2026-00001\topen\turgent\tstaff\t2026-11-22T11:00:00.000Z\tAnn Lee <ann@example.com>\t\tPrinter on fire',
    );
  });

  test('those that wait longest come first where the priority is the same', async () => {
    const { stdout } = await list(['--fields', 'number']);
    expect(lines(stdout)).toEqual(['TKT-2026-00001', 'TKT-2026-00002', 'TKT-2026-00003']);
  });

  test('an empty list is success and says nothing', async () => {
    expect(await list(['--status', 'resolved'])).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(await list(['--status', 'resolved', '--json'])).toMatchObject({ code: 0, stdout: '[]\n', stderr: '' });
    expect((await list(['--status', 'resolved', '-o', 'csv', '--fields', 'number'])).stdout).toBe('number\r\n');
  });

  test('a table is neither cut nor relative', async () => {
    const { stdout } = await list(['-o', 'table', '--fields', 'number,subject,createdAt']);
    expect(stdout).toContain('続きもあります。');
    expect(stdout).toContain('2026-11-22T11:00:00.000Z');
  });
});

describe('as data', () => {
  test('a ticket has the keys of the contract and no others', async () => {
    const { stdout } = await list(['--json', '--limit', '1']);
    expect(JSON.parse(stdout)).toEqual([
      {
        number: 'TKT-2026-00001',
        subject: 'Printer on fire',
        status: 'open',
        priority: 'urgent',
        category: 'support',
        requester: { name: 'Ann Lee', email: 'ann@example.com' },
        assignee: null,
        tags: [],
        language: 'en',
        mailbox: 'default',
        waitingOn: 'staff',
        waitingSince: '2026-11-22T11:00:00.000Z',
        createdAt: '2026-11-22T11:00:00.000Z',
        updatedAt: '2026-11-22T11:00:00.000Z',
        firstResponseAt: null,
        resolvedAt: null,
        closedAt: null,
        dueAt: null,
        overdue: false,
        mergedInto: null,
        entryCount: 1,
      },
    ]);
  });

  test.each([
    [
      ['--json', 'number,requester.email', '--limit', '1'],
      '[\n{"number":"TKT-2026-00001","requester.email":"ann@example.com"}\n]\n',
    ],
    [['--json=number', '--limit', '1'], '[\n{"number":"TKT-2026-00001"}\n]\n'],
    [
      ['-o', 'ndjson', '--fields', 'priority,number', '--limit', '2'],
      '{"priority":"urgent","number":"TKT-2026-00001"}\n{"priority":"medium","number":"TKT-2026-00002"}\n',
    ],
    [
      ['-o', 'csv', '--fields', 'number,subject', '--limit', '1'],
      'number,subject\r\nTKT-2026-00001,Printer on fire\r\n',
    ],
    [['-o', 'tsv', '--fields', 'subject,number', '--limit', '1'], 'Printer on fire\tTKT-2026-00001\n'],
  ])('%j', async (argv, expected) => {
    expect(await list(argv)).toMatchObject({ code: 0, stdout: expected });
  });

  test('CSV has people in columns of their own', async () => {
    const { stdout } = await list(['--all', '-o', 'csv']);
    expect(stdout.split('\r\n')[0]).toBe(
      'number,subject,status,priority,category,requester.name,requester.email,assignee.login,tags,language,mailbox,waitingOn,' +
        'waitingSince,createdAt,updatedAt,firstResponseAt,resolvedAt,closedAt,dueAt,overdue,mergedInto,entryCount',
    );
  });
});

test.each([
  ['tsv', false],
  ['csv', false],
  ['json', false],
  ['ndjson', false],
  ['table', false],
  ['tsv', true],
  ['csv', true],
  ['json', true],
  ['ndjson', true],
  ['table', true],
])('no control that came by mail is raw in %s (terminal: %s)', async (format, terminal) => {
  const { stdout } = await list(['-o', format, '--fields', 'number,requester,subject'], { terminal, columns: 400 });
  expect(stdout).toContain('TKT-2026-00003');
  expect(stdout.replaceAll('\r\n', '\n')).not.toMatch(dangerous);
  if (format === 'json') {
    expect(JSON.parse(stdout)).toContainEqual(expect.objectContaining({ subject: hostile }));
  }
});

describe('on a terminal', () => {
  test.each([40, 60, 80, 120, 200])('the table fits into %i columns', async (columns) => {
    const { stdout } = await list([], { terminal: true, columns });
    const table = lines(stdout).filter((line) => !line.startsWith('no room'));
    expect(table).toHaveLength(4);
    for (const line of table) expect(displayWidth(line)).toBeLessThanOrEqual(columns);
    expect(table[1]).toContain('TKT-2026-00001');
    expect(table[1]).toContain('Printer');
    expect(stdout.includes('no room for')).toBe(columns < 80);
  });

  test('80 columns hold every column', async () => {
    const { stdout } = await list(['--all'], { terminal: true, columns: 80 });
    expect(stdout).toMatch(/^NUMBER +STATUS +PRIO +WAITING +REQUESTER +ASSIGNEE +SUBJECT\n/);
  });

  test('a column that says nothing gives its room to the subjects, where there is little', async () => {
    const unassigned = (columns: number) => list(['--unassigned'], { terminal: true, columns });
    expect((await unassigned(80)).stdout).toMatch(/^NUMBER +STATUS +PRIO +WAITING +REQUESTER +SUBJECT\n/);
    expect((await unassigned(200)).stdout).toContain('ASSIGNEE');
  });

  test('columns begin at the same place in every row, wide characters or not', async () => {
    const { stdout } = await list(['--fields', 'number,requester,priority'], { terminal: true, columns: 120 });
    const [header = '', ...rows] = lines(stdout);
    const start = header.indexOf('PRIO');
    for (const row of rows) expect(displayWidth(row.slice(0, row.search(/(?:urgent|medium)$/)))).toBe(start);
  });

  test('times are relative, and the requester goes by address where there is no room for more', async () => {
    const wide = await list([], { terminal: true, columns: 200 });
    expect(wide.stdout).toMatch(/staff 1h\s+Ann Lee <ann@example.com>/);
    const narrow = await list(['--limit', '1'], { terminal: true, columns: 90 });
    expect(narrow.stdout).toMatch(/staff 1h\s+ann@example.com\s/);
  });

  test('a name that shows another address is left out', async () => {
    const other = await openBench();
    await seedTicket(other.db, { requester: { name: 'boss@corp.test', email: 'eve@evil.test' } });
    const { stdout } = await other.run(addListCommand, ['list'], { terminal: true, columns: 200 });
    await other.close();
    expect(stdout).toContain('eve@evil.test');
    expect(stdout).not.toContain('boss@corp.test');
  });

  test('at most 50 rows and a footer, unless --limit says otherwise; a pipe gets all', async () => {
    const many = await openBench();
    for (let index = 0; index < 53; index += 1)
      await seedTicket(many.db, { at: `2026-11-20T10:00:${String(index).padStart(2, '0')}.000Z` });
    const run = (argv: string[], terminal: boolean) =>
      many.run(addListCommand, ['list', ...argv], { terminal, columns: 100 });
    const [short, all, three, piped] = [
      await run([], true),
      await run(['--limit', '60'], true),
      await run(['--limit', '3'], true),
      await run([], false),
    ];
    await many.close();
    expect(lines(short.stdout)).toHaveLength(1 + 50 + 1);
    expect(short.stdout).toContain('50 of 53 tickets; --limit N shows more');
    expect(lines(all.stdout)).toHaveLength(1 + 53);
    expect(three.stdout).toContain('3 of 53 tickets');
    expect(lines(piped.stdout)).toHaveLength(53);
  });

  test('an empty list says so on stderr', async () => {
    const { code, stdout, stderr } = await list(['--tag', 'none-has-it'], { terminal: true });
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr).toContain('No tickets match');
    expect((await list(['--tag', 'none-has-it'], { terminal: true, quiet: true })).stderr).toBe('');
  });

  test('colour is there where it is wanted, and nowhere else', async () => {
    expect((await list([], { terminal: true, color: true })).stdout).toContain('\u001b[31m');
    expect((await list([], { terminal: true, color: false })).stdout).not.toContain('\u001b');
    expect((await list(['-o', 'table'], { terminal: false, color: true })).stdout).toContain('\u001b[31m');
    expect((await list(['--json'], { terminal: true, color: true })).stdout).not.toContain('\u001b');
  });
});

describe('filters', () => {
  test.each([
    [['--all'], ['00001', '00002', '00003', '00004']],
    [['--status', 'closed'], ['00004']],
    [
      ['--status', 'open,closed'],
      ['00001', '00002', '00003', '00004'],
    ],
    [
      ['--status', 'open', '--status', 'closed'],
      ['00001', '00002', '00003', '00004'],
    ],
    [['--priority', 'urgent,high'], ['00001']],
    [['--requester', 'YAMADA@example.com'], ['00002']],
    [['--assignee', 'alice', '--all'], ['00004']],
    [['--mine', '--all', '--as', 'alice'], ['00004']],
    [['--assignee', 'me', '--as', 'alice', '--all'], ['00004']],
    [
      ['--unassigned', '--all'],
      ['00001', '00002', '00003'],
    ],
    [
      ['--assignee', 'alice,none', '--all'],
      ['00001', '00002', '00003', '00004'],
    ],
    [['--search', 'printer'], ['00001']],
    [['--since', '12h'], ['00001']],
    [['--until', '2026-11-20'], ['00002']],
    [['--since', '2026-11-21', '--until', '2026-11-21'], ['00003']],
    [['--updated-since', '90m'], ['00001']],
    [['--waiting-on', 'client'], []],
    [['--overdue'], []],
    [['--category', 'bug'], []],
    [
      ['--limit', '2'],
      ['00001', '00002'],
    ],
    [
      ['--sort', 'createdAt'],
      ['00002', '00003', '00001'],
    ],
    [
      ['--sort', 'number:desc'],
      ['00003', '00002', '00001'],
    ],
  ])('%j', async (argv, expected) => {
    const { code, stdout, stderr } = await list([...argv, '--fields', 'number']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(lines(stdout)).toEqual(expect.arrayContaining(expected.map((seq) => `TKT-2026-${seq}`)));
    expect(lines(stdout)).toHaveLength(expected.length);
    if (argv[0] === '--sort') expect(lines(stdout)).toEqual(expected.map((seq) => `TKT-2026-${seq}`));
  });

  test('--count prints the number and nothing else', async () => {
    expect((await list(['--count'])).stdout).toBe('3\n');
    expect((await list(['--count', '--all', '--limit', '1'], { terminal: true })).stdout).toBe('4\n');
  });
});

test.each([
  [['--status', 'opened'], 'open, pending, resolved, closed'],
  [['--priority', 'p1'], 'low, medium, high, urgent'],
  [['--category', 'x'], 'support, bug, feature, billing, general'],
  [['--waiting-on', 'god'], 'staff, client'],
  [['--since', 'yesterday'], '7d'],
  [['--limit', '0'], '--limit'],
  [['--limit', 'many'], '--limit'],
  [['--sort', 'colour'], 'updatedAt'],
  [['--sort', 'number:down'], 'asc, desc'],
  [['-o', 'xml'], 'table, tsv, csv, json, ndjson'],
  [['--fields', 'number,bogus'], 'known fields: number, subject'],
  [['--json', 'bogus'], 'known fields: number, subject'],
  [['--fields', ''], 'at least one field'],
  [['--json', '-o', 'csv'], 'contradict'],
  [['--all', '--status', 'open'], 'contradict'],
  [['--mine', '--unassigned'], 'contradict'],
])('%j is a usage error that says what would do', async (argv, hint) => {
  const { code, stdout, stderr } = await list(argv);
  expect({ code, stdout }).toEqual({ code: 64, stdout: '' });
  expect(stderr).toContain(hint);
});

test('`me` who is no agent is refused and told how to become one', async () => {
  const { code, stderr } = await list(['--mine'], { env: { TKT_AGENT: 'nobody-here' } });
  expect(code).toBe(1);
  expect(stderr).toContain('tkt agent add nobody-here');
});

test('a big list is written in few pieces', async () => {
  const context = bench.context();
  const { writeRows, plainShape } = await import('../../src/render/writer.ts');
  const rows = Array.from({ length: 20_000 }, (_, index) => ({ index }));
  const shape = plainShape<{ index: number }>([{ name: 'index', value: (row) => row.index }]);
  expect(await writeRows(context, rows, shape, { format: 'tsv', fields: null })).toBe(20_000);
  expect(lines(context.stdout.text())).toHaveLength(20_000);
  expect(context.stdout.writes()).toBeLessThan(10);
});

test('the help has examples', async () => {
  const { code, stdout } = await list(['--help']);
  expect(code).toBe(0);
  expect(stdout).toContain('Examples:');
});
