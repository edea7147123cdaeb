import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AbortError } from '../base/abort.ts';
import { createGitRepository, type GitRepository } from '../../test/support/gitRepository.ts';
import { createGit, expectOk, lastWords, type GitResult } from './git.ts';

let repository: GitRepository;
let scratch = '';
beforeEach(async () => {
  repository = await createGitRepository();
  scratch = await realpath(await mkdtemp(join(tmpdir(), 'dwf-git-')));
});
afterEach(async () => {
  await repository.dispose();
  await rm(scratch, { recursive: true, force: true });
});

const git = createGit();
const at = (...args: string[]) => ({ cwd: repository.dir, args });

test('an answer, and none', async () => {
  expect(await git(at('show', 'HEAD:readme.md'))).toEqual({ kind: 'ok', stdout: 'hello\n', cut: false });
  expect(await git(at('cat-file', '-e', 'HEAD'))).toEqual({ kind: 'ok', stdout: '', cut: false });
});

test.each([
  {
    name: 'with words',
    args: ['cat-file', '-t', 'nothing'],
    exitCode: 128,
    stderr: /^fatal: Not a valid object name nothing/,
  },
  {
    name: 'without words',
    args: ['diff', '--quiet', '4b825dc642cb6eb9a060e54bf8d69288fbee4904', 'HEAD'],
    exitCode: 1,
    stderr: /^$/,
  },
])('a failure $name is a value', async ({ args, exitCode, stderr }) => {
  expect(await git(at(...args))).toEqual({
    kind: 'failed',
    exitCode,
    stdout: '',
    stderr: expect.stringMatching(stderr) as string,
  });
});

test('a folder that is not there is a failure, a missing git is told apart', async () => {
  expect(await git({ cwd: join(scratch, 'gone'), args: ['status'] })).toMatchObject({ kind: 'failed' });
  expect(await createGit({ PATH: scratch })(at('status'))).toEqual({ kind: 'no-git' });
});

test('what git would take for an option is no revision, and does nothing', async () => {
  const kept = join(scratch, 'kept');
  await writeFile(kept, 'mine');
  for (const revisions of [
    [`--output=${kept}`, 'HEAD'],
    ['HEAD', `--output=${kept}`],
  ])
    expect(await git({ ...at('diff-tree', '-p'), revisions })).toEqual({
      kind: 'failed',
      exitCode: 128,
      stdout: '',
      stderr: `fatal: "--output=${kept}" is no commit`,
    });
  expect(await readFile(kept, 'utf8')).toBe('mine');
});

test('revisions come after the options, and paths after both', async () => {
  const call = { ...at('grep', '-c', '-e', 'hello'), revisions: ['HEAD'] };
  expect(await git({ ...call, paths: ['readme.md'] })).toMatchObject({ kind: 'ok', stdout: 'HEAD:readme.md:1\n' });
  expect(await git({ ...call, paths: ['HEAD'] })).toMatchObject({ kind: 'failed', exitCode: 1 });
});

test('a lot of output comes whole, or is cut where asked', async () => {
  await repository.write('large.txt', 'x'.repeat(20_000_000));
  await repository.commit();
  const whole = await git(at('show', 'HEAD:large.txt'));
  expect(whole.kind === 'ok' && whole.stdout.length).toBe(20_000_000);
  const cut = await git({ ...at('show', 'HEAD:large.txt'), maxBytes: 100_000 });
  if (cut.kind !== 'ok') throw new Error(cut.kind);
  expect(cut.cut).toBe(true);
  expect(cut.stdout.length).toBeGreaterThan(100_000);
  expect(cut.stdout.length).toBeLessThan(2_000_000);
});

test('stdin and names that begin like an option are taken as they are', async () => {
  const tree = await repository.git('rev-parse', 'HEAD^{tree}');
  const message = '--not-an-option\n\n"quotes" ünï\n';
  const made = await git({
    ...at('commit-tree', tree, '-F', '-'),
    input: message,
    identity: { name: 'Ada "A" ünï', email: 'a@b' },
  });
  const commit = expectOk(made, 'committing').trim();
  expect(await repository.git('show', '-s', '--format=%an <%ae> %cn%n%B', commit)).toBe(
    `Ada "A" ünï <a@b> Ada "A" ünï\n${message}`,
  );
});

