import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A real repository in a temporary folder, with nothing of the person's git configuration. */
export interface GitRepository {
  /** Absolute, symlinks resolved. */
  readonly dir: string;
  /** Runs git there; its stdout without the last newline. Rejects with git's words when git fails. */
  git(...args: readonly string[]): Promise<string>;
  write(path: string, content: string | Uint8Array): Promise<void>;
  read(path: string): Promise<string>;
  /** Commits all there is and returns the commit. */
  commit(message?: string): Promise<string>;
  dispose(): Promise<void>;
}

/** What tests may hand to git: no hooks' variables of an outer git, and an identity that is always the same. */
const gitTestEnvironment: Readonly<Record<string, string>> = {
  PATH: process.env['PATH'] ?? '',
  HOME: tmpdir(),
  LC_ALL: 'C',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.com',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.com',
};

/** Runs git in any folder, for tests that have more than one. */
export function runGit(cwd: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile('git', [...args], { cwd, env: gitTestEnvironment, maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`git ${args.join(' ')}: ${stderr || error.message}`));
      else resolve(stdout.replace(/\n$/, ''));
    });
  });
}

/** `files` are committed on `main`; none at all leaves the branch unborn. The caller disposes. */
export async function createGitRepository(
  files: Readonly<Record<string, string | Uint8Array>> = { 'readme.md': 'hello\n' },
): Promise<GitRepository> {
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'dwf-repo-')));
  const repository: GitRepository = {
    dir,
    git: (...args) => runGit(dir, args),
    write: async (path, content) => {
      await mkdir(dirname(join(dir, path)), { recursive: true });
      await writeFile(join(dir, path), content);
    },
    read: (path) => readFile(join(dir, path), 'utf8'),
    commit: async (message = 'work') => {
      await runGit(dir, ['add', '-A']);
      await runGit(dir, ['commit', '-q', '--no-gpg-sign', '-m', message]);
      return runGit(dir, ['rev-parse', 'HEAD']);
    },
    dispose: () => rm(dir, { recursive: true, force: true, maxRetries: 3 }),
  };
  await repository.git('init', '-q', '-b', 'main');
  for (const [path, content] of Object.entries(files)) await repository.write(path, content);
  if (Object.keys(files).length > 0) await repository.commit('base');
  return repository;
}

export async function withGitRepository<T>(
  files: Readonly<Record<string, string | Uint8Array>>,
  body: (repository: GitRepository) => Promise<T>,
): Promise<T> {
  const repository = await createGitRepository(files);
  try {
    return await body(repository);
  } finally {
    await repository.dispose();
  }
}
