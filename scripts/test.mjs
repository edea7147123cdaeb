// @ts-check
// npm test [-- unit|integration|webview|vscode] [-- arguments for vitest]: all of it, or one suite. The last line counts.
import { bootstrap } from './bootstrap.mjs';
import { runChecks, sum } from './lib/checks.mjs';
import { show } from './lib/children.mjs';
import { root } from './lib/paths.mjs';
import { runProject } from './lib/vitest.mjs';

const projects = ['unit', 'integration', 'webview', 'vscode'];

const [first = '', ...rest] = process.argv.slice(2);
const named = first !== '' && !first.startsWith('-');
if (named && !projects.includes(first)) {
  process.stderr.write(
    `There is no test suite "${first}". There are: ${projects.join(', ')}; none of them means all.\n`,
  );
  process.exit(2);
}
const vitestArgs = named ? rest : process.argv.slice(2);
if (vitestArgs[0] === '--') vitestArgs.shift();

await bootstrap();
/** @type {(() => Promise<Tally>)[]} */
const suites = named
  ? [() => runSuite(first)]
  : [() => runChecks(vitestArgs), ...['integration', 'webview', 'vscode'].map((suite) => () => runSuite(suite))];
/** @type {Tally[]} */
const tallies = [];
for (const suite of [ensureTools, ...suites]) tallies.push(await guarded(suite));

const { passed, failed } = sum(tallies);
process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
process.exitCode = failed > 0 ? 1 : 0;

/** @typedef {import('./lib/vitest.mjs').Tally} Tally */

/** @returns {Promise<Tally>} */
async function ensureTools() {
  // TypeScript, hence not before bootstrap has brought a Node that reads it.
  const { ensureGit, ensureSandbox } = await import('../test/support/systemPackages.ts');
  await ensureGit();
  await ensureSandbox();
  return { passed: 0, failed: 0 };
}

/**
 * @param {string} project
 * @returns {Promise<Tally>}
 */
async function runSuite(project) {
  process.stdout.write(`\n${project}\n`);
  const showing = async (/** @type {string} */ command, /** @type {readonly string[]} */ args) => ({
    code: await show(command, args, { cwd: root }),
  });
  return (await runProject(project, vitestArgs, showing)).tally;
}

/**
 * A suite that could not even run has failed, and the others still run.
 * @param {() => Promise<Tally>} suite
 * @returns {Promise<Tally>}
 */
async function guarded(suite) {
  try {
    return await suite();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return { passed: 0, failed: 1 };
  }
}
