import { expect, test } from 'vitest';
import type { Brain } from '../../src/node/simulator/simulator.ts';
import { resultOf, script, withBench } from '../support/engine.ts';
import { runGit, withGitRepository } from '../support/gitRepository.ts';

const POINTER = 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n';

/** Copies what it finds in the submodule into a file of the repository itself. */
const author: Brain = (view) => {
  if (view.system.includes('You are a reviewer')) return { structured: { findings: [] } };
  const read = view.results[0]?.content ?? '';
  const steps = [
    { tools: [{ name: 'Read', input: { path: 'libs/one/lib.txt' } }] },
    {
      tools: [{ name: 'Write', input: { path: 'copy.txt', content: `${/\tlib of others/.exec(read)?.[0].trim()}\n` } }],
    },
  ];
  return steps[view.turn] ?? { text: 'Copied the library' };
};

test('W27 a run on a repository with submodules and LFS pointers: agents and tests see both, and neither is changed', async () => {
  await withGitRepository({ 'lib.txt': 'lib of others\n' }, (library) =>
    withGitRepository({ 'a.txt': 'a\n' }, async (repository) => {
      const { dir } = repository;
      await runGit(dir, ['-c', 'protocol.file.allow=always', 'submodule', 'add', '-q', library.dir, 'libs/one']);
      await repository.write('.gitattributes', '*.bin filter=lfs diff=lfs merge=lfs -text\n');
      await repository.write('large.bin', POINTER);
      const base = await repository.commit('with a library and a large file');
      await withBench({ rules: [author], cwd: dir }, async (bench) => {
        const played = await bench.play(
          script(`const made = await change('copy the library', { verify: 'test -f libs/one/lib.txt' });
            const { stdout } = await check('cat libs/one/lib.txt large.bin', { on: made });
            await review(made, { lenses: ['correctness'] });
            const { status } = await land(made, { verify: 'cmp libs/one/lib.txt copy.txt && grep -q git-lfs large.bin' });
            return { stdout, status };`),
        );
        expect(resultOf(played)).toEqual({ stdout: `lib of others\n${POINTER}`, status: 'landed' });
        const branch = `workflow/${played.runId}/integration`;
        expect(await repository.git('diff', '--raw', '--no-abbrev', base, branch)).toMatch(
          /^:000000 100644 .* A\tcopy\.txt$/,
        );
        expect(await repository.git('ls-tree', branch, 'libs/one', 'large.bin')).toBe(
          await repository.git('ls-tree', base, 'libs/one', 'large.bin'),
        );
        expect(await repository.git('status', '--porcelain')).toBe('');
        expect((await repository.git('worktree', 'list')).split('\n')).toHaveLength(1);
        expect(await repository.git('fsck', '--no-dangling')).toBe('');
      });
    }),
  );
});
