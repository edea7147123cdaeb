import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { isAbort } from '../../base/abort.ts';
import { lastApplied } from '../../protocol/decision.ts';
import type {
  ApplyOutcome,
  ApplyRefusal,
  ApplySource,
  Forecast,
  UndoForecast,
  UndoOutcome,
  UndoRefusal,
} from '../../workflow/apply/outcome.ts';
import { locate } from '../gitPlace.ts';
import { overlapsOf } from '../../workflow/apply/overlap.ts';
import { removeFolder } from '../removeFolder.ts';
import { FOLDER_MODE } from '../runFiles.ts';
import { keepPlan, moveTo, readPlan, type AppliedPlan } from './appliedFiles.ts';
import { appliedFolder, checkoutLock, type ApplyDeps, type RunPlace } from './applyDeps.ts';
import { noteDecision, readDecisions } from './decisionLog.ts';
import { onDisk } from './onDisk.ts';
import { pathsWithin, prepareApply, type Prepared, type Unsaved } from './prepare.ts';
import { beginMove } from './unfinished.ts';
import { withIndexOf } from './trees.ts';

// Applies lie in `applied/<number>` of their run's folder: what was written and what was there before, so that the last one
// can be taken back, and one that a crash cut short is brought to a whole (`unfinished.ts`).

export interface ApplyRequest {
  readonly run: RunPlace;
  /** A folder of the checkout that is written. */
  readonly cwd: string;
  readonly source: ApplySource;
  readonly unsaved?: Unsaved;
}

/** What an apply would write; writes nothing. */
export async function forecastApply(
  { git }: ApplyDeps,
  { cwd, source, unsaved = [] }: ApplyRequest,
  signal: AbortSignal,
): Promise<Forecast | ApplyRefusal> {
  return guarded(async () => {
    const prepared = await prepareApply(git, { cwd, source, unsaved }, signal);
    if (prepared.kind !== 'prepared') return prepared;
    const { place, files, branch, head } = prepared;
    return { kind: 'possible', files, checkout: place.root, branch, head };
  });
}

/**
 * Writes a change into the person's checkout as it is, by a three-way merge, as if they had written it: index, HEAD and
 * branches stay. All of it or nothing, and nothing when a file would lose what only the person has.
 */
export async function applyChanges(
  deps: ApplyDeps,
  { run, cwd, source, unsaved = [] }: ApplyRequest,
  signal: AbortSignal,
): Promise<ApplyOutcome> {
  return guarded(async () => {
    const located = await locate(deps.git, cwd, signal);
    if (located.kind !== 'located') return { kind: 'failed', message: located.message };
    return deps.locks.within(checkoutLock(located.place.gitDir), signal, async () => {
      const prepared = await prepareApply(deps.git, { cwd, source, unsaved }, signal);
      return prepared.kind === 'prepared' ? writePrepared(deps, run, source, prepared, signal) : prepared;
    });
  });
}

/** Under the lock of the checkout. */
export async function writePrepared(
  deps: ApplyDeps,
  run: RunPlace,
  source: Pick<ApplySource, 'change' | 'base' | 'commit'>,
  prepared: Prepared,
  signal: AbortSignal,
): Promise<ApplyOutcome> {
  const kept = await keep(deps, run, prepared, signal);
  if (kept.kind === 'overlap') return kept;
  const { number, dir, plan } = kept;
  const { root: checkout } = prepared.place;
  const pending = await beginMove(deps.home, { run, number, side: 'after' });
  const moved = await moveTo(dir, plan, 'after');
  if (moved.kind !== 'moved') {
    await pending.done();
    if (moved.kind === 'edited') {
      return { kind: 'overlap', overlaps: moved.paths.map((path) => ({ path, why: 'edited' as const })) };
    }
    return { kind: 'failed', message: withLeft(moved.message, moved.left, join(dir, 'before')) };
  }
  const { change, base, commit } = source;
  const files = plan.files.length;
  await noteDecision(deps.locks, run.dir, { type: 'applied', number, change, base, commit, checkout, files });
  await pending.done();
  return { kind: 'applied', number, files: prepared.files, checkout };
}

