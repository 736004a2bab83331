// RELIABILITY §3 rows 1 to 6: who wrote, and what that lets them do.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { addShowCommand } from '../../src/commands/show.ts';
import { eml, field, type OpenDesk, openDesk } from '../support/open-desk.ts';

const ann = 'From: Ann Lee <ann@client.test>';
const eve = 'From: Eve <eve@evil.test>';
const named = 'Subject: Re: [TKT-2026-00001] Secret plans';

let desk: OpenDesk;
beforeEach(async () => {
  desk = await openDesk();
  await desk.receive(
    eml(
      [ann, 'Cc: Bob <bob@client.test>', 'Subject: Secret plans', 'Message-ID: <a1@client.test>'],
      'The password is walnut.',
    ),
  );
});
afterEach(() => desk.close());

describe('forged ticket number', () => {
  test.each([
    ['a number in the subject', [eve, named]],
    ['the Message-ID of the client’s mail', [eve, 'Subject: hello', 'In-Reply-To: <a1@client.test>']],
    ['both', [eve, named, 'References: <a1@client.test>']],
    ['a look-alike of the client’s domain', ['From: ann@cl\u0456ent.test', named]],
    ['a subdomain of it', ['From: ann@mail.client.test', named]],
    ['another letter case of the local part’s neighbour', ['From: annn@client.test', named]],
  ])(
    '%s from a stranger opens a ticket of their own, which staff see linked, and tells nothing of the other',
    async (_, fields) => {
      await desk.receive(eml(fields, 'What was the password?'));
      expect((await desk.show(1)).entries).toHaveLength(1);
      const own = await desk.show(2);
      expect(own.events).toContainEqual(expect.objectContaining({ type: 'related', to: 'TKT-2026-00001' }));
      const answer = (await desk.owed()).at(-1);
      expect(answer?.to).toEqual([own.requester.email]);
      expect(answer?.raw).not.toMatch(/walnut|Ann|a1@client\.test|TKT-2026-00001/);
    },
  );

  test('the address of a participant counts whatever its letter case', async () => {
    await desk.receive(eml(['From: ANN@Client.Test', named]));
    expect((await desk.show(1)).entries).toHaveLength(2);
  });

  test('an answer to a Message-ID of ours joins, and no two of those can be told from each other', async () => {
    for (let i = 0; i < 20; i++) await desk.comment(1, `word ${i}`);
    const ids = (await desk.owed()).map(({ raw }) => field(raw, 'Message-ID') ?? '');
    const random = ids.map((id) => /^<([0-9a-f]{32})\.tkt@example\.test>$/.exec(id)?.[1] ?? '');
    expect(new Set(random).size).toBe(21);
    // 128 bits of randomness: no position is the same in all of them.
    for (let at = 0; at < 32; at++) expect(new Set(random.map((id) => id[at])).size).toBeGreaterThan(1);
    await desk.receive(eml(['From: ann@home.test', 'Subject: from home', `In-Reply-To: ${ids[3]}`]));
    expect((await desk.show(1)).entries.at(-1)?.author.email).toBe('ann@home.test');
    const guess = (ids[3] ?? '').replace(/^<./, ids[3]?.startsWith('<0') ? '<1' : '<0');
    await desk.receive(eml([eve, 'Subject: guess', `In-Reply-To: ${guess}`]));
    expect((await desk.show(2)).requester.email).toBe('eve@evil.test');
  });
});

