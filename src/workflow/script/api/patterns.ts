import { IN_PHASE } from './shared.ts';
import type { ApiEntry, ApiOption, ApiOptions } from './description.ts';

const PHASE: ApiOption = { ...IN_PHASE, doc: 'The phase of all agents that the pattern starts.' };

const option = (name: string, type: string, otherwise: string, doc: string): ApiOption => ({
  name,
  holds: { kind: 'typed', type },
  default: otherwise,
  doc,
  ...(otherwise === 'required' ? { required: true } : {}),
});
const count = (name: string, otherwise: string, doc: string): ApiOption => option(name, 'number', otherwise, doc);
const options = (typeName: string, at: number, ...list: readonly ApiOption[]): ApiOptions => ({
  typeName,
  at,
  unknown: 'throws',
  list: [...list, PHASE],
});

const TYPES = `/** A function of the input, a prompt, or a prompt with options of agent(). */
type Worker<Input extends unknown[]> =
  | ((...input: Input) => unknown)
  | string
  | (AgentOptions & { readonly prompt?: string | ((...input: Input) => string) });

/** By name: what to do with an item, and when. */
interface Routes {
  readonly [name: string]:
    | Worker<[item: any]>
    | { readonly when?: string; readonly act?: (item: any) => unknown }
    | (AgentOptions & { readonly when?: string; readonly prompt?: string | ((item: any) => string) });
}

interface Judged<C> {
  readonly claim: C;
  readonly votes: { readonly upheld: number; readonly refuted: number; readonly abstained: number };
  readonly reasons: string[];
}

interface Scored {
  readonly candidate: any;
  readonly score: number | null;
  readonly reason: string;
}

interface Match<E> {
  readonly a: E;
  readonly b: E;
  readonly winner: 'a' | 'b' | 'tie' | null;
  readonly reason: string;
}`;

const CLASSIFY = options(
  'ClassifyOptions',
  1,
  option(
    'routes',
    'Routes',
    'required',
    'By name: a function, or `{ when, act }`, or `{ when, …options of agent() }`.',
  ),
  option('classify', 'Worker<[item: any, names: string[]]>', 'an agent', 'Gives a name, or `{ route, reason }`.'),
  option('otherwise', 'string', 'none', 'The route to take when none was named.'),
  option('forms', 'Routes', 'none', 'A second choice, over the result: the form to give it.'),
  option(
    'classifyForm',
    'Worker<[result: any, names: string[]]>',
    'an agent',
    'Makes that choice, which `classify` is not asked for: gives a name, or `{ route, reason }`.',
  ),
);

const FAN_OUT = options(
  'FanOutOptions',
  1,
  option('each', 'Worker<[item: any, index: number]>', 'required', 'For each item.'),
  option(
    'synthesize',
    'Worker<[parts: { item: any; result: any }[]]>',
    'required',
    'Makes one result of all parts that came to something.',
  ),
);

const VERIFY = options(
  'VerifyOptions',
  1,
  option(
    'refute',
    'Worker<[claim: any, n: number]>',
    'an agent',
    'Gives `upheld`, `refuted` or `abstained`, or `{ verdict, reason }`.',
  ),
  count('votes', '3', 'Skeptics for each claim.'),
);

const GENERATE = options(
  'GenerateOptions',
  0,
  option(
    'generate',
    'Worker<[input: any, n: number]>',
    'the prompts themselves',
    'Gives a candidate, a list of them, or `null`.',
  ),
  count('count', 'none', 'How often to generate. Either this or `prompts`.'),
  option('prompts', 'readonly unknown[]', 'none', 'What to generate from, once each.'),
  option('key', '(candidate: any) => unknown', 'the candidate', 'Of candidates with the same key the first stays.'),
  option('score', 'Worker<[candidate: any]>', 'no scores', 'Gives a number, or `{ score, reason }`; higher is better.'),
  option(
    'keep',
    'number | ((candidate: any, score: number | null) => unknown)',
    'all',
    'How many of the best stay, or which.',
  ),
);

const TOURNAMENT = options(
  'TournamentOptions',
  1,
  option('judge', 'Worker<[a: any, b: any]>', 'required', 'Gives `a`, `b` or `tie`, or `{ winner, reason }`.'),
  { name: 'rank', holds: { kind: 'flag' }, default: '`false`', doc: 'Rank all, instead of finding the best alone.' },
);

