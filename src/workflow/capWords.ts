import type { Caps } from '../protocol/run.ts';
import { BudgetError } from './budget.ts';

/** Whose cap it is. */
export type CapOwner =
  | { readonly kind: 'run' | 'agent' }
  | { readonly kind: 'phase'; readonly title: string }
  /** The limit that a run has to which nobody gave a cap. */
  | { readonly kind: 'safety' };

/**
 * The error once a cap is reached: which one, the figures, and what to do. `used` in the cap's own unit, `lost` so much of
 * it at most by replies that broke off.
 */
export function capReached(owner: CapOwner, cap: keyof Caps, limit: number, used: number, lost: number): BudgetError {
  const what = `${ownerWords(owner)} of ${amount(cap, limit)} is ${limit > used ? 'all but spent' : 'spent'}`;
  const broken = lost > 0 ? `, ${amount(cap, lost)} of them at most by replies that broke off` : '';
  return new BudgetError(`${what} (${amount(cap, used)} used${broken}). ${advice(owner, cap)}`);
}

/** A cap in money over a model without a known price cannot be held. */
export function unpriced(owner: CapOwner, limit: number, model: string): BudgetError {
  const what = `${ownerWords(owner)} of ${amount('usd', limit)} cannot be held`;
  return new BudgetError(
    `${what}: the price of ${model} is not known. Use a model with a known price, or a cap in output tokens.`,
  );
}

function ownerWords(owner: CapOwner): string {
  switch (owner.kind) {
    case 'run':
      return 'The budget';
    case 'phase':
      return `The budget of phase "${owner.title}"`;
    case 'agent':
      return 'The budget of this agent';
    case 'safety':
      return 'The safety limit';
  }
}

function advice(owner: CapOwner, cap: keyof Caps): string {
  switch (owner.kind) {
    case 'run':
      return `Return what there is, or resume the run with a higher ${FLAGS[cap]}.`;
    case 'phase':
      return 'Return what there is, or raise its caps in meta.phases and resume the run.';
    case 'agent':
      return 'Raise the caps in its options, or resume the run with a higher --agent-budget.';
    case 'safety':
      return 'Resume the run to go on, with a --budget of your own to go on for longer.';
  }
}

const FLAGS: Readonly<Record<keyof Caps, string>> = {
  outputTokens: '--budget',
  usd: '--budget',
  agents: '--max-agents',
  minutes: '--max-minutes',
};

/** `1200 output tokens`, `$2.50`, `1000 agents`, `1.5 minutes`. */
export function amount(cap: keyof Caps, value: number): string {
  switch (cap) {
    case 'outputTokens':
      return `${value} output tokens`;
    case 'usd':
      return `$${value.toFixed(value > 0 && value < 1 ? 4 : 2)}`;
    case 'agents':
      return `${value} ${value === 1 ? 'agent' : 'agents'}`;
    case 'minutes': {
      const minutes = Math.round(value * 10) / 10;
      return `${minutes} ${minutes === 1 ? 'minute' : 'minutes'}`;
    }
  }
}
