import type { WorkflowWord } from '../../base/workflowWords.ts';

/** What the agent is told beside words that ask for a workflow; null where none does. */
export function workflowNote(words: readonly WorkflowWord[]): string | null {
  if (words.length === 0) return null;
  const whole = words.some(({ word }) => word === 'ultracode')
    ? ' The person wants it done thoroughly: understand first, then change, then verify, each by a workflow of its own where that serves.'
    : '';
  return `(The person asks for a workflow. Load the skill workflow-authoring, then do this task by one with the Workflow tool, unless it plainly needs none: then say so in a sentence and do it yourself.${whole})`;
}
