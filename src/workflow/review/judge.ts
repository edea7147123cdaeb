import { settleAll } from '../../base/settleAll.ts';
import type { Finding, Review } from '../../protocol/change.ts';
import type { Court } from './court.ts';
import { mergeFindings } from './mergeFindings.ts';
import { reviewThrough } from './reviewers.ts';
import { doubt } from './skeptics.ts';

const DEFAULT_LENSES = ['correctness', 'security', 'tests'];

export interface Judgement {
  readonly review: Review;
  readonly refuted: readonly Finding[];
}

/**
 * Reviews a range of commits, whether a change or what a merge made of several: a reviewer a lens, what they found once
 * each, then skeptics on each of that. A finding is dropped only when more than half of its votes refute it; a dead
 * skeptic abstains, a dead reviewer leaves it unapproved. Emits nothing of its own, and settles nothing: that is the caller's.
 */
export async function judge(court: Court): Promise<Judgement> {
  if (court.subject.files.length === 0) return { review: { approved: true, findings: [] }, refuted: [] };
  const lenses = [...new Set(court.options.lenses ?? DEFAULT_LENSES)];
  const reports = await settleAll(lenses.map((lens, n) => reviewThrough(court, lens, n)));
  const found = mergeFindings(reports.flatMap((report) => report ?? []));
  const findings = await settleAll(found.map((one) => doubt(court, one)));
  const kept = findings.filter(({ status }) => status !== 'refuted');
  const serious = kept.some(({ severity }) => severity === 'blocker' || severity === 'major');
  const allReported = reports.every((report) => report !== null);
  return {
    review: { approved: allReported && !serious, findings: kept },
    refuted: findings.filter(({ status }) => status === 'refuted'),
  };
}
