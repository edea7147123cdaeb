import type { Event, EventBody } from '../../protocol/messages.ts';
import type { RunEnd, RunUsage } from '../../protocol/run.ts';
import { fold } from '../../projection/reduce.ts';
import { initialState, type RunState } from '../../projection/state.ts';

export const RUN_ID = 'mend-kq3';
export const START = 1_000_000;

const USAGE = { inputTokens: 9_000, outputTokens: 400, cacheReadTokens: 3_345, cacheWriteTokens: 0 };
export const RUN_USAGE: RunUsage = { ...USAGE, agents: 3, requests: 3, usd: 0.0421, ms: 62_000 };

/** Numbers bodies, a second apart. */
export function eventsOf(bodies: readonly EventBody[]): readonly Event[] {
  return bodies.map((body, index) => ({ seq: index + 1, at: START + index * 1000, runId: RUN_ID, ...body }));
}

export function stateOf(events: readonly Event[]): RunState {
  return fold(initialState(RUN_ID), events);
}

export const STARTED: EventBody = {
  type: 'run.started',
  workflowName: 'mend',
  description: 'Mends.',
  phases: [{ title: 'Find' }, { title: 'Fix' }, { title: 'Land' }],
  scriptPath: '/repo/mend.js',
  cwd: '/repo',
  base: { commit: '1a2b3c4d5e6f', branch: 'main', dirtyFiles: 3 },
  model: 'claude-sonnet-5-5',
  permissionMode: 'default',
  concurrency: 16,
  caps: {},
  attempt: 1,
};

function queued(agentId: string, label: string, phase: string | null): EventBody {
  return { type: 'agent.queued', agentId, kind: 'agent', label, phase, model: 'claude-sonnet-5-5', prompt: label };
}

function done(agentId: string): EventBody {
  return { type: 'agent.ended', agentId, end: { kind: 'done', preview: 'done' }, fromJournal: false };
}

function committed(agentId: string, path: string): EventBody {
  const files = [{ path, status: 'modified', additions: 4, deletions: 2 }] as const;
  return {
    type: 'change.committed',
    agentId,
    change: { id: agentId, summary: 's', branch: `b/${agentId}`, base: '1a', commit: 'c0ffee', files },
  };
}

/** A run half way: one found, one at work with a tool, one waiting for the model, one in the queue. */
export const HALF_WAY: readonly EventBody[] = [
  STARTED,
  { type: 'phase.entered', title: 'Find' },
  queued('a1', 'find failures', 'Find'),
  { type: 'agent.started', agentId: 'a1' },
  { type: 'agent.replied', agentId: 'a1', model: 'claude-sonnet-5-5', usage: USAGE, text: 'Two.' },
  done('a1'),
  { type: 'logged', level: 'info', message: '2 failures' },
  queued('a2', 'fix src/money.js', 'Fix'),
  queued('a3', 'fix src/日本語.js', 'Fix'),
  queued('a4', 'fix src/\u001b[31mred.js', 'Fix'),
  { type: 'agent.started', agentId: 'a2' },
  { type: 'tool.started', agentId: 'a2', callId: 't1', tool: 'Bash', summary: 'npm test\n--watch' },
  { type: 'agent.started', agentId: 'a3' },
  { type: 'agent.retried', agentId: 'a3', message: 'The API is overloaded.', delayMs: 2_000 },
];

export const END: RunEnd = {
  status: 'degraded',
  result: {
    message: '1 of 3 fixed.',
    refused: [{ title: 'parseQuery() loses values', reason: 'The README promises just this.' }],
    failed: [{ title: 'red.js', reason: 'Its tests fail.', branch: 'b/a4' }],
  },
  failures: [{ cause: 'timeout', message: 'It took 30 minutes.', label: 'fix src/red.js', agentId: 'a4' }],
};

/** The same run at its end: one change landed, one refused by its review, one that the script itself reports on. */
export const WHOLE: readonly EventBody[] = [
  ...HALF_WAY,
  { type: 'tool.ended', agentId: 'a2', callId: 't1', ok: true, ms: 5 },
  committed('a2', 'src/money.js'),
  done('a2'),
  committed('a3', 'src/日本語.js'),
  done('a3'),
  committed('a4', 'src/red.js'),
  {
    type: 'change.reviewed',
    changeId: 'a3',
    review: {
      approved: false,
      findings: [
        {
          path: 'src/日本語.js',
          line: 1,
          severity: 'major',
          title: 'It breaks on empty input',
          body: '',
          lens: 'correctness',
          votes: { upheld: 2, refuted: 1, abstained: 0 },
          reasons: [],
        },
      ],
    },
    refuted: [],
  },
  {
    type: 'change.landed',
    changeId: 'a2',
    phase: 'Land',
    landing: { status: 'landed', commit: 'abcdef0123456789', branch: 'workflow/mend-kq3/integration' },
  },
  { type: 'change.landed', changeId: 'a3', phase: 'Land', landing: { status: 'unreviewed' } },
  {
    type: 'agent.ended',
    agentId: 'a4',
    end: { kind: 'null', cause: 'timeout', message: 'It took 30 minutes.' },
    fromJournal: false,
  },
  { type: 'run.ended', end: END, usage: RUN_USAGE },
];
