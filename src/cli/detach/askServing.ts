import type { ServeAnswer, ServeRequest } from '../../protocol/serve.ts';
import { askServe } from '../../node/serve/askServe.ts';
import { CommandError, EXIT } from '../commandError.ts';
import type { Io } from '../io.ts';
import { homeOf } from '../places.ts';

type AnswerTo = {
  readonly 'serve.status': 'status';
  readonly 'serve.stop': 'ending';
  readonly 'serve.launch': 'started';
  readonly 'serve.preview': 'preview';
  readonly 'serve.resume': 'started';
  readonly 'serve.open': 'opened';
};

export const NOBODY_SERVES =
  'No process serves here. Begin one with: dwf serve (in a terminal of its own, or by your system’s services)';

/** Asks the serving process; throws what a person is told when there is none, or when it refuses. */
export async function askServing<T extends ServeRequest['type']>(
  io: Io,
  request: Extract<ServeRequest, { readonly type: T }>,
): Promise<Extract<ServeAnswer, { readonly type: AnswerTo[T] }>> {
  const outcome = await askServe(homeOf(io), request);
  if (outcome.kind === 'none') throw new CommandError(NOBODY_SERVES);
  if (outcome.kind === 'silent')
    throw new CommandError(
      `The serving process does not answer (pid ${outcome.pid}). See what it says, or stop it: kill ${outcome.pid}`,
      EXIT.failed,
    );
  const { answer } = outcome;
  if (answer.type === 'refused') throw new CommandError(answer.errors);
  return answer as Extract<ServeAnswer, { readonly type: AnswerTo[T] }>;
}
