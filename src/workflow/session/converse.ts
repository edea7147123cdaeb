import { isAbort } from '../../base/abort.ts';
import { goOnLater } from '../../engine/goOn.ts';
import type { LoopEvent } from '../../engine/queryLoop.ts';
import type { Effort } from '../../protocol/capabilities.ts';
import { textOf, toolCallsOf, type Message } from '../../protocol/conversation.ts';
import type { RunCaps } from '../../protocol/run.ts';
import { SESSION_AGENT, type TurnEnd } from '../../protocol/session.ts';
import type { AgentLife } from '../agentLife.ts';
import { budgetWords } from '../budgetWords.ts';
import type { RunContext } from '../runContext.ts';
import { runSubagent, type SubagentEnd } from '../subagent.ts';
import type { Asked, Desk } from './desk.ts';
import type { WorkflowDoor } from './workflowDoor.ts';
import { createWorkflowTool } from './workflowTool.ts';

export interface SessionPlace {
  readonly run: RunContext;
  readonly desk: Desk;
  readonly door: WorkflowDoor;
  readonly attended: boolean;
  readonly effort?: Effort | undefined;
}

/**
 * A session from its opening to its closing: what its desk is asked, one turn after the other, in one conversation with one
 * agent. Throws AbortError when the session is closed, and nothing else expected.
 */
export async function converse(place: SessionPlace): Promise<never> {
  const { run, desk } = place;
  const { signal } = run;
  const name = { agentId: SESSION_AGENT, phase: null };
  run.recorder.emit({ type: 'agent.queued', ...name, kind: 'agent', label: 'Session', model: run.model, prompt: '' });
  const seat = run.ledger.enter({ ...name, onTimeUp: () => desk.interrupt() });
  try {
    let history = await remembered(run);
    for (;;) {
      const asked = await desk.next(signal);
      run.recorder.emit({ type: 'turn.started', turnId: asked.turnId });
      const { end, messages } = await turn(place, asked, history);
      history = messages;
      run.recorder.emit({ type: 'turn.ended', turnId: asked.turnId, end });
    }
  } finally {
    seat.dispose();
  }
}

/** The conversation so far, with an answer to each call that an end cut off. */
async function remembered({ open }: RunContext): Promise<readonly Message[]> {
  return goOnLater(await open.readTranscript(SESSION_AGENT));
}

interface Turned {
  readonly end: TurnEnd;
  readonly messages: readonly Message[];
}

async function turn(place: SessionPlace, asked: Asked, history: readonly Message[]): Promise<Turned> {
  const { run, desk } = place;
  const life = run.agents.begin({ agentId: SESSION_AGENT, phase: null, history: [], signal: run.signal });
  run.recorder.emit({ type: 'agent.started', agentId: SESSION_AGENT });
  const interrupt = (): void => life.end({ kind: 'null', cause: 'stopped', message: 'A person interrupted it.' });
  try {
    const end = await desk.during({ interrupt }, () => answer(place, asked, history, life));
    if (end.kind === 'done') return { end: { kind: 'done', text: end.text }, messages: end.messages };
    return { end: { kind: 'failed', message: end.message }, messages: await remembered(run) };
  } catch (error) {
    if (!isAbort(error) || run.signal.aborted || life.verdict === null) throw error;
    return { end: { kind: 'interrupted' }, messages: await remembered(run) };
  } finally {
    run.agents.over(life);
  }
}

function answer(
  place: SessionPlace,
  { turnId, by, text, prompt }: Asked,
  history: readonly Message[],
  life: AgentLife,
): Promise<SubagentEnd> {
  const { run, desk, effort } = place;
  const caps: RunCaps = by === 'person' ? capsOf(text) : {};
  const onStep = (event: LoopEvent): void => {
    if (event.type !== 'message' || event.message.role !== 'assistant') return;
    const said = textOf(event.message);
    if (said.trim() !== '' || toolCallsOf(event.message).length === 0)
      run.recorder.emit({ type: 'turn.said', turnId, text: said });
  };
  return runSubagent(
    run,
    {
      role: 'session',
      workspace: { root: run.cwd, cwd: run.cwd, ownsRoot: false, readOnly: false },
      options: { effort },
      ...(history.length > 0 ? { history } : {}),
      prompt,
      ownTools: [createWorkflowTool({ ...place, caps })],
      onStep,
      onDelta: (delta) => desk.say(delta),
    },
    life,
  );
}

function capsOf(typed: string): RunCaps {
  const { text: _text, ...caps } = budgetWords(typed);
  return caps;
}
