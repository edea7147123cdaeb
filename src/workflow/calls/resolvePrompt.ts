import { clip } from '../../base/text.ts';
import type { KnownChange } from '../runContext.ts';
import type { Conflict } from './resolveConflict.ts';

/** Of a task or a summary; the whole of it is seldom what the conflict is about. */
const MAX_INTENT = 4_000;

/** What the resolver is told: where both sides meet, and what each of them was for. */
export function resolvePrompt({ known, paths, unmerged }: Conflict, landed: readonly KnownChange[]): string {
  const others = landed.length > 0 ? landed.map(intent).join('\n') : '(the branch was changed by other work)';
  return `Two lines of work changed the same place, and git could not merge them. Resolve the conflict so that both intents hold.

Your working directory holds the merge. In conflict:
${paths.map((path) => `- ${path}`).join('\n')}
${unmerged.notes.map((note) => `${note}\n`).join('')}
Between <<<<<<< and ======= stands what has landed already, between ======= and >>>>>>> what the new change wants there. A file that one side deleted or that is not text has no marks: decide for it too.

What the new change is for:
${intent(known)}

What had landed there before:
${others}

Leave no marks behind, change nothing that the conflict does not ask for, and end with one line that says how you resolved it. If both intents cannot hold at once, keep what has landed, and say so.`;
}

function intent({ change, task }: KnownChange): string {
  return `<task>
${clip(task, MAX_INTENT)}
</task>
<summary>
${clip(change.summary, MAX_INTENT)}
</summary>`;
}
