// @ts-check
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tool } from './tools.mjs';

/** @typedef {{passed: number, failed: number}} Tally */

/**
 * Runs one project of vitest.config.ts. `run` is what starts the command: it shows or keeps what vitest prints.
 * @template {{code: number}} T
 * @param {string} project
 * @param {readonly string[]} args Passed on to vitest.
 * @param {(command: string, args: readonly string[]) => Promise<T>} run
 * @returns {Promise<{ended: T, tally: Tally}>}
 */
export async function runProject(project, args, run) {
  const folder = mkdtempSync(join(tmpdir(), 'dynamic-workflows-report-'));
  try {
    const report = join(folder, 'report.json');
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    const ended = await run(...tool('vitest', ['run', '--project', project, ...reporters, ...args]));
    return { ended, tally: count(read(report), ended.code) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @typedef {object} Report What vitest's JSON reporter writes, as far as it is read here.
 * @property {number} numPassedTests
 * @property {number} numFailedTests
 * @property {readonly {status: string, assertionResults: readonly {status: string}[]}[]} testResults
 */

/**
 * No failure goes uncounted: a file that did not load, a run without tests and a run that ended badly for no visible
 * reason are one each.
 * @param {Report | undefined} report
 * @param {number} code
 * @returns {Tally}
 */
export function count(report, code) {
  if (report === undefined) return { passed: 0, failed: 1 };
  const broken = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  );
  const passed = report.numPassedTests;
  const failed = report.numFailedTests + broken.length;
  const wrong = code !== 0 || passed + failed === 0;
  return { passed, failed: failed === 0 && wrong ? 1 : failed };
}

/**
 * @param {string} file
 * @returns {Report | undefined}
 */
function read(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
