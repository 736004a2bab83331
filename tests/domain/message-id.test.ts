import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  chooseReferences,
  domainOf,
  isStrictMessageId,
  newMessageId,
  newTicketReference,
  referencesMaxBytes,
} from '../../src/domain/message-id.ts';

describe('a Message-ID of ours', () => {
  it('carries 128 random bits and the domain', () => {
    const asked: number[] = [];
    const id = newMessageId((count) => {
      asked.push(count);
      return Buffer.alloc(count, 0xab);
    }, 'example.com');
    expect(asked).toEqual([16]);
    expect(id).toBe(`${'ab'.repeat(16)}.tkt@example.com`);
  });
  it('is strict itself, as is a ticket’s constant reference', () => {
    expect(isStrictMessageId(newMessageId(randomBytes, 'example.com'))).toBe(true);
    expect(isStrictMessageId(newTicketReference(randomBytes, 'example.com'))).toBe(true);
  });
});

it.each([
  ['support@Example.COM', 'example.com'],
  ['a@b@c.test', 'c.test'],
  ['nobody', 'localhost'],
  ['a@b c', 'localhost'],
  ['a@b>', 'localhost'],
])('the domain of %s is %s', (address, expected) => {
  expect(domainOf(address)).toBe(expected);
});

describe('an id from a mail goes out again only when it is strict', () => {
  it.each([
    ['CAB+x=y@mail.gmail.com', true],
    ['01020$abc@PC', true],
    ['a@[192.0.2.1]', true],
    ['no-at-sign', false],
    ['a@b@c', false],
    ['a b@c', false],
    ['a@b>\r\nBcc: x@y', false],
    ['a<b@c', false],
    ['"a"@b', false],
    ['ä@b', false],
    ['', false],
    [`${'a'.repeat(401)}@b`, false],
  ])('%j: %s', (id, expected) => {
    expect(isStrictMessageId(id)).toBe(expected);
  });
});

describe('References', () => {
  const ids = (count: number, length = 60) =>
    Array.from({ length: count }, (_, index) => `${String(index).padStart(length, '0')}@client.test`);

  it('starts with the ticket’s constant reference and ends with the mail that is answered', () => {
    expect(chooseReferences('const@x', ['a@x', 'b@x'], 'a@x')).toEqual(['const@x', 'b@x', 'a@x']);
  });
  it('names each id once, and none that is not strict', () => {
    expect(chooseReferences('const@x', ['a@x', 'a@x', 'const@x', 'bad id', 'b@x'], null)).toEqual([
      'const@x',
      'a@x',
      'b@x',
    ]);
  });
  it('keeps the first ids and the newest within 4 kB', () => {
    const all = ids(1000);
    const chosen = chooseReferences('const@x', all, 'last@x');
    const bytes = chosen.map((id) => `<${id}> `).join('').length;
    expect(bytes).toBeLessThanOrEqual(referencesMaxBytes);
    expect(bytes).toBeGreaterThan(referencesMaxBytes - 100);
    expect(chosen.slice(0, 5)).toEqual(['const@x', ...all.slice(0, 4)]);
    expect(chosen.slice(-3)).toEqual([...all.slice(-2), 'last@x']);
  });
  it('stays within 4 kB with ids of the greatest length', () => {
    const chosen = chooseReferences('const@x', ids(30, 400), 'last@x');
    expect(chosen.map((id) => `<${id}> `).join('').length).toBeLessThanOrEqual(referencesMaxBytes);
    expect(chosen.at(-1)).toBe('last@x');
  });
});