const LOOP = options(
  'LoopOptions',
  0,
  option('round', 'Worker<[n: number, found: any[]]>', 'required', 'Gives an item, a list of them, or `null`.'),
  option('key', '(item: any) => unknown', 'the item', 'By which an item is known already.'),
  option('seen', 'readonly unknown[]', 'none', 'Items that are known from the start.'),
  option('keep', '(items: any[]) => unknown', 'all', 'Which of the new ones count.'),
  option(
    'check',
    'string | ((found: any[]) => unknown)',
    'none',
    'A command, or a function: the loop ends when it passes.',
  ),
  count('dryRounds', '2', 'The loop ends after so many rounds in a row that brought nothing new.'),
  count('maxRounds', '100', 'The loop ends after so many rounds.'),
);

const ORDER = options(
  'OrderOptions',
  3,
  option('key', '(unit: any) => unknown', 'the text, `id` or `name`', 'What units are called in `dependsOn`.'),
);

export const PATTERNS: ApiEntry = {
  name: 'patterns',
  group: 'patterns',
  rows: ['X05'],
  signature: 'patterns.classifyAndAct(…), .fanOutAndSynthesize(…), .adversarialVerify(…), …',
  types: TYPES,
  doc: 'Tested functions over `agent()` and `parallel()`: what they do, a script could do itself.',
  members: [
    {
      name: 'classifyAndAct',
      declaration:
        'classifyAndAct(item: unknown, options: ClassifyOptions): Promise<{ route: string | null; reason: string; form: string | null; result: any }>',
      doc: 'A classifier picks a route, and that one acts on the item.',
      options: CLASSIFY,
    },
    {
      name: 'fanOutAndSynthesize',
      declaration:
        'fanOutAndSynthesize(items: readonly unknown[], options: FanOutOptions): Promise<{ result: any; parts: any[] }>',
      doc: 'A worker for each item at once, then one that makes a whole of the parts.',
      options: FAN_OUT,
    },
    {
      name: 'adversarialVerify',
      declaration:
        'adversarialVerify<C>(claims: readonly C[], options?: VerifyOptions): Promise<{ kept: Judged<C>[]; dropped: Judged<C>[] }>',
      doc: 'Skeptics for each claim. It is dropped only when more than half of all its votes refute it; a dead skeptic abstains.',
      options: VERIFY,
    },
    {
      name: 'generateAndFilter',
      declaration:
        "generateAndFilter(options: GenerateOptions): Promise<{ kept: Scored[]; dropped: (Scored & { why: 'duplicate' | 'no score' | 'not kept' })[] }>",
      doc: 'Many candidates, without duplicates, scored, the best kept.',
      options: GENERATE,
    },
    {
      name: 'tournament',
      declaration:
        'tournament<E>(entries: readonly E[], options: TournamentOptions): Promise<{ winner: E | null; ranking: E[] | null; matches: Match<E>[] }>',
      doc: 'Compares in pairs: n − 1 comparisons for the best, about n × log2 n for a ranking. Ties and dead judges leave the order as it was.',
      options: TOURNAMENT,
    },
    {
      name: 'loopUntilDone',
      declaration:
        "loopUntilDone(options: LoopOptions): Promise<{ found: any[]; rounds: number; ended: 'check' | 'dry' | 'rounds' }>",
      doc: 'Rounds until nothing new comes, or a check passes. Whatever was seen once is not new again.',
      options: LOOP,
    },
    {
      name: 'inDependencyOrder',
      declaration:
        'inDependencyOrder<U>(units: readonly U[], dependsOn: ((unit: U) => readonly unknown[] | undefined) | { readonly [key: string]: readonly unknown[] }, work: Worker<[unit: U, before: any[]]>, options?: OrderOptions): Promise<{ results: any[]; done: U[]; failed: U[]; blocked: U[] }>',
      doc: 'Starts each unit as soon as all it depends on is done; independent ones at once. What depends on a failed unit is not started. A cycle is an error that names it.',
      options: ORDER,
    },
  ],
  errors: [
    'A `TypeError` for a mistake in the arguments, before anything starts.',
    'A cap that was reached, once all that is under way has ended.',
  ],
  examples: [
    `const { kept } = await patterns.adversarialVerify(['The cache is never emptied.', 'Login works without a password.'], { votes: 3 });
return kept.map(({ claim }) => claim);`,
    `const bugs = { type: 'object', properties: { bugs: { type: 'array', items: { type: 'string' } } }, required: ['bugs'] };
const { found } = await patterns.loopUntilDone({
  round: async (n, known) => (await agent(\`Find bugs in src/ besides these: \${known.join('; ')}\`, { schema: bugs }))?.bugs,
  dryRounds: 2,
  maxRounds: 10,
});
return found;`,
  ],
};
