import { count } from '../../base/text.ts';
import type { BrokenPlays } from './estimate.ts';
import { ASSUMED } from './figures.ts';
import type { Basis, Rehearsal } from './rehearsal.ts';

/** What a person should know before trusting the figures, one sentence each. */
export function uncertainty(
  basis: Basis,
  plays: BrokenPlays,
  { bounded, usd, agents, phases }: Pick<Rehearsal, 'bounded' | 'usd' | 'agents' | 'phases'>,
): readonly string[] {
  return [
    ...(basis.kind === 'past' ? pastWords(basis.runIds.length) : assumedWords()),
    WORDS,
    ...(agents.min === agents.max ? [] : [WIDE]),
    ...(plays.broken === 0 ? [] : [brokenWords(plays)]),
    ...(bounded || plays.counted ? [] : [UNBOUNDED]),
    ...(usd === null ? [unpricedWords(phases.flatMap(({ models }) => models))] : [LIST_PRICE]),
  ];
}

const WORDS = 'A script that looks for words in a text may go another way with real ones.';
const WIDE = 'What a real model finds decides how many agents there are; the script can only limit it.';
const UNBOUNDED = 'A play did not end by itself: the upper ends say where it was given up, not where a run would end.';
const LIST_PRICE = 'Money is by list price, with the prompt cache at work.';

function brokenWords({ broken, of, counted }: BrokenPlays): string {
  const some = broken === of ? 'Every play' : `${broken} of ${count(of, 'play')}`;
  const told = counted
    ? 'what comes behind that place is not counted, and a run may take far more.'
    : 'the figures are those of the others, and a run that gets past that place may take more.';
  return `${some} broke off before ${broken === 1 || broken === of ? 'its' : 'their'} end: ${told}`;
}

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
    'The answers are made up: lists and plain texts of 0 to 30 items or lines, each flag both ways.',
  ];
}

function unpricedWords(models: readonly string[]): string {
  return `No price is known for one of its models (${[...new Set(models)].join(', ')}).`;
}
