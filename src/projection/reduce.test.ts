import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Event, EventBody } from '../protocol/messages.ts';
import { NO_USAGE } from '../protocol/usage.ts';
import { agentOf, allAgents, depthOf } from './agentTable.ts';
import { graph } from './graph.ts';
import { fold, reduce } from './reduce.ts';
import {
  committed,
  done,
  ended,
  eventsOf,
  queued,
  replied,
  RUN_ID,
  runStarted,
  SMALL_RUN,
  started,
} from './runLog.fake.ts';
import { agentsOf, changeTable, pausedMsOf, shownPhases, startedBy, statusOf, summaryOf, usageOf } from './select.ts';
import { initialState, snapshotOf, type RunState } from './state.ts';

function stateOf(...bodies: readonly EventBody[]): RunState {
  return fold(initialState(RUN_ID), eventsOf(bodies));
}

const PAUSED: EventBody = { type: 'run.paused', reason: 'person', message: '', until: null };
const CONTINUED: EventBody = { type: 'run.continued' };

describe('a run', () => {
  test('from its events to its state and graph', async () => {
    const state = stateOf(...SMALL_RUN);
    const agents = Object.fromEntries(allAgents(state.agents).map((agent) => [agent.id, agent]));
    const shown = {
      ...state,
      agents,
      summary: summaryOf(state, state.at),
      changes: changeTable(state),
      graph: graph(state),
    };
    await expect(`${JSON.stringify(shown, null, 2)}\n`).toMatchFileSnapshot('golden/smallRun.json');
  });

  test('names the worktree of an agent as long as it works in it', () => {
    const leased: EventBody = { type: 'worktree.leased', agentId: 'a1', path: '/w/a1' };
    const working = [runStarted(), queued('a1', 'Fix'), started('a1'), leased] as const;
    expect(agentOf(stateOf(...working).agents, 'a1')?.worktree).toBe('/w/a1');
    for (const end of [done('a1'), ended()])
      expect(agentOf(stateOf(...working, end).agents, 'a1')?.worktree).toBeNull();
  });

  test('keeps nothing open once it has ended', () => {
    const state = stateOf(
      runStarted(),
      queued('a1', 'Fix'),
      started('a1'),
      queued('a2', 'Fix'),
      { type: 'tool.started', agentId: 'a1', callId: 't1', tool: 'Bash', summary: 'npm test' },
      { type: 'permission.asked', requestId: 'p1', agentId: 'a1', tool: 'Bash', summary: 'npm test' },
      ended(),
    );
    expect(state.questions).toEqual([]);
    expect(state.counts).toMatchObject({ queued: 0, running: 0, interrupted: 2 });
    expect(agentOf(state.agents, 'a1')).toMatchObject({ status: 'interrupted', tools: [] });
  });

  test('a question is of all agents that ask it, until it is answered or none of them waits any more', () => {
    const rules = ['Bash(npm test)'];
    const asked: EventBody = {
      type: 'permission.asked',
      requestId: 'p1',
      agentId: 'a1',
      tool: 'Bash',
      summary: 'x',
      rules,
    };
    const joined = (agentId: string): EventBody => ({ type: 'permission.joined', requestId: 'p1', agentId });
    const left = (agentId: string): EventBody => ({ type: 'permission.withdrawn', requestId: 'p1', agentId });
    const askers = (...bodies: readonly EventBody[]) =>
      stateOf(runStarted(), asked, ...bodies).questions.map(({ agentId, others }) => [agentId, ...others]);
    expect(askers(joined('a2'), joined('a2'))).toEqual([['a1', 'a2', 'a2']]);
    expect(askers(joined('a2'), left('a1'))).toEqual([['a2']]);
    expect(askers(joined('a2'), joined('a2'), left('a2'), left('a3'))).toEqual([['a1', 'a2']]);
    expect(askers(joined('a2'), left('a1'), left('a2'))).toEqual([]);
    expect(askers(joined('a2'), { type: 'permission.answered', requestId: 'p1', allowed: true, by: 'rule' })).toEqual(
      [],
    );
    expect(stateOf(runStarted(), asked).questions).toMatchObject([{ rules }]);
  });

  test.each<{ name: string; bodies: readonly EventBody[]; seconds: number }>([
    { name: 'that never stood still', bodies: [], seconds: 0 },
    { name: 'that stands still', bodies: [PAUSED], seconds: 10 },
    { name: 'that goes on', bodies: [PAUSED, PAUSED, CONTINUED, PAUSED, CONTINUED], seconds: 3 },
    { name: 'that ended while it stood still', bodies: [PAUSED, PAUSED, ended()], seconds: 2 },
    { name: 'whose process died while it stood still', bodies: [PAUSED, PAUSED, runStarted(2)], seconds: 1 },
  ])('W35 knows how long it was paused: one $name', ({ bodies, seconds }) => {
    const state = stateOf(runStarted(), ...bodies);
    expect(pausedMsOf(state, state.at + 10_000)).toBe(seconds * 1000);
  });

  test.each([
    { name: 'alive', bodies: [runStarted()], alive: true, status: 'running' },
    { name: 'W41 dead without a word', bodies: [runStarted()], alive: false, status: 'interrupted' },
    { name: 'ended', bodies: [runStarted(), ended('degraded')], alive: false, status: 'degraded' },
  ])('its status: $name', ({ bodies, alive, status }) => expect(statusOf(stateOf(...bodies), alive)).toBe(status));

  test('W26 agents that an agent started stand behind it, in its phase', () => {
    const state = stateOf(
      runStarted(),
      queued('a1', 'Find'),
      queued('a2', 'Find'),
      queued('a3', 'Find', { parent: 'a1' }),
      queued('a4', 'Find', { parent: 'a3' }),
      queued('a5', 'Find', { parent: 'a1' }),
      queued('a6', 'Find'),
    );
    const [phase] = state.phases;
    if (!phase) throw new Error('no phase');
    expect(phase.agentIds).toEqual(['a1', 'a3', 'a4', 'a5', 'a2', 'a6']);
    expect(startedBy(state, phase, 'a1').map(({ id }) => id)).toEqual(['a3', 'a5']);
    expect(agentsOf(state, phase).map((agent) => depthOf(state.agents, agent))).toEqual([0, 1, 2, 1, 0, 0]);
    expect(graph(state).edges.filter(({ type }) => type === 'starts')).toEqual([
      { from: 'agent:a1', to: 'agent:a3', type: 'starts' },
      { from: 'agent:a3', to: 'agent:a4', type: 'starts' },
      { from: 'agent:a1', to: 'agent:a5', type: 'starts' },
    ]);
  });

  test('W33 a phase that got no agent is hidden once the run has ended, and one that meta lacks has its own group', () => {
    const bodies = [runStarted(), queued('a1', 'Extra'), queued('a2', null)];
    const titles = (state: RunState) => shownPhases(state).map((phase) => phase.title);
    expect(titles(stateOf(...bodies))).toEqual(['Find', 'Fix', 'Review', 'Extra', null]);
    expect(titles(stateOf(...bodies, ended()))).toEqual(['Extra', null]);
  });

  test('X04 shows what the script asks until it is answered, X10 and how its checks stand', () => {
    const asked: EventBody[] = [
      runStarted(),
      { type: 'question.asked', requestId: 'q1', question: 'Which?', phase: null, choices: ['a', 'b'], default: null },
      { type: 'question.asked', requestId: 'q2', question: 'Why?', phase: 'Find' },
      { type: 'check.started', checkId: 'c1', command: 'npm test', label: 'tests', phase: null, changeId: 'a2' },
      { type: 'check.started', checkId: 'c2', command: 'npm run lint', label: 'lint', phase: null, changeId: null },
      { type: 'check.ended', checkId: 'c1', exitCode: 1, path: '/r/checks/c1.txt', fromJournal: false },
    ];
    const open = stateOf(...asked);
    expect(open.asked).toMatchObject([
      { requestId: 'q1', choices: ['a', 'b'], default: null },
      { requestId: 'q2', choices: [] },
    ]);
    expect(open.asked[1]).not.toHaveProperty('default');
    expect(open.checks).toMatchObject([
      { checkId: 'c1', changeId: 'a2', exitCode: 1, path: '/r/checks/c1.txt' },
      { checkId: 'c2', endedAt: null, exitCode: null },
    ]);
    const answered = stateOf(...asked, { type: 'question.answered', requestId: 'q1', answer: 'a', by: 'person' });
    expect(answered.asked.map(({ requestId }) => requestId)).toEqual(['q2']);
    expect(stateOf(...asked, ended()).asked).toEqual([]);
    expect(stateOf(...asked, runStarted(2))).toMatchObject({ asked: [], checks: [] });
  });

  test('keeps the newest 200 log lines', () => {
    const lines = Array.from({ length: 250 }, (_, n): EventBody => ({
      type: 'logged',
      level: 'info',
      message: `line ${n}`,
    }));
    const { log } = stateOf(runStarted(), ...lines);
    expect([log.length, log[0]?.message, log.at(-1)?.message]).toEqual([200, 'line 50', 'line 249']);
  });

  test.each([
    started('nobody'),
    replied('nobody'),
    done('nobody'),
    { type: 'change.landed', phase: null, changeId: 'nobody', landing: { status: 'empty' } } as const,
  ])('is not upset by an event of somebody unknown: $type', (body) => {
    const state = stateOf(runStarted(), body);
    expect({ seq: state.seq, agents: allAgents(state.agents), changes: state.changes }).toEqual({
      seq: 2,
      agents: [],
      changes: [],
    });
  });
});

