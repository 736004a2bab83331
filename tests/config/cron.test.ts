import { expect, test } from 'vitest';
import { cronTimes, formatCronLine } from '../../src/config/cron.ts';

test.each([
  [1, '* * * * *'],
  [60, '* * * * *'],
  [61, '*/2 * * * *'],
  [120, '*/2 * * * *'],
  [300, '*/5 * * * *'],
  [420, '*/10 * * * *'],
  [1800, '*/30 * * * *'],
  [1860, '0 * * * *'],
  [3600, '0 * * * *'],
  [7200, '0 */2 * * *'],
  [18000, '0 */6 * * *'],
  [86400, '0 0 * * *'],
  [604800, '0 0 * * *'],
])('every %i seconds is %s', (seconds, expected) => {
  expect(cronTimes(seconds)).toBe(expected);
});

test('words are quoted for the shell, and % for cron', () => {
  expect(formatCronLine(300, ['/opt/my node/bin/node', 'tkt.js', '--config', "/x/50% it's", 'poll'])).toBe(
    "*/5 * * * * '/opt/my node/bin/node' tkt.js --config '/x/50\\% it'\\''s' poll",
  );
});
