import { describe, expect, test } from 'vitest';
import { agentOf } from '../../src/projection/agentTable.ts';
import { fold } from '../../src/projection/reduce.ts';
import { done, ended, eventsOf, queued, RUN_ID, runStarted, started } from '../../src/projection/runLog.fake.ts';
import { initialState, type RunState } from '../../src/projection/state.ts';
import type { EventBody } from '../../src/protocol/messages.ts';
import { displayed } from '../../webview/displayed.ts';
import { activity, agentWords, runWords } from '../../webview/words.ts';

function stateOf(bodies: readonly EventBody[]): RunState {
  return fold(initialState(RUN_ID), eventsOf(bodies));
}

const HALF_WAY = [
  runStarted(),
  ...['a1', 'a2', 'a3'].map((id) => queued(id, 'Find')),
  started('a1'),
  done('a1'),
  started('a2'),
];
const usage = {
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  agents: 0,
  requests: 0,
  usd: 0,
  ms: 0,
};

describe('a run whose process is gone', () => {
  test('has agents that are interrupted, not running for ever', () => {
    const shown = displayed(stateOf(HALF_WAY), false);
    expect(['a1', 'a2', 'a3'].map((id) => agentOf(shown.agents, id)?.status)).toEqual([
      'done',
      'interrupted',
      'interrupted',
    ]);
    expect(shown.counts).toMatchObject({ running: 0, queued: 0, done: 1, interrupted: 2 });
  });

  test.each([
    { name: 'alive', bodies: HALF_WAY, alive: true },
    { name: 'ended', bodies: [...HALF_WAY, ended()], alive: false },
  ])('one that is $name is shown as it is', ({ bodies, alive }) => {
    const state = stateOf(bodies);
    expect(displayed(state, alive)).toBe(state);
  });
});

describe('words for a run', () => {
  const end = { result: null, failures: [] };
  test.each<{ bodies: readonly EventBody[]; alive: boolean; words: string }>([
    { bodies: [], alive: true, words: 'Starting' },
    { bodies: [], alive: false, words: 'Interrupted' },
    { bodies: HALF_WAY, alive: true, words: 'Running' },
    { bodies: HALF_WAY, alive: false, words: 'Interrupted' },
    { bodies: [...HALF_WAY, ended()], alive: false, words: 'Completed' },
    { bodies: [...HALF_WAY, ended('degraded')], alive: false, words: 'Completed with failures' },
    {
      bodies: [...HALF_WAY, { type: 'run.ended', usage, end: { ...end, status: 'failed', message: 'x' } }],
      alive: false,
      words: 'Failed',
    },
    {
      bodies: [
        ...HALF_WAY,
        { type: 'run.ended', usage, end: { ...end, status: 'stopped', reason: 'budget', message: 'x' } },
      ],
      alive: true,
      words: 'Stopped, the budget is used up',
    },
  ])('$words', ({ bodies, alive, words }) => {
    expect(runWords(stateOf(bodies), alive)).toBe(words);
  });
});

describe('words for an agent', () => {
  const tool = (callId: string, summary: string): EventBody => ({
    ...{ type: 'tool.started', agentId: 'a1', callId },
    ...{ tool: 'Read', summary },
  });
  const asked = [runStarted(), queued('a1', 'Find')];
  test.each<{ bodies: readonly EventBody[]; words: string; now: string }>([
    { bodies: asked, words: 'Queued', now: 'Queued' },
    { bodies: [...asked, started('a1')], words: 'Running', now: 'Thinking' },
    { bodies: [...asked, started('a1'), tool('t1', 'a.js')], words: 'Running', now: 'Read a.js' },
    {
      bodies: [...asked, started('a1'), tool('t1', 'a.js'), tool('t2', 'b.js')],
      words: 'Running',
      now: 'Read a.js and 1 more',
    },
    {
      bodies: [...asked, started('a1'), { type: 'agent.retried', agentId: 'a1', message: 'rate limit', delayMs: 9 }],
      words: 'Running',
      now: 'Retrying: rate limit',
    },
    { bodies: [...asked, done('a1', true)], words: 'Done, from journal', now: 'Done, from journal' },
    {
      bodies: [
        ...asked,
        {
          type: 'agent.ended',
          agentId: 'a1',
          end: { kind: 'null', cause: 'timeout', message: 'x' },
          fromJournal: false,
        },
      ],
      words: 'Timed out',
      now: 'Timed out',
    },
    {
      bodies: [
        ...asked,
        { type: 'agent.ended', agentId: 'a1', end: { kind: 'threw', message: 'x' }, fromJournal: false },
      ],
      words: 'Threw an error',
      now: 'Threw an error',
    },
  ])('$words: $now', ({ bodies, words, now }) => {
    const agent = agentOf(stateOf(bodies).agents, 'a1');
    expect(agent && [agentWords(agent), activity(agent)]).toEqual([words, now]);
  });
});
