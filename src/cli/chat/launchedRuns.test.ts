import { expect, test } from 'vitest';
import type { Event, EventBody } from '../../protocol/messages.ts';
import { Recorder } from '../../workflow/recorder.ts';
import { LaunchedRuns } from './launchedRuns.ts';

test('what a run asked before it was heard of is told, and what is answered already is not', () => {
  const log: Event[] = [];
  const recorder = new Recorder({
    ...{ runId: 'run-1', lastSeq: 0, now: () => 0 },
    append: (events) => log.push(...events),
    past: (from) => log.filter(({ seq }) => seq >= from),
  });
  const asked = (requestId: string, question: string): EventBody => ({
    ...{ type: 'question.asked', requestId, question, phase: null },
  });
  recorder.emit(asked('q1', 'Which one?'));
  recorder.emit({ type: 'question.answered', requestId: 'q1', answer: 'a', by: 'person' });
  recorder.emit(asked('q2', 'And then?'));
  const told: string[] = [];
  const engine = {
    subscribe: (_runId: string, from: number, on: (batch: readonly Event[]) => void) => recorder.subscribe(from, on),
  };
  const runs = new LaunchedRuns(engine, [], (text) => told.push(text));
  runs.take({
    ...{ seq: 1, at: 0, runId: 'session-1', type: 'workflow.launched' },
    ...{ launchedRunId: 'run-1', runDir: '/runs/run-1', workflowName: 'look', title: 'Looking' },
  });
  recorder.emit(asked('q3', 'And last?'));
  expect(told).toEqual([
    '· look asks: And then? Answer it in /workflows.',
    '· look asks: And last? Answer it in /workflows.',
  ]);
});
