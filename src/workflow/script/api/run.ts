import type { ApiEntry } from './description.ts';

export const PARALLEL: ApiEntry = {
  name: 'parallel',
  group: 'flow',
  rows: ['W30', 'W32', 'X06'],
  signature: 'parallel(thunks: (() => value)[], opts?: ParallelOptions): Promise<(value | null)[]>',
  declarations: [
    'function parallel<const T extends readonly (() => unknown)[]>(thunks: T, opts?: ParallelOptions): Promise<{ -readonly [I in keyof T]: Awaited<ReturnType<T[I]>> | null }>',
  ],
  doc: "Starts all functions, waits for all, and resolves to their results in the same order. It never rejects for one of them: a function that throws leaves `null` in its slot. Give it functions, not promises: `() => agent(…)`. With a limit it goes on without stragglers: their agents are stopped, also those of a `parallel()`, `pipeline()` or `workflow()` within it; their slots are `null` and listed in the run's failures. Not known to be a function's own, and so not stopped, is what it asks for after an `await` of something else than `agent()` and the other calls here, such as `Promise.all()`.",
  options: {
    typeName: 'ParallelOptions',
    at: 1,
    list: [
      {
        name: 'deadlineMs',
        holds: { kind: 'count', max: 2_147_483_647 },
        default: 'none',
        doc: 'Milliseconds after which it goes on with what there is; while the run is paused they stand still.',
      },
      {
        name: 'atLeast',
        holds: { kind: 'count' },
        default: '0 with a deadline',
        doc: 'Results that it waits for, also past the deadline; without a deadline it goes on as soon as it has so many.',
      },
    ],
  },
  errors: [
    'A `TypeError` when it does not get an array, or a limit is no whole number from 1.',
    'A `RangeError` above 4,096 functions, or when `atLeast` is more than there are.',
  ],
  examples: [
    `const files = ['src/a.js', 'src/b.js'];
const summaries = await parallel(files.map((file) => () => agent(\`Summarize \${file}.\`, { label: file })));
return summaries.filter(Boolean);`,
  ],
};

export const PIPELINE: ApiEntry = {
  name: 'pipeline',
  group: 'flow',
  rows: ['W31', 'W32'],
  signature: 'pipeline(items: item[], ...stages: ((previous, item, index) => value)[]): Promise<(value | null)[]>',
  types: `type Stage<Previous, Item, Result> = (previous: Previous, item: Item, index: number) => Result;
type Passed<Result> = Exclude<Awaited<Result>, null>;`,
  declarations: [
    'function pipeline<I, A>(items: readonly I[], first: Stage<I, I, A>): Promise<(Awaited<A> | null)[]>',
    'function pipeline<I, A, B>(items: readonly I[], first: Stage<I, I, A>, second: Stage<Passed<A>, I, B>): Promise<(Awaited<B> | null)[]>',
    'function pipeline<I, A, B, C>(items: readonly I[], first: Stage<I, I, A>, second: Stage<Passed<A>, I, B>, third: Stage<Passed<B>, I, C>): Promise<(Awaited<C> | null)[]>',
    'function pipeline<I, A, B, C, D>(items: readonly I[], first: Stage<I, I, A>, second: Stage<Passed<A>, I, B>, third: Stage<Passed<B>, I, C>, fourth: Stage<Passed<C>, I, D>): Promise<(Awaited<D> | null)[]>',
    'function pipeline(items: readonly any[], ...stages: Stage<any, any, unknown>[]): Promise<any[]>',
  ],
  doc: 'Sends each item through all stages, with no barrier between them: the first item may be in the last stage while another is still in the first. A stage gets `(previous, item, index)`; in the first one `previous` is the item. A stage that returns `null` drops its item (a filter, not a failure), and so does one that throws. Results stand in the order of the items.',
  errors: ['A `TypeError` when items are not an array or a stage is no function, a `RangeError` above 4,096 items.'],
  examples: [
    `const results = await pipeline(
  ['parser', 'printer'],
  (name) => agent(\`Find a bug in the \${name}.\`, { phase: 'Find' }),
  (bug, name) => agent(\`Try to refute this report on the \${name}: \${bug}\`, { phase: 'Verify' }),
);
return results.filter(Boolean);`,
  ],
};

export const PHASE: ApiEntry = {
  name: 'phase',
  group: 'flow',
  rows: ['W33', 'W24'],
  signature: 'phase(title: string): void',
  declarations: ['function phase(title: string): void'],
  doc: 'Puts all later calls under this title. Inside `parallel()` and `pipeline()` several calls would fight over it: use `opts.phase` there. Of a run 1,000 titles are shown.',
  examples: [`phase('Find');`],
};

export const LOG: ApiEntry = {
  name: 'log',
  group: 'flow',
  rows: ['W33'],
  signature: 'log(...values: unknown[]): void',
  declarations: ['function log(...values: unknown[]): void'],
  doc: 'Shows a line to the person who watches the run: its first 20,000 characters, and of a run 100,000 lines or 16 million characters. What is longer is to be returned.',
  examples: [`log('Nothing to do.');`],
};

export const ARGS: ApiEntry = {
  name: 'args',
  group: 'run',
  rows: ['W34'],
  signature: 'args: Json | undefined',
  declarations: ['const args: any'],
  doc: 'What the run was started with, or `undefined`. An object that came as its JSON text arrives parsed, unless `meta.args` asks for a string.',
  examples: [`const { path = 'src', limit = 10 } = args ?? {};`],
};

export const BUDGET: ApiEntry = {
  name: 'budget',
  group: 'run',
  rows: ['W35'],
  signature: 'budget: { total: number | null; spent(): number; remaining(): number }',
  doc: "The run's cap in output tokens, of all agents together; there may be others, in money, agents and minutes, that the script does not see. Whatever cap is reached, `agent()` throws a `BudgetError` that says which; `check()`, `land()` and `ask()` do only when minutes are up, so that what is done still lands when tokens or money are spent. Without a cap `total` is `null` and `remaining()` is `Infinity`: a loop over the budget needs `budget.total` in its condition, or it never ends. A person may change the cap while the run goes on: `total` and `remaining()` follow from the next answer on.",
  members: [
    { name: 'total', declaration: 'readonly total: number | null', doc: 'The cap, `null` without one.' },
    { name: 'spent', declaration: 'spent(): number', doc: 'Output tokens so far.' },
    { name: 'remaining', declaration: 'remaining(): number', doc: 'What is left; `Infinity` without a cap.' },
  ],
  examples: [
    `const ideas = [];
while (budget.total && budget.remaining() > 50_000) {
  const idea = await agent(\`Name a risk that is not among these: \${ideas.join('; ')}\`);
  if (!idea) break;
  ideas.push(idea);
}
return ideas;`,
  ],
};
