import { describe, expect, test } from 'vitest';
import type { EventBody, WaitsFor } from '../protocol/messages.ts';
import { agentOf } from './agentTable.ts';
import { findAgent, findPhase, type Found } from './findAgent.ts';
import { fold } from './reduce.ts';
import { done, eventsOf, queued, replied, RUN_ID, runStarted, started } from './runLog.fake.ts';
import { initialState, type RunState } from './state.ts';
import { pauseText, waitOf } from './waits.ts';

function stateOf(...bodies: readonly EventBody[]): RunState {
  return fold(initialState(RUN_ID), eventsOf(bodies));
}

const before = [runStarted(), queued('a1', 'Find')];
const at = (on: WaitsFor | null, message = ''): EventBody => ({
  type: 'agent.waiting',
  agentId: 'a1',
  on,
  message,
});
const tool = (callId: string, summary: string): EventBody => ({
  type: 'tool.started',
  agentId: 'a1',
  callId,
  tool: 'Bash',
  summary,
});
const paused: EventBody = { type: 'run.paused', reason: 'person', message: 'x', until: null };
const retried: EventBody = { type: 'agent.retried', agentId: 'a1', message: 'Overloaded.', delayMs: 12_000 };
const asked: EventBody = { type: 'permission.asked', requestId: 'p1', agentId: 'a1', tool: 'Bash', summary: 'rm x' };
const answered: EventBody = { type: 'permission.answered', requestId: 'p1', allowed: true, by: 'person' };

describe('X06 the view says for each agent what it waits for', () => {
  test.each<{ name: string; bodies: readonly EventBody[]; later?: number; on: string | null; text?: string }>([
    { name: 'a queued one', bodies: [], on: 'slot', text: 'a slot' },
    { name: 'a queued one of a paused run', bodies: [paused], on: 'pause', text: 'the pause to end' },
    { name: 'a queued one once it goes on', bodies: [paused, { type: 'run.continued' }], on: 'slot' },
    { name: 'a started one', bodies: [started('a1')], on: 'model', text: 'the model' },
    { name: 'one held by the pause', bodies: [started('a1'), at('pause')], on: 'pause' },
    { name: 'one held no longer', bodies: [started('a1'), at('pause'), at(null)], on: 'model' },
    {
      name: 'one that the provider sent away',
      bodies: [started('a1'), retried],
      on: 'limiter',
      text: 'the limiter, asks again in 12s: Overloaded.',
    },
    { name: 'one whose time to ask again has come', bodies: [started('a1'), retried], later: 12_000, on: 'model' },
    { name: 'one that is answered', bodies: [started('a1'), retried, replied('a1')], on: 'model' },
    { name: 'one in the limiter', bodies: [started('a1'), at('limiter')], on: 'limiter', text: 'the limiter' },
    {
      name: 'one short of money',
      bodies: [started('a1'), at('budget', '3k tokens are left')],
      on: 'budget',
      text: 'the budget: 3k tokens are left',
    },
    {
      name: 'one with tools at work',
      bodies: [started('a1'), tool('t1', 'ls'), tool('t2', 'npm test')],
      on: 'tool',
      text: 'Bash npm test and 1 more',
    },
    {
      name: 'one whose command waits for those of others',
      bodies: [started('a1'), tool('t1', 'npm test'), at('machine')],
      on: 'machine',
      text: 'its turn on this machine',
    },
    {
      name: 'one whose command has begun',
      bodies: [started('a1'), tool('t1', 'npm test'), at('machine'), at(null)],
      on: 'tool',
    },
    {
      name: 'one that asks for leave',
      bodies: [started('a1'), tool('t1', 'rm x'), asked],
      on: 'permission',
      text: 'permission: Bash rm x',
    },
    { name: 'one that was given leave', bodies: [started('a1'), tool('t1', 'rm x'), asked, answered], on: 'tool' },
    { name: 'one that has ended', bodies: [started('a1'), done('a1')], on: null },
  ])('X06 $name: $on', ({ bodies, later = 0, on, text }) => {
    const state = stateOf(...before, ...bodies);
    const agent = agentOf(state.agents, 'a1');
    const wait = agent ? waitOf(state, agent, state.at + later) : undefined;
    expect(wait?.on ?? null).toBe(on);
    if (text !== undefined) expect(wait?.text).toBe(text);
  });

  test.each([
    { pause: { reason: 'person', message: 'x', until: null }, text: 'paused <10> by a person' },
    {
      pause: { reason: 'quota', message: 'No more.', until: 20 },
      text: 'paused <10> for want of quota, goes on <20>: No more.',
    },
    { pause: { reason: 'limit', message: '', until: null }, text: 'paused <10> at a safety limit' },
  ] as const)('W46 $text', ({ pause, text }) => {
    expect(pauseText({ ...pause, since: 10 }, (moment) => `<${moment}>`)).toBe(text);
  });
});

describe('W46 an agent is found by what a person calls it', () => {
  const label = (id: string, name: string, phase = 'Find') => queued(id, phase, { label: name });
  const state = stateOf(
    runStarted(),
    label('a1', 'fix a'),
    done('a1'),
    label('a2', 'fix a'),
    label('a3', 'fix all'),
    label('a4', 'read'),
    done('a4'),
    label('a5', 'Fix A dot', 'Fix'),
    label('a6', 'twice'),
    label('a7', 'twice'),
  );
  test.each([
    { text: 'a1', ids: ['a1'] },
    { text: 'fix a', ids: ['a2'] },
    { text: 'FIX AL', ids: ['a3'] },
    { text: 'fix a d', ids: ['a5'] },
    { text: 're', ids: ['a4'] },
    { text: 'fix', ids: ['a2', 'a3', 'a5'] },
    { text: 'twice', ids: ['a6', 'a7'] },
    { text: 'nothing', ids: [] },
    { text: ' ', ids: [] },
  ])('W46 "$text": $ids', ({ text, ids }) => {
    expect(valuesOf(findAgent(state, text)).map(({ id }) => id)).toEqual(ids);
  });

  test.each([
    { text: 'fi', titles: ['Find', 'Fix'] },
    { text: 'fix', titles: ['Fix'] },
    { text: 'review', titles: ['Review'] },
    { text: 'none', titles: [] },
    { text: undefined, titles: ['Find', 'Fix'] },
  ])('W46 the phase "$text": $titles', ({ text, titles }) => {
    expect(valuesOf(findPhase(state, text)).map(({ title }) => title)).toEqual(titles);
  });

  test('W46 without a name it is the only phase at work, if it has one or not', () => {
    expect(valuesOf(findPhase(stateOf(runStarted(), queued('a1', null)), undefined))).toMatchObject([{ title: null }]);
    expect(findPhase(stateOf(runStarted()), undefined)).toEqual({ kind: 'unknown' });
  });

  function valuesOf<T>(found: Found<T>): readonly T[] {
    switch (found.kind) {
      case 'found':
        return [found.value];
      case 'ambiguous':
        return found.values;
      case 'unknown':
        return [];
    }
  }
});