describe('Cc hijack', () => {
  test('a Cc on the first mail takes part; a Cc, a To and a Reply-To on a later one do not', async () => {
    const later = ['Cc: eve@evil.test', 'To: mallory@evil.test', 'Reply-To: trent@evil.test'];
    await desk.receive(eml([ann, named, ...later]));
    const ticket = await desk.show(1);
    expect(ticket.participants.map(({ email }) => email).sort()).toEqual(['ann@client.test', 'bob@client.test']);
    expect(ticket.mentioned.map(({ email }) => email).sort()).toEqual(['eve@evil.test', 'mallory@evil.test']);
    await desk.comment(1, 'The new code is 5678.');
    expect((await desk.owed()).at(-1)?.to.sort()).toEqual(['ann@client.test', 'bob@client.test']);
    await desk.receive(eml([eve, named]));
    expect((await desk.show(2)).requester.email).toBe('eve@evil.test');
  });

  test('who joins by a mail of ours gets nothing that was written before', async () => {
    await desk.comment(1, 'The new code is 5678.');
    const id = field((await desk.owed()).at(-1)?.raw ?? '', 'Message-ID');
    await desk.receive(eml([eve, 'Subject: forwarded to me', `In-Reply-To: ${id}`]));
    expect((await desk.show(1)).participants.map(({ email }) => email)).not.toContain('eve@evil.test');
    await desk.comment(1, 'Anything else?');
    expect((await desk.owed()).filter(({ to }) => to.includes('eve@evil.test'))).toEqual([]);
    expect((await desk.owed()).at(-1)?.raw).not.toContain('5678');
  });
});

describe('identity from the wrong header', () => {
  test.each([
    ['two From fields', [eve, ann, named]],
    ['two From fields, the other way round', [ann, eve, named]],
    ['two mailboxes in one From', ['From: eve@evil.test, ann@client.test', named]],
    ['a group with two members', ['From: Team: eve@evil.test, ann@client.test;', named]],
    ['a group with one member', ['From: Team: ann@client.test;', named]],
    ['an empty From before another', ['From:', ann, named]],
    ['a mailbox before it that tkt has no use for', ['From: "m m"@evil.test, ann@client.test', named]],
    ['a mailbox behind it that tkt has no use for', ['From: Ann <ann@client.test>, mallory@[192.0.2.1]', named]],
    ['a From field before it that tkt has no use for', ['From: mallory@[192.0.2.1]', ann, named]],
    ['a comma that a backslash is to hide', ['From: mallory@evil.test\\, ann@client.test', named]],
    ['a mailbox of another script', ['From: mall\u00f6ry@evil.test, ann@client.test', named]],
    ['a name alone before it', ['From: mallory, ann@client.test', named]],
    ['empty brackets behind it', ['From: Ann <ann@client.test> <>', named]],
    ['a comment that does not end', ['From: mallory@evil.test (<ann@client.test>', named]],
    ['a quote that does not end', ['From: mallory@evil.test "<ann@client.test>', named]],
    ['more than is read of it', [`From: ann@client.test,${' '.repeat(200_000)}mallory@evil.test`, named]],
  ])('%s: nobody wrote it, so it joins nothing and is not answered', async (_, fields) => {
    const before = (await desk.owed()).length;
    await desk.receive(eml(fields));
    expect((await desk.show(1)).entries).toHaveLength(1);
    expect(await desk.tickets()).toHaveLength(2);
    expect(await desk.owed()).toHaveLength(before);
    const page = await desk.run(addShowCommand, ['show', '2'], { terminal: true });
    expect(page.stdout.replace(/\s+/g, ' ')).toContain('does not say beyond doubt who wrote it');
  });

  test.each([
    'Lee, Ann <ann@client.test>',
    'ann@client.test <ann@client.test>',
    'mailto:ann@client.test',
    '<<ann@client.test>>',
    'Client: Ann <ann@client.test>',
    '"Ann (the \\"one\\") @home, Lee" <ann@client.test> (at work: a@b.test)',
  ])('From: %s is odd, but one person’s beyond doubt', async (from) => {
    await desk.receive(eml([`From: ${from}`, named]));
    expect((await desk.show(1)).entries).toHaveLength(2);
  });

  test('Reply-To and Sender are nobody who wrote: the answer goes to From alone', async () => {
    await desk.receive(eml([eve, 'Reply-To: ann@client.test', 'Sender: ann@client.test', named]));
    expect((await desk.show(1)).entries).toHaveLength(1);
    expect((await desk.show(2)).requester.email).toBe('eve@evil.test');
    expect((await desk.owed()).at(-1)?.to).toEqual(['eve@evil.test']);
  });

  test('a mail from nobody is held', async () => {
    expect(await desk.receive(eml([named, 'Reply-To: ann@client.test']))).toContain('Quarantined');
    expect((await desk.show(1)).entries).toHaveLength(1);
  });
});

