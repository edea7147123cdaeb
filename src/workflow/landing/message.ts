import { headline } from '../../base/text.ts';
import type { Change } from '../../protocol/change.ts';

/** The message of a landed commit. Its last lines say what came in with it, so that the branch itself tells what has landed. */
export function landingMessage(
  runId: string,
  { id, summary }: Pick<Change, 'id' | 'summary'>,
  brings: readonly string[],
): string {
  const changes = brings.map((commit) => `Workflow-Change: ${commit}`);
  const trailers = [`Workflow-Run: ${runId}`, `Workflow-Agent: ${id}`, ...changes];
  return `${headline(summary, 72) || 'Change by a workflow'}\n\n${trailers.join('\n')}`;
}

/** The commits named in the last paragraph of such a message; what an agent wrote stands above it. */
export function changesNamedIn(message: string): readonly string[] {
  const last = message.trimEnd().split('\n\n').at(-1) ?? '';
  return last.split('\n').flatMap((line) => /^Workflow-Change: ([0-9a-f]{40,64})$/.exec(line)?.[1] ?? []);
}
