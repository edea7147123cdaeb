import { count } from '../base/text.ts';
import type { CapChanges, Command } from '../protocol/messages.ts';
import { MAX_CONCURRENCY, type Concurrency } from '../protocol/run.ts';
import { SESSION_AGENT } from '../protocol/session.ts';
import type { AgentLife, Verdict } from './agentLife.ts';
import { beginAnew } from './beginAnew.ts';
import type { RunContext } from './runContext.ts';

/** Does what a person says to a run under way (W46). Null, or why that cannot be done: one line for the person. */
export function obey(run: RunContext, command: Command): string | null {
  switch (command.type) {
    case 'run.stop':
      run.halt({ kind: 'stopped', reason: 'person', message: 'Stopped by a person.' });
      return null;
    case 'run.pause':
      if (run.pause.pausedBy('person')) return 'The run is paused already.';
      run.pause.begin('person', 'Paused by a person.');
      return null;
    case 'run.continue':
      run.ledger.extendSafety();
      return run.pause.end() ? null : 'The run is not paused.';
    case 'run.set':
      return change(run, command);
    case 'phase.finish':
      return finishPhase(run, command.phase);
    case 'agent.stop':
    case 'agent.skip':
    case 'agent.restart':
    case 'agent.steer':
      return tell(run, command);
    case 'permission.answer':
      return run.inbox.answer(command.requestId, command);
    case 'question.answer':
      return run.inbox.answerQuestion(command.requestId, command.answer);
    case 'session.say':
      return say(run, command);
    case 'session.interrupt':
      return run.desk?.interrupt() === true ? null : 'Nothing is under way.';
  }
}

type Said = Extract<Command, { readonly type: 'session.say' }>;

function say({ desk }: RunContext, { text, plain }: Said): string | null {
  if (!desk) return 'That is no session: nobody listens there.';
  if (text.trim() === '') return 'Say something: the message is empty.';
  desk.hear(text, plain);
  return null;
}

type ToAgent = Extract<Command, { readonly agentId: string }>;

function tell(run: RunContext, command: ToAgent): string | null {
  const { agentId } = command;
  const life = run.agents.get(agentId);
  if (!life) return `The agent ${agentId} has ended, or there is none of that name in this run.`;
  switch (command.type) {
    case 'agent.stop':
      return ends(life, { kind: 'null', cause: 'stopped', message: 'A person stopped it.' });
    case 'agent.skip':
      return ends(life, { kind: 'null', cause: 'skipped', message: 'A person skipped it.' });
    case 'agent.restart':
      if (agentId === SESSION_AGENT)
        return 'A session does not begin anew: say /clear in it, and it forgets what was said.';
      return life.hasStarted ? ends(life, { kind: 'restart' }) : beginsAnew(run, life);
    case 'agent.steer':
      if (command.message.trim() === '') return 'Say something to the agent: the message is empty.';
      if (!life.tell(command.message)) return `The agent ${agentId} has given its answer and reads nothing more.`;
      run.recorder.emit({ type: 'agent.steered', agentId, message: command.message });
      return null;
  }
}

function ends(life: AgentLife, verdict: Verdict): string | null {
  if (life.isSettled) return `The agent ${life.agentId} has given its answer, and that counts.`;
  return life.end(verdict) ? null : beingEnded(life);
}

/** It still waits for its slot, and keeps its turn. */
function beginsAnew(run: RunContext, life: AgentLife): string | null {
  if (life.signal.aborted) return beingEnded(life);
  life.forget();
  beginAnew(run, life);
  return null;
}

function beingEnded({ agentId }: AgentLife): string {
  return `The agent ${agentId} is being ended, or begun anew, already.`;
}

function finishPhase(run: RunContext, phase: string | null): string | null {
  const message = 'A person finished the phase without it.';
  const verdict: Verdict = { kind: 'null', cause: 'stopped', message, givesWay: true };
  const lives: readonly AgentLife[] = run.agents.inPhase(phase).filter((life) => life.end(verdict));
  const name = phase === null ? 'outside of all phases' : `in the phase "${phase}"`;
  if (lives.length === 0) return `No agent is under way ${name}.`;
  const told = `The phase is finished without ${count(lives.length, 'agent')} ${name}.`;
  run.recorder.emit({ type: 'logged', level: 'info', message: told });
  return null;
}

function change(run: RunContext, command: Extract<Command, { readonly type: 'run.set' }>): string | null {
  const { concurrency, caps } = command;
  if (concurrency !== undefined && concurrency !== 'elastic') {
    if (!Number.isInteger(concurrency) || concurrency < 1 || concurrency > MAX_CONCURRENCY)
      return `Agents at once are a whole number from 1 to ${MAX_CONCURRENCY}, or elastic.`;
  }
  const problem = caps === undefined ? null : changeCaps(run, caps);
  if (problem !== null) return problem;
  if (concurrency !== undefined) run.poolSize.set(concurrency);
  tellChange(run, concurrency);
  return null;
}

/** What now holds for the run. `asked`: as a person has just set it. */
export function tellChange(
  { ledger, recorder, pool }: Pick<RunContext, 'ledger' | 'recorder' | 'pool'>,
  asked?: Concurrency,
): void {
  const { perAgent: _, ...caps } = ledger.caps;
  recorder.emit({ type: 'run.changed', concurrency: pool.size, caps, ...(asked === undefined ? {} : { asked }) });
}

function changeCaps(run: RunContext, changes: CapChanges): string | null {
  const wrong = Object.values(changes).some((value) => value !== null && !(Number.isFinite(value) && value > 0));
  if (wrong) return 'A cap is a number above 0, or null for none.';
  const problem = run.ledger.setCaps(changes);
  if (problem === null && !run.ledger.isStopped) run.pause.end('limit');
  return problem;
}
