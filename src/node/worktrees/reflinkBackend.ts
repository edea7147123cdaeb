import { constants } from 'node:fs';
import { copyFile, lstat, mkdir, readdir, readlink, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from '../errno.ts';
import type { Gate } from '../gate.ts';
import type { Git } from '../git.ts';
import { lockReason } from '../worktreeRemoval.ts';
import { writeAdminFolder } from './adminFolder.ts';
import type { Backend } from './backend.ts';
import type { BaseTree, BaseTrees } from './baseTrees.ts';
import { moveTo } from './overlayBackend.ts';
import { saveIndex } from './savedIndex.ts';

export interface ReflinkDeps {
  readonly git: Git;
  readonly gate: Gate;
  readonly bases: Pick<BaseTrees, 'giveBack'>;
}

/** A worktree whose files are clones of a base tree's: the file system shares their content until one is written. */
export function reflinkBackend(deps: ReflinkDeps, tree: BaseTree): Backend {
  return {
    kind: 'reflink',
    restsOn: tree.name,
    record: async ({ place, target, runId, base }) => {
      const { path, name } = target;
      const { commonDir } = place;
      await mkdir(path, { recursive: true, mode: 0o700 });
      const reason = lockReason({ runId, name, base });
      const adminDir = await writeAdminFolder(commonDir, { path, base, reason }, (folder) =>
        copyFile(tree.index, join(folder, 'index')),
      );
      await writeFile(join(path, '.git'), `gitdir: ${adminDir}\n`);
      return { path, adminDir, commonDir, runId, name, base };
    },
    fill: async ({ path, adminDir, base }, signal, onQueued) => {
      const filling = deps.gate.run(
        async () => {
          await cloneTree(tree.files, path, signal);
          // Clones have other times and numbers than their originals. Read once here, no status has to read them again.
          const args = ['update-index', '-q', '--refresh'];
          await deps.git({ cwd: path, gitDir: adminDir, workTree: path, args }, signal);
          if (base === tree.commit) await saveIndex(adminDir);
          else await moveTo(deps.git, { path, adminDir, base, tree }, signal);
        },
        signal,
        onQueued,
      );
      await filling.finally(() => deps.bases.giveBack(tree.name));
    },
  };
}

/** Folders, files with their times and modes, and links as links. Rejects where a file cannot be cloned. */
async function cloneTree(from: string, to: string, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  await mkdir(to, { recursive: true });
  const entries = await readdir(from, { withFileTypes: true });
  for (const entry of entries) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await cloneTree(source, target, signal);
    else if (entry.isSymbolicLink()) await symlink(await readlink(source), target);
    else await cloneFile(source, target);
  }
}

async function cloneFile(source: string, target: string): Promise<void> {
  await copyFile(source, target, constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL);
  const { atime, mtime } = await lstat(source);
  // As old as the base: git reads again each file that is as young as its index.
  await utimes(target, atime, mtime);
}

/** Whether the file system of `folder` clones files; what it said when not. */
export async function tryClone(folder: string): Promise<string | null> {
  const probe = join(folder, `.clone-${process.pid}`);
  try {
    await writeFile(probe, 'x'.repeat(5_000));
    await copyFile(probe, `${probe}.copy`, constants.COPYFILE_FICLONE_FORCE);
    return null;
  } catch (error) {
    if (['ENOTSUP', 'EOPNOTSUPP', 'EXDEV', 'EINVAL', 'ENOSYS', 'ENOTTY'].includes(errnoOf(error) ?? ''))
      return 'the file system there cannot clone files';
    return error instanceof Error ? error.message : String(error);
  } finally {
    await Promise.all([rm(probe, { force: true }), rm(`${probe}.copy`, { force: true })]);
  }
}
