// Before the first test: dist/ is built, since tests start the built tkt as a process.

import { execFileSync } from 'node:child_process';

export default function setup(): void {
  if (process.env.TKT_TEST_BUILT === '1') return;
  execFileSync(process.execPath, ['scripts/build.mjs'], { stdio: ['ignore', 'inherit', 'inherit'] });
}
