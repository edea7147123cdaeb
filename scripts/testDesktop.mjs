// @ts-check
// npm run test:desktop [-- --vscode PATH]: the tests inside the extension host, in a desktop VS Code. Without a path
// one is downloaded into the cache.
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { bootstrap } from './bootstrap.mjs';
import { cacheFolder, root } from './lib/paths.mjs';
import { orEnd, Setback } from './lib/setback.mjs';

await bootstrap({ build: true });
await orEnd(async () => {
  const vscode = givenEditor();
  // TypeScript, hence not before bootstrap has brought a Node that reads it.
  const { bundleInHostTests, readOutcome } = await import('../test/support/vscodeHost/inHostTests.ts');
  const { withStage } = await import('../test/vscode/inHost/withStage.ts');
  const tests = await bundleInHostTests(join(root, 'test', 'vscode', 'inHost', 'main.ts'));
  const { results, problem } = await withStage(async ({ folder, report }, env) => {
    const code = await inDesktop({ tests, folder, env, vscode });
    return readOutcome(code, report);
  });
  const failed = results.filter(({ state }) => state === 'failed');
  for (const { title, error } of failed) process.stderr.write(`\nFAILED: ${title}\n${error}\n`);
  if (problem !== null) process.stderr.write(`\n${problem}\n`);
  const passed = results.filter(({ state }) => state === 'passed');
  process.stdout.write(`\n${passed.length} passed, ${failed.length + (problem === null ? 0 : 1)} failed\n`);
  process.exitCode = failed.length > 0 || problem !== null ? 1 : 0;
});

function givenEditor() {
  const { values } = parseArgs({ options: { vscode: { type: 'string' } }, strict: false });
  const path = values['vscode'];
  if (path === undefined) return undefined;
  if (typeof path === 'string' && existsSync(path)) return path;
  throw new Setback('--vscode takes the path of the program itself, such as /usr/share/code/code.');
}

/**
 * @param {{tests: string, folder: string, env: Readonly<Record<string, string>>, vscode: string | undefined}} options
 * @returns {Promise<number>} What the editor ended with.
 */
async function inDesktop({ tests, folder, env, vscode }) {
  const { runTests, TestRunFailedError } = await import('@vscode/test-electron');
  const own = await mkdtemp(join(tmpdir(), 'dwf-desktop-'));
  const places = [`--user-data-dir=${join(own, 'user')}`, `--extensions-dir=${join(own, 'extensions')}`];
  try {
    return await runTests({
      ...(vscode === undefined
        ? { cachePath: join(cacheFolder(), 'vscode-desktop') }
        : { vscodeExecutablePath: vscode }),
      extensionDevelopmentPath: root,
      extensionTestsPath: tests,
      extensionTestsEnv: env,
      launchArgs: [folder, ...places],
    });
  } catch (error) {
    if (error instanceof TestRunFailedError) return error.code ?? 1;
    throw error;
  } finally {
    await rm(own, { recursive: true, force: true, maxRetries: 3 });
  }
}
