import { count } from '../base/text.ts';
import type { Finding, FindingStatus } from '../protocol/change.ts';

/** Worst first. */
const RANK: Readonly<Record<Finding['severity'], number>> = { blocker: 0, major: 1, minor: 2, nit: 3 };

/** `reproduced · 2 upheld, 1 refuted`; of a log that tells no status, the votes alone. */
export function standingOf({ status, votes }: Pick<Finding, 'status' | 'votes'>): string {
  const { upheld, refuted, abstained } = votes;
  const abstentions = abstained > 0 ? [count(abstained, 'abstention')] : [];
  const words = [`${upheld} upheld`, `${refuted} refuted`, ...abstentions].join(', ');
  return status === undefined || status === 'refuted' ? words : `${status} · ${words}`;
}

/** `src/a.js:3`; without a line where nobody could tell it. */
export function placeOf({ path, line, unplaced }: Pick<Finding, 'path' | 'line' | 'unplaced'>): string {
  return unplaced ? path : `${path}:${line}`;
}

/** The gravest of several; a reproduced one before others of its severity. */
export function worstOf<T extends Pick<Finding, 'severity' | 'status'>>(findings: readonly T[]): T | undefined {
  const proven = (status: FindingStatus | undefined): number => (status === 'reproduced' ? 0 : 1);
  return findings.toSorted((a, b) => RANK[a.severity] - RANK[b.severity] || proven(a.status) - proven(b.status))[0];
}
