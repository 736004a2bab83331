import { describe, expect, test } from 'vitest';
import { parseEnvFile } from '../../src/config/env.ts';

describe('a .env gives', () => {
  test.each<[string, string, Record<string, string>]>([
    ['plain values', 'IMAP_HOST=mail.test\nIMAP_PORT=993', { IMAP_HOST: 'mail.test', IMAP_PORT: '993' }],
    ['values with space around', '  IMAP_HOST = mail.test  ', { IMAP_HOST: 'mail.test' }],
    ['exported values', 'export IMAP_HOST=mail.test', { IMAP_HOST: 'mail.test' }],
    ['lines that end in CR LF', 'IMAP_HOST=a\r\nSMTP_HOST=b\r\n', { IMAP_HOST: 'a', SMTP_HOST: 'b' }],
    ['nothing of comments', '# IMAP_HOST=a\n\n   # b\nIMAP_HOST=a # c', { IMAP_HOST: 'a' }],
    ['a password with # in it', 'IMAP_PASSWORD=ab#cd', { IMAP_PASSWORD: 'ab#cd' }],
    ['a password with = and $ in it', 'IMAP_PASSWORD=a=b$c==', { IMAP_PASSWORD: 'a=b$c==' }],
    ['the spaces of an app password', 'IMAP_PASSWORD=abcd efgh ijkl mnop', { IMAP_PASSWORD: 'abcd efgh ijkl mnop' }],
    ['single quotes as they are', String.raw`IMAP_PASSWORD='a"b\n # c' # d`, { IMAP_PASSWORD: String.raw`a"b\n # c` }],
    ['double quotes with escapes', String.raw`IMAP_PASSWORD="a\"b\\c\$d\x"`, { IMAP_PASSWORD: String.raw`a"b\c$d\x` }],
    ['quotes around nothing', 'IMAP_PASSWORD=""', { IMAP_PASSWORD: '' }],
    ['an empty value', 'IMAP_HOST=\nSMTP_HOST=#x', { IMAP_HOST: '', SMTP_HOST: '' }],
    ['the last of two', 'IMAP_HOST=a\nIMAP_HOST=b', { IMAP_HOST: 'b' }],
    [
      'ours among the lines of others',
      'KEY="-----BEGIN\nIMAP_HOST=x\n-----END"\nfoo bar\nIMAP_HOST=a',
      { IMAP_HOST: 'a' },
    ],
    ['ours behind a quote that others left open', "MOTTO='tis\nIMAP_HOST=a", { IMAP_HOST: 'a' }],
    ['ours behind a byte order mark', '\ufeffIMAP_HOST=a', { IMAP_HOST: 'a' }],
  ])('%s', (_name, text, expected) => {
    const { values, problems } = parseEnvFile(text);
    expect(Object.fromEntries(values)).toEqual(expected);
    expect(problems).toEqual([]);
  });
});

describe('a .env is wrong with', () => {
  test.each([
    ['a colon', 'A=1\nIMAP_PASSWORD: sesame', 'line 2: expected IMAP_PASSWORD=VALUE'],
    ['no value at all', 'export IMAP_HOST', 'line 1: expected IMAP_HOST=VALUE'],
    ['a quote left open', 'IMAP_PASSWORD="sesame\nX=1', 'line 1: IMAP_PASSWORD: expected a closing "'],
    [
      'words behind the quote',
      "IMAP_PASSWORD='a'sesame",
      'line 1: IMAP_PASSWORD: expected nothing but a comment behind the closing quote',
    ],
  ])('%s', (_name, text, expected) => {
    expect(parseEnvFile(text).problems).toEqual([expected]);
  });
});
