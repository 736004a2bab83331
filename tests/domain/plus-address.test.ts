import { describe, expect, it } from 'vitest';
import {
  type Audience,
  findPlusAddress,
  formatPlusAddress,
  isSupportAddress,
  verifyPlusAddress,
} from '../../src/domain/plus-address.ts';

const support = 'support@example.com';
const secret = 'a'.repeat(64);
const number = 'TKT-2026-00042';

function signed(audience: Audience = 'client', key = secret): string {
  return formatPlusAddress(support, number, audience, key) ?? 'too long';
}

describe('a signed plus-address', () => {
  it('is the support address with the number and 16 hex digits', () => {
    expect(signed()).toMatch(/^support\+TKT-2026-00042\.[0-9a-f]{16}@example\.com$/);
  });
  it('gives back its ticket and whom it was given to', () => {
    expect(verifyPlusAddress(signed(), support, secret, ['client', 'agent:alice'])).toEqual({
      number,
      audience: 'client',
    });
    expect(verifyPlusAddress(signed('agent:alice'), support, secret, ['client', 'agent:alice'])).toEqual({
      number,
      audience: 'agent:alice',
    });
  });
  it('holds though a mail system changed its case', () => {
    expect(verifyPlusAddress(signed().toUpperCase(), support, secret, ['client'])).toEqual({
      number,
      audience: 'client',
    });
  });
  it('is not made where the local part would be too long for SMTP', () => {
    expect(formatPlusAddress(`${'s'.repeat(40)}@example.com`, number, 'client', secret)).toBeNull();
  });

  const mac = signed().slice(-28, -12);
  const flipped = mac.startsWith('0') ? `1${mac.slice(1)}` : `0${mac.slice(1)}`;
  it.each([
    ['another ticket’s number under the same signature', `support+TKT-2026-00043.${mac}@example.com`],
    ['a changed signature', `support+${number}.${flipped}@example.com`],
    ['a short signature', `support+${number}.${mac.slice(1)}@example.com`],
    ['no signature', `support+${number}@example.com`],
    ['another secret', signed('client', 'b'.repeat(64))],
    ['another audience', signed('agent:mallory')],
    ['another domain', signed().replace('example.com', 'evil.test')],
    ['another mailbox', signed().replace('support+', 'sales+')],
    ['something before it', `x${signed()}`],
    ['no address', 'support'],
    ['nothing', ''],
  ])('is refused: %s', (_name, address) => {
    expect(verifyPlusAddress(address, support, secret, ['client', 'agent:alice'])).toBeNull();
  });

  it('is found among the recipients of a mail', () => {
    const found = findPlusAddress(['ann@client.test', support, signed()], ['sales@example.com', support], secret, [
      'client',
    ]);
    expect(found).toEqual({ number, audience: 'client' });
    expect(findPlusAddress(['ann@client.test', support], [support], secret, ['client'])).toBeNull();
  });
});

it.each([
  ['support@example.com', true],
  ['Support@EXAMPLE.com', true],
  ['support+anything@example.com', true],
  ['support+a+b@example.com', true],
  ['supporter@example.com', false],
  ['support@example.com.evil.test', false],
  ['support+x@evil.test', false],
  ['@example.com', false],
])('mail to %s comes to us: %s', (address, expected) => {
  expect(isSupportAddress(address, ['support@example.com'])).toBe(expected);
});
