import { chmod, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createGitRepository, type GitRepository } from '../../test/support/gitRepository.ts';
import { createGit } from './git.ts';
import { createMergeRepository } from './gitMerge.ts';

const merge = createMergeRepository(createGit());
let repository: GitRepository;
let base = '';
let scratch = '';
const ODD = 'sub/odd "name"\nünï.txt';
const LINES = Array.from({ length: 9 }, (_, i) => `${i}\n`);

beforeEach(async () => {
  repository = await createGitRepository({ 'lines.txt': LINES.join(''), [ODD]: 'a\n', 'sub/b.txt': 'b\n' });
  base = await repository.git('rev-parse', 'HEAD');
  scratch = await realpath(await mkdtemp(join(tmpdir(), 'dwf-merge-')));
});
afterEach(async () => {
  await repository.dispose();
  await rm(scratch, { recursive: true, force: true });
});

/** A commit on top of the base, with `main` and its files back at the base afterwards. */
async function commit(files: Readonly<Record<string, string>>): Promise<string> {
  for (const [path, content] of Object.entries(files)) await repository.write(path, content);
  const made = await repository.commit();
  await repository.git('reset', '-q', '--hard', base);
  return made;
}
const failed = (message: string) => ({ kind: 'failed', message: expect.stringContaining(message) as string });
const withLine = (at: number, line: string) => LINES.map((text, i) => (i === at ? line : text)).join('');

test('X03 changes to different lines of one file merge', async () => {
  const [one, two] = [
    await commit({ 'lines.txt': withLine(0, 'A\n') }),
    await commit({ 'lines.txt': withLine(8, 'Z\n') }),
  ];
  const merged = await merge.merge(repository.dir, one, two);
  if (merged.kind !== 'merged') throw new Error('there was a conflict');
  const landed = await merge.commitTree(repository.dir, merged.tree, [one, two], '-m\n\nboth');
  expect(await repository.git('show', `${landed}:lines.txt`)).toBe(`A\n${LINES.slice(1, 8).join('')}Z`);
  expect(await repository.git('show', '-s', '--format=%P %s', landed)).toBe(`${one} ${two} -m`);
  expect(await repository.git('status', '--porcelain')).toBe('');
});

test('X03 every file in conflict is named, from a subfolder and whatever its name', async () => {
  const one = await commit({ [ODD]: 'one\n', 'sub/b.txt': 'one\n', 'lines.txt': withLine(0, 'A\n') });
  await repository.git('rm', '-q', 'sub/b.txt');
  const two = await commit({ [ODD]: 'two\n', 'lines.txt': withLine(8, 'Z\n') });
  const merged = await merge.merge(join(repository.dir, 'sub'), one, two);
  expect(merged).toEqual({
    kind: 'conflict',
    paths: ['sub/b.txt', ODD],
    tree: expect.stringMatching(/^[0-9a-f]{40}$/) as string,
    notes: [
      'CONFLICT (modify/delete): sub/b.txt deleted in the change and modified in what has landed.  Version what has landed of sub/b.txt left in tree.',
      `CONFLICT (content): Merge conflict in ${ODD}`,
    ],
  });
  if (merged.kind !== 'conflict') return;
  const left = await merge.commitTree(repository.dir, merged.tree, [one], 'with marks');
  expect(await merge.markedIn(join(repository.dir, 'sub'), left, ['sub/b.txt', ODD], two)).toEqual([ODD]);
  expect(await merge.markedIn(repository.dir, left, ['sub/b.txt'], two)).toEqual([]);
});

test.each(['1', '3', '7', '20'])('X03 marks of any length are found, as attributes make them: %s', async (size) => {
  const one = await commit({ 'lines.txt': withLine(4, 'A\n') });
  const two = await commit({ 'lines.txt': withLine(4, 'B\n') });
  await repository.write('.gitattributes', `* conflict-marker-size=${size}\n`);
  const merged = await merge.merge(repository.dir, one, two, base);
  if (merged.kind !== 'conflict') throw new Error('there was no conflict');
  const left = await merge.commitTree(repository.dir, merged.tree, [one], 'with marks');
  expect(await repository.git('show', `${left}:lines.txt`)).toContain(`\n${'>'.repeat(Number(size))} ${two}\n`);
  expect(await merge.markedIn(repository.dir, left, ['lines.txt'], two)).toEqual(['lines.txt']);
  const quoting = await commit({ 'lines.txt': `> ${one}\n<<< ${two}\n` });
  expect(await merge.markedIn(repository.dir, quoting, ['lines.txt'], two)).toEqual([]);
});

test('X03 a file that attributes call binary hides no conflict marks', async () => {
  const marked = await commit({ '.gitattributes': '* binary -text\n', 'a.txt': `\0\n<<<<<<< ${base}\n` });
  expect(await merge.markedIn(repository.dir, marked, ['a.txt'], base)).toEqual(['a.txt']);
});

