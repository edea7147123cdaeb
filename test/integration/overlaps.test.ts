import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { REPAIRS } from '../../src/node/simulator/demo/repairs.ts';
import type { Brain, RequestView } from '../../src/node/simulator/simulator.ts';
import { resultOf, script, withBench } from '../support/engine.ts';
import { runGit } from '../support/gitRepository.ts';

const SAMPLE = join(import.meta.dirname, '../../media/sample-project');

interface Task {
  readonly module: string;
  readonly find: string;
  readonly replace: string;
  readonly done: string;
}

/** Twelve: for each seeded bug its repair, and a note at the head of the same module. All of them add a line to one file. */
const TASKS: readonly Task[] = REPAIRS.flatMap(({ module, find, replace }) => [
  { module, find, replace, done: `- ${module} is mended` },
  { module, find: '', replace: `// Looked at: ${module}\n`, done: `- ${module} is looked at` },
]);

const isResolver = (view: RequestView): boolean => view.prompt.includes('Two lines of work changed the same place');

/** Reads what it changes, edits it, and adds its line at the end of the list, where eleven others add theirs. */
const author: Brain = (view) => {
  const [, number = ''] = /do task (\d+)/.exec(view.prompt) ?? [];
  const task = TASKS[Number(number)];
  if (!task) return undefined;
  const [first = ''] = linesOf(view.results[0]?.content ?? '');
  const edit =
    task.find === ''
      ? { oldText: first, newText: `${task.replace}${first}` }
      : { oldText: task.find, newText: task.replace };
  const steps = [
    { tools: [{ name: 'Read', input: { path: task.module } }] },
    { tools: [{ name: 'Edit', input: { path: task.module, ...edit } }] },
    { tools: [{ name: 'Read', input: { path: 'DONE.md' } }] },
    {
      tools: [{ name: 'Edit', input: { path: 'DONE.md', oldText: '# Done\n', newText: `# Done\n${task.done}\n` } }],
    },
  ];
  return steps[view.turn] ?? { text: task.done };
};

/** Both sides of a conflict are wanted: everything stays but the marks. */
const resolver: Brain = (view) => {
  if (!isResolver(view)) return undefined;
  const merged = linesOf(view.results[0]?.content ?? '').filter((line) => !/^(<{7}|\|{7}|={7}|>{7})/.test(line));
  const steps = [
    { tools: [{ name: 'Read', input: { path: 'DONE.md' } }] },
    { tools: [{ name: 'Write', input: { path: 'DONE.md', content: `${[...new Set(merged)].join('\n')}\n` } }] },
  ];
  return steps[view.turn] ?? { text: 'Keep both lines' };
};

const reviewer: Brain = (view) =>
  view.system.includes('You are a reviewer') ? { structured: { findings: [] } } : undefined;

/** The lines of a file as the Read tool shows them, with their numbers. */
const linesOf = (shown: string): readonly string[] =>
  shown.split('\n').flatMap((line) => /^\s*\d+\t(.*)$/.exec(line)?.slice(1) ?? []);

test('X03 twelve authors of overlapping files: all of it lands, and the suite on the branch is green', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'dwf-overlaps-'));
  const sample = join(folder, 'sample');
  try {
    await cp(SAMPLE, sample, { recursive: true });
    await runGit(sample, ['init', '-q', '-b', 'main']);
    await writeFile(join(sample, 'DONE.md'), '# Done\n');
    await runGit(sample, ['add', '-A']);
    await runGit(sample, ['commit', '-q', '-m', 'sample']);
    await withBench({ rules: [reviewer, resolver, author], cwd: sample }, async (bench) => {
      const played = await bench.play(
        script(`return await pipeline(
          Array.from({ length: ${TASKS.length} }, (_, i) => i),
          (i) => change('do task ' + i),
          async (made) => {
            await review(made, { lenses: ['correctness'] });
            return await land(made);
          },
        );`),
      );
      expect(played.end.failures).toEqual([]);
      const landings = resultOf(played) as { readonly status: string; readonly resolvedBy?: string }[];
      expect(landings.map(({ status }) => status)).toEqual(TASKS.map(() => 'landed'));
      // The list is changed at one place by all of them: only the first to land meets nobody.
      expect(landings.filter(({ resolvedBy }) => resolvedBy !== undefined)).toHaveLength(TASKS.length - 1);

      const branch = `workflow/${played.runId}/integration`;
      await runGit(sample, ['worktree', 'add', '-q', '--detach', join(folder, 'landed'), branch]);
      const list = await runGit(sample, ['show', `${branch}:DONE.md`]);
      expect(list.split('\n').sort()).toEqual(['# Done', ...TASKS.map(({ done }) => done)].sort());
      for (const { module, replace } of TASKS)
        expect(await runGit(sample, ['show', `${branch}:${module}`])).toContain(replace.trim());
      await expect(suite(join(folder, 'landed'))).resolves.toMatchObject({ stderr: '' });
      await expect(suite(sample)).rejects.toThrow();
      expect(await runGit(sample, ['rev-list', '--count', `main..${branch}`])).toBe(String(TASKS.length));
      expect(await runGit(sample, ['status', '--porcelain'])).toBe('');
    });
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
});

/** Rejects when a test fails. The variables of this runner would change how that one reports. */
function suite(cwd: string) {
  const { NODE_OPTIONS: _options, NODE_TEST_CONTEXT: _context, ...env } = process.env;
  return promisify(execFile)(process.execPath, ['--test'], { cwd, env });
}
