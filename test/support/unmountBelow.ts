import { mountsNow, unmount } from '../../src/node/worktrees/mounts.ts';

/** What a process that was killed has left mounted in a folder, so that the folder can be removed. */
export async function unmountBelow(folder: string): Promise<void> {
  const mounted = (await mountsNow()).map(({ at }) => at).filter((at) => at.startsWith(`${folder}/`));
  await Promise.all(mounted.map(unmount));
}
