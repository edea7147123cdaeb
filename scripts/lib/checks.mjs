// @ts-check
import { join } from 'node:path';
import { capture } from './children.mjs';
import { root } from './paths.mjs';
import { tool } from './tools.mjs';
import { runProject } from './vitest.mjs';

/** @typedef {import('./children.mjs').Finished} Finished */
/** @typedef {import('./vitest.mjs').Tally} Tally */
/** @typedef {{ended: Finished, tally: Tally}} Outcome */

const atOnce = 2;

/**
 * Runs everything that needs neither a second process nor an editor, two steps at a time, and says one line a step,
 * and all that it printed when it failed. Counts the tests, and each other step only when it fails.
 * @param {readonly string[]} testArgs Passed on to vitest.
 * @returns {Promise<Tally>}
 */
export async function runChecks(testArgs = []) {
  const waiting = steps(testArgs);
  /** @type {Tally[]} */
  const tallies = [];
  const work = async () => {
    for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) {
      const { ended, tally } = await step.run();
      report(step.name, ended, tally);
      tallies.push(tally);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return sum(tallies);
}

/**
 * @param {readonly Tally[]} tallies
 * @returns {Tally}
 */
export function sum(tallies) {
  return tallies.reduce((a, b) => ({ passed: a.passed + b.passed, failed: a.failed + b.failed }), {
    passed: 0,
    failed: 0,
  });
}

/**
 * The long ones first, so that the last to end is a short one.
 * @param {readonly string[]} testArgs
 * @returns {{name: string, run: () => Promise<Outcome>}[]}
 */
function steps(testArgs) {
  return [
    { name: 'unit and golden tests', run: () => runProject('unit', testArgs, quietly) },
    { name: 'lint', run: () => step(...tool('eslint', ['.', '--max-warnings', '0'])) },
    { name: 'types', run: () => step(...tool('tsc', ['-p', 'tsconfig.json', '--noEmit'])) },
    { name: 'types of the pure folders', run: () => step(...tool('tsc', ['-p', 'tsconfig.pure.json', '--noEmit'])) },
    { name: 'types of the webview', run: () => step(...tool('tsc', ['-p', 'tsconfig.webview.json', '--noEmit'])) },
    { name: 'format', run: () => step(...tool('prettier', ['.', '--check'])) },
    {
      name: 'arrows',
      run: () => step(...tool('depcruise', ['src', 'webview', '--config', '.dependency-cruiser.cjs'])),
    },
    { name: 'unused', run: () => step(...tool('knip', [])) },
    { name: 'build', run: () => step(process.execPath, [join(root, 'scripts', 'build.mjs')]) },
  ];
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @returns {Promise<Outcome>}
 */
async function step(command, args) {
  const ended = await quietly(command, args);
  return { ended, tally: { passed: 0, failed: ended.code === 0 ? 0 : 1 } };
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 */
function quietly(command, args) {
  const colours = process.stdout.isTTY && !process.env.NO_COLOR ? { FORCE_COLOR: '1' } : {};
  return capture(command, args, { cwd: root, env: { ...process.env, ...colours } });
}

/**
 * @param {string} name
 * @param {Finished} ended
 * @param {Tally} tally
 */
function report(name, ended, tally) {
  const failed = tally.failed > 0;
  const seconds = `${(ended.ms / 1000).toFixed(1)} s`.padStart(7);
  process.stdout.write(`${failed ? 'FAILED' : 'ok    '} ${seconds}  ${name}\n`);
  if (failed)
    process.stdout.write(
      `${ended.output.trimEnd() || `It printed nothing and ended with exit code ${ended.code}.`}\n\n`,
    );
}
