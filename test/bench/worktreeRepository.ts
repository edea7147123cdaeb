import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { unmountBelow } from '../support/unmountBelow.ts';

const run = promisify(execFile);
const A_FOLDER = 50;
/** About what a source file has. */
const LINES_A_FILE = 120;

/** A repository of so many files in one commit, and a home for worktrees beside it; gone when `use` ends. */
export async function withGeneratedRepository<T>(
  files: number,
  use: (places: { readonly repository: string; readonly home: string }) => Promise<T>,
): Promise<T> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'dwf-bench-')));
  const repository = join(folder, 'repository');
  try {
    for (let i = 0; i < files; i += A_FOLDER) {
      const inside = join(repository, `part-${i % 1_000}`, `folder-${i}`);
      await mkdir(inside, { recursive: true });
      await Promise.all(
        Array.from({ length: A_FOLDER }, (_, n) => writeFile(join(inside, `file-${n}.ts`), sourceOf(i + n))),
      );
    }
    await git(repository, 'init', '-q', '-b', 'main');
    await git(repository, 'add', '-A');
    await git(repository, '-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', 'commit', '-q', '-m', 'base');
    return await use({ repository, home: join(folder, 'home') });
  } finally {
    await unmountBelow(folder);
    await rm(folder, { recursive: true, force: true });
  }
}

export async function git(cwd: string, ...args: readonly string[]): Promise<string> {
  const env = { PATH: process.env['PATH'] ?? '', HOME: tmpdir(), GIT_CONFIG_GLOBAL: '/dev/null', LC_ALL: 'C' };
  return (await run('git', [...args], { cwd, env, maxBuffer: 1 << 26 })).stdout;
}

/** Different for each file, and compressed about as well as code is. */
function sourceOf(file: number): string {
  let state = file + 1;
  const next = (): number => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648);
  return Array.from(
    { length: LINES_A_FILE },
    (_, line) => `export const value_${line} = ${next()} + ${next()};\n`,
  ).join('');
}
