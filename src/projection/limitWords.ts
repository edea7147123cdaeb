import { count } from '../base/text.ts';
import type { Caps, RunCaps } from '../protocol/run.ts';
import { formatTokens, formatUsd } from './cost.ts';

/** `500.0k tokens, $5.00, 20 agents, 1.5 minutes, 50.0k tokens an agent`; empty: there is no cap. */
export function limitText({ perAgent, ...caps }: RunCaps): string {
  return [...amounts(caps), ...amounts(perAgent ?? {}).map((amount) => `${amount} an agent`)].join(', ');
}

function amounts({ outputTokens, usd, agents, minutes }: Caps): readonly string[] {
  return [
    ...(outputTokens === undefined ? [] : [`${formatTokens(outputTokens)} tokens`]),
    ...(usd === undefined ? [] : [formatUsd(usd)]),
    ...(agents === undefined ? [] : [count(agents, 'agent')]),
    ...(minutes === undefined ? [] : [count(minutes, 'minute')]),
  ];
}
