import { expect, test } from 'vitest';

import { normalizeAddress, parseAddresses } from '../../src/mail/address.ts';
import { cpuTime } from '../support/cpu-time.ts';

test.each([
  ['a bare address', 'ann@example.com', [['', 'ann@example.com']]],
  ['a name and an address', 'Ann Lee <ann@example.com>', [['Ann Lee', 'ann@example.com']]],
  ['a quoted name with a comma', '"Lee, Ann" <ann@example.com>', [['Lee, Ann', 'ann@example.com']]],
  ['a name with a comma that should be quoted', 'Lee, Ann <ann@example.com>', [['Lee, Ann', 'ann@example.com']]],
  ['a name in a comment', 'ann@example.com (Ann Lee)', [['Ann Lee', 'ann@example.com']]],
  ['an encoded name', '=?utf-8?Q?J=C3=B6rg?= <joerg@example.com>', [['Jörg', 'joerg@example.com']]],
  ['an encoded name with a comma in it', '=?utf-8?Q?Lee, Ann?= <ann@example.com>', [['Lee, Ann', 'ann@example.com']]],
  [
    'a name that repeats the address',
    `"'ann@example.com'" <ann@example.com>`,
    [['ann@example.com', 'ann@example.com']],
  ],
  ['a name twice in quotes', '"\\"Ann Lee\\"" <ann@example.com>', [['Ann Lee', 'ann@example.com']]],
  ['the domain in lower case, the local part as written', 'Ann.Lee@EXAMPLE.Com', [['', 'Ann.Lee@example.com']]],
  ['an international domain as ACE', 'ann@bücher.example', [['', 'ann@xn--bcher-kva.example']]],
  [
    'a group',
    'Team: ann@example.com, Bob <bob@example.com>;',
    [
      ['', 'ann@example.com'],
      ['Bob', 'bob@example.com'],
    ],
  ],
  ['an empty group', 'undisclosed-recipients:;', []],
  [
    'two mailboxes',
    'ann@example.com, bob@example.com',
    [
      ['', 'ann@example.com'],
      ['', 'bob@example.com'],
    ],
  ],
  [
    'two mailboxes without a comma',
    'ann@example.com bob@example.com',
    [
      ['', 'ann@example.com'],
      ['', 'bob@example.com'],
    ],
  ],
  [
    'two brackets',
    'Ann <ann@example.com> <eve@evil.test>',
    [
      ['Ann', 'ann@example.com'],
      ['', 'eve@evil.test'],
    ],
  ],
  ['an obsolete route', '<@relay.example:ann@example.com>', [['', 'ann@example.com']]],
  ['nothing in the brackets', 'MAILER-DAEMON <>', []],
  ['no domain', 'MAILER-DAEMON', []],
])('parseAddresses reads %s', (_name, value, expected) => {
  expect(parseAddresses(value).map(({ name, address }) => [name, address])).toEqual(expected);
});

test.each([
  // The tricks of RELIABILITY §3 row 4: whom a careless reader would take for the sender.
  ['an address inside a nested comment', 'mallory@evil.test (a (b) <alice@client.test>)', ['mallory@evil.test']],
  ['an address as the display name', '"alice@client.test" <mallory@evil.test>', ['mallory@evil.test']],
  ['an address as an unquoted display name', 'alice@client.test <mallory@evil.test>', ['mallory@evil.test']],
  ['an address in a quoted local part', '"alice@client.test mallory"@evil.test', []],
  ['an encoded address', '=?utf-8?Q?alice=40client.test?=', []],
  [
    'an encoded word that hides brackets',
    '=?utf-8?Q?,_<alice@client.test>?= <mallory@evil.test>',
    ['alice@client.test', 'mallory@evil.test'],
  ],
  ['an address literal', 'alice@[127.0.0.1]', []],
  ['blanks around a dot', 'alice@client . test', []],
  ['a blank behind a dot', 'alice@client. test', []],
  ['a percent-encoded domain', 'alice@client%2etest', []],
  ['digits of another script that make an IP address', 'alice@１２７.０.０.１', []],
  ['two at signs', 'alice@client.test@evil.test', []],
])('parseAddresses is not fooled by %s', (_name, value, expected) => {
  expect(parseAddresses(value).map(({ address }) => address)).toEqual(expected);
});

test.each([
  ['a Cyrillic look-alike is another address', 'alice@аpple.example', 'alice@xn--pple-43d.example'],
  ['needless quotes go', '"ann.lee"@example.com', 'ann.lee@example.com'],
  ['a dot at the end of the domain goes', 'ann@example.com.', 'ann@example.com'],
  ['two dots in the local part are refused', 'ann..lee@example.com', null],
  ['a line break is refused', 'ann@example.com\r\nBcc: eve@evil.test', null],
  ['UTF-8 in the local part is refused', 'jörg@example.com', null],
  ['a name of the object prototype is an address like any other', '__proto__@example.com', '__proto__@example.com'],
])('normalizeAddress: %s', (_name, address, expected) => {
  expect(normalizeAddress(address)).toBe(expected);
});

test.each(['"\\'.repeat(50_000), '('.repeat(100_000), '<'.repeat(100_000), 'a@b '.repeat(30_000), ','.repeat(200_000)])(
  'a bomb of an address field is read in linear time: %#',
  async (value) => {
    expect(await cpuTime(() => parseAddresses(`${value} <ann@example.com>`), 1)).toBeLessThan(1_000);
  },
);
