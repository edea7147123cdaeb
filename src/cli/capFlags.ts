import type { AgentCaps, RunCaps } from '../protocol/run.ts';
import { budgetAmount } from '../workflow/budgetWords.ts';
import { CommandError } from './commandError.ts';
import { wholeNumber } from './parseFlags.ts';

export const CAP_FLAGS = {
  budget: { type: 'string', multiple: true },
  'agent-budget': { type: 'string', multiple: true },
  'max-agents': { type: 'string' },
  'max-minutes': { type: 'string' },
} as const;

interface CapValues {
  readonly budget?: readonly string[];
  readonly 'agent-budget'?: readonly string[];
  readonly 'max-agents'?: string;
  readonly 'max-minutes'?: string;
}

const MOST_AGENTS = 100_000;

/** What the flags limit; undefined when none is there. */
export function capsFrom(values: CapValues): RunCaps | undefined {
  const agents = wholeNumber('max-agents', values['max-agents'], 1, MOST_AGENTS);
  const minutes = minutesFrom(values['max-minutes']);
  const perAgent = amounts('agent-budget', values['agent-budget']);
  const caps: RunCaps = {
    ...amounts('budget', values.budget),
    ...(agents === undefined ? {} : { agents }),
    ...(minutes === undefined ? {} : { minutes }),
    ...(perAgent ? { perAgent } : {}),
  };
  return Object.keys(caps).length > 0 ? caps : undefined;
}

/** `500k`, `1.5M`, `20000`: output tokens. `$5`, `2.50 USD`: money. Each may be given once. */
function amounts(flag: string, texts: readonly string[] | undefined): AgentCaps | undefined {
  return texts?.reduce<AgentCaps>((caps, text) => ({ ...caps, ...amountFrom(flag, text) }), {});
}

export function amountFrom(flag: string, text: string): AgentCaps {
  const amount = budgetAmount(text);
  if (amount) return amount;
  throw new CommandError(
    `--${flag} is a number of output tokens such as 20000, 500k or 1.5M, or an amount such as '$5' (in quotes), not "${text}".`,
  );
}

export function minutesFrom(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const minutes = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
  if (minutes > 0) return minutes;
  throw new CommandError(`--max-minutes is a number of minutes such as 30 or 0.5, not "${text}".`);
}
