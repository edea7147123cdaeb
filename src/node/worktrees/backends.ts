import type { Backend, BackendKind, NewWorktree } from './backend.ts';
import { needsGitForRecords } from './adminFolder.ts';
import { createBaseTrees, type BaseTrees } from './baseTrees.ts';
import { cheapest, tryBackends } from './chooseBackend.ts';
import { createMounter, type Mounter } from './mounts.ts';
import { overlayBackend } from './overlayBackend.ts';
import { plainBackend, type PlainDeps } from './plainBackend.ts';
import { reflinkBackend } from './reflinkBackend.ts';

export interface Backends {
  /** What shall make this worktree. What it rests on is given back when the worktree is removed. */
  borrow(project: string, wanted: NewWorktree, signal: AbortSignal): Promise<Backend>;
  readonly bases: BaseTrees;
  readonly mounter: (project: string) => Mounter;
}

/** The cheapest that works in a project's folder, found once; git's own way for repositories that need it. */
export function createBackends(deps: PlainDeps & { readonly backend?: BackendKind | undefined }): Backends {
  const plain = plainBackend(deps);
  const mounters = new Map<string, Mounter>();
  const mounter = (project: string): Mounter => {
    const made = mounters.get(project) ?? createMounter(project);
    mounters.set(project, made);
    return made;
  };
  const chosen = new Map<string, Promise<BackendKind>>();
  const choose = (project: string): Promise<BackendKind> => {
    const kind = chosen.get(project) ?? tryBackends(project).then(cheapest);
    chosen.set(project, kind);
    return kind;
  };
  const bases = createBaseTrees(deps);
  return {
    bases,
    mounter,
    borrow: async (project, wanted, signal) => {
      const kind = deps.backend ?? (await choose(project));
      if (kind === 'plain' || (await needsGitForRecords(wanted.place))) return plain;
      const { place, runId, base: commit } = wanted;
      const tree = await bases.borrow({ project, place, runId, commit, readOnly: kind === 'overlay' }, signal);
      return kind === 'overlay' ? overlayBackend({ ...deps, mounter }, tree) : reflinkBackend({ ...deps, bases }, tree);
    },
  };
}
