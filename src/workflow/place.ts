import type { LaunchRequest } from '../protocol/messages.ts';
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

/** Where a person wants it, with what their checkout has not committed. */
export async function startingPlace(
  deps: PlaceDeps,
  base: BaseCommit | null,
  { cwd, dirtyCheckout }: Pick<LaunchRequest, 'cwd' | 'dirtyCheckout'>,
  runId: string,
): Promise<Place> {
  if (base === null || dirtyCheckout !== 'snapshot') return { ok: true, base };
  const taken = await deps.worktrees.snapshot(cwd, { runId, base });
  return taken.kind === 'ready' ? { ok: true, base: taken.base } : refused(taken.message);
}

/** What a run stands on that goes on: the commit of its launch, whatever is checked out now. */
export function keptBase(
  now: BaseCommit | null,
  { base, baseCommit }: Pick<RunManifest, 'base' | 'baseCommit'>,
): BaseCommit | null {
  if (now === null || baseCommit === null) return null;
  return base ?? { ...now, commit: baseCommit };
}

const BRANCH_IN_THE_WAY =
  'This repository has a branch named "workflow", below which git can make no branch "workflow/…". Rename it: git branch -m workflow other-name.';

/** A warning when the checkout has moved on since the run began. */
export async function movedHead(deps: PlaceDeps, manifest: RunManifest): Promise<readonly string[]> {
  const state = await deps.worktrees.inspect(manifest.cwd);
  const began = manifest.base?.head ?? manifest.baseCommit;
  if (state.kind !== 'ready' || began === null || state.base.commit === began) return [];
  const [then, now] = [began, state.base.commit].map((commit) => commit.slice(0, 9));
  const files = manifest.base?.snapshot ? ' and the files that were not committed then' : '';
  return [`HEAD has moved from ${then} to ${now} since this run began; it goes on from ${then}${files}.`];
}

function refused(error: string): Place {
  return { ok: false, refusal: { status: 'refused', reason: 'place', errors: [error] } };
}
