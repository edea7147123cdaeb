import * as vscode from 'vscode';
import { isLive } from '../projection/findAgent.ts';
import { agentOf } from '../projection/agentTable.ts';
import { agentsOf, shownPhases } from '../projection/select.ts';
import type { AgentNode, PhaseState, RunState } from '../projection/state.ts';
import type { ControlBody } from '../protocol/control.ts';
import { MAX_MESSAGE } from '../protocol/limits.ts';
import { askRunSettings } from './askRunSettings.ts';
import { agentIdOf, type Handler, phaseIndexOf, runOf } from './runArgument.ts';
import type { KnownRun, RunHub } from './runHub.ts';
import { tellRun } from './tellRun.ts';

/** What a person says to a run under way, of this window, of another one or of the terminal alike (W46). */
export function runControl(hub: RunHub): Readonly<Record<string, Handler>> {
  const withRun =
    (what: string, fits: (run: KnownRun) => boolean, act: (run: KnownRun) => Promise<unknown>): Handler =>
    async (argument) => {
      const run = await runOf(hub, argument, what, (each) => each.alive && fits(each));
      if (run) await act(run);
    };
  const any = (): boolean => true;
  const simply = (what: string, body: ControlBody, fits: (run: KnownRun) => boolean): Handler =>
    withRun(what, fits, (run) => tellRun(run, body));
  const withAgent = (what: string, tell: (run: KnownRun, agent: AgentNode) => Promise<unknown>): Handler => {
    return async (argument) => {
      const run = await runOf(hub, argument, `${what} an agent of`, ({ alive }) => alive);
      const state = run && (await hub.open(run.runId))?.state;
      const agent = state && (await agentFor(state, argument, what));
      if (agent) await tell(run, agent);
    };
  };
  const simplyAgent = (what: string, bodyOf: (agentId: string) => ControlBody): Handler =>
    withAgent(what, (run, { id }) => tellRun(run, bodyOf(id)));
  return {
    pauseRun: simply('Pause', { type: 'run.pause' }, ({ state }) => !state?.paused),
    continueRun: simply('Continue', { type: 'run.continue' }, ({ state }) => Boolean(state?.paused)),
    stopRun: simply('Stop', { type: 'run.stop' }, any),
    setRun: withRun('Change', any, async (run) => {
      const opened = await hub.open(run.runId);
      const body = await askRunSettings(run.summary.workflowName, opened?.state.head ?? null);
      if (body) await tellRun(run, body);
    }),
    finishPhase: async (argument) => {
      const run = await runOf(hub, argument, 'Finish a phase of', ({ alive }) => alive);
      const state = run && (await hub.open(run.runId))?.state;
      const phase = state && (await phaseFor(state, argument));
      if (phase) await tellRun(run, { type: 'phase.finish', phase: phase.title });
    },
    stopAgent: simplyAgent('Stop', (agentId) => ({ type: 'agent.stop', agentId })),
    skipAgent: simplyAgent('Skip', (agentId) => ({ type: 'agent.skip', agentId })),
    restartAgent: simplyAgent('Restart', (agentId) => ({ type: 'agent.restart', agentId })),
    steerAgent: withAgent('Tell', async (run, { id: agentId, label }) => {
      const message = await askMessage(label);
      if (message !== undefined) await tellRun(run, { type: 'agent.steer', agentId, message });
    }),
  };
}

async function askMessage(label: string): Promise<string | undefined> {
  const text = await vscode.window.showInputBox({
    title: `Tell ${label}`,
    prompt: 'It hears this before its next turn.',
    ignoreFocusOut: true,
    validateInput: (entered) => (entered.length > MAX_MESSAGE ? 'That is too long.' : undefined),
  });
  return text === undefined || text.trim() === '' ? undefined : text.trim();
}

/** The row's agent, or one that the person picks among those at work. */
async function agentFor(state: RunState, argument: unknown, what: string): Promise<AgentNode | undefined> {
  const agentId = agentIdOf(argument);
  if (agentId !== null) return agentOf(state.agents, agentId);
  const live = state.phases.flatMap((phase) => agentsOf(state, phase)).filter(isLive);
  if (live.length === 0) return void vscode.window.showInformationMessage('None of its agents is at work.');
  const items = live.map((agent) => ({ agent, label: agent.label, description: agent.id, detail: agent.phase ?? '' }));
  return (await vscode.window.showQuickPick(items, { placeHolder: `${what} which agent?` }))?.agent;
}

async function phaseFor(state: RunState, argument: unknown): Promise<PhaseState | undefined> {
  const index = phaseIndexOf(argument);
  if (index !== null) return shownPhases(state)[index];
  const live = state.phases.filter((phase) => agentsOf(state, phase).some(isLive));
  if (live.length === 0) return void vscode.window.showInformationMessage('None of its agents is at work.');
  const items = live.map((phase) => ({ phase, label: phase.title ?? 'Outside of phases' }));
  return (await vscode.window.showQuickPick(items, { placeHolder: 'Finish which phase?' }))?.phase;
}
