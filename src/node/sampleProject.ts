import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NO_GIT, type Git } from './git.ts';

export type CopiedSample =
  | /** A repository of one commit. */ { readonly kind: 'copied'; readonly folder: string }
  | { readonly kind: 'no-git'; readonly message: string };

const AUTHOR = { name: 'Dynamic Workflows', email: 'demo@dynamic-workflows.invalid' };

/** A new repository with the sample project in one commit; it stays, so that the branch can be looked at. */
export async function copySampleProject(source: string, git: Git): Promise<CopiedSample> {
  const folder = await mkdtemp(join(tmpdir(), 'dwf-sample-'));
  try {
    await cp(source, folder, { recursive: true });
    for (const args of [
      ['init', '-q', '-b', 'main'],
      ['add', '-A'],
      ['commit', '-q', '-m', 'The sample project'],
    ]) {
      const result = await git({ args, cwd: folder, identity: AUTHOR });
      if (result.kind === 'no-git') {
        await rm(folder, { recursive: true, force: true });
        return { kind: 'no-git', message: NO_GIT };
      }
      if (result.kind === 'failed') throw new Error(`git ${args.join(' ')}: ${result.stderr}`);
    }
    return { kind: 'copied', folder };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}
