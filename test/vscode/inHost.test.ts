import { fileURLToPath } from 'node:url';
import { describe, test } from 'vitest';
import { bundleInHostTests, runInHost, type InHostOutcome } from '../support/vscodeHost/inHostTests.ts';
import { withStage } from './inHost/withStage.ts';

// The suites of inHost/ run inside the extension host, under Mocha. They run while this file is collected, so that
// each of their tests is one here; what went wrong as a whole fails the last one.
const outcome = await play().catch((error: unknown): InHostOutcome => ({ results: [], problem: String(error) }));

async function play(): Promise<InHostOutcome> {
  const tests = await bundleInHostTests(fileURLToPath(new URL('inHost/main.ts', import.meta.url)));
  return withStage(({ folder, report }, env) => runInHost({ name: 'in-host', tests, folder, report, env }));
}

describe('inside the extension host', () => {
  for (const { title, state, error } of outcome.results) {
    test.skipIf(state === 'pending')(title, () => {
      if (state === 'failed') throw new Error(error ?? 'It failed without a word.');
    });
  }

  test('all suites came to their end', () => {
    if (outcome.problem !== null) throw new Error(outcome.problem);
  });
});
