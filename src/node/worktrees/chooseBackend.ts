import { randomBytes } from 'node:crypto';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { removeFolder } from '../removeFolder.ts';
import type { BackendKind } from './backend.ts';
import { createMounter, unmount } from './mounts.ts';
import { tryClone } from './reflinkBackend.ts';

/** What keeps each of them from working in a folder, in words for a person; null: it works. */
export type Tried = Readonly<Record<BackendKind, string | null>>;

/** Tried out for real: what a kernel and a file system say of themselves is not what a container lets one do. */
export async function tryBackends(folder: string): Promise<Tried> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const [overlay, reflink] = await Promise.all([tryOverlay(folder), tryClone(folder)]);
  return { overlay, reflink, plain: null };
}

/** The cheapest that works. */
export function cheapest({ overlay, reflink }: Tried): BackendKind {
  if (overlay === null) return 'overlay';
  return reflink === null ? 'reflink' : 'plain';
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
    await createMounter(folder)({ source: `dynamic-workflows:${name}`, at, options });
    await writeFile(join(at, 'file'), 'upper');
    return (await readdir(at)).includes('folder') ? null : 'a mount shows nothing';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await unmount(at).then(
      () => removeFolder(join(folder, name)),
      () => undefined,
    );
  }
}
