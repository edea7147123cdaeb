import { constants } from 'node:fs';
import { access, open, readFile, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import type { Commands } from '../../workflow/commands.ts';
import { expectOk, type Git } from '../git.ts';

/** A worktree of ours, as hooks need to know it. */
export interface HookedWorktree {
  readonly path: string;
  readonly adminDir: string;
  readonly commonDir: string;
}

const TIMEOUT_MS = 5 * 60_000;
const MAX_CHARS = 4_000;
const MESSAGE_FILE = '.workflow-commit-message';

/**
 * The repository's hooks for a commit. They are code, and where `core.hooksPath` leads into the worktree an agent may have
 * written them: they run as an agent's commands do, confined where those are, never by git itself.
 */
export function commitHooks(git: Git, commands: Commands) {
  /** False: there is no such hook. Throws when it fails. */
  async function run(worktree: HookedWorktree, name: string, args: readonly string[], signal: AbortSignal) {
    const hook = join(await hooksFolder(git, worktree, signal), name);
    if (!(await isProgram(hook))) return false;
    const { path: root } = worktree;
    const command = [hook, ...args].map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
    const request = { command, cwd: root, place: { root }, timeoutMs: TIMEOUT_MS, maxChars: MAX_CHARS };
    const result = await commands.run(request, signal);
    if (result.kind === 'not-started')
      throw new Error(
        `The hook ${name} of the repository could not be started, so it was not committed. ${result.message}`,
      );
    const { kind, exitCode, output } = result;
    if (exitCode === 0) return true;
    const how = kind === 'timed-out' ? `did not end within ${TIMEOUT_MS / 60_000} minutes` : `refused the change`;
    throw new Error(`The hook ${name} of the repository ${how}, so it was not committed. It says:\n${output.trim()}`);
  }

  return {
    preCommit: async (worktree: HookedWorktree, tree: string, signal: AbortSignal): Promise<boolean> => {
      const { path, adminDir } = worktree;
      const where = { cwd: path, gitDir: adminDir, workTree: path };
      // Hooks look at what is staged.
      const call = { ...where, args: ['read-tree'], revisions: [tree] };
      expectOk(await git(call, signal), 'staging a change for the hook');
      return run(worktree, 'pre-commit', [], signal);
    },
    commitMessage: async (worktree: HookedWorktree, message: string, signal: AbortSignal): Promise<string> => {
      const file = join(worktree.path, MESSAGE_FILE);
      // Never through what an agent has put there.
      const handle = await open(file, 'wx', 0o600);
      try {
        await handle.writeFile(`${message}\n`);
        return (await run(worktree, 'commit-msg', [MESSAGE_FILE], signal)) ? await readFile(file, 'utf8') : message;
      } finally {
        await handle.close();
        await rm(file, { force: true });
      }
    },
  };
}

/** As the person's git would find it; ours is told for every call that there is none. */
async function hooksFolder(git: Git, { path, adminDir, commonDir }: HookedWorktree, signal: AbortSignal) {
  const args = ['config', '-z', '--show-scope', '--get-all', 'core.hooksPath'];
  const found = await git({ cwd: path, gitDir: adminDir, workTree: path, args }, signal);
  const fields = found.kind === 'ok' ? found.stdout.split('\0') : [];
  const written = fields.filter((_, at) => at % 2 === 1 && fields[at - 1] !== 'command').at(-1);
  if (written === undefined || written === '') return join(commonDir, 'hooks');
  const expanded = written.replace(/^~(?=\/)/, () => homedir());
  return isAbsolute(expanded) ? expanded : resolve(path, expanded);
}

async function isProgram(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}
