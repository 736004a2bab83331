import { expect, test } from 'vitest';
import { createLog } from '../src/log.ts';

function open(options: { isTerminal?: boolean; columns?: number; quiet?: boolean } = {}) {
  const written: string[] = [];
  const { isTerminal = true, columns = 80, quiet = false } = options;
  const stderr = { write: (text: string | Uint8Array) => void written.push(String(text)), color: false };
  const log = createLog({ ...stderr, isTerminal, columns }, { quiet, verbose: false });
  return { log, text: () => written.join('') };
}

const clear = '\r\u001b[K';

test('on a terminal the progress stays below the lines, one replaced by the next, and goes at the end', () => {
  const { log, text } = open();
  log.progress('1 of 9');
  log.info('one');
  log.progress('2 of 9');
  log.warn('two');
  log.progress('');
  log.info('three');
  expect(text()).toBe(`${clear}1 of 9${clear}one\n1 of 9${clear}2 of 9${clear}two\n2 of 9${clear}three\n`);
});

test('progress takes one line, however narrow the terminal', () => {
  const { log, text } = open({ columns: 6 });
  log.progress('1,250 of 10,000');
  expect(text()).toBe(`${clear}1,250`);
});

test.each([
  ['in a pipe', { isTerminal: false }],
  ['with --quiet', { quiet: true }],
])('no progress %s', (_, options) => {
  const { log, text } = open(options);
  log.progress('1 of 9');
  log.warn('one');
  expect(text()).toBe('one\n');
});

test('no progress among JSON lines, and no control character in any', () => {
  const { log, text } = open();
  log.format = 'json';
  log.progress('1 of 9');
  log.error('a\u001b[2Jb');
  expect(JSON.parse(text())).toMatchObject({ level: 'error', message: 'a\u001b[2Jb' });
  expect(text()).not.toContain('\u001b');
});
