import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { demoBrain } from './demoBrain.ts';
import type { Played, Stage } from './playAgent.fake.ts';
import { NOBODY, openStage, runCommand, sampleCopy } from './playAgent.fake.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage(demoBrain);
});
afterAll(() => stage[Symbol.asyncDispose]());

/** Takes every answer. */
const ANY = { type: 'object' };

const FIND = `Find out what fails here. Change nothing.

1. Run the test suite: \`npm test\`
2. Read the bug reports in \`BUG_REPORTS.md\` and list them.`;

const fixPrompt = (
  name: string,
): string => `Make the failing tests in test/${name}.test.js pass by mending the code they test, most likely src/${name}.js.

Run \`node --test test/${name}.test.js\` before you end.`;

const doubtPrompt = (side: string): string => `A user reports a bug. Try to refute the report, looking at ${side}.

<report title="parseQuery() loses values" module="src/query.js">
The first value is gone.
</report>`;

const DIFF = `diff --git a/src/ranges.js b/src/ranges.js
--- a/src/ranges.js
+++ b/src/ranges.js
@@ -2,7 +2,7 @@
 
 /** The same numbers in as few ranges as possible, sorted. Ranges that touch become one. */
 export function mergeRanges(ranges) {
-  const sorted = ranges.sort((a, b) => a.start - b.start);
+  const sorted = [...ranges].sort((a, b) => a.start - b.start);
   const merged = [];`;

function edit(root: string, path: string, from: string, to: string): void {
  const before = readFileSync(join(root, path), 'utf8');
  expect(before).toContain(from);
  writeFileSync(
    join(root, path),
    before.replace(from, () => to),
  );
}

interface Answered {
  readonly problem: string;
  readonly failures: readonly { readonly module: string; readonly command: string }[];
  readonly reports: readonly { readonly title: string; readonly module: string; readonly claim: string }[];
}

// Real test runs, which take their time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

describe('the finder', () => {
  const find = async (root: string, prompt = FIND): Promise<Answered> =>
    (await stage.play({ role: 'agent', prompt, cwd: root, schema: ANY })).answer as Answered;

  test('lists what really fails and what the reports say', async () => {
    using sample = sampleCopy();
    const { failures, reports } = await find(sample.root);
    expect(failures).toHaveLength(8);
    expect(failures[0]).toMatchObject({ module: 'src/csv.js', command: 'node --test test/csv.test.js' });
    expect(reports).toMatchObject([{ title: 'parseQuery() loses values', module: 'src/query.js' }]);
    expect(reports[0]?.claim).toMatch(/^Our filter page sends/);
  });

  test('does not list a bug that is mended already, nor reports where there are none', async () => {
    using sample = sampleCopy();
    edit(
      sample.root,
      'src/lru.js',
      'this.#entries.set(key, value);\n    return value;',
      'this.set(key, value);\n    return value;',
    );
    rmSync(join(sample.root, 'BUG_REPORTS.md'));
    const { failures, reports } = await find(sample.root);
    expect(failures.map(({ module }) => module)).not.toContain('src/lru.js');
    expect(failures).toHaveLength(7);
    expect(reports).toEqual([]);
  });

  test('takes reports from its prompt', async () => {
    using sample = sampleCopy();
    const { reports } = await find(
      sample.root,
      'Find out what fails here.\nRun the test suite: `true`\n<report>\nIt is slow\n</report>',
    );
    expect(reports).toMatchObject([{ title: 'It is slow', claim: 'It is slow' }]);
  });

  test('says why no tests ran', async () => {
    using sample = sampleCopy();
    rmSync(join(sample.root, 'package.json'));
    expect((await find(sample.root)).problem).toMatch(/package\.json/);
  });
});

