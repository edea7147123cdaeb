import { expect, test } from 'vitest';
import { fold } from '../../src/projection/reduce.ts';
import { eventsOf, queued, replied, RUN_ID, runStarted, started } from '../../src/projection/runLog.fake.ts';
import { initialState } from '../../src/projection/state.ts';
import type { EventBody } from '../../src/protocol/messages.ts';
import type { Caps } from '../../src/protocol/run.ts';
import { figuresOf, type Figures } from '../../webview/caps.ts';

/** Two agents at work, 12,000 tokens written, for two minutes. */
function stateWith(caps: Caps, more: readonly EventBody[] = []) {
  const bodies: readonly EventBody[] = [
    runStarted(),
    queued('a1', 'Find'),
    queued('a2', 'Find'),
    started('a1'),
    started('a2'),
    replied('a1', { inputTokens: 30_000, outputTokens: 12_000 }),
    { type: 'run.changed', concurrency: 8, caps },
    ...more,
  ];
  return fold(initialState(RUN_ID), eventsOf(bodies));
}

test.each<{ name: string; caps: Caps; figures: Figures }>([
  {
    name: 'without caps: what is used',
    caps: {},
    figures: {
      agents: '2 of 8 running · 0 done · 0 failed',
      tokens: '42.0k',
      cost: '$0.1800',
      time: '2m 00s',
    },
  },
  {
    name: 'with all of them: what is used, of what',
    caps: { outputTokens: 500_000, usd: 5, agents: 40, minutes: 30 },
    figures: {
      agents: '2 of 8 running · 0 done · 0 failed · 2 of 40 started',
      tokens: '42.0k · output 12.0k of 500k',
      cost: '$0.1800 of $5',
      time: '2m 00s of 30m',
    },
  },
  {
    name: 'but not of the agents that any run may start',
    caps: { agents: 1000 },
    figures: { agents: '2 of 8 running · 0 done · 0 failed', tokens: '42.0k', cost: '$0.1800', time: '2m 00s' },
  },
  {
    name: 'of odd amounts',
    caps: { outputTokens: 1_250_000, usd: 0.5, minutes: 90.5 },
    figures: {
      agents: '2 of 8 running · 0 done · 0 failed',
      tokens: '42.0k · output 12.0k of 1.3M',
      cost: '$0.1800 of $0.5',
      time: '2m 00s of 1h 30m',
    },
  },
])('W35 $name', ({ caps, figures }) => {
  const state = stateWith(caps);
  expect(figuresOf(state, state.attemptStartedAt + 120_000, true)).toEqual(figures);
});

test('the header says what share of what was read came from the prompt cache', () => {
  const state = stateWith({}, [replied('a1', { inputTokens: 10_000, cacheReadTokens: 60_000 })]);
  expect(figuresOf(state, state.at, true).tokens).toMatch(/ · 60 % from the cache$/);
});

test('W37 nobody is at once in a run that is over', () => {
  const state = stateWith({});
  expect(figuresOf(state, state.at, false).agents).toBe('2 running · 0 done · 0 failed');
});

test('W35 minutes do not go by while the run is paused', () => {
  const paused: EventBody = { type: 'run.paused', reason: 'person', message: '', until: null };
  const state = stateWith({ minutes: 30 }, [paused]);
  const times = [1, 120].map((seconds) => figuresOf(state, state.at + seconds * 1000, true).time);
  expect(times).toEqual(['7s of 30m', '7s of 30m']);
});

test('W35 the agents that any run may start are told when half of them have started', () => {
  const ids = Array.from({ length: 498 }, (_, at) => `b${at}`);
  const state = stateWith(
    { agents: 1000 },
    ids.flatMap((id) => [queued(id, 'Find'), started(id)]),
  );
  expect(figuresOf(state, state.at, true).agents).toMatch(/ · 500 of 1000 started$/);
});
