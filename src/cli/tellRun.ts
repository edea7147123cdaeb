import { readRun } from '../node/runReader.ts';
import { findAgent, findPhase } from '../projection/findAgent.ts';
import { fold } from '../projection/reduce.ts';
import { initialState, type AgentNode, type PhaseState, type RunState } from '../projection/state.ts';
import type { ControlBody } from '../protocol/control.ts';
import { CommandError, EXIT } from './commandError.ts';
import type { Io } from './io.ts';
import { locateRun } from './locateRun.ts';

export interface LocatedRun {
  readonly runId: string;
  readonly dir: string;
}

/** The run that a person means, to say something to it. */
export function runToTell(io: Io, text: string | undefined, usage: string): Promise<LocatedRun> {
  if (text === undefined) throw new CommandError(`Name a run: ${usage}. \`dwf runs\` lists them.`);
  return locateRun(io, text, 'nothing to control');
}

/** Says it to the process that has the run, then prints `said` or the object; throws a CommandError when it is not done. */
export async function tellRun(
  io: Io,
  run: LocatedRun,
  body: ControlBody,
  { said, json }: { readonly said: string; readonly json: boolean | undefined },
): Promise<number> {
  const { sendControl } = await import('../node/controlClient.ts');
  const outcome = await sendControl(run, body);
  switch (outcome.kind) {
    case 'accepted':
      io.stdout.write(json === true ? `${JSON.stringify({ runId: run.runId, accepted: body })}\n` : `${said}\n`);
      return EXIT.completed;
    case 'not-running':
      throw new CommandError(`${outcome.message} Go on with it: dwf resume ${run.runId}`);
    case 'refused':
      throw new CommandError(outcome.message);
    case 'silent':
      throw new CommandError(outcome.message, EXIT.failed);
  }
}

/**
 * Lets a paused run go on in the process that has it; the exit code, or null when no process has it. `ownFlags`: the
 * person wants it otherwise than it runs.
 */
export async function continueRun(
  io: Io,
  run: LocatedRun,
  { ownFlags, json }: { readonly ownFlags: boolean; readonly json: boolean | undefined },
): Promise<number | null> {
  const { ownershipOf } = await import('../node/runLock.ts');
  const owner = await ownershipOf(run.dir);
  if (owner.kind !== 'held') return null;
  const { runId } = run;
  const state = await stateOf(run);
  // Its last event may be told before its process has let it go: then it is resumed once more, and refused if too soon.
  if (state.end !== null) return null;
  if (state.paused === null && !owner.silent)
    throw new CommandError(
      `Run ${runId} is still running, in process ${owner.pid}, and not paused. \`dwf stop ${runId}\` stops it.`,
    );
  if (ownFlags)
    throw new CommandError(
      `Run ${runId} is paused, in process ${owner.pid}: it goes on as it is. Change it with \`dwf set ${runId}\`, or stop it first.`,
    );
  return tellRun(io, run, { type: 'run.continue' }, { said: `Run ${runId} goes on.`, json });
}

/** As its files tell it now. */
export async function stateOf({ runId, dir }: LocatedRun): Promise<RunState> {
  const read = await readRun(dir);
  if (read.kind === 'unreadable') throw new CommandError(read.message, EXIT.failed);
  return fold(initialState(runId), read.run.events);
}

/** By id, label, or a beginning of the label. */
export async function agentToTell(run: LocatedRun, text: string | undefined, usage: string): Promise<AgentNode> {
  if (text === undefined) throw new CommandError(`Name an agent by its id or label: ${usage}`);
  const found = findAgent(await stateOf(run), text);
  switch (found.kind) {
    case 'found':
      return found.value;
    case 'unknown':
      throw new CommandError(
        `There is no agent ${text} in run ${run.runId}. \`dwf show ${run.runId}\` lists its agents.`,
      );
    case 'ambiguous': {
      const all = found.values.map(({ id, label }) => `${id} (${label})`).join(', ');
      throw new CommandError(`Several agents answer to ${text}: ${all}. Give an id.`);
    }
  }
}

/** By title or a beginning of it; without one, the phase whose agents are at work. */
export async function phaseToTell(run: LocatedRun, text: string | undefined): Promise<PhaseState> {
  const found = findPhase(await stateOf(run), text);
  switch (found.kind) {
    case 'found':
      return found.value;
    case 'unknown':
      throw new CommandError(
        text === undefined
          ? `No agent of run ${run.runId} is at work.`
          : `There is no phase ${text} in run ${run.runId}. \`dwf show ${run.runId}\` lists its phases.`,
      );
    case 'ambiguous': {
      const titles = found.values.map(({ title }) => title ?? 'outside of phases').join(', ');
      throw new CommandError(`Several phases could be meant: ${titles}. Say which: dwf finish ${run.runId} "<phase>"`);
    }
  }
}
