import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanHeader, cleanText, cutAt } from '../../src/domain/clean.ts';
import { cpuTime } from '../support/cpu-time.ts';

describe('a header value is one harmless line', () => {
  const cases: Array<[name: string, input: string, expected: string]> = [
    ['CR LF and a second field', 'Hello\r\nBcc: eve@evil.test', 'Hello Bcc: eve@evil.test'],
    ['a lone CR', 'a\rb', 'a b'],
    ['NUL', 'a\0b', 'a b'],
    ['NEL, line and paragraph separator', 'a\u0085b\u2028c\u2029d', 'a b c d'],
    ['vertical tab, form feed, tab', 'a\u000bb\fc\td', 'a b c d'],
    ['bidirectional controls', 'invoice\u202egpj.exe', 'invoice gpj.exe'],
    [
      'an encoded word that decodes to a line break',
      '=?utf-8?Q?x=0D=0ABcc:_e@evil.test?=',
      '= ?utf-8?Q?x=0D=0ABcc:_e@evil.test?=',
    ],
    ['an encoded word in base64 with a language', '=?utf-8*en?b?DQo=?=', '= ?utf-8*en?b?DQo=?='],
    ['a question that is no encoded word', 'is x=? or y=?', 'is x=? or y=?'],
    ['half a surrogate pair', 'a\ud83d', 'a\ufffd'],
    ['white space around', '  a  ', 'a'],
    ['nothing', '', ''],
    ['emoji and accents', 'Grüße 👩‍👩‍👧', 'Grüße 👩‍👩‍👧'],
  ];
  it.each(cases)('%s', (_name, input, expected) => {
    expect(cleanHeader(input)).toBe(expected);
  });

  it('never lets a control, a line break or an encoded word pass, and keeps to its length', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), fc.integer({ min: 1, max: 250 }), (value, max) => {
        const clean = cleanHeader(value, max);
        expect(clean).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/);
        expect(clean).not.toMatch(/\p{Surrogate}/u);
        expect(clean.length).toBeLessThanOrEqual(max);
      }),
    );
  });

  it('takes no longer for a value of 20 MB', async () => {
    const value = '=?\r\n'.repeat(5_000_000);
    expect(await cpuTime(() => cleanHeader(value), 1)).toBeLessThan(500);
  });
});

describe('what is too long', () => {
  it('ends in an ellipsis and stays within the limit', () => {
    expect(cutAt('abcdef', 4)).toBe('abc…');
    expect(cutAt('abcd', 4)).toBe('abcd');
  });
  it('is never cut through a surrogate pair', () => {
    expect(cutAt('ab😀cd', 4)).toBe('ab…');
  });
});

it('a body keeps its lines, whatever ended them, and loses other controls', () => {
  expect(cleanText('a\r\nb\rc\u2028d\u0085e\u001b[31m\tf\0')).toBe('a\nb\nc\nd\ne[31m\tf');
});
