import { expect, test } from 'vitest';
import type { AgentEnd, EventBody } from '../protocol/messages.ts';
import { CensusTaker } from './census.ts';

const queued = (agentId: string): EventBody => ({
  ...{ type: 'agent.queued', agentId, kind: 'agent', label: agentId, phase: null, model: 'm', prompt: 'p' },
});
const ended = (agentId: string, end: AgentEnd, fromJournal = false): EventBody => ({
  ...{ type: 'agent.ended', agentId, end, fromJournal },
});
const DONE: AgentEnd = { kind: 'done', preview: '' };

test.each([
  {
    name: 'nothing was asked for',
    events: [],
    agents: { done: 0, fromJournal: 0, null: {}, threw: 0, abandoned: 0 },
  },
  {
    name: 'one of each',
    events: [
      ...['a1', 'a2', 'a3', 'a4', 'a5', 'a6'].map(queued),
      ended('a1', DONE),
      ended('a2', DONE, true),
      ended('a3', { kind: 'null', cause: 'timeout', message: '' }),
      ended('a4', { kind: 'null', cause: 'timeout', message: '' }),
      ended('a5', { kind: 'threw', message: '' }),
    ],
    agents: { done: 2, fromJournal: 1, null: { timeout: 2 }, threw: 1, abandoned: 1 },
  },
])('W23 a census counts every agent once: $name', ({ events, agents }) => {
  const taker = new CensusTaker();
  for (const event of events) taker.take(event);
  expect(taker.census()).toEqual({ agents });
});

test('X11 and the units that coverage() counted', () => {
  const taker = new CensusTaker();
  taker.covered({ done: 48, failed: 1, unvisited: 1 });
  expect(taker.census().units).toEqual({ done: 48, failed: 1, unvisited: 1 });
});
