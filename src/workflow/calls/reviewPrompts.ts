import * as z from 'zod';
import type { Change } from '../../protocol/change.ts';
import { SEVERITIES } from '../../protocol/change.ts';

/** What a reviewer reports. Lines count from 1 in the file after the change. */
export const claim = z.object({
  path: z.string().min(1),
  line: z.number().int().positive(),
  endLine: z.number().int().positive().optional(),
  severity: z.enum(SEVERITIES),
  title: z.string().min(1),
  body: z.string(),
  suggestion: z.string().optional(),
});

export type Claim = z.infer<typeof claim>;

/** What a reviewer sees: the task and the change, never its author's reasoning. */
export function findingsPrompt(change: Change, task: string, lens: string): string {
  return `Review this change through one lens: ${lens}.

The task its author was given:
<task>
${task}
</task>

The change against ${change.base.slice(0, 12)}. Your working directory holds the files as they are after it.
<diff>
${change.diff}
</diff>

Report your findings through the StructuredOutput tool; an empty list if there are none. \`line\` counts in the file after the change.`;
}

export function refutePrompt(change: Change, found: Claim): string {
  return `Somebody reports this fault in a change. Try to refute it.

<finding severity="${found.severity}" at="${found.path}:${found.line}">
${found.title}

${found.body}
</finding>

<diff>
${change.diff}
</diff>

Your working directory holds the files as they are after the change. Answer through the StructuredOutput tool.`;
}