describe('the author', () => {
  const fix = (root: string, name: string): Promise<Played> =>
    stage.play({ role: 'author', prompt: fixPrompt(name), cwd: root });

  test('reads, edits, runs the tests and says what it did', async () => {
    using sample = sampleCopy();
    const { calls, answer } = await fix(sample.root, 'wrap');
    // It reads both at once.
    expect(calls.slice(0, 2).sort()).toEqual(['Read src/wrap.js', 'Read test/wrap.test.js']);
    expect(calls.slice(2)).toEqual(['Edit src/wrap.js', 'Bash node --test test/wrap.test.js']);
    expect(answer).toBe('Let a wrapped line be exactly as long as the width');
    expect((await runCommand('node --test test/wrap.test.js', sample.root)).ok).toBe(true);
  });

  test('changes nothing and says so when the code is not what it knows', async () => {
    using sample = sampleCopy();
    edit(sample.root, 'src/wrap.js', '>= width', '>= columns');
    const { calls, answer } = await fix(sample.root, 'wrap');
    expect(calls.at(-1)).toBe('Edit src/wrap.js');
    expect(answer).toMatch(/^I changed nothing/);
  });

  test('says that tests still fail when its edit does not mend them', async () => {
    using sample = sampleCopy();
    edit(sample.root, 'test/wrap.test.js', "'one\\n\\ntwo'", "'something else'");
    expect((await fix(sample.root, 'wrap')).answer).toMatch(/\(1 tests still fail\)$/);
  });

  test('leaves a module that it does not know to others', async () => {
    using sample = sampleCopy();
    expect(await fix(sample.root, 'slug')).toEqual({ answer: NOBODY, calls: [] });
  });
});

describe('the skeptics of a report', () => {
  const doubt = (root: string, side: string): Promise<Played> =>
    stage.play({ role: 'agent', prompt: doubtPrompt(side), cwd: root, schema: ANY });

  test.each([
    { side: 'the documentation', path: 'README.md' },
    { side: 'the tests', path: 'test/query.test.js' },
    { side: 'the code and its callers', path: 'src/query.js' },
  ])('refute it from $side by what $path says', async ({ side, path }) => {
    using sample = sampleCopy();
    const { calls, answer } = await doubt(sample.root, side);
    expect(calls).toEqual([`Read ${path}`]);
    expect(answer).toMatchObject({ refuted: true });
    expect((answer as { reason: string }).reason).toContain(path);
  });

  test('do not refute it when the documentation says nothing', async () => {
    using sample = sampleCopy();
    edit(sample.root, 'README.md', 'the last one wins', 'anything may happen');
    expect((await doubt(sample.root, 'the documentation')).answer).toMatchObject({ refuted: false });
  });
});

describe('the court over a change', () => {
  const reviewer = { role: 'reviewer', schema: { type: 'object', properties: { findings: {} } } } as const;
  const skeptic = { role: 'skeptic', schema: { type: 'object', properties: { verdict: {} } } } as const;
  const claim = 'The copy is shallow: mergeRanges still changes the ranges of its caller';

  test('has a reviewer who misunderstands one repair, on the line that changed', async () => {
    using sample = sampleCopy();
    const { answer } = await stage.play({ ...reviewer, prompt: DIFF, cwd: sample.root });
    expect(answer).toMatchObject({ findings: [{ path: 'src/ranges.js', line: 5, severity: 'major', title: claim }] });
  });

  test('has a reviewer who finds nothing wrong with another', async () => {
    using sample = sampleCopy();
    const prompt = '+++ b/src/wrap.js\n@@ -21 +21 @@\n+    else if (line.length + 1 + word.length > width) {';
    const { answer, calls } = await stage.play({ ...reviewer, prompt, cwd: sample.root });
    expect(calls).toEqual(['Read src/wrap.js']);
    expect(answer).toEqual({ findings: [] });
  });

  test('has skeptics who refute the misunderstanding by the code', async () => {
    using sample = sampleCopy();
    const { answer, calls } = await stage.play({ ...skeptic, prompt: claim, cwd: sample.root });
    expect(calls).toEqual(['Read src/ranges.js']);
    expect(answer).toMatchObject({ verdict: 'refuted' });
  });

  test('has skeptics who uphold it when the code shares its ranges', async () => {
    using sample = sampleCopy();
    edit(sample.root, 'src/ranges.js', 'merged.push({ ...range })', 'merged.push(range)');
    const { answer } = await stage.play({ ...skeptic, prompt: claim, cwd: sample.root });
    expect(answer).toMatchObject({ verdict: 'upheld' });
  });

  test.each([
    {
      name: 'a change that it does not know',
      ...reviewer,
      prompt: DIFF.replace('[...ranges]', 'structuredClone(ranges)'),
    },
    { name: 'a finding that it does not know', ...skeptic, prompt: 'It is slow' },
    { name: 'another conversation', role: 'agent' as const, prompt: 'Hello' },
  ])('leaves $name to others', async ({ name: _, ...agent }) => {
    using sample = sampleCopy();
    expect(await stage.play({ ...agent, cwd: sample.root })).toEqual({ answer: NOBODY, calls: [] });
  });
});
