import { randomBytes } from 'node:crypto';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { expectOk, type Git } from '../git.ts';
import { unmarkedIndex } from '../gitLease.ts';
import type { Gate } from '../gate.ts';
import { lockReason } from '../worktreeRemoval.ts';
import { writeAdminFolder } from './adminFolder.ts';
import type { Backend } from './backend.ts';
import { linkIndex, type BaseTree } from './baseTrees.ts';
import { makeLayers, mountLayers, projectOf, upperOf } from './layers.ts';
import type { Mounter } from './mounts.ts';
import { saveIndex } from './savedIndex.ts';

export interface OverlayDeps {
  readonly git: Git;
  readonly gate: Gate;
  readonly mounter: (project: string) => Mounter;
}

/**
 * A worktree of a few files over one base tree that all share: `base`, which must have been borrowed for it. Only the
 * kernel's list of mounts and git's index know that it is none of its own.
 */
export function overlayBackend(deps: OverlayDeps, tree: BaseTree): Backend {
  return {
    kind: 'overlay',
    restsOn: tree.name,
    record: async ({ place, target, runId, base }) => {
      const { path, name } = target;
      const project = projectOf(path);
      const { commonDir } = place;
      const layers = {
        base: tree.name,
        name: `${basename(dirname(path))}.${basename(path)}.${randomBytes(4).toString('hex')}`,
      };
      const reason = lockReason({ runId, name, base, layers });
      await mkdir(path, { recursive: true, mode: 0o700 });
      makeLayers(project, layers);
      const adminDir = await writeAdminFolder(commonDir, { path, base, reason }, async (folder) => {
        await linkIndex(tree, join(folder, 'index'));
        await symlink(tree.index, unmarkedIndex(folder));
      });
      await writeFile(join(upperOf(project, layers), '.git'), `gitdir: ${adminDir}\n`);
      return { path, adminDir, commonDir, runId, name, base, layers };
    },
    fill: async (own, signal, onQueued) => {
      const { path, adminDir, base, layers } = own;
      if (!layers) throw new Error(`${path} has no layers.`);
      await mountLayers(deps.mounter(projectOf(path)), path, layers, signal);
      if (base !== tree.commit)
        await deps.gate.run(() => moveTo(deps.git, { path, adminDir, base, tree }, signal), signal, onQueued);
    },
  };
}

/** Writes what differs between the base tree and the worktree's own commit. */
export async function moveTo(
  git: Git,
  { path, adminDir, base, tree }: { path: string; adminDir: string; base: string; tree: BaseTree },
  signal: AbortSignal,
): Promise<void> {
  const where = { cwd: path, gitDir: adminDir, workTree: path };
  const call = { ...where, args: ['read-tree', '-m', '-u'], revisions: [tree.commit, base] };
  expectOk(await git(call, signal), 'writing the files of a worktree');
  await saveIndex(adminDir);
}
