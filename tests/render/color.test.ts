import { afterEach, expect, test, vi } from 'vitest';
import { createProcessContext } from '../../src/process-context.ts';
import { createPaint } from '../../src/render/color.ts';

afterEach(() => vi.unstubAllEnvs());

// The streams of a test run are no terminals, so that colour is off unless it is forced.
test.each([
  ['nothing set', {}, true, false],
  ['FORCE_COLOR', { FORCE_COLOR: '1' }, true, true],
  ['FORCE_COLOR=0', { FORCE_COLOR: '0' }, true, false],
  ['NO_COLOR wins over FORCE_COLOR', { FORCE_COLOR: '1', NO_COLOR: '1' }, true, false],
  ['an empty NO_COLOR says nothing', { FORCE_COLOR: '1', NO_COLOR: '' }, true, true],
  ['--no-color wins over FORCE_COLOR', { FORCE_COLOR: '1' }, false, false],
])('%s', (_name, env: Record<string, string>, color, expected) => {
  vi.stubEnv('FORCE_COLOR', undefined);
  vi.stubEnv('NO_COLOR', undefined);
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  const { stdout } = createProcessContext({ color, quiet: false, verbose: false });
  if (!stdout.isTerminal) expect(stdout.color).toBe(expected);
});

test('paint writes codes only where colour is wanted, whatever the environment says', async () => {
  vi.stubEnv('FORCE_COLOR', '3');
  expect((await createPaint(false))('red', 'x')).toBe('x');
  vi.stubEnv('FORCE_COLOR', '0');
  expect((await createPaint(true))('red', 'x')).toBe('\u001b[31mx\u001b[39m');
  expect((await createPaint(true))(null, 'x')).toBe('x');
});
