import iconv from 'iconv-lite';
import { expect, test } from 'vitest';

import { cut, decodeCharset } from '../../src/text/charset.ts';
import { decodeEncodedWords, decodeHeaderText } from '../../src/text/encoded-word.ts';

test.each([
  ['koi8-r', 'Привет'],
  ['windows-1251', 'Привет'],
  ['iso-8859-2', 'žluťoučký'],
  ['iso-8859-15', '10 €'],
  ['windows-1252', '“it’s” – 10 €'],
  ['shift_jis', '日本語のテスト'],
  ['euc-jp', '日本語のテスト'],
  ['euc-kr', '고맙습니다'],
  ['gb18030', '绩效管理'],
  ['big5', '繁體中文'],
  ['utf-16le', 'naïve 😀'],
  ['utf-16be', 'naïve 😀'],
  ['macintosh', 'déjà vu'],
  ['cp437', 'Grüße'],
])('%s is read under its own name', (charset, text) => {
  expect(decodeCharset(iconv.encode(text, charset), charset)).toBe(text);
});

test.each([
  ['gb2312 means gb18030', 'gb2312', 'gb18030', '朱镕基 €'],
  ['ks_c_5601-1987 means cp949', 'ks_c_5601-1987', 'cp949', '똠방각하'],
  ['iso-8859-1 means windows-1252', 'iso-8859-1', 'windows-1252', '“–”'],
  ['us-ascii means windows-1252', 'us-ascii', 'windows-1252', 'Grüße'],
  ['iso-8859-9 means windows-1254', 'iso-8859-9', 'windows-1254', 'ışık'],
  ['quotes and case do not count', '"KOI8-R"', 'koi8-r', 'да'],
  ['cp1251 means windows-1251', 'cp1251', 'windows-1251', 'Привет'],
  ['cswindows31j means cp932', 'csWindows31J', 'cp932', 'こんにちは①'],
  ['csisolatin2 is ISO 8859-2', 'csISOLatin2', 'iso-8859-2', 'žluťoučký'],
  ['iso-ir-144 is ISO 8859-5', 'iso-ir-144', 'iso-8859-5', 'Привет'],
  ['ks_c_5601 means cp949', 'ks_c_5601', 'cp949', '안녕하세요'],
  ['x-mac-ce is that of Central Europe', 'x-mac-ce', 'maccenteuro', 'Zażółć'],
  ['the locale of a computer', 'de_DE.ISO-8859-15', 'iso-8859-15', '10 €'],
  ['Shift_JIS labelled ISO-2022-JP', 'iso-2022-jp', 'shift_jis', 'こんにちは世界'],
  ['a language behind the charset is passed over', 'iso-8859-1*de', 'windows-1252', 'Grüße'],
])('%s', (_name, label, charset, text) => {
  expect(decodeCharset(iconv.encode(text, charset), label)).toBe(text);
});

test('ISO-2022-CN switches in every line', () => {
  const bytes = Buffer.from('\u001b$)A\u000eDc:C\u000f abc\nx \u001b$)A\u000eTY<{\u000f', 'latin1');
  expect(decodeCharset(bytes, 'iso-2022-cn')).toBe('你好 abc\nx 再见');
});

test.each([
  ['windows-1251', 'Здравствуйте, принтер не работает.'],
  ['koi8-r', 'Здравствуйте, принтер не работает.'],
  ['windows-1252', 'Äußerst ärgerlich: Übergröße fällt öfter ab'],
  ['windows-1252', 'ÄÖÜ äöü ß'],
])('text in %s without a label: %s', (charset, text) => {
  expect(decodeCharset(iconv.encode(text, charset), null)).toBe(text);
});

test('ÿþ at the start of Latin-1 is no mark of UTF-16', () => {
  expect(decodeCharset(Buffer.from('\u00ff\u00fe ann', 'latin1'), null)).toBe('ÿþ ann');
});

test.each([
  'iso-8859-1',
  'us-ascii',
  'windows-1251',
  'gb2312',
  'shift_jis',
  'utf-16',
  'iso-2022-jp',
  'x-unknown',
  '',
  '__proto__',
])('valid UTF-8 wins over the label %j', (label) => {
  expect(decodeCharset(Buffer.from('Grüße, 你好, Привет'), label)).toBe('Grüße, 你好, Привет');
});

