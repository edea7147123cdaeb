import { fold } from '../../projection/reduce.ts';
import { initialState } from '../../projection/state.ts';
import type { EventBody } from '../../protocol/messages.ts';
import type { RunSummary } from '../../node/runReader.ts';
import type { SeenRun } from './seenRun.ts';
import { START } from '../view/runEvents.fake.ts';

/** A run as the view sees it after these events. */
export function seenRun(
  runId: string,
  bodies: readonly EventBody[],
  more: Partial<SeenRun & RunSummary> = {},
): SeenRun {
  const events = bodies.map((body, index) => ({ seq: index + 1, at: START + index * 1000, runId, ...body }));
  const { status = 'running', workflowName = 'mend', usage = null, ...seen } = more;
  const summary: RunSummary = {
    ...{ runId, workflowName, status, usage, stopReason: null, message: null, cwd: '/repo', dir: `/runs/${runId}` },
    ...{ createdAt: START, endedAt: null, pid: 1 },
  };
  const state = events.length === 0 ? null : fold(initialState(runId), events);
  return { summary, state, problem: null, ofSession: true, own: true, simulated: false, ...seen };
}
