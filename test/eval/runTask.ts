import type { Engine } from '../../src/node/createEngine.ts';
import { readTranscript } from '../../src/node/runReader.ts';
import { fold } from '../../src/projection/reduce.ts';
import { usageOf } from '../../src/projection/select.ts';
import { initialState } from '../../src/projection/state.ts';
import type { Event } from '../../src/protocol/messages.ts';
import { SESSION_AGENT } from '../../src/protocol/session.ts';
import { judge, type Score } from './judge.ts';
import type { EvalTask } from './tasks.ts';

const TASK_MINUTES = 10;
const ENOUGH =
  'This was a trial: the script is all that was wanted. Start nothing else and end your turn in a sentence.';

/**
 * Asks one task in a session of its own, which may use so much money and no more. A workflow is not started: its script
 * has passed the checker when the permission is asked for, and that is answered with a no, so that no agent spends anything.
 */
export async function runTask(
  engine: Engine,
  task: EvalTask,
  { cwd, usd, model }: { readonly cwd: string; readonly usd: number; readonly model: string },
): Promise<Score> {
  const caps = { usd, minutes: TASK_MINUTES };
  const opened = await engine.openSession({ cwd, model, caps, attended: true, permissionMode: 'acceptEdits' });
  if (opened.status === 'refused') throw new Error(opened.errors.join('\n'));
  const { sessionId: runId, dir } = opened;
  const events: Event[] = [];
  const answer = (event: Event): void => {
    if (event.type === 'permission.asked')
      engine.dispatch({
        type: 'permission.answer',
        runId,
        commandId: event.requestId,
        requestId: event.requestId,
        allow: false,
        reason: ENOUGH,
      });
    if (event.type === 'question.asked')
      engine.dispatch({
        type: 'question.answer',
        runId,
        commandId: event.requestId,
        requestId: event.requestId,
        answer: event.choices?.[0] ?? 'As you think best.',
      });
  };
  const listening = engine.subscribe(runId, 1, (batch) => {
    events.push(...batch);
    // Who asks waits for the answer only once its question is told.
    setImmediate(() => batch.forEach(answer));
  });
  try {
    engine.dispatch({ type: 'session.say', runId, commandId: 'ask', text: task.prompt });
    await engine.idle(runId, AbortSignal.timeout((TASK_MINUTES + 1) * 60_000));
  } finally {
    engine.dispatch({ type: 'run.stop', runId, commandId: 'stop' });
    await engine.finished(runId);
    listening.dispose();
  }
  const state = fold(initialState(runId), events);
  const last = events.findLast((event) => event.type === 'turn.ended');
  const end = last?.type === 'turn.ended' ? last.end : null;
  const failure = end === null ? 'It got to no end.' : end.kind === 'failed' ? end.message : null;
  return judge(task, (await readTranscript(dir, SESSION_AGENT)) ?? [], { failure, usd: usageOf(state, state.at).usd });
}