/** Writes down both sides of all files, in a folder that appears as a whole. */
async function keep(deps: ApplyDeps, run: RunPlace, { place, tree, writes }: Prepared, signal: AbortSignal) {
  const all = appliedFolder(run);
  await mkdir(all, { recursive: true, mode: FOLDER_MODE });
  const number = 1 + Math.max(0, ...(await readdir(all)).map((name) => Number(/^\d+$/.exec(name)?.[0] ?? 0)));
  const draft = join(all, `draft-${randomBytes(6).toString('hex')}`);
  await mkdir(draft, { mode: FOLDER_MODE });
  try {
    const made = writes.flatMap(({ path, after }) => (after === null ? [] : [`${path}\0`]));
    const prefix = `--prefix=${join(draft, 'after')}${sep}`;
    // Git writes them, so that line endings and filters are as in the checkout.
    await withIndexOf(
      deps.git,
      place,
      tree,
      (call) => call(['checkout-index', '--quiet', '-z', '--stdin', prefix], made.join('')),
      signal,
    );
    const paths = writes.map(({ path }) => path);
    const plan = await keepPlan(draft, { root: place.root, gitDir: place.gitDir, paths });
    const lost = writes.find(({ path, after }) => (after === null) !== isGone(plan, path));
    if (lost) throw new Error(`Git did not write ${lost.path}, so nothing was applied.`);
    // What was written since the first look would count as what was there before, and be written over.
    const overlaps = overlapsOf(writes, await onDisk(deps.git, place, writes, signal), new Set());
    if (overlaps.length > 0) {
      await removeFolder(draft);
      return { kind: 'overlap' as const, overlaps };
    }
    const dir = join(all, String(number));
    await rename(draft, dir);
    return { kind: 'kept' as const, number, dir, plan };
  } catch (error) {
    await removeFolder(draft);
    throw error;
  }
}

function isGone({ files }: AppliedPlan, path: string): boolean {
  return files.find((file) => file.path === path)?.after === null;
}

interface UndoOptions {
  readonly unsaved?: Unsaved;
}

/** What an undo would take back; touches nothing. */
export async function forecastUndo(run: RunPlace, { unsaved = [] }: UndoOptions = {}): Promise<UndoForecast> {
  return guarded(async () => {
    const last = await lastPlan(run, unsaved);
    if (last.kind !== 'planned') return last;
    const { number, plan } = last;
    return { kind: 'possible', number, files: plan.files.map(({ path }) => path), checkout: plan.root };
  });
}

/** Takes back the last apply that stands, if its files are still as it left them. */
export async function undoApply(
  deps: ApplyDeps,
  run: RunPlace,
  { unsaved = [] }: UndoOptions,
  signal: AbortSignal,
): Promise<UndoOutcome> {
  return guarded(async () => {
    const first = await lastPlan(run, unsaved);
    if (first.kind !== 'planned') return first;
    return deps.locks.within(checkoutLock(first.plan.gitDir), signal, async () => {
      const last = await lastPlan(run, unsaved);
      return last.kind === 'planned' ? takeBack(deps, run, last) : last;
    });
  });
}

interface LastPlan {
  readonly kind: 'planned';
  readonly number: number;
  readonly dir: string;
  readonly plan: AppliedPlan;
}

async function lastPlan(run: RunPlace, unsaved: Unsaved): Promise<LastPlan | UndoRefusal> {
  const applied = lastApplied(await readDecisions(run.dir));
  if (applied === null) return { kind: 'nothing' };
  const { number } = applied;
  const dir = join(appliedFolder(run), String(number));
  const plan = await readPlan(dir);
  if (plan === null) return { kind: 'failed', message: `${dir} is damaged, so it cannot be undone by itself.` };
  const open = await pathsWithin(plan.root, unsaved);
  const paths = plan.files.map(({ path }) => path).filter((path) => open.has(path));
  return paths.length > 0 ? { kind: 'edited', paths } : { kind: 'planned', number, dir, plan };
}

async function takeBack(deps: ApplyDeps, run: RunPlace, { number, dir, plan }: LastPlan): Promise<UndoOutcome> {
  const pending = await beginMove(deps.home, { run, number, side: 'before' });
  const moved = await moveTo(dir, plan, 'before');
  if (moved.kind === 'moved') await noteDecision(deps.locks, run.dir, { type: 'undone', number });
  await pending.done();
  switch (moved.kind) {
    case 'moved':
      return { kind: 'undone', number, files: plan.files.map(({ path }) => path), checkout: plan.root };
    case 'edited':
      return moved;
    case 'failed':
      return { kind: 'failed', message: withLeft(moved.message, moved.left, join(dir, 'before')) };
  }
}

function withLeft(message: string, left: readonly string[], kept: string): string {
  if (left.length === 0) return message;
  return `${message} ${left.join(', ')} could not be put back, since somebody wrote there; as it was: ${kept}`;
}

/** What git or the system could not do is said, not thrown: nothing was written then, or it was taken back. */
/** What git and the file system say is an outcome; an abort is not. */
export async function guarded<T>(
  body: () => Promise<T>,
): Promise<T | Extract<ApplyRefusal, { readonly kind: 'failed' }>> {
  try {
    return await body();
  } catch (error) {
    if (isAbort(error)) throw error;
    return { kind: 'failed', message: error instanceof Error ? error.message : String(error) };
  }
}
