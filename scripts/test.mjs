// `npm test`: installs what is missing, then types, lint and every test. The last line is `N passed, N failed`.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { build, installDebianPackages, installModules, isRoot, root, say } from './setup.mjs';

installModules();
installDebianPackages([
  { name: 'dovecot-imapd', program: 'dovecot', leftOut: 'the tests against a real IMAP server' },
  { name: 'dovecot-lmtpd', program: '/usr/lib/dovecot/lmtp', leftOut: 'the test through a real MTA' },
  { name: 'postfix', program: 'postfix', leftOut: 'the test through a real MTA' },
  { name: 'openssl', program: 'openssl', leftOut: 'the tests over TLS, which will fail' },
]);
if (!isRoot) say('Postfix starts for root alone: left out is the test through a real MTA. To have it: sudo npm test');

const folder = mkdtempSync(join(tmpdir(), 'tkt-test-'));
const report = join(folder, 'report.json');
const counts = { passed: 0, failed: 0 };

function step(name, args) {
  say(name);
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status === 0) counts.passed++;
  else counts.failed++;
  return status === 0;
}

const bin = (name) => JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')).bin;
const script = (name, key) => {
  const entry = bin(name);
  return join(root, 'node_modules', name, typeof entry === 'string' ? entry : entry[key]);
};

step('types', [script('typescript', 'tsc'), '--noEmit']);
step('lint', [script('@biomejs/biome', 'biome'), 'check', '--error-on-warnings', '.']);
build();

say('tests');
const only = process.argv.slice(2);
const vitest = [
  script('vitest', 'vitest'),
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${report}`,
  ...only,
];
const { status } = spawnSync(process.execPath, vitest, {
  cwd: root,
  stdio: ['ignore', 'inherit', 'inherit'],
  env: { ...process.env, TKT_TEST_BUILT: '1' },
});
try {
  const { numPassedTests, numFailedTests, numFailedTestSuites, testResults } = JSON.parse(readFileSync(report, 'utf8'));
  counts.passed += numPassedTests;
  // A file that does not even load has no failed test of its own.
  const unloaded = testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length;
  counts.failed += numFailedTests + unloaded;
  for (const { name, assertionResults } of testResults) {
    const skipped = assertionResults.filter((test) => test.status !== 'passed' && test.status !== 'failed').length;
    if (skipped > 0) say(`left out in ${relative(root, name)}: ${skipped}`);
  }
  if (status !== 0 && numFailedTests + unloaded === 0) counts.failed += Math.max(1, numFailedTestSuites);
} catch {
  counts.failed++;
}
rmSync(folder, { recursive: true, force: true });
process.stdout.write(`${counts.passed} passed, ${counts.failed} failed\n`);
process.exit(counts.failed > 0 || counts.passed === 0 ? 1 : 0);
