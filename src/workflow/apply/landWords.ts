import type { Landing } from '../../protocol/change.ts';

// What the terminal and the editor say of a change that a person lands once its run is over.

/** What the person takes upon themselves; null where a review has approved it. */
export function unapprovedWords(approved: boolean | null): string | null {
  if (approved === true) return null;
  return approved === null ? 'no review has seen it' : 'its review did not approve it';
}

/** What came of it. */
export function landingWords(label: string, landing: Landing): string {
  switch (landing.status) {
    case 'landed':
      return `${label} landed: ${landing.commit.slice(0, 8)} on ${landing.branch}.`;
    case 'conflict':
      return landing.log ?? `${label} did not land: it conflicts in ${landing.conflicts.join(', ')}.`;
    case 'verify-failed':
      return `${label} did not land: the command failed on the merged tree.\n${landing.log}`;
    case 'unreviewed':
      return `${label} did not land: no review approved it.`;
    case 'discarded':
      return `${label} did not land: it is discarded.`;
    case 'empty':
      return `${label} did not land: it changes nothing.`;
  }
}
