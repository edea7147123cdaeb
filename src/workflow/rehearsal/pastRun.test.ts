import { expect, test } from 'vitest';
import type { Event, EventBody } from '../../protocol/messages.ts';
import { observedKey, pastRun } from './pastRun.ts';

const usage = { inputTokens: 10, outputTokens: 50, cacheReadTokens: 5, cacheWriteTokens: 1 };

function log(...bodies: readonly (EventBody & { readonly at?: number })[]): readonly Event[] {
  return bodies.map((body, index) => ({ seq: index + 1, at: index * 100, runId: 'r1', ...body }));
}

const queued = (agentId: string, phase: string) =>
  ({ type: 'agent.queued', agentId, kind: 'agent', label: agentId, phase, model: 'm', prompt: 'p' }) as const;
const replied = (agentId: string) => ({ type: 'agent.replied', agentId, model: 'm', usage, text: '' }) as const;
const done = { kind: 'done', preview: '' } as const;

test('X08 a past run tells what its agents used, and how its answers were', () => {
  const events = log(
    queued('a1', 'Find'),
    queued('a2', 'Find'),
    { type: 'agent.started', agentId: 'a1', at: 1_000 },
    replied('a1'),
    replied('a1'),
    { type: 'agent.ended', agentId: 'a1', end: done, fromJournal: false, at: 5_000 },
    replied('a2'),
    { type: 'agent.ended', agentId: 'a2', end: { kind: 'null', cause: 'api', message: '' }, fromJournal: false },
  );
  const value = {
    items: [
      { ok: true, kind: 'x', files: ['a', 'b'] },
      { ok: false, kind: 'y', files: [] },
    ],
    n: 3,
  };
  const past = pastRun('r1', events, [
    { key: 'k1:1', kind: 'agent', agentId: 'a1', value },
    { key: 'k2:1', kind: 'check', agentId: 'check-1', value: { exitCode: 0 } },
  ]);
  expect(past?.agents).toEqual([
    {
      ...{ kind: 'agent', phase: 'Find', requests: 2, ms: 4_000 },
      usage: { inputTokens: 20, outputTokens: 100, cacheReadTokens: 10, cacheWriteTokens: 2 },
    },
  ]);
  expect(Object.fromEntries(past?.observed ?? [])).toEqual({
    [observedKey('Find', '$.items')]: { lengths: [2], flags: [], words: [] },
    [observedKey('Find', '$.items[].ok')]: { lengths: [], flags: [true, false], words: [] },
    [observedKey('Find', '$.items[].kind')]: { lengths: [], flags: [], words: ['x', 'y'] },
    [observedKey('Find', '$.items[].files')]: { lengths: [2, 0], flags: [], words: [] },
    [observedKey('Find', '$.items[].files[]')]: { lengths: [], flags: [], words: ['a', 'b'] },
  });
});

test('X08 a run in which nobody has answered teaches nothing', () => {
  expect(pastRun('r1', log(queued('a1', 'Find')), [])).toBeNull();
});
