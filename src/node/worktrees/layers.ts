import { mkdirSync } from 'node:fs';
import { lstat, mkdir, readdir, rename, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { untilAborted } from '../../base/abort.ts';
import { baseTreeAt } from './baseTrees.ts';
import { mountsNow, unmount, type Mounter } from './mounts.ts';

/** What a worktree by overlay is laid together from; it stands in git's records of it, for whoever recovers it. */
export const layersSchema = z.object({
  /** Name of the base tree below. */
  base: z.string().regex(/^[0-9a-f]+$/),
  /** Name of the folder with what was written above, and of the mount. */
  name: z.string().regex(/^[a-z0-9][a-z0-9.-]*$/),
});
export type Layers = z.infer<typeof layersSchema>;

const SOURCE = 'dynamic-workflows:';

export const layersIn = (project: string): string => join(project, '.layers');

const folderOf = (project: string, { name }: Layers): string => join(layersIn(project), name);

/** What was written: new and changed files as they are, and in the kernel's own signs what was deleted. */
export const upperOf = (project: string, layers: Layers): string => join(folderOf(project, layers), 'upper');

/** Worktrees lie at `<project>/<run>/<name>`. */
export const projectOf = (path: string): string => dirname(dirname(path));

export function makeLayers(project: string, layers: Layers): void {
  mkdirSync(folderOf(project, layers), { recursive: true, mode: 0o700 });
  mkdirSync(upperOf(project, layers));
  mkdirSync(join(folderOf(project, layers), 'work'));
}

/** The paths are seen from the project's folder, in which none has a sign that means something in these options. */
export function mountLayers(mounter: Mounter, path: string, layers: Layers, signal?: AbortSignal): Promise<void> {
  const project = projectOf(path);
  const inProject = (folder: string): string => folder.slice(project.length + 1);
  const parts = [
    `lowerdir=${inProject(baseTreeAt(project, layers.base).files)}`,
    `upperdir=${inProject(upperOf(project, layers))}`,
    `workdir=${inProject(join(folderOf(project, layers), 'work'))}`,
    // Else no program could rename a folder of the base.
    'redirect_dir=on',
    'nosuid,nodev',
  ];
  const mounted = mounter({ source: SOURCE + layers.name, at: path, options: parts.join(',') });
  return signal ? untilAborted(mounted, signal) : mounted;
}

/** What is seen at the path is this overlay, and not the empty folder below it or something over it. */
export async function isMounted(path: string, layers: Layers): Promise<boolean> {
  const seen = (await mountsNow()).findLast(({ at }) => at === path);
  return seen?.type === 'overlay' && seen.source === SOURCE + layers.name;
}

/**
 * Sees to it that the overlay is there. After a reboot it is not, and the folder is empty, as if everything had been
 * deleted. Throws when it cannot be had, also where files lie in its place.
 */
export async function ensureMounted(mounter: Mounter, path: string, layers: Layers): Promise<void> {
  if (await isMounted(path, layers)) return;
  await lstat(baseTreeAt(projectOf(path), layers.base).index);
  await lstat(join(upperOf(projectOf(path), layers), '.git'));
  if ((await readdir(path)).length > 0) throw new Error(`${path} has lost its mount, and other files lie there now.`);
  await mountLayers(mounter, path, layers);
}

/** Takes the mount away, and the folder it was at when nothing else lies there; the layers stay. */
export async function unmountLayers(path: string): Promise<void> {
  await unmount(path);
  await rmdir(path).catch(() => undefined);
}

/** Which layers are mounted at a path whose records are gone; null: none of ours. */
export async function layersMountedAt(path: string): Promise<string | null> {
  const seen = (await mountsNow()).findLast(({ at, source }) => at === path && source.startsWith(SOURCE));
  return seen ? seen.source.slice(SOURCE.length) : null;
}

/** Says of layers that nobody needs what was written in them: it was kept elsewhere, or was not to be. */
export async function releaseLayers(project: string, { name }: Layers): Promise<void> {
  await writeFile(join(layersIn(project), name, RELEASED), '');
}

const RELEASED = 'released';

/** Moves what was written above, if anything, to `aside`, and gives that; null when nothing was, or nobody needs it. */
export async function keepUpper(project: string, name: string, aside: string): Promise<string | null> {
  if ((await lstat(join(layersIn(project), name, RELEASED)).catch(() => null)) !== null) return null;
  const upper = join(layersIn(project), name, 'upper');
  const names = await readdir(upper).catch(() => []);
  if (names.every((one) => one === '.git')) return null;
  await mkdir(dirname(aside), { recursive: true, mode: 0o700 });
  await rename(upper, aside);
  return aside;
}

export async function layersLeft(project: string): Promise<readonly string[]> {
  return readdir(layersIn(project)).catch(() => []);
}

export function layersFolder(project: string, name: string): string {
  return join(layersIn(project), name);
}