describe('DMARC', () => {
  const results = (id: string, result: string) =>
    `Authentication-Results: ${id}; dmarc=${result} header.from=client.test`;
  let strict: OpenDesk;
  beforeEach(async () => {
    strict = await openDesk({ trustedAuthservId: 'mx.example.test' });
    await strict.receive(eml([results('mx.example.test', 'pass'), ann, 'Subject: Secret plans']));
  });
  afterEach(() => strict.close());

  test('a sender that failed it is nobody’s participant, is not answered, and is marked in show', async () => {
    const before = (await strict.owed()).length;
    await strict.receive(eml([results('mx.example.test', 'fail'), ann, named]));
    expect((await strict.show(1)).entries).toHaveLength(1);
    expect(await strict.owed()).toHaveLength(before);
    expect((await strict.show(2)).entries[0]?.verified).toBe(false);
    const page = await strict.run(addShowCommand, ['show', '2'], { terminal: true });
    expect(page.stdout).toContain('UNVERIFIED');
  });

  test('an agent that failed it speaks for nobody, also in answer to a mail that was sent to them alone', async () => {
    await strict.comment(1, 'hello');
    await strict.receive(
      eml([results('mx.example.test', 'fail'), 'From: john@desk.test', named, 'Subject: [TKT-2026-00001] x']),
    );
    expect((await strict.show(1)).entries.map(({ type }) => type)).toEqual(['email', 'comment']);
  });

  test.each([
    ['of another server', [results('evil.test', 'pass')], null],
    ['below the trusted one', [results('mx.example.test', 'fail'), results('mx.example.test', 'pass')], false],
    [
      'below a trusted one that says nothing',
      ['Authentication-Results: mx.example.test; none', results('mx.example.test', 'pass')],
      null,
    ],
    ['in a field of another name', ['X-Authentication-Results: mx.example.test; dmarc=pass'], null],
    ['by the trusted server', [results('mx.example.test', 'pass')], true],
    ['by nobody', [], null],
  ])('a result %s counts for what it is', async (_, fields, verified) => {
    await strict.receive(eml([...fields, 'From: new@client.test', 'Subject: new']));
    expect((await strict.show(2)).entries[0]?.verified).toBe(verified);
  });

  test('without trustedAuthservId nothing is claimed', async () => {
    await desk.receive(eml([results('mx.example.test', 'fail'), ann, named]));
    expect((await desk.show(1)).entries.at(-1)?.verified).toBeNull();
  });
});

describe('address reader confusion', () => {
  // What each must not be read as is ann@client.test alone; who it is read as instead, '' for nobody.
  test.each([
    ['mallory@evil.test (a (b) <ann@client.test>)', 'mallory@evil.test'],
    ['"ann@client.test" <mallory@evil.test>', 'mallory@evil.test'],
    ['ann@client.test <mallory@evil.test>', 'mallory@evil.test'],
    ['"ann@client.test mallory"@evil.test', ''],
    ['"ann@client.test>"@evil.test', ''],
    ['"ann@client.test, "@evil.test', ''],
    ['=?utf-8?q?ann=40client.test=3e=2c?= <mallory@evil.test>', 'mallory@evil.test'],
    ['=?utf-8?q?=3cann=40client.test=3e?= mallory@evil.test', 'mallory@evil.test'],
    ['=?utf-8?q?ann=40client.test=3e=20?=@evil.test', ''],
    ['=?x?q?ann=40client.test=00?=@evil.test', ''],
    ['ann@client.test@evil.test', ''],
    ['ann@client.test\\@evil.test', ''],
    ['<@client.test:mallory@evil.test>', 'mallory@evil.test'],
    ['ann@client.test\u0000@evil.test', ''],
    ['ann@[client.test]', ''],
    ['mallory@evil.test:ann@client.test', ''],
    ['ann%client.test@evil.test', 'ann%client.test@evil.test'],
    ['client.test!ann@evil.test', 'client.test!ann@evil.test'],
    ['ann@client.test.', 'ann@client.test'],
    ['ann@client。test', ''],
    ['ann@xn--client-.test', ''],
  ])('From: %s', async (from, expected) => {
    const explanation = await desk.explain(eml([`From: ${from}`, named]));
    const read = explanation.from.email;
    if (expected === 'ann@client.test') return expect(read).toBe(expected);
    // Read as nobody, or as a clearly other address; if several are found, nobody wrote it.
    expect(explanation.outcome).not.toBe('comment');
    if (expected !== '') expect(read).toBe(expected);
  });
});

