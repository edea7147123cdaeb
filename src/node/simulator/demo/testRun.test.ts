import { expect, test, vi } from 'vitest';
import { runCommand, sampleCopy } from './playAgent.fake.ts';
import { readTestRun } from './testRun.ts';

// Real test runs, which take their time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

test.each(['spec', 'tap'])('reads failures and totals of the %s reporter', async (reporter) => {
  using sample = sampleCopy();
  const { output } = await runCommand(
    `node --test --test-reporter=${reporter} test/money.test.js test/lru.test.js`,
    sample.root,
  );
  const run = readTestRun(output, sample.root);
  expect({ passed: run?.passed, failed: run?.failed }).toEqual({ passed: 10, failed: 2 });
  const [lru, money] = [...(run?.failures ?? [])].sort((a, b) => a.file.localeCompare(b.file));
  expect(lru).toMatchObject({ file: 'test/lru.test.js', name: 'get keeps an entry from being dropped' });
  expect(lru?.message).toMatch(/^Expected values to be strictly deep-equal:\n[^]*'a'/);
  expect(money).toEqual({
    file: 'test/money.test.js',
    name: 'percentage: rounds a refund like the charge, away from zero',
    message: 'Expected values to be strictly equal:\n-500 !== -501',
  });
});

test.each([
  { name: 'a command that is not there', output: 'bash: npm: command not found' },
  { name: 'nothing', output: '' },
])('$name is no test run', ({ output }) => expect(readTestRun(output, '/')).toBeUndefined());

test('a green run has no failures', async () => {
  using sample = sampleCopy();
  const { output } = await runCommand('node --test test/slug.test.js', sample.root);
  expect(readTestRun(output, sample.root)).toMatchObject({ passed: 5, failed: 0, failures: [] });
});