describe('money', () => {
  const bodies = [runStarted(), queued('a1', 'Fix'), queued('a2', 'Fix'), started('a1'), started('a2'), replied('a1')];

  test('is summed by the prices of the models that answered', () => {
    const state = stateOf(...bodies, replied('a2', { inputTokens: 1000, outputTokens: 100 }, 'claude-opus-5-5'));
    expect(agentOf(state.agents, 'a1')?.usd).toBeCloseTo(0.003);
    expect(agentOf(state.agents, 'a2')).toMatchObject({ model: 'claude-opus-5-5' });
    expect(state.totals.usd).toBeCloseTo(0.003 + 0.006);
  });

  test('W35 counts a request that was paid and brought no answer, and not what is only estimated', () => {
    const usage = { ...NO_USAGE, inputTokens: 1000, outputTokens: 100 };
    const charged = { type: 'agent.charged', agentId: 'a2', model: 'claude-opus-5-5', usage, message: 'cut' } as const;
    const before = stateOf(...bodies);
    const state = stateOf(...bodies, { ...charged, estimated: false }, { ...charged, estimated: true });
    expect(agentOf(state.agents, 'a2')).toMatchObject({ usage, requests: 1 });
    expect(state.totals.usd).toBeCloseTo((before.totals.usd ?? 0) + 0.006);
    expect(state.totals.outputTokens).toBe(before.totals.outputTokens + 100);
  });

  test('W46 caps that a person changes are those of the run; what holds for each agent stays', () => {
    const perAgent = { outputTokens: 5 };
    const caps = { outputTokens: 900 };
    const state = stateOf({ ...runStarted(), caps: { usd: 1, perAgent } } as EventBody, {
      ...{ type: 'run.changed', concurrency: 4, caps },
    });
    expect(state.head).toMatchObject({ concurrency: 4, caps: { ...caps, perAgent } });
  });

  test('is unknown from the first reply without a price on, never 0', () => {
    const state = stateOf(...bodies, replied('a2', {}, 'local-model'), replied('a2'));
    expect(agentOf(state.agents, 'a1')?.usd).toBeCloseTo(0.003);
    expect(agentOf(state.agents, 'a2')?.usd).toBeNull();
    expect(state.totals).toMatchObject({ usd: null, requests: 3 });
  });
});

