import { describe, expect, test } from 'vitest';
import { agentOf } from '../../src/projection/agentTable.ts';
import { fold } from '../../src/projection/reduce.ts';
import { done, ended, eventsOf, queued, RUN_ID, runStarted, started } from '../../src/projection/runLog.fake.ts';
import { initialState, type RunState } from '../../src/projection/state.ts';
import type { EventBody } from '../../src/protocol/messages.ts';
import { displayed } from '../../webview/displayed.ts';
import { byTheClock, lastTurn } from '../../webview/moments.ts';
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
/** When the fifth event comes. */
const NOW = eventsOf([runStarted()], 4)[0]?.at ?? 0;
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

const PAUSED: EventBody = { type: 'run.paused', reason: 'person', message: '', until: null };

describe('a run whose process is gone', () => {
  test('is not paused either: nothing of it goes on by itself', () => {
    expect(displayed(stateOf([...HALF_WAY, PAUSED]), false).paused).toBeNull();
  });

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
    { bodies: [...HALF_WAY, PAUSED], alive: true, words: 'Paused' },
    { bodies: [...HALF_WAY, PAUSED], alive: false, words: 'Interrupted' },
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
    { bodies: asked, words: 'Queued', now: 'Waits for a slot' },
    { bodies: [...asked, started('a1')], words: 'Running', now: 'Waits for the model' },
    { bodies: [...asked, started('a1'), tool('t1', 'a.js')], words: 'Running', now: 'Read a.js' },
    {
      bodies: [...asked, started('a1'), tool('t1', 'a.js'), tool('t2', 'b.js')],
      words: 'Running',
      now: 'Read b.js and 1 more',
    },
    {
      bodies: [
        ...asked,
        started('a1'),
        { type: 'agent.retried', agentId: 'a1', message: 'rate limit', delayMs: 12_000 },
      ],
      words: 'Running',
      now: `Waits for the limiter, asks again at ${new Date(NOW + 11_000).toLocaleTimeString()}: rate limit`,
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
    const state = stateOf(bodies);
    const agent = agentOf(state.agents, 'a1');
    expect(agent && [agentWords(agent), activity(state, agent, NOW)]).toEqual([words, now]);
  });
});

describe('moments by the clock', () => {
  const noon = new Date(2026, 4, 9, 12).getTime();
  const hours = 3_600_000;
  test.each([
    { name: 'of this day: the time alone', at: noon + 2 * hours, day: false },
    { name: 'of yesterday: with its day', at: noon - 20 * hours, day: true },
    { name: 'of tomorrow: with its day', at: noon + 20 * hours, day: true },
  ])('$name', ({ at, day }) => {
    const time = `at ${new Date(at).toLocaleTimeString()}`;
    const text = byTheClock(noon)(at);
    expect(text.endsWith(time)).toBe(true);
    expect(text !== time).toBe(day);
  });

  test('change when a wait is over and at midnight, and not between', () => {
    const retried: EventBody = { type: 'agent.retried', agentId: 'a2', message: 'x', delayMs: 12_000 };
    const state = stateOf([...HALF_WAY, retried]);
    const over = state.at + 12_000;
    const midnight = new Date(over).setHours(0, 0, 0, 0);
    expect([over - 1, over, over + 5000].map((now) => lastTurn(state, now))).toEqual([midnight, over, over]);
  });
});
