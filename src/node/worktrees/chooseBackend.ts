import { randomBytes } from 'node:crypto';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { removeFolder } from '../removeFolder.ts';
import type { BackendKind } from './backend.ts';
import { createMounter, unmount } from './mounts.ts';
import { tryClone } from './reflinkBackend.ts';

/** Which way worktrees are made in a folder, and why none that is cheaper. */
export interface BackendChoice {
  readonly kind: BackendKind;
  readonly refused: readonly { readonly kind: BackendKind; readonly why: string }[];
}

/** Tried out for real: what a kernel and a file system say of themselves is not what a container lets one do. */
export async function chooseBackend(folder: string): Promise<BackendChoice> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const overlay = await tryOverlay(folder);
  if (overlay === null) return { kind: 'overlay', refused: [] };
  const refused = [{ kind: 'overlay', why: overlay }] as const;
  const reflink = await tryClone(folder);
  if (reflink === null) return { kind: 'reflink', refused };
  return {
    kind: 'plain',
    refused: [...refused, { kind: 'reflink', why: `files cannot be cloned there (${reflink})` }],
  };
}

/** Why not; null when it works. */
async function tryOverlay(folder: string): Promise<string | null> {
  if (process.platform !== 'linux') return 'only Linux has overlay mounts';
  if (process.getuid?.() !== 0) return 'only root may mount';
  const name = `.probe-${randomBytes(4).toString('hex')}`;
  const at = join(folder, name, 'at');
  try {
    for (const part of ['at', 'lower/folder', 'upper', 'work'])
      await mkdir(join(folder, name, part), { recursive: true });
    await writeFile(join(folder, name, 'lower/file'), 'lower');
    const options = `lowerdir=${name}/lower,upperdir=${name}/upper,workdir=${name}/work,redirect_dir=on`;
    await createMounter(folder).mount({ source: `dynamic-workflows:${name}`, at, options });
    await writeFile(join(at, 'file'), 'upper');
    return (await readdir(at)).includes('folder') ? null : 'a mount shows nothing';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await unmount([at]).then(
      () => removeFolder(join(folder, name)),
      () => undefined,
    );
  }
}
