import type { LaunchOffer } from '../protocol/launchOffer.ts';
import type { EventBody } from '../protocol/messages.ts';
import type { TurnEnd, TurnSource } from '../protocol/session.ts';
import { runStarted } from './runLog.fake.ts';

// What a session's log has in it, for tests.

export const opened = (attempt = 1): readonly EventBody[] => [
  runStarted(attempt),
  { type: 'agent.queued', agentId: 'main', kind: 'agent', label: 'Session', phase: null, model: 'm', prompt: '' },
];

export const asked = (turnId: string, text: string, by: TurnSource = 'person'): EventBody => ({
  ...{ type: 'turn.asked', turnId, by, text },
});
export const begun = (turnId: string): EventBody => ({ type: 'turn.started', turnId });
export const said = (turnId: string, text: string): EventBody => ({ type: 'turn.said', turnId, text });
export const over = (turnId: string, end: TurnEnd = { kind: 'done', text: '' }): EventBody => ({
  ...{ type: 'turn.ended', turnId, end },
});
export const told = (text: string): EventBody => ({ type: 'session.told', text });
export const toolStarted = (callId: string, tool: string, summary: string, agentId = 'main'): EventBody => ({
  ...{ type: 'tool.started', agentId, callId, tool, summary },
});
export const toolEnded = (callId: string, ok = true, ms = 900): EventBody => ({
  ...{ type: 'tool.ended', agentId: 'main', callId, ok, ms },
});
export const launched = (launchedRunId: string, title = 'Looking for dead code'): EventBody => ({
  ...{ type: 'workflow.launched', launchedRunId, workflowName: 'look', title, runDir: `/runs/${launchedRunId}` },
});
export const permission = (requestId: string, rules: readonly string[] = []): EventBody => ({
  ...{ type: 'permission.asked', requestId, agentId: 'main', tool: 'Bash', summary: 'npm test' },
  ...(rules.length === 0 ? {} : { rules }),
});
export const question = (requestId: string): EventBody => ({
  ...{ type: 'question.asked', requestId, question: 'Which way?', agentId: 'main', phase: null },
  choices: ['left', 'right'],
});

/** Two turns, the second under way. */
export const SMALL_SESSION: readonly EventBody[] = [
  ...opened(),
  asked('t1', 'use a workflow to find dead code'),
  begun('t1'),
  said('t1', 'I look at the **folders** first.'),
  toolStarted('c1', 'Bash', 'ls -R src'),
  toolEnded('c1'),
  toolStarted('c2', 'Workflow', 'dead-code: Looking for dead code · 2 phases: Look, Check · permission mode default'),
  launched('run-7'),
  toolEnded('c2', true, 40),
  said('t1', 'It has begun. You are told when it has ended.'),
  over('t1'),
  asked('t2', 'and what is in `README.md`?'),
  begun('t2'),
  toolStarted('c3', 'Read', 'README.md'),
];

export const OFFER: LaunchOffer = {
  ...{ workflowName: 'dead-code', title: 'Looking for dead code', description: 'Finds code that nothing calls.' },
  phases: [{ title: 'Look' }, { title: 'Doubt' }, { title: 'Sum up' }],
  ...{ cwd: '/repo', base: { commit: '1a2b3c4d5e6f', branch: 'main', dirtyFiles: 2 }, model: 'claude-sonnet-4-6' },
  ...{ concurrency: 16, permissionMode: 'acceptEdits', caps: { outputTokens: 500_000, agents: 200 } },
  ...{ budgetWords: ['use a 500k token budget'], extras: ['Hooks: 2 commands (PreToolUse)'] },
  forecast: {
    ...{ agents: { min: 9, likely: 12, max: 40 }, outputTokens: { min: 9_000, likely: 40_000, max: 400_000 } },
    ...{ usd: { min: 0.1, likely: 0.9, max: 9 }, ms: { min: 60_000, likely: 185_000, max: 1_200_000 }, bounded: true },
  },
  script: "export const meta = { name: 'dead-code' };\nreturn await agent('look');\n",
};
/** A question whether a workflow is to start. */
export const launchAsked = (
  requestId: string,
  offer: Partial<LaunchOffer> = {},
  rules: readonly string[] = [],
): EventBody => ({
  ...{ type: 'permission.asked', requestId, agentId: 'main', tool: 'Workflow', summary: 'dead-code: …' },
  launch: { ...OFFER, ...offer },
  ...(rules.length === 0 ? {} : { rules }),
});