test.each(['base64', 'hex', 'constructor', '__proto__', 'utf-7-imap', 'x'.repeat(10_000)])(
  '%s is no charset',
  (label) => {
    expect(decodeCharset(Buffer.from('Gr\u00fc\u00dfe', 'latin1'), label)).toBe('Grüße');
  },
);

test('two Chinese characters in GBK stay so though they happen to be valid UTF-8', () => {
  expect(decodeCharset(iconv.encode('联通', 'gbk'), 'gbk')).toBe('联通');
});

test('UTF-8 with a few broken bytes keeps what is whole', () => {
  const bytes = Buffer.concat([Buffer.from('Grüße äöü'), Buffer.from([0xff]), Buffer.from(' ende')]);
  expect(decodeCharset(bytes, 'utf-8')).toBe('Grüße äöü\ufffd ende');
});

test('UTF-8 that was cut in the middle of a character is still UTF-8', () => {
  expect(decodeCharset(Buffer.from('Grüße 你').subarray(0, -1), 'iso-8859-1')).toMatch(/^Grüße \ufffd+$/);
});

test('a byte order mark is no text', () => {
  expect(decodeCharset(Buffer.from('\ufeffHi'), 'iso-8859-1')).toBe('Hi');
});

test('whatever bytes under whatever label give well-formed text', () => {
  const bytes = Buffer.from(Array.from({ length: 4_096 }, (_unused, index) => (index * 7 + (index >> 5)) & 255));
  for (const label of [
    'utf-8',
    'utf-16le',
    'utf-16',
    'utf-32',
    'utf-7',
    'hz-gb-2312',
    'iso-2022-kr',
    'iso-2022-jp',
    'gb18030',
    'big5',
    'x',
  ])
    expect(decodeCharset(bytes, label)).not.toMatch(/\p{Surrogate}/u);
});

test.each([
  ['Q', '=?utf-8?Q?Gr=C3=BC=C3=9Fe_an_alle?=', 'Grüße an alle'],
  ['B', '=?utf-8?B?R3LDvMOfZQ==?=', 'Grüße'],
  ['two words, the space between them gone', '=?utf-8?Q?a?= =?utf-8?Q?b?=', 'ab'],
  ['two words without space', '=?utf-8?Q?a?==?utf-8?Q?b?=', 'ab'],
  ['text around words', 'Re: =?utf-8?Q?a?= und =?utf-8?Q?b?=', 'Re: a und b'],
  ['a character split between words', '=?utf-8?B?4oKs4o==?= =?utf-8?B?gqw=?=', '€€'],
  ['words of different charsets', '=?utf-8?Q?=C3=A4?= =?iso-8859-1?Q?=E4?=', 'ää'],
  ['spaces in a word', '=?utf-8?Q?a b c?=', 'a b c'],
  ['no padding', '=?utf-8?B?R3LDvMOfZQ?=', 'Grüße'],
  ['a language', '=?utf-8*de?Q?=C3=A4?=', 'ä'],
  ['an unknown charset', '=?x-unknown?Q?abc?=', 'abc'],
  ['a word that was cut off', '=?utf-8?B?aGVsbG8g', 'hello '],
  ['ISO-2022-JP in two words', '=?iso-2022-jp?B?GyRCJUYlORsoQg==?= =?iso-2022-jp?B?GyRCJUgbKEI=?=', 'テスト'],
  ['what only looks like one', 'a =?b?c', 'a =?b?c'],
])('encoded words with %s', (_name, value, expected) => {
  expect(decodeEncodedWords(value)).toBe(expected);
});

test('a decoded header text is one line, whatever was hidden in it', () => {
  expect(decodeHeaderText('=?utf-8?Q?a=0D=0ABcc:_eve=40evil.test=00=E2=80=A8b?=')).toBe('a Bcc: eve@evil.test b');
});

test('cut never leaves half a character', () => {
  expect(cut('a😀b', 2)).toBe('a');
  expect(cut('a😀b', 3)).toBe('a😀');
});
