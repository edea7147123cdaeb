import { budgetOf } from '../budgetWords.ts';
import { isAbort } from '../../base/abort.ts';
import { goOnLater } from '../../engine/goOn.ts';
import type { LoopEvent } from '../../engine/queryLoop.ts';
import { BEGUN_ANEW, textOf, toolCallsOf, type Message } from '../../protocol/conversation.ts';
import { SESSION_AGENT, type TurnEnd } from '../../protocol/session.ts';
import { agentCompaction } from '../agentCompaction.ts';
import type { AgentLife } from '../agentLife.ts';
import { recordStep } from '../recordStep.ts';
import type { RunContext } from '../runContext.ts';
import { runSubagent, type SubagentEnd } from '../subagent.ts';
import { Allowance } from './allowance.ts';
import type { Asked } from './desk.ts';
import { unheardRuns, watchElsewhere } from './earlierRuns.ts';
import { GoalWatch } from './goals.ts';
import { leftBehind } from './leftBehind.ts';
import { goOnLooping, openLoops } from './loops.ts';
import { perform } from './perform.ts';
import { refused } from './told.ts';
import { keepFiles, pastTurns } from './rewind.ts';
import type { SessionPlace } from './sessionPlace.ts';
import type { SlashCommand } from './slash.ts';
import { takeUp } from './takeUp.ts';
import { createWorkflowTool } from './workflowTool.ts';

/**
 * A session from its opening to its closing: what its desk is asked, one turn after the other, in one conversation with one
 * agent. Throws AbortError when the session is closed, and nothing else expected.
 */
export async function converse(place: SessionPlace): Promise<never> {
  const { run, desk } = place;
  const name = { agentId: SESSION_AGENT, phase: null };
  run.recorder.emit({ type: 'agent.queued', ...name, kind: 'agent', label: 'Session', model: run.model, prompt: '' });
  const seat = run.ledger.enter({ ...name, onTimeUp: () => desk.interrupt() });
  try {
    let history = await remembered(run);
    const past = run.open.readEvents(1).filter(({ seq }) => seq <= run.open.lastSeq);
    place.state.turns = pastTurns(past).length;
    goOnLooping(place, openLoops(past, run.deps.clock.now()));
    await takeUp(place, leftBehind(past));
    for (const own of unheardRuns(past)) watchElsewhere(place, own);
    desk.onCommand((command, loopId) => desk.beside(() => tell({ ...place, loopId }, command)));
    const goals = new GoalWatch(place);
    for (;;) {
      const asked = await desk.next(run.signal);
      const { end, messages } = await turn(place, asked, history, goals);
      history = messages;
      run.recorder.emit({ type: 'turn.ended', turnId: asked.turnId, end });
    }
  } finally {
    seat.dispose();
  }
}

/** Never rejects: what a command runs into is told. */
async function tell(place: SessionPlace, command: SlashCommand): Promise<void> {
  const told = await perform(place, command).catch((error: unknown) =>
    isAbort(error) ? '' : refused(`/${command.name} failed: ${error instanceof Error ? error.message : String(error)}`),
  );
  if (told !== '')
    place.run.recorder.emit({ type: 'session.told', ...(typeof told === 'string' ? { text: told } : told) });
}

/** The conversation so far, with an answer to each call that an end cut off. */
async function remembered({ open }: RunContext): Promise<readonly Message[]> {
  return goOnLater(await open.readTranscript(SESSION_AGENT));
}

interface Turned {
  readonly end: TurnEnd;
  readonly messages: readonly Message[];
}

