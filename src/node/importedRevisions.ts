import * as z from 'zod';
import { isCommitId } from '../base/commitId.ts';
import type { Event } from '../protocol/messages.ts';
import type { JournalLine } from '../workflow/journalLine.ts';
import { transcriptFile } from './runFiles.ts';

// What a run says of commits and branches is handed to git, and becomes names of refs. Of a run of our own the runtime
// said it; of an imported one anybody may have written it.

const BRANCH_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** A branch of the run itself, as one is named for each of its changes and for what lands. */
export function isOwnBranch(runId: string, branch: string): boolean {
  const folder = `workflow/${runId}/`;
  return branch.startsWith(folder) && BRANCH_NAME.test(branch.slice(folder.length));
}

/** Whether all that the run's log and journal give out for a commit, a change or a branch of the run is one. */
export function namesOwnRevisions(
  runId: string,
  { events, journal }: { readonly events: readonly Event[]; readonly journal: readonly JournalLine[] },
): { readonly events: boolean; readonly journal: boolean } {
  const { change, landing, base } = schemasOf(runId);
  const holds = (schema: z.ZodType, value: unknown): boolean => schema.safeParse(value).success;
  return {
    events: events.every((event) => {
      switch (event.type) {
        case 'change.committed':
        case 'change.empty':
          return holds(change, event.change);
        case 'change.landed':
          return holds(landing, event.landing);
        case 'run.started':
          return holds(base, event.base);
        default:
          return true;
      }
    }),
    journal: journal.every((line) => {
      if ('dropped' in line || (line.kind !== 'change' && line.kind !== 'land')) return true;
      return holds(line.kind === 'change' ? change.nullable() : landing, line.value);
    }),
  };
}

function schemasOf(runId: string) {
  const commit = z.string().refine(isCommitId);
  const branch = z.string().refine((text) => isOwnBranch(runId, text));
  return {
    change: z.looseObject({
      id: z.string().refine((id) => transcriptFile(id) !== null),
      // Of a change that changed nothing there is none.
      branch: z.union([z.literal(''), branch]),
      base: commit,
      commit,
    }),
    landing: z.union([
      z.looseObject({ status: z.literal('landed'), commit, branch }),
      z.looseObject({ status: z.enum(['conflict', 'verify-failed', 'unreviewed', 'discarded', 'empty']) }),
    ]),
    base: z.looseObject({ commit, head: commit.optional() }).nullish(),
  };
}
