import { count } from '../../base/text.ts';
import { ASSUMED } from './figures.ts';
import type { Basis, Rehearsal } from './rehearsal.ts';

/** What a person should know before trusting the figures, one sentence each. `isBroken`: no play has reached its end. */
export function uncertainty(
  basis: Basis,
  isBroken: boolean,
  { bounded, usd, agents, phases }: Pick<Rehearsal, 'bounded' | 'usd' | 'agents' | 'phases'>,
): readonly string[] {
  return [
    ...(basis.kind === 'past' ? pastWords(basis.runIds.length) : assumedWords()),
    ...(agents.min === agents.max ? [] : [WIDE]),
    ...(bounded ? [] : [isBroken ? BROKEN : UNBOUNDED]),
    ...(usd === null ? [unpricedWords(phases.flatMap(({ models }) => models))] : [LIST_PRICE]),
  ];
}

const WIDE = 'What a real model finds decides how many agents there are; the script can only limit it.';
const UNBOUNDED = 'A play did not end by itself: the upper ends say where it was given up, not where a run would end.';
const BROKEN =
  'Every play broke off before its end: what comes behind that place is not counted, and a run may take far more.';
const LIST_PRICE = 'Money is by list price, with the prompt cache at work.';

function pastWords(runs: number): readonly string[] {
  return [
    `Calibrated by ${count(runs, 'past run')} of this workflow in this folder: tokens and time per agent, and how long its lists were.`,
  ];
}

function assumedWords(): readonly string[] {
  const { none, read, write } = ASSUMED;
  const figure = ({ likely }: typeof read): string => String(likely.outputTokens);
  return [
    `No past runs of this workflow in this folder: tokens per agent are assumed (output: ${figure(none)} without tools, ${figure(read)} for one that reads, ${figure(write)} for one that writes; a fifth to five times as much counts as possible).`,
    'The answers are made up: lists and plain texts of 0 to 30 items or lines, each flag both ways. A script that looks for words in a text may go another way with real ones.',
  ];
}

function unpricedWords(models: readonly string[]): string {
  return `No price is known for one of its models (${[...new Set(models)].join(', ')}).`;
}