async function turn(place: SessionPlace, asked: Asked, history: readonly Message[], goals: GoalWatch): Promise<Turned> {
  const { run, desk } = place;
  const life = run.agents.begin({ agentId: SESSION_AGENT, phase: null, signal: run.signal });
  run.recorder.emit({ type: 'agent.started', agentId: SESSION_AGENT });
  const interrupt = (): void => void life.end({ kind: 'null', cause: 'stopped', message: 'A person interrupted it.' });
  try {
    return await desk.during({ interrupt }, async () => {
      const checkpoint = await keepFiles(place);
      run.recorder.emit({ type: 'turn.started', turnId: asked.turnId, ...(checkpoint !== null && { checkpoint }) });
      if (asked.act !== undefined) return await acted(place, asked.act, history, life);
      const end = await answer(place, asked, history, life);
      if (end.kind !== 'done') {
        if (!run.signal.aborted) goals.failed(end.message);
        return { end: { kind: 'failed', message: end.message }, messages: await remembered(run) };
      }
      await goals.look(end.messages, life);
      return { end: { kind: 'done', text: end.text }, messages: end.messages };
    });
  } catch (error) {
    if (!isAbort(error) || run.signal.aborted || life.verdict === null) throw error;
    return { end: { kind: 'interrupted' }, messages: await remembered(run) };
  } finally {
    run.agents.over(life);
  }
}

function answer(place: SessionPlace, asked: Asked, history: readonly Message[], life: AgentLife): Promise<SubagentEnd> {
  const { run, desk, state } = place;
  const { turnId, by, prompt, loopId } = asked;
  const allowance = allowanceOf(place, asked);
  const onStep = (event: LoopEvent): void => {
    if (event.type !== 'message' || event.message.role !== 'assistant') return;
    const said = textOf(event.message);
    if (said.trim() !== '' || toolCallsOf(event.message).length === 0)
      run.recorder.emit({ type: 'turn.said', turnId, text: said });
  };
  const { settings, effort, runDirs, left } = state;
  [state.left, state.leftWords] = ['', ''];
  const words = settings.ultracode && by === 'person' ? `${prompt}\n\n${ULTRACODE}` : prompt;
  return runSubagent(
    run,
    {
      role: 'session',
      workspace: { root: run.cwd, cwd: run.cwd, ownsRoot: false, readOnly: false },
      options: { model: settings.model, effort },
      ...(history.length > 0 ? { history } : {}),
      prompt: left === '' ? words : `${left}\n\n${words}`,
      ownTools: [createWorkflowTool({ ...place, loopId: loopId ?? null, allowance })],
      readable: runDirs,
      onStep,
      onDelta: (piece, of) => {
        if (of === 'text') desk.say(piece);
      },
    },
    life,
  );
}

const ULTRACODE =
  '(The person wants each substantial task done by workflows: one to understand, one to change, one to verify, each checked before the next begins. What is small you do yourself. Load the skill workflow-authoring before you write one.)';

/** Words of a person count, also those that a loop says again; in no other turn is there anything of theirs to be read. */
function allowanceOf({ state }: SessionPlace, { by, text, allowance }: Asked): Allowance {
  const typed = by === 'person' || by === 'loop' ? [text] : [];
  const said = budgetOf([state.leftWords, ...typed].join('\n\n'));
  const own = allowance?.isLimited === true ? allowance : new Allowance(said);
  return by === 'person' ? own : state.allowanceBeside(own);
}

/** What a person has done to the conversation itself. */
async function acted(
  { run, state }: SessionPlace,
  act: NonNullable<Asked['act']>,
  history: readonly Message[],
  life: AgentLife,
): Promise<Turned> {
  if (act === 'clear') {
    [state.left, state.leftWords] = ['', ''];
    run.open.appendTranscript(SESSION_AGENT, [BEGUN_ANEW]);
    return { end: { kind: 'done', text: 'The conversation is forgotten.' }, messages: [] };
  }
  const model = state.settings.model ?? run.model;
  const request = { model, system: run.briefing.prompts.session, tools: [], maxTokens: 0 };
  const compacted = await agentCompaction(run, life)(history, { request, usedTokens: 0, forced: true }, life.signal);
  if (compacted.freedChars === 0)
    return { end: { kind: 'done', text: 'There is nothing to sum up yet.' }, messages: history };
  recordStep(run, SESSION_AGENT, { type: 'compacted', ...compacted });
  return { end: { kind: 'done', text: 'The conversation is summed up.' }, messages: compacted.messages };
}
