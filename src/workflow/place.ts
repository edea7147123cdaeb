import type { BaseCommit } from '../protocol/run.ts';
import type { Refusal } from './loadScript.ts';
import type { RuntimeDeps } from './runContext.ts';
import type { RunManifest } from './runStore.ts';
import type { CheckedScript } from './script/check.ts';
import { needsRepository } from './script/needsRepository.ts';

type Place =
  { readonly ok: true; readonly base: BaseCommit | null } | { readonly ok: false; readonly refusal: Refusal };
type PlaceDeps = Pick<RuntimeDeps, 'worktrees' | 'merge'>;

/** A script that makes changes needs a repository with a commit; any other runs in any folder. */
export async function placeOf(deps: PlaceDeps, script: CheckedScript, cwd: string): Promise<Place> {
  const state = await deps.worktrees.inspect(cwd);
  const needed = needsRepository(script.body);
  if (state.kind !== 'ready') return needed ? refused(state.message) : { ok: true, base: null };
  // Git cannot keep branches below a branch: better said now than after the first author has been paid.
  if (needed && (await deps.merge.resolve(cwd, 'workflow')) !== null) return refused(BRANCH_IN_THE_WAY);
  return { ok: true, base: state.base };
}

const BRANCH_IN_THE_WAY =
  'This repository has a branch named "workflow", below which git can make no branch "workflow/…". Rename it: git branch -m workflow other-name.';

/** A warning when the checkout has moved on since the run began. */
export async function movedHead(deps: PlaceDeps, manifest: RunManifest): Promise<readonly string[]> {
  const state = await deps.worktrees.inspect(manifest.cwd);
  if (state.kind !== 'ready' || manifest.baseCommit === null || state.base.commit === manifest.baseCommit) return [];
  const [then, now] = [manifest.baseCommit, state.base.commit].map((commit) => commit.slice(0, 9));
  return [`HEAD has moved from ${then} to ${now} since this run began; it goes on from ${then}.`];
}

function refused(error: string): Place {
  return { ok: false, refusal: { status: 'refused', reason: 'place', errors: [error] } };
}