describe('W42 a resumed run', () => {
  const first = [
    runStarted(),
    queued('a1', 'Find'),
    started('a1'),
    replied('a1'),
    done('a1'),
    queued('a2', 'Fix', { kind: 'author' }),
    started('a2'),
    replied('a2'),
    committed('a2', 'src/a.js'),
  ];
  const second = [
    runStarted(2),
    queued('a1', 'Find'),
    done('a1', true),
    queued('b1', 'Fix', { kind: 'author' }),
    started('b1'),
    replied('b1'),
  ];
  const state = stateOf(...first, ...second);

  test('shows the agents of its journal as they were, and none of the dead ones', () => {
    const shown = state.phases.flatMap((phase) => agentsOf(state, phase));
    expect(shown).toMatchObject([
      { id: 'a1', status: 'done', fromJournal: true, requests: 1, attempt: 2 },
      { id: 'b1', status: 'running', fromJournal: false },
    ]);
    expect(state.counts).toMatchObject({ done: 1, running: 1, interrupted: 0 });
    expect(summaryOf(state, state.at).agents).toMatchObject({ total: 2, fromJournal: 1 });
    const a1 = agentOf(state.agents, 'a1');
    expect(a1?.endedAt).toBe(agentOf(stateOf(...first).agents, 'a1')?.endedAt);
  });

  test('keeps the dead ones for who asks by id, and lists no change of theirs', () => {
    expect(agentOf(state.agents, 'a2')).toMatchObject({ status: 'interrupted', attempt: 1, requests: 1 });
    expect(changeTable(state)).toEqual([]);
    expect(changeTable(stateOf(...first))).toMatchObject([{ id: 'a2', outcome: 'open', why: 'not reviewed' }]);
  });

  test('counts an agent once that begins anew, or goes on in a later attempt', () => {
    const asks = [queued('a9', 'Fix'), started('a9')];
    const anew = { type: 'agent.restarted', agentId: 'a9', why: 'person', message: '' } as const;
    const state = stateOf(runStarted(), ...asks, anew, started('a9'), runStarted(2), ...asks, done('a9'));
    expect(usageOf(state, state.at).agents).toBe(1);
  });

  test('sums tokens, money and time over its attempts', () => {
    expect(usageOf(state, state.at + 500)).toMatchObject({
      requests: 3,
      agents: 3,
      inputTokens: 3000,
      ms: 8000 + 5000 + 500,
    });
    expect(state).toMatchObject({ attempt: 2, status: 'running', end: null });
    const over = fold(state, eventsOf([ended()], state.seq));
    expect(usageOf(over, over.at + 60_000).ms).toBe(8000 + 6000);
  });
});

