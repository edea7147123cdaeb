import type { ToolOutcome } from '../../engine/tool.ts';
import { errnoOf } from '../errno.ts';
import { replaceFile, type Replacing } from '../files.ts';
import { changedMeanwhile, refused, type Target, type Workspace } from './workspace.ts';

/** Puts a file in its place, and remembers that the agent knows it; null when that is done, else why it is not. */
export async function putFile(
  workspace: Workspace,
  target: Target,
  content: Uint8Array,
  replacing: Replacing,
): Promise<ToolOutcome | null> {
  try {
    const version = await replaceFile(target.path, content, replacing);
    if (version === null) return changedMeanwhile(target);
    workspace.seen.set(target.path, version);
    return null;
  } catch (error) {
    const why = WHY[errnoOf(error) ?? ''];
    if (why === undefined) throw error;
    return refused(`${target.shown} cannot be written: ${why}`);
  }
}

const NOT_ALLOWED = 'the system does not allow it. Leave it, and say so.';

const WHY: Readonly<Record<string, string>> = {
  EACCES: NOT_ALLOWED,
  EPERM: NOT_ALLOWED,
  EROFS: 'the disk is read-only. Leave it, and say so.',
  ENOSPC: 'the disk is full. Say so, and end.',
  EDQUOT: 'the disk quota is used up. Say so, and end.',
  EEXIST: 'a folder on its way is a file. Choose another path.',
  ENOTDIR: 'a folder on its way is a file. Choose another path.',
  ENAMETOOLONG: 'its name is too long. Choose a shorter one.',
};