test('git sees no variable of an outer git, no secret and no prompt', async () => {
  const outer = {
    ...process.env,
    GIT_DIR: '/elsewhere/.git',
    GIT_WORK_TREE: '/elsewhere',
    GIT_INDEX_FILE: '/elsewhere/index',
    GIT_EDITOR: 'vi',
    EDITOR: 'vi',
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'core.pager',
    GIT_CONFIG_VALUE_0: 'touch pwned',
    ANTHROPIC_API_KEY: 'sk-x',
    LANG: 'de_DE.UTF-8',
    LC_ALL: 'de_DE.UTF-8',
  };
  await repository.git('config', 'alias.environment', `!env > ${join(scratch, 'env')}`);
  expect(await createGit(outer)(at('environment'))).toMatchObject({ kind: 'ok' });
  const seen = await readFile(join(scratch, 'env'), 'utf8');
  expect(seen).not.toMatch(/elsewhere|EDITOR|sk-x|pwned/);
  expect(seen).toMatch(/^LC_ALL=C$/m);
  expect(seen).toMatch(/^GIT_TERMINAL_PROMPT=0$/m);
});

test('the person’s own git configuration counts', async () => {
  const config = join(scratch, 'config');
  await writeFile(config, '[user]\n\tname = Grace\n');
  const own = createGit({ ...process.env, GIT_CONFIG_GLOBAL: config });
  expect(await own(at('config', 'user.name'))).toMatchObject({ kind: 'ok', stdout: 'Grace\n' });
});

test('an abort stops git, and before the start git is not called', async () => {
  await repository.git('config', 'alias.slow', `!touch ${join(scratch, 'started')}; exec sleep 60`);
  const aborting = new AbortController();
  const running = git(at('slow'), aborting.signal);
  const outcome = expect(running).rejects.toBeInstanceOf(AbortError);
  for (let i = 0; i < 500 && !(await readFile(join(scratch, 'started')).catch(() => null)); i++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  aborting.abort();
  await outcome;
  await rm(join(scratch, 'started'));
  await expect(git(at('slow'), AbortSignal.abort())).rejects.toBeInstanceOf(AbortError);
  await expect(readFile(join(scratch, 'started'))).rejects.toThrow('ENOENT');
});

test.each([
  ['hint: try\nfatal: bad\nmore', 'fatal: bad'],
  ['warning: one\nlast line\n', 'last line'],
  ['', 'it said nothing'],
])('the last words of %j', (stderr, words) => expect(lastWords(stderr)).toBe(words));

test.each<{ result: GitResult; message: string }>([
  { result: { kind: 'no-git' }, message: 'Install git' },
  {
    result: { kind: 'failed', exitCode: 1, stdout: '', stderr: 'fatal: bad\n' },
    message: 'Git failed while testing: fatal: bad',
  },
])('a failure that was not expected throws: $message', ({ result, message }) => {
  expect(() => expectOk(result, 'testing')).toThrow(message);
});

test('what goes to its end says the same, and no abort that comes later ends it', async () => {
  const toItsEnd = true;
  const late = new AbortController();
  const making = git({ ...at('hash-object', '--stdin'), input: 'hello\n', toItsEnd }, late.signal);
  late.abort();
  expect(await making).toEqual({ kind: 'ok', stdout: 'ce013625030ba8dba906f756967f9e9ca394464a\n', cut: false });
  await expect(git({ ...at('version'), toItsEnd }, late.signal)).rejects.toBeInstanceOf(AbortError);
  expect(await git({ ...at('cat-file', '-t', 'nothing'), toItsEnd })).toMatchObject({
    ...{ kind: 'failed', exitCode: 128, stdout: '' },
    stderr: expect.stringMatching(/^fatal: Not a valid object name nothing/) as string,
  });
  expect(await createGit({ PATH: scratch })({ ...at('version'), toItsEnd })).toEqual({ kind: 'no-git' });
});