describe('display-name and look-alike spoofing', () => {
  test('the address stands beside the name, and a name that shows another address is flagged', async () => {
    await desk.receive(eml(['From: "ann@client.test" <eve@evil.test>', 'Subject: hello']));
    const page = await desk.run(addShowCommand, ['show', '2'], { terminal: true, columns: 200 });
    expect(page.stdout).toContain('ann@client.test <eve@evil.test>');
    expect(page.stdout).toContain('(!) the name shows an address that is not the sender’s');
  });

  test.each([
    ['a Cyrillic a in the domain', 'ann@client.t\u0435st', /^ann@client\.xn--/],
    ['a Cyrillic a in the local part', '\u0430nn@client.test', /^$/],
    ['full-width letters', 'ann@\uff43lient.test', /^$/],
  ])('%s is another address, or none', async (_, from, expected) => {
    const { outcome, from: read } = await desk.explain(eml([`From: ${from}`, 'Subject: hello']));
    expect(read.email).toMatch(expected);
    if (read.email === '') expect(outcome).toBe('quarantine');
  });
});

describe('trusted internal headers', () => {
  test('no header field of a mail changes a ticket’s fields', async () => {
    const plain = await desk.show(1);
    await desk.receive(
      eml([
        'From: carl@client.test',
        'Subject: urgent',
        'X-Tkt-Ticket: TKT-2026-00001',
        'X-Tkt-Status: closed',
        'X-RT-Ticket: 1',
        'RT-Owner: john',
        'RT-Send-Cc: eve@evil.test',
        'X-Zammad-Ticket-Priority: 3 high',
        'X-Zammad-Customer-Email: ann@client.test',
        'X-OTRS-Priority: 5',
        'X-Priority: 1',
        'Importance: high',
        'Priority: urgent',
        'X-FreeScout-Mail-Type: user.message',
        'Status: closed',
        'Tags: vip',
        'Assignee: john',
        '__proto__: polluted',
      ]),
    );
    const { status, priority, category, assignee, tags, requester } = await desk.show(2);
    expect({ status, priority, category, assignee, tags }).toEqual({
      status: plain.status,
      priority: plain.priority,
      category: plain.category,
      assignee: null,
      tags: [],
    });
    expect(requester.email).toBe('carl@client.test');
    expect((await desk.show(1)).entries).toHaveLength(1);
  });

  test('an agent’s address alone, with a number or a Message-ID that clients got too, makes no staff comment', async () => {
    await desk.comment(1, 'hello');
    const id = field((await desk.owed()).at(-1)?.raw ?? '', 'Message-ID');
    const before = (await desk.owed()).length;
    await desk.receive(eml(['From: john@desk.test', named, `In-Reply-To: ${id}`], 'Send money to this account.'));
    expect((await desk.show(1)).entries.at(-1)).toMatchObject({ type: 'email', author: { login: null } });
    expect((await desk.owed()).slice(before).filter(({ kind }) => kind === 'comment')).toEqual([]);
  });

  test('the loop mark of another tkt hides nothing: its mail is a ticket that is not answered', async () => {
    const before = (await desk.owed()).length;
    await desk.receive(eml(['From: desk@other.test', 'Subject: hello', `X-Tkt-Loop: ${'0'.repeat(32)}`]));
    expect(await desk.tickets()).toHaveLength(2);
    expect(await desk.owed()).toHaveLength(before);
  });
});