describe('changes', () => {
  const committedOne = [
    runStarted(),
    queued('a1', 'Fix', { kind: 'author', label: 'fix it' }),
    started('a1'),
    committed('a1', 'src/a.js'),
  ];
  const landed = (landing: Extract<EventBody, { type: 'change.landed' }>['landing']): EventBody => ({
    type: 'change.landed',
    phase: null,
    changeId: 'a1',
    landing,
  });
  const approved: EventBody = {
    type: 'change.reviewed',
    changeId: 'a1',
    review: { approved: true, findings: [] },
    refuted: [],
  };
  const silent: EventBody = {
    type: 'change.reviewed',
    changeId: 'a1',
    review: { approved: false, findings: [] },
    refuted: [],
  };
  test.each([
    { name: 'approved', bodies: [approved], row: { outcome: 'open', why: 'approved, not landed' } },
    {
      name: 'without a report',
      bodies: [silent],
      row: { outcome: 'refused', why: 'refused by review: a reviewer gave no report' },
    },
    {
      name: 'in conflict',
      bodies: [approved, landed({ status: 'conflict', conflicts: ['x.js', 'y.js'] })],
      row: { outcome: 'refused', why: 'conflicts in x.js, y.js' },
    },
    {
      name: 'that fails',
      bodies: [landed({ status: 'verify-failed', log: 'no' })],
      row: { outcome: 'refused', why: 'its verification failed on the merged tree' },
    },
    {
      name: 'never reviewed',
      bodies: [landed({ status: 'unreviewed' })],
      row: { outcome: 'refused', why: 'no review approved it' },
    },
    {
      name: 'that nobody wants any more',
      bodies: [approved, landed({ status: 'discarded' })],
      row: { outcome: 'refused', why: 'it, or one that it stands on, was discarded' },
    },
    {
      name: 'of nothing',
      bodies: [landed({ status: 'empty' })],
      row: { outcome: 'refused', why: 'it changed nothing' },
    },
  ])('one $name', ({ bodies, row }) => {
    const rows = changeTable(stateOf(...committedOne, ...bodies));
    expect(rows).toEqual([
      {
        id: 'a1',
        label: 'fix it',
        summary: 'fix src/a.js',
        branch: 'workflow/run-1/a1',
        files: ['src/a.js'],
        additions: 3,
        deletions: 1,
        ...row,
      },
    ]);
  });
});

const events = eventsOf([
  ...SMALL_RUN.slice(0, -5),
  runStarted(2),
  queued('a1', 'Find'),
  done('a1', true),
  ...SMALL_RUN.slice(10),
]);

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(frozen);
  }
  return value;
}

describe('however it is cut', () => {
  const whole = fold(initialState(RUN_ID), events);

  test('batches, overlaps and snapshots in between end in the same state, and no state is changed in place', () =>
    fc.assert(
      fc.property(
        fc.array(fc.record({ size: fc.nat({ max: 12 }), overlap: fc.nat({ max: 4 }), send: fc.boolean() })),
        (cuts) => {
          let state = frozen(initialState(RUN_ID));
          const next = (size: number, overlap: number): readonly Event[] =>
            events.slice(Math.max(0, state.seq - overlap), state.seq + size);
          for (const { size, overlap, send } of cuts) {
            state = frozen(fold(state, next(size, overlap)));
            if (send) state = frozen((JSON.parse(JSON.stringify(snapshotOf(state))) as { state: RunState }).state);
          }
          expect(fold(state, next(events.length, 0))).toEqual(whole);
        },
      ),
    ));

  test('counts are what a count of the agents shown gives', () => {
    let state = initialState(RUN_ID);
    for (const event of events) {
      state = reduce(state, event);
      const statuses = state.phases.flatMap((phase) => agentsOf(state, phase)).map((agent) => agent.status);
      for (const [status, n] of Object.entries(state.counts)) {
        expect({ seq: event.seq, status, n }).toEqual({
          seq: event.seq,
          status,
          n: statuses.filter((each) => each === status).length,
        });
      }
    }
  });
});
