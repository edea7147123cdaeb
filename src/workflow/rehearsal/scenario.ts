/**
 * How the made-up answers of one play are. Together the scenarios try short and long lists, every flag both ways, every
 * member of an enum, commands that pass and that fail, and agents that die.
 */
export interface Scenario {
  readonly name: string;
  readonly seed: number;
  /**
   * `typical` ones make the likely figure, `edge` ones the ends of the ranges; `nulls` only show what the script does
   * about agents that die.
   */
  readonly role: 'typical' | 'edge' | 'nulls';
  /** Items of a list that an agent answers with; lists inside of it, and of agents that such a list led to, are shorter. */
  readonly items: number;
  /** A later round of the same agents finds half as much as the one before. */
  readonly dries: boolean;
  readonly flags: 'mixed' | 'true' | 'false';
  /** Commands and merges. */
  readonly commands: 'mixed' | 'pass' | 'fail';
  /** Texts that may be empty, such as an error's, are filled. */
  readonly fillsAll: boolean;
  /** Of every so many agents one dies; `first`: the first of all does. */
  readonly deaths: 'none' | 'some' | 'first';
  /** Lengths and flags as past runs had them, where they are known. */
  readonly asBefore: boolean;
}

const PLAIN: Omit<Scenario, 'name' | 'seed'> = {
  ...{ role: 'typical', items: 3, dries: true, flags: 'mixed', commands: 'mixed', fillsAll: false, deaths: 'none' },
  asBefore: false,
};

/** The first ones matter most, where there is no time for all. */
const SCENARIOS: readonly Scenario[] = [
  { ...PLAIN, name: 'a few items', seed: 1 },
  { ...PLAIN, name: 'several items', seed: 2, items: 10 },
  { ...PLAIN, name: 'many items', seed: 4, items: 30, role: 'edge' },
  { ...PLAIN, name: 'some items', seed: 3, items: 5 },
  { ...PLAIN, name: 'nothing found', seed: 5, items: 0, role: 'edge' },
  { ...PLAIN, name: 'yes to all', seed: 6, items: 1, role: 'edge', flags: 'true', commands: 'pass', fillsAll: true },
  { ...PLAIN, name: 'no to all', seed: 7, role: 'edge', flags: 'false', commands: 'fail', dries: false },
  { ...PLAIN, name: 'the first agent dies', seed: 8, role: 'nulls', deaths: 'first' },
  { ...PLAIN, name: 'some agents die', seed: 9, role: 'nulls', deaths: 'some' },
];

/** Whether these plays are enough to say something: what is likely, and what may be if there is much to do. */
export function sayEnough(played: readonly Scenario[]): boolean {
  const typical = played.filter(({ role }) => role === 'typical');
  return typical.length > 1 && (typical.some(({ asBefore }) => asBefore) || played.some(({ items }) => items >= MUCH));
}

const MUCH = 30;

/** Scenarios that go by past runs take the place of those that are guessed; the guessed ones still show mistakes. */
export function scenarios(past: boolean): readonly Scenario[] {
  if (!past) return SCENARIOS;
  return [
    ...[11, 12, 13, 14].map((seed) => ({ ...PLAIN, name: 'as before', seed, asBefore: true })),
    ...SCENARIOS.filter(({ role }) => role !== 'typical'),
  ];
}
