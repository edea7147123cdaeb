import * as vscode from 'vscode';
import { clip, count, headline } from '../base/text.ts';
import { baseText, leftOutText } from '../projection/baseWords.ts';
import { formatDuration, formatTokens, formatUsd } from '../projection/cost.ts';
import { agentsOf, changeTable, currentChanges, startedBy, usageOf } from '../projection/select.ts';
import type { AgentNode, AgentStatus, ChangeState, PhaseState, RunState } from '../projection/state.ts';
import { STOP_WORDS } from '../projection/stopWords.ts';
import type { BaseCommit, RunStatus } from '../protocol/run.ts';
import type { Usage } from '../protocol/usage.ts';
import type { KnownRun } from './runHub.ts';
import { pauseWords, waitWords } from './waitWords.ts';

/** `contextValue` says which actions a row has: see `menus` of package.json. */
export function runItem(run: KnownRun, now: number): vscode.TreeItem {
  const { summary, state, status, alive, engine } = run;
  const open = vscode.TreeItemCollapsibleState;
  const item = new vscode.TreeItem(summary.workflowName, engine ? open.Expanded : open.Collapsed);
  item.id = run.runId;
  const usage = state && state.seq > 0 ? usageOf(state, now) : summary.usage;
  const over = endOf(run);
  const pause = pauseWords(run);
  item.description = [pause ?? over.words, ...(usage ? [spent(usage, usage.usd, usage.ms)] : [])].join(' · ');
  item.iconPath = pause === null ? RUN_ICONS[status] : icon('debug-pause');
  const steer = alive ? ` stoppable ${pause === null ? 'pausable' : 'paused'}` : ' resumable';
  item.contextValue = `run ${status}${steer}`;
  item.tooltip = [
    run.runId,
    `in ${summary.cwd}`,
    ...(state?.head?.base ? [baseLine(state.head.base)] : []),
    `begun ${new Date(summary.createdAt).toLocaleString()}`,
    ...(alive && !engine ? [`by process ${summary.pid ?? 'of another machine'}`] : []),
    ...over.detail,
  ].join('\n');
  item.accessibilityInformation = { label: `Run ${summary.workflowName}, ${item.description}` };
  return item;
}

function baseLine(base: BaseCommit): string {
  const leftOut = leftOutText(base);
  return `on ${[baseText(base), ...(leftOut === null ? [] : [leftOut])].join('; ')}`;
}

/** Why it ended, where it did: in a few words for its row, and in full below them. */
function endOf({ status, state, summary }: KnownRun): { readonly words: string; readonly detail: readonly string[] } {
  // Its last event comes before its files say so; of a run that nobody looked into there are the files alone.
  const end = state?.end && 'message' in state.end ? state.end : null;
  const message = end?.message ?? summary.message ?? '';
  const reason = end?.status === 'stopped' ? end.reason : summary.stopReason;
  const detail = message === '' ? [] : [clip(message, 500)];
  switch (status) {
    case 'stopped':
      if (reason === null) return { words: STATUS_WORDS.stopped, detail };
      return { words: STOP_WORDS[reason], detail: reason === 'closed' ? [GOES_ON] : detail };
    case 'failed':
      return { words: message === '' ? STATUS_WORDS.failed : `failed: ${headline(message, 60)}`, detail };
    case 'interrupted':
      return { words: STATUS_WORDS.interrupted, detail: [`Its process is gone. ${GOES_ON}`] };
    case 'running':
    case 'completed':
    case 'degraded':
      return { words: STATUS_WORDS[status], detail: [] };
  }
}

const GOES_ON = 'Resume goes on where it was: agents that had finished are not asked again.';

