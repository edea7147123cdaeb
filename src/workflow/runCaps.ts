import { costOf } from '../protocol/prices.ts';
import type { RunCaps } from '../protocol/run.ts';
import { NO_USAGE } from '../protocol/usage.ts';
import { unpriced, type CapOwner } from './capWords.ts';
import type { PhaseMeta } from './script/check.ts';
import type { SpentBefore } from './spending.ts';

/** The caps a resume goes on with: what it names, else as they were last. */
export function resumedCaps(last: RunCaps, named: RunCaps | undefined): RunCaps {
  const perAgent = { ...last.perAgent, ...named?.perAgent };
  return { ...last, ...named, ...(Object.keys(perAgent).length > 0 ? { perAgent } : {}) };
}

/** A cap in money is held by the price of each request: what keeps it from being held, one line a cap. */
export function moneyProblems(
  caps: RunCaps,
  phases: readonly PhaseMeta[],
  model: string,
  before?: SpentBefore,
): readonly string[] {
  const capped: readonly (readonly [CapOwner, number | undefined])[] = [
    [{ kind: 'run' }, caps.usd],
    [{ kind: 'agent' }, caps.perAgent?.usd],
    ...phases.map(({ title, caps: own }) => [{ kind: 'phase', title }, own?.usd] as const),
  ];
  const unknown = costOf(NO_USAGE, model) === null ? model : null;
  return capped.flatMap(([owner, usd]) => {
    if (usd === undefined) return [];
    if (unknown !== null) return [unpriced(owner, usd, unknown).message];
    return owner.kind === 'run' && before?.usd === null ? [unpriced(owner, usd, EARLIER).message] : [];
  });
}

const EARLIER = 'a model that the run has used before';
