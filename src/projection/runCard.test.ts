import { expect, test } from 'vitest';
import { fold } from './reduce.ts';
import { cardOf } from './runCard.ts';
import { done, eventsOf, queued, RUN_ID, runStarted, started } from './runLog.fake.ts';
import { permission, question } from './sessionLog.fake.ts';
import { initialState } from './state.ts';

const HALF = [
  ...[runStarted(), { type: 'phase.entered', title: 'Fix' } as const],
  ...[queued('a1', 'Fix'), started('a1'), done('a1'), queued('main', 'Fix'), queued('a3', 'Fix')],
  ...[permission('p1'), question('q1')],
];
const state = fold(initialState(RUN_ID), eventsOf(HALF));
const head = { runId: RUN_ID, answerable: true };

test('a card counts the agents of its run, and has what they ask with their names', () => {
  expect(cardOf({ ...head, status: 'running' }, state)).toMatchObject({
    ...{ phase: 'Fix', over: 1, agents: 3, paused: false, usd: 0, labels: { main: 'label of main' } },
    ...{ questions: [{ requestId: 'p1' }], asked: [{ requestId: 'q1' }] },
  });
});

test('one that lost its process asks nobody', () => {
  const card = cardOf({ ...head, status: 'interrupted' }, state);
  expect(card).toMatchObject({ status: 'interrupted', agents: 3, questions: [], asked: [], labels: {} });
});

test('one that nobody has looked into has its status alone', () => {
  expect(cardOf({ ...head, status: 'completed' }, null)).toMatchObject({ status: 'completed', agents: 0, usd: null });
});
