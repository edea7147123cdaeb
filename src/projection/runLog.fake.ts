import type { Finding } from '../protocol/change.ts';
import type { Event, EventBody } from '../protocol/messages.ts';
import { NO_USAGE, type Usage } from '../protocol/usage.ts';

export const RUN_ID = 'run-1';
const MODEL = 'claude-sonnet-5-5';
const LAUNCHED_AT = 1_700_000_000_000;

/** Numbers the bodies as a run's recorder does, one second apart. */
export function eventsOf(bodies: readonly EventBody[], after = 0): readonly Event[] {
  return bodies.map((body, index): Event => {
    const seq = after + index + 1;
    return { seq, at: LAUNCHED_AT + seq * 1000, runId: RUN_ID, ...body };
  });
}

export function runStarted(attempt = 1): EventBody {
  return {
    type: 'run.started',
    workflowName: 'fix-failing-tests',
    description: 'Fixes what the tests find.',
    phases: [{ title: 'Find' }, { title: 'Fix', detail: 'one agent a failure' }, { title: 'Review' }],
    scriptPath: '/w/fix.js',
    cwd: '/project',
    base: { commit: 'abc1234', branch: 'main', dirtyFiles: 0 },
    model: MODEL,
    permissionMode: 'default',
    concurrency: 16,
    caps: {},
    attempt,
  };
}

type Queued = Extract<EventBody, { readonly type: 'agent.queued' }>;

export function queued(agentId: string, phase: string | null, more: Partial<Queued> = {}): EventBody {
  return {
    type: 'agent.queued',
    agentId,
    kind: 'agent',
    label: `label of ${agentId}`,
    phase,
    model: MODEL,
    prompt: 'Do it.',
    ...more,
  };
}

export function started(agentId: string): EventBody {
  return { type: 'agent.started', agentId };
}

export function replied(
  agentId: string,
  usage: Partial<Usage> = { inputTokens: 1000, outputTokens: 100 },
  model = MODEL,
): EventBody {
  return { type: 'agent.replied', agentId, model, usage: { ...NO_USAGE, ...usage }, text: `${agentId} says` };
}

export function done(agentId: string, fromJournal = false): EventBody {
  return { type: 'agent.ended', agentId, end: { kind: 'done', preview: `answer of ${agentId}` }, fromJournal };
}

export function committed(agentId: string, path: string): EventBody {
  const files = [{ path, status: 'modified', additions: 3, deletions: 1 }] as const;
  const change = {
    id: agentId,
    summary: `fix ${path}`,
    branch: `workflow/run-1/${agentId}`,
    base: 'abc1234',
    commit: 'def5678',
    files,
  };
  return { type: 'change.committed', agentId, change };
}

function finding(title: string, upheld: number, refuted: number): Finding {
  const votes = { upheld, refuted, abstained: 0 };
  return { path: 'src/a.js', line: 3, severity: 'major', title, body: '', lens: 'correctness', votes, reasons: [] };
}

export function ended(status: 'completed' | 'degraded' = 'completed'): EventBody {
  const usage = { ...NO_USAGE, agents: 0, requests: 0, usd: 0, ms: 0 };
  return { type: 'run.ended', end: { status, result: null, failures: [] }, usage };
}

/** A run in small: two fixes, one of them no bug; a reviewer and a skeptic each; the first one lands. */
export const SMALL_RUN: readonly EventBody[] = [
  runStarted(),
  { type: 'phase.entered', title: 'Find' },
  queued('a1', 'Find', { label: 'run the tests' }),
  started('a1'),
  { type: 'tool.started', agentId: 'a1', callId: 't1', tool: 'Bash', summary: 'npm test' },
  { type: 'permission.asked', requestId: 'p1', agentId: 'a1', tool: 'Bash', summary: 'npm test' },
  { type: 'permission.answered', requestId: 'p1', allowed: true, by: 'person' },
  { type: 'tool.ended', agentId: 'a1', callId: 't1', ok: true, ms: 900 },
  replied('a1'),
  done('a1'),
  { type: 'phase.entered', title: 'Fix' },
  queued('a2', 'Fix', { kind: 'author', label: 'fix money' }),
  queued('a3', 'Fix', { kind: 'author', label: 'fix dates' }),
  started('a2'),
  started('a3'),
  { type: 'agent.retried', agentId: 'a3', message: 'rate limit', delayMs: 3000 },
  replied('a2', { inputTokens: 2000, outputTokens: 500, cacheReadTokens: 10_000 }),
  committed('a2', 'src/money.js'),
  done('a2'),
  replied('a3'),
  committed('a3', 'src/dates.js'),
  done('a3'),
  queued('a4', 'Review', { kind: 'reviewer', label: 'correctness: money', about: 'a2' }),
  queued('a5', 'Review', { kind: 'reviewer', label: 'correctness: dates', about: 'a3' }),
  started('a4'),
  started('a5'),
  replied('a4'),
  done('a4'),
  {
    type: 'change.reviewed',
    changeId: 'a2',
    review: { approved: true, findings: [] },
    refuted: [finding('too slow', 0, 3)],
  },
  replied('a5'),
  done('a5'),
  queued('a6', 'Review', { kind: 'skeptic', label: 'skeptic 1: not a bug', about: 'a5' }),
  started('a6'),
  {
    type: 'agent.ended',
    agentId: 'a6',
    end: { kind: 'null', cause: 'api', message: 'the service failed' },
    fromJournal: false,
  },
  {
    type: 'change.reviewed',
    changeId: 'a3',
    review: { approved: false, findings: [finding('the code was right', 2, 1)] },
    refuted: [],
  },
  {
    type: 'change.landed',
    changeId: 'a2',
    phase: 'Land',
    landing: { status: 'landed', commit: '0123456789abcdef', branch: 'workflow/run-1' },
  },
  { type: 'change.landed', changeId: 'a3', phase: 'Land', landing: { status: 'unreviewed' } },
  { type: 'logged', level: 'info', message: '1 fixed, 1 refused' },
  ended('degraded'),
];
