import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { withLock } from '../../scripts/lib/lock.mjs';
import { count } from '../../scripts/lib/vitest.mjs';

const passing = { status: 'passed', assertionResults: [{ status: 'passed' }] };
const failing = { status: 'failed', assertionResults: [{ status: 'failed' }, { status: 'passed' }] };
const unloadable = { status: 'failed', assertionResults: [] };

describe('the count of a test run', () => {
  test.each([
    { name: 'all passed', files: [passing], passed: 1, failed: 0, code: 0, tally: [1, 0] },
    { name: 'one failed', files: [passing, failing], passed: 2, failed: 1, code: 1, tally: [2, 1] },
    { name: 'a file that did not load', files: [passing, unloadable], passed: 1, failed: 0, code: 1, tally: [1, 1] },
    { name: 'an error outside every test', files: [passing], passed: 1, failed: 0, code: 1, tally: [1, 1] },
    { name: 'no test at all', files: [], passed: 0, failed: 0, code: 0, tally: [0, 1] },
  ])('$name', ({ files, passed, failed, code, tally }) => {
    const report = { numPassedTests: passed, numFailedTests: failed, testResults: files };
    expect(count(report, code)).toEqual({ passed: tally[0], failed: tally[1] });
  });

  test('a run that wrote no report', () => {
    expect(count(undefined, 1)).toEqual({ passed: 0, failed: 1 });
  });
});

describe('the lock between processes', () => {
  let folder: string;
  let file: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'dynamic-workflows-lock-'));
    file = join(folder, 'work.lock');
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  test('lets one in at a time, and says so to the other', async () => {
    const steps: string[] = [];
    const bell = new EventEmitter();
    const first = withLock(file, async () => {
      steps.push('first in');
      await once(bell, 'waiting');
      steps.push('first out');
    });
    const second = withLock(
      file,
      async () => void steps.push('second in'),
      () => bell.emit('waiting'),
    );
    await Promise.all([first, second]);
    expect(steps).toEqual(['first in', 'first out', 'second in']);
    expect(existsSync(file)).toBe(false);
  });

  test('is free again after a failure', async () => {
    await expect(withLock(file, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(existsSync(file)).toBe(false);
  });

  test('is taken from an owner that died', async () => {
    writeFileSync(file, String(await pidOfTheDead()));
    await expect(withLock(file, async () => 'mine')).resolves.toBe('mine');
  });

  test('stays with a living child of an owner that died', async () => {
    writeFileSync(file, `${await pidOfTheDead()} ${process.pid}`);
    const order: string[] = [];
    const release = () => {
      order.push('waited');
      rmSync(file);
    };
    await withLock(file, async () => void order.push('in'), release);
    expect(order).toEqual(['waited', 'in']);
  });
});

async function pidOfTheDead(): Promise<number> {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  await once(child, 'exit');
  return child.pid ?? expect.unreachable('the process did not start');
}
