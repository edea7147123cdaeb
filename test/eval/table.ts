import { formatUsd } from '../../src/projection/cost.ts';
import type { Score } from './judge.ts';
import type { EvalReport } from './runEval.ts';

/** `ok    one simple fix             wants none      did none      no script             $0.0123` */
export function scoreLine({ task, wants, did, scripts, firstPassed, lastPassed, passed, usd, message }: Score): string {
  const wrote =
    scripts === 0 ? 'no script' : `${scripts} scripts, first ${words(firstPassed)}, last ${words(lastPassed)}`;
  const line = [
    passed ? 'ok    ' : 'MISSED',
    task.padEnd(28),
    `wants ${wants}`.padEnd(15),
    `did ${did}`.padEnd(15),
    wrote.padEnd(36),
    formatUsd(usd),
  ];
  return `${line.join(' ')}${message === '' ? '' : `  ${message.split('\n', 1)[0] ?? ''}`}`;
}

function words(passed: boolean | null): string {
  return passed === true ? 'good' : 'bad';
}

export function summary({ model, scores, skipped, usd, maxUsd }: EvalReport): string {
  const good = scores.filter(({ passed }) => passed).length;
  const left = skipped.length === 0 ? '' : `; no money was left for: ${skipped.join(', ')}`;
  return `${good} of ${scores.length} as wanted, ${formatUsd(usd)} of at most ${formatUsd(maxUsd)}, ${model}${left}`;
}