test('a message keeps its lines and tabs, and nothing that git or a terminal would trip over', async () => {
  const tree = await repository.git('rev-parse', `${base}^{tree}`);
  const made = await merge.commitTree(
    repository.dir,
    tree,
    [base],
    'a\u0000b \u001b[31mred\u0007\r\n\n\tc\u009b \u{1f600}\n',
  );
  expect(await repository.git('show', '-s', '--format=%B', made)).toBe('ab [31mred\n\n\tc \u{1f600}\n');
});

test('X03 two histories without a common commit are no conflict but a failure that says so', async () => {
  const tree = await repository.git('rev-parse', `${base}^{tree}`);
  const stranger = await merge.commitTree(repository.dir, tree, [], 'stranger');
  expect(await merge.merge(repository.dir, base, stranger)).toEqual(failed('unrelated histories'));
});

test('X03 a git without merge-tree is told by its version', async () => {
  const old = join(scratch, 'git');
  await writeFile(
    old,
    '#!/bin/sh\ncase "$*" in *merge-tree*) exit 129;; *version*) echo git version 2.30.1;; *) pwd;; esac\n',
  );
  await chmod(old, 0o755);
  const merging = createMergeRepository(createGit({ PATH: `${scratch}:${process.env['PATH'] ?? ''}` }));
  expect(await merging.merge(repository.dir, base, base)).toEqual(
    failed('needs git 2.38 or newer, and this is git version 2.30.1'),
  );
});

test('X03 a branch that the person has checked out does not move', async () => {
  const to = await commit({ 'sub/b.txt': 'B\n' });
  expect(await merge.moveBranch(repository.dir, 'main', to, base)).toEqual(
    failed(`checked out at ${repository.dir}. Switch to another one`),
  );
  expect(await repository.git('rev-parse', 'main')).toBe(base);
});

test('X03 a branch below another’s name is told as git tells it', async () => {
  expect(await merge.moveBranch(repository.dir, 'main/below', base, null)).toEqual(failed("'refs/heads/main' exists"));
});

test('X03 files of any name, mode and kind are committed as they are, and a folder in place of a file', async () => {
  const odd = ['a "quoted" \\ name', 'line\nend', ' led by a space', 'tab\there', 'ünï/ß'];
  await repository.git('rm', '-q', 'sub/b.txt');
  for (const path of odd) await repository.write(path, `${path}\n`);
  await repository.write('sub/b.txt/inner', 'x\n');
  await repository.write('run.sh', 'exit 0\n');
  await chmod(join(repository.dir, 'run.sh'), 0o755);
  await symlink('lines.txt', join(repository.dir, 'link'));
  await repository.write('raw', new Uint8Array([0, 255, 10, 0]));
  const to = await repository.commit();
  await repository.git('reset', '-q', '--hard', base);
  const [there = [], back = []] = await merge.entriesBetween(join(repository.dir, 'sub'), [
    { from: base, to },
    { from: to, to: base },
  ]);
  const steps = [there, back].map((entries, i) => ({ message: `-m\n\u0007step ${i}`, entries }));
  const [forth = '', home = ''] = await merge.commitSteps(repository.dir, base, steps);
  expect(await merge.treeOf(repository.dir, forth)).toBe(await merge.treeOf(repository.dir, to));
  expect(await merge.treeOf(repository.dir, home)).toBe(await merge.treeOf(repository.dir, base));
  expect(await repository.git('show', '-s', '--format=%P%n%B', home)).toBe(`${forth}\n-m\nstep 1\n`);
  expect(await repository.git('for-each-ref', '--format=%(refname)')).toBe('refs/heads/main');
});

test('a branch is found by its whole name alone', async () => {
  await repository.git('branch', 'side/deep');
  expect(await merge.resolve(repository.dir, 'side')).toBeNull();
  expect(await merge.resolve(repository.dir, 'deep')).toBeNull();
  expect(await merge.resolve(repository.dir, 'side/deep')).toBe(base);
});

test('a comparison does not depend on the folder or on the person’s settings', async () => {
  for (const [key, value] of [
    ['diff.relative', 'true'],
    ['diff.noprefix', 'true'],
    ['color.ui', 'always'],
    ['diff.external', '/bin/false'],
  ] as const) {
    await repository.git('config', key, value);
  }
  const to = await commit({ 'lines.txt': withLine(0, 'A\n') });
  const { files, diff } = await merge.compare(join(repository.dir, 'sub'), base, to);
  expect(files).toEqual([{ path: 'lines.txt', status: 'modified', additions: 1, deletions: 1 }]);
  expect(diff).toMatch(
    /^diff --git a\/lines\.txt b\/lines\.txt\n.*\n--- a\/lines\.txt\n\+\+\+ b\/lines\.txt\n@@ -1,4 \+1,4 @@\n-0\n\+A\n/,
  );
});
