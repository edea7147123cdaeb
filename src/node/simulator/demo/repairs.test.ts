import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { runCommand, sampleCopy } from './playAgent.fake.ts';
import type { Repair } from './repairs.ts';
import { REPAIRS } from './repairs.ts';
import { readTestRun } from './testRun.ts';

/** The tests that each seeded bug fails, as they are meant to be. */
const CAUGHT_BY: Readonly<Record<string, readonly string[]>> = {
  'src/csv.js': ['formatCsv: doubles quotes inside a field', 'formatCsv: what it writes, parseCsv reads back'],
  'src/lru.js': ['get keeps an entry from being dropped'],
  'src/money.js': ['percentage: rounds a refund like the charge, away from zero'],
  'src/ranges.js': ['mergeRanges: leaves its input as it was'],
  'src/semver.js': ['compareVersions: compares numbers by value', 'latest: finds the highest version'],
  'src/wrap.js': ['wrap: fills a line to the last character'],
};

function apply({ module, find, replace }: Repair, root: string): void {
  const path = join(root, module);
  const before = readFileSync(path, 'utf8');
  expect(before.split(find), `${module} holds the wrong code once`).toHaveLength(2);
  writeFileSync(
    path,
    before.replace(find, () => replace),
  );
}

async function suite(root: string, command = 'npm test') {
  const { output } = await runCommand(command, root);
  const run = readTestRun(output, root);
  if (run === undefined) throw new Error(`no tests ran:\n${output}`);
  return run;
}

// Real test runs, which take their time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

describe('the sample project', () => {
  test('fails exactly the tests that catch its seeded bugs', async () => {
    using sample = sampleCopy();
    const run = await suite(sample.root);
    const seen = run.failures.map(({ name, file }) => `${file}: ${name}`).sort();
    const meant = Object.entries(CAUGHT_BY).flatMap(([module, names]) =>
      names.map((name) => `${module.replace('src/', 'test/').replace('.js', '.test.js')}: ${name}`),
    );
    expect(seen).toEqual(meant.sort());
    expect(run.failed).toBe(seen.length);
    expect(run.passed).toBeGreaterThan(50);
  });

  test('is green with all repairs', async () => {
    using sample = sampleCopy();
    for (const repair of REPAIRS) apply(repair, sample.root);
    const run = await suite(sample.root);
    expect({ failed: run.failed, failures: run.failures }).toEqual({ failed: 0, failures: [] });
  });

  test('has a repair for each bug, each in a module that no other module imports', () => {
    expect(REPAIRS.map(({ module }) => module).sort()).toEqual(Object.keys(CAUGHT_BY).sort());
    using sample = sampleCopy();
    const folder = join(sample.root, 'src');
    const modules = readdirSync(folder).filter((name) => name !== 'index.js');
    expect(modules).toHaveLength(12);
    const importing = modules.filter((name) => readFileSync(join(folder, name), 'utf8').includes("from './"));
    expect(importing).toEqual([]);
  });

  test.each(REPAIRS)('passes the tests of $module with its repair alone', async (repair) => {
    using sample = sampleCopy();
    apply(repair, sample.root);
    const tests = repair.module.replace('src/', 'test/').replace('.js', '.test.js');
    expect((await suite(sample.root, `node --test ${tests}`)).failed).toBe(0);
  });

  test('breaks a test when the report that is no bug is acted upon', async () => {
    using sample = sampleCopy();
    const path = join(sample.root, 'src/query.js');
    const before = readFileSync(path, 'utf8');
    const asked = `const all = Object.entries(parseQueryAll(query));
  return Object.fromEntries(all.map(([key, list]) => [key, list.length > 1 ? list : list[0]]));`;
    writeFileSync(
      path,
      before.replace('return Object.fromEntries(pairs(query));', () => asked),
    );
    const run = await suite(sample.root, 'node --test test/query.test.js');
    expect(run.failures.map(({ name }) => name)).toEqual(['parseQuery: gives one string a key, the last one']);
  });
});
