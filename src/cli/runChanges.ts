import { isAbort } from '../base/abort.ts';
import type { Decision } from '../protocol/decision.ts';
import type { ApplySource } from '../workflow/apply/outcome.ts';
import { applyDeps, type ApplyDeps, type RunPlace } from '../node/apply/applyDeps.ts';
import { readDecisions } from '../node/apply/decisionLog.ts';
import { changeSource, integrationSource, type SourceRun } from '../node/apply/runSource.ts';
import { recoverApplies } from '../node/apply/unfinished.ts';
import { isOfAgent } from '../node/controlPeer.ts';
import { createGit, type Git } from '../node/git.ts';
import { readRun, type RunRecord } from '../node/runReader.ts';
import { decidedChanges, findChange, type DecidedChange } from '../projection/decisions.ts';
import { fold } from '../projection/reduce.ts';
import { initialState, type RunState } from '../projection/state.ts';
import { CommandError, EXIT } from './commandError.ts';
import type { Io } from './io.ts';
import { locateRun } from './locateRun.ts';
import { homeOf } from './places.ts';
import { manyLines } from './view/cells.ts';

/** A run with its changes and what a person did with them. */
export interface RunChanges {
  readonly place: RunPlace;
  readonly run: RunRecord;
  readonly state: RunState;
  readonly decisions: readonly Decision[];
  readonly changes: readonly DecidedChange[];
  readonly source: SourceRun;
  readonly git: Git;
  readonly deps: ApplyDeps;
}

/** `usage`: how the command is called, for who names no run. */
export async function changesOf(io: Io, text: string | undefined, usage: string): Promise<RunChanges> {
  if (text === undefined) throw new CommandError(`Name a run: ${usage}. \`dwf runs\` lists them.`);
  const place = await locateRun(io, text, 'nothing to look at');
  const git = createGit(io.env);
  const deps = applyDeps(git, homeOf(io));
  await tellRecovered(io, deps);
  const read = await readRun(place.dir);
  if (read.kind === 'unreadable') throw new CommandError(read.message, EXIT.failed);
  const { run } = read;
  const state = fold(initialState(run.runId), run.events);
  const decisions = await readDecisions(place.dir);
  const known = state.head?.base ?? null;
  const { baseCommit } = run.manifest;
  const base = known ?? (baseCommit === null ? null : { commit: baseCommit });
  const source = { runId: run.runId, cwd: run.cwd, base };
  return { place, run, state, decisions, changes: decidedChanges(state, decisions), source, git, deps };
}

/** The change that is named, or all that landed. */
export async function sourceNamed(known: RunChanges, text: string | undefined): Promise<ApplySource> {
  if (text !== undefined) return changeSource(known.source, changeNamed(known, text));
  const found = await integrationSource(known.git, known.source);
  if (found.kind === 'found') return found.source;
  const names = known.changes.filter(({ standing }) => standing !== 'empty').map(({ id, label }) => `${id} (${label})`);
  const hint = names.length === 0 ? 'It made no changes.' : `Name one of its changes: ${names.slice(0, 8).join(', ')}.`;
  throw new CommandError(manyLines(`${found.message} ${hint}`));
}

export function changeNamed({ changes, run }: RunChanges, text: string): DecidedChange {
  const found = findChange(changes, text);
  switch (found.kind) {
    case 'found':
      return found.change;
    case 'ambiguous':
      throw new CommandError(`Several changes begin with ${text}: ${found.ids.join(', ')}. Give the id.`);
    case 'unknown': {
      const near = found.near.length === 0 ? 'It made none.' : `There are: ${found.near.join(', ')}.`;
      throw new CommandError(manyLines(`There is no change ${text} in run ${run.runId}. ${near}`));
    }
  }
}

/** What lands in a person's checkout or on their branches, a person says. */
export function refuseAgents(): void {
  if (isOfAgent(process.pid)) {
    throw new CommandError(
      'This comes from a command of an agent. A person decides what becomes of changes, from elsewhere.',
    );
  }
}

async function tellRecovered(io: Io, deps: ApplyDeps): Promise<void> {
  for (const { runId, checkout, left } of await recoverApplies(deps, new AbortController().signal)) {
    const but = left.length === 0 ? '' : `; as they were found, since somebody wrote there: ${left.join(', ')}`;
    io.stderr.write(manyLines(`An apply of run ${runId} to ${checkout} was cut short. It was taken back${but}.\n`));
  }
}

/** Ctrl-C ends what waits, before anything is written; from then on it goes to its end, which a second one is told. */
export async function interruptible<T>(io: Io, body: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const listening = io.onInterrupt(() => {
    if (stop.signal.aborted) io.stderr.write('Stopping. What is being written already goes to its end.\n');
    stop.abort();
  });
  try {
    return await body(stop.signal);
  } catch (error) {
    if (isAbort(error)) throw new CommandError('Interrupted. Nothing was changed.', EXIT.interrupted);
    throw error;
  } finally {
    listening.dispose();
  }
}
