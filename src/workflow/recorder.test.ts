import { expect, test } from 'vitest';
import type { Event } from '../protocol/messages.ts';
import { NO_USAGE } from '../protocol/usage.ts';
import { Recorder } from './recorder.ts';

test('W41 nothing is said behind the end of a run: it would open what has been closed', () => {
  const log: Event[] = [];
  const recorder = new Recorder({
    ...{ runId: 'r', lastSeq: 4, now: () => 7 },
    append: (events) => void log.push(...events),
    past: () => [],
  });
  const census = recorder.census.census();
  const usage = { ...NO_USAGE, agents: 0, requests: 0, usd: 0, ms: 0 };
  recorder.emit({ type: 'logged', level: 'info', message: 'before' });
  recorder.emit({
    ...{ type: 'run.ended', end: { status: 'completed', result: 1, failures: [] } },
    ...{ usage, census, folder: null },
  });
  recorder.emit({ type: 'logged', level: 'warning', message: 'The machine is short of memory.' });
  expect(log.map(({ seq, type }) => [seq, type])).toEqual([
    [5, 'logged'],
    [6, 'run.ended'],
  ]);
});

test('W23 one agent is counted once: also one that has started and begins anew', () => {
  const recorder = new Recorder({
    ...{ runId: 'r', lastSeq: 0, now: () => 0 },
    append: () => undefined,
    past: () => [],
  });
  recorder.emit({ type: 'agent.started', agentId: 'waits' });
  recorder.emit({ type: 'agent.started', agentId: 'works' });
  recorder.startsAgain('works');
  recorder.emit({ type: 'agent.started', agentId: 'works' });
  expect(recorder.usage().agents).toBe(2);
});