export function phaseItem(run: KnownRun, phase: PhaseState, index: number): vscode.TreeItem {
  const agents = run.state ? agentsOf(run.state, phase) : [];
  const landings = run.state ? landingsOf(run.state, phase) : [];
  const having = (...wanted: readonly AgentStatus[]): number =>
    agents.filter((agent) => wanted.includes(statusIn(run, agent))).length;
  const failed = having('null', 'threw');
  const over = having('done') + failed;
  const states = vscode.TreeItemCollapsibleState;
  const empty = agents.length + landings.length === 0;
  const open = run.engine === null ? states.Collapsed : states.Expanded;
  const item = new vscode.TreeItem(phase.title ?? 'Outside of phases', empty ? states.None : open);
  // The editor keeps a row folded that once had nothing to show: with its first agent it is another row.
  item.id = `${run.runId}/${index}${empty ? '/empty' : ''}`;
  item.description = [
    ...(empty ? ['nothing yet'] : []),
    ...(agents.length > 0 ? [`${over} of ${agents.length}`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(landings.length > 0 ? [count(landings.length, 'landing')] : []),
  ].join(', ');
  if (empty) item.iconPath = icon('circle-outline');
  else if (having('interrupted') > 0) item.iconPath = AGENT_ICONS.interrupted;
  else item.iconPath = icon(over < agents.length ? 'loading~spin' : 'check');
  item.contextValue = run.alive && having('queued', 'running') > 0 ? 'phase live' : 'phase';
  if (phase.detail !== null) item.tooltip = phase.detail;
  return item;
}

/** Changes that went through the merge queue, where it is plain that they did so in this phase. */
export function landingsOf(state: RunState, phase: PhaseState): readonly ChangeState[] {
  const others = state.phases.some((other) => other.title !== phase.title && other.landings > 0);
  return phase.landings > 0 && !others ? currentChanges(state).filter(({ landing }) => landing !== null) : [];
}

/** What became of a change; it can be opened like its author's row. */
export function landingItem(run: KnownRun, changeId: string): vscode.TreeItem {
  const row = run.state && changeTable(run.state).find(({ id }) => id === changeId);
  const item = new vscode.TreeItem(row?.label ?? changeId);
  item.id = `${run.runId}/landing/${changeId}`;
  if (!row) return item;
  item.description = row.why;
  item.iconPath = row.outcome === 'landed' ? icon('git-merge', 'testing.iconPassed') : icon('circle-slash');
  item.contextValue = 'agent change';
  item.tooltip = `${row.summary}\n\n${row.files.join('\n')}`;
  item.command = {
    command: 'dynamicWorkflows.openChange',
    title: 'Open Change',
    arguments: [{ kind: 'landing', runId: run.runId, agentId: changeId }],
  };
  return item;
}

export function agentItem(run: KnownRun, agent: AgentNode, now: number): vscode.TreeItem {
  const item = new vscode.TreeItem(agent.label);
  item.id = `${run.runId}/agent/${agent.id}`;
  const phase = run.state?.phases.find(({ agentIds }) => agentIds.includes(agent.id));
  if (run.state && phase && startedBy(run.state, phase, agent.id).length > 0)
    item.collapsibleState = vscode.TreeItemCollapsibleState.Expanded;
  const ms = agent.startedAt === null ? null : (agent.endedAt ?? now) - agent.startedAt;
  const status = statusIn(run, agent);
  const words = agent.fromJournal ? ['from the journal'] : (AGENT_WORDS[status] ?? []);
  const wait = waitWords(run, agent, now);
  item.description = [
    ...words,
    ...(agent.requests > 0 || ms !== null ? [spent(agent.usage, agent.usd, ms)] : []),
    ...(agent.message === null ? [] : [clip(agent.message.replaceAll('\n', ' '), 80)]),
    ...(wait === null ? [] : [wait]),
  ].join(' · ');
  item.iconPath = AGENT_ICONS[agent.fromJournal && status === 'done' ? 'journal' : status];
  const changed = run.state?.changes.some(({ change }) => change.id === agent.id && change.files.length > 0) ?? false;
  item.contextValue = `agent${changed ? ' change' : ''}${wait === null ? '' : ' live'}`;
  item.tooltip = [`${agent.kind} ${agent.id}, ${agent.model}`, agent.message ?? '', clip(agent.prompt, 600)]
    .filter((line) => line !== '')
    .join('\n\n');
  item.accessibilityInformation = { label: `Agent ${agent.label}, ${status}, ${item.description}` };
  item.command = {
    command: 'dynamicWorkflows.openTranscript',
    title: 'Open Transcript',
    arguments: [{ kind: 'agent', runId: run.runId, agentId: agent.id }],
  };
  return item;
}

/** Events cannot say that the run's process died: then its agents have not ended, and work no more. */
function statusIn({ alive }: KnownRun, { status }: AgentNode): AgentStatus {
  return !alive && (status === 'queued' || status === 'running') ? 'interrupted' : status;
}

/** `12.3k tokens · $0.0123 · 3.4s` */
function spent(usage: Usage, usd: number | null, ms: number | null): string {
  const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens } = usage;
  const tokens = inputTokens + outputTokens + cacheReadTokens + cacheWriteTokens;
  const parts = [count(tokens, 'token').replace(/^\d+/, formatTokens(tokens)), formatUsd(usd)];
  return [...parts, ...(ms === null ? [] : [formatDuration(ms)])].join(' · ');
}

const STATUS_WORDS: Readonly<Record<RunStatus, string>> = {
  running: 'running',
  completed: 'completed',
  degraded: 'ended with failures',
  stopped: 'stopped',
  failed: 'failed',
  interrupted: 'interrupted',
};

/** What its figures and its message do not say. */
const AGENT_WORDS: { readonly [Status in AgentStatus]?: readonly string[] } = {
  interrupted: ['interrupted'],
};

const icon = (name: string, color?: string): vscode.ThemeIcon =>
  new vscode.ThemeIcon(name, color === undefined ? undefined : new vscode.ThemeColor(color));

const RUN_ICONS: Readonly<Record<RunStatus, vscode.ThemeIcon>> = {
  running: icon('loading~spin'),
  completed: icon('pass', 'testing.iconPassed'),
  degraded: icon('warning', 'list.warningForeground'),
  stopped: icon('circle-slash'),
  failed: icon('error', 'testing.iconFailed'),
  interrupted: icon('debug-disconnect', 'list.warningForeground'),
};

const AGENT_ICONS: Readonly<Record<AgentStatus | 'journal', vscode.ThemeIcon>> = {
  queued: icon('circle-outline'),
  running: icon('loading~spin'),
  done: icon('pass', 'testing.iconPassed'),
  journal: icon('history', 'testing.iconPassed'),
  null: icon('error', 'testing.iconFailed'),
  threw: icon('error', 'testing.iconFailed'),
  interrupted: icon('debug-disconnect', 'list.warningForeground'),
};
