import type { Failure } from './run.ts';

/** How much did not become a result: an entry may stand for several that are alike. */
export function failureCount(failures: readonly Pick<Failure, 'times'>[]): number {
  return failures.reduce((sum, { times = 1 }) => sum + times, 0);
}

/** What failed in the same way: of a cap that 400 calls meet, a person reads once. */
export interface AlikeFailures extends Pick<Failure, 'cause' | 'message'> {
  /** Of what failed, each once, in the order they came; one without a label counts in `times` only. */
  readonly labels: readonly string[];
  readonly times: number;
}

/** Those of one cause and message together, in the order in which the first of each came. */
export function alikeFailures(failures: readonly Failure[]): readonly AlikeFailures[] {
  const groups = new Map<string, { readonly alike: AlikeFailures; readonly labels: Set<string> }>();
  for (const { cause, message, label, times = 1 } of failures) {
    const key = JSON.stringify([cause, message]);
    const { alike, labels } = groups.get(key) ?? { alike: { cause, message, labels: [], times: 0 }, labels: new Set() };
    if (label !== undefined) labels.add(label);
    groups.set(key, { alike: { ...alike, times: alike.times + times }, labels });
  }
  return [...groups.values()].map(({ alike, labels }) => ({ ...alike, labels: [...labels] }));
}

/**
 * What failed, why, and how often where that is not plain: `check a, check b and 38 more: The budget is spent.`,
 * `It failed. (12 times)`. `most`: so many labels.
 */
export function failureText({ labels, message, times }: Omit<AlikeFailures, 'cause'>, most = 3): string {
  const named = labels.length > most + 1 ? [...labels.slice(0, most), `${labels.length - most} more`] : labels;
  const who = [named.slice(0, -1).join(', '), ...named.slice(-1)].filter((text) => text !== '').join(' and ');
  const often = times > Math.max(1, labels.length) ? ` (${times} times)` : '';
  return `${who === '' ? '' : `${who}: `}${message}${often}`;
}
