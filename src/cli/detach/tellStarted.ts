import type { ServeAnswer } from '../../protocol/serve.ts';
import { EXIT } from '../commandError.ts';
import type { Io } from '../io.ts';
import { oneLine } from '../view/cells.ts';

/** Says what the serving process has begun, and how to come back to it. */
export function tellStarted(
  io: Io,
  started: Extract<ServeAnswer, { readonly type: 'started' }>,
  { json }: { readonly json?: boolean | undefined },
): number {
  const { type: _type, warnings, ...object } = started;
  for (const warning of warnings) io.stderr.write(`Warning: ${oneLine(warning)}\n`);
  const { runId, workflowName } = object;
  if (json === true) io.stdout.write(`${JSON.stringify(object)}\n`);
  else
    io.stdout.write(
      `${oneLine(workflowName)} goes on in the serving process as ${runId}. Look at it: dwf show ${runId}. Stop it: dwf stop ${runId}\n`,
    );
  return EXIT.completed;
}
