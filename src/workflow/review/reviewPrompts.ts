import * as z from 'zod';
import { headline } from '../../base/text.ts';
import { SEVERITIES } from '../../protocol/change.ts';
import type { ReviewSubject } from './court.ts';

const MAX_QUOTE = 2_000;

/** What a reviewer reports. Lines count from 1 in the file after the change. */
export const claim = z.object({
  path: z.string().min(1),
  line: z.number().int().positive(),
  endLine: z.number().int().positive().optional(),
  quote: z.string().max(MAX_QUOTE).describe('The text of that line, copied from the file: it is looked for there.'),
  severity: z.enum(SEVERITIES),
  title: z.string().min(1),
  body: z.string(),
  suggestion: z.string().optional(),
});

/** With what the runtime found of it. */
export const checkedClaim = claim.extend({ unplaced: z.literal(true).optional() });

export type Claim = z.infer<typeof checkedClaim>;

/** What a skeptic answers. */
export const vote = z.object({
  verdict: z.enum(['upheld', 'refuted', 'abstained']),
  reason: z.string(),
  reproduction: z
    .object({
      path: z
        .string()
        .min(1)
        .max(500)
        .describe(
          'The test file that you wrote, a new one, from the top of the repository. Name it after this finding: others write tests too.',
        ),
      command: z.string().min(1).max(2_000).describe('Runs that test alone; its exit code decides.'),
    })
    .optional()
    .describe('A test that fails because of the fault (upheld), or that passes and shows there is none (refuted).'),
});

export type Vote = z.infer<typeof vote>;

const PLACE =
  'Your working directory is a scratch copy of your own with the files as they are after it: you may run commands and tests and write there, and nothing of it stays.';

type Shown = Pick<ReviewSubject, 'task' | 'base' | 'diff'>;

/** What a reviewer sees: the task and the change, never its author's reasoning. */
export function findingsPrompt({ base, diff, task }: Shown, lens: string): string {
  return `Review this change through one lens: ${lens}.

The task its author was given:
<task>
${task}
</task>

The change against ${base.slice(0, 12)}. ${PLACE}
<diff>
${diff}
</diff>

Report your findings through the StructuredOutput tool; an empty list if there are none. \`line\` counts in the file after the change, and \`quote\` is the text of that line as it stands there.`;
}

/** In answer to a reviewer's report, once. */
export function quotesPrompt(wrong: readonly { readonly claim: Claim; readonly why: string }[]): string {
  const list = wrong.map(
    ({ claim: { title, path, line }, why }) => `- ${headline(title, 100)} (${path}:${line}): ${why}`,
  );
  return `These findings do not stand where you put them:\n${list.join('\n')}\n\nLook at the files again. Report each of these again with a \`quote\` copied from the file after the change, or leave it out if you were mistaken. Your other findings are taken and need not be repeated. Then call StructuredOutput again.`;
}

export function refutePrompt({ diff }: Shown, found: Claim): string {
  const place = found.unplaced ? found.path : `${found.path}:${found.line}`;
  return `Somebody reports this fault in a change. Try to refute it.

<finding severity="${found.severity}" at="${place}">
${found.title}

${found.body}
</finding>

<diff>
${diff}
</diff>

${PLACE}

Where a test can decide it, write one, run it, and name it as your \`reproduction\`: it is run again on a clean copy, with that one file added, and its exit code counts more than your word. Answer through the StructuredOutput tool.`;
}
