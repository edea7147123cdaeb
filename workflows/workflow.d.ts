// The globals of workflow scripts, for editors. Generated from src/workflow/script/api.ts: npm run golden:update.
// There is no `import` and no `export` in this file: all of it is global.

/** What `export const meta` may hold: plain values only. Write `@type {WorkflowMeta}` in a comment before it. */
interface WorkflowMeta {
  /** What the workflow is called by. */
  readonly name: string;
  /** What it does, in one line; workflows are chosen by it. A warning without it. */
  readonly description?: string;
  /** When to choose it. */
  readonly whenToUse?: string;
  /** What it goes through, in order, for the graph. */
  readonly phases?: readonly Phase[];
  /** A JSON Schema of the arguments: a run with others is refused, and the form to start it is made from it. */
  readonly args?: JsonSchema;
}

interface Phase {
  /** As `phase()` and `opts.phase` name it. */
  readonly title: string;
  /** What happens in it. */
  readonly detail?: string;
  /** The model that it mostly uses. */
  readonly model?: string;
  /** What its agents may use together; `minutes` while any of them is under way. Reached, the phase's agents throw a `BudgetError`; its checks, landings and questions do when `minutes` are up. */
  readonly caps?: {
    readonly outputTokens?: number;
    readonly usd?: number;
    readonly agents?: number;
    readonly minutes?: number;
  };
}

/** A JSON Schema, dialect 2020-12. */
interface JsonSchema {
  readonly [keyword: string]: unknown;
}

/** What a value that fits the schema looks like, as far as the schema's literals tell; `any` beyond. */
type FromSchema<S> = S extends { readonly const: infer C }
  ? C
  : S extends { readonly enum: readonly (infer E)[] }
    ? E
    : S extends { readonly anyOf: readonly (infer U)[] } | { readonly oneOf: readonly (infer U)[] }
      ? FromSchema<U>
      : S extends { readonly type: infer T }
        ? FromType<T, S>
        : any;

type FromType<T, S> = T extends readonly (infer U)[]
  ? FromType<U, S>
  : T extends 'string'
    ? string
    : T extends 'number' | 'integer'
      ? number
      : T extends 'boolean'
        ? boolean
        : T extends 'null'
          ? null
          : T extends 'array'
            ? FromItems<S>
            : T extends 'object'
              ? FromProperties<S>
              : any;

type FromItems<S> = S extends { readonly items: infer I } ? FromSchema<I>[] : any[];

type FromProperties<S> = S extends { readonly properties: infer P }
  ? { [K in keyof P as K extends RequiredOf<S> ? K : never]: FromSchema<P[K]> } & {
      [K in keyof P as K extends RequiredOf<S> ? never : K]?: FromSchema<P[K]>;
    }
  : { [key: string]: any };

type RequiredOf<S> = S extends { readonly required: readonly (infer R)[] } ? R : never;

interface AgentOptions {
  /**
   * A JSON Schema with `type: "object"` at its root. The agent answers in this form; what does not fit goes back to it.
   * Default: none: the answer is text.
   */
  readonly schema?: JsonSchema | undefined;
  /**
   * Its name in the graph and the list of runs.
   * Default: the prompt's first words.
   */
  readonly label?: string | undefined;
  /**
   * The phase it is shown in. Wins over `phase()`; the one to use inside `parallel()` and `pipeline()`.
   * Default: what `phase()` said last.
   */
  readonly phase?: string | undefined;
  /**
   * `opus`, `sonnet`, `haiku`, `fable`, `inherit` or a full id.
   * Default: the run's.
   */
  readonly model?: string | undefined;
  /**
   * How long the model thinks.
   * Default: the model's own.
   */
  readonly effort?: 'low' | 'medium' | 'high' | 'xhigh' | 'max' | undefined;
  /**
   * The kind of agent: `general-purpose`, `Explore` (reads and searches with a cheap model), `Plan` (reads, and answers with a plan), or a name from `.claude/agents/*.md` of the project or the person, or `plugin:name`. Its file says its system prompt, and what the script leaves open: model, effort, turns, tools, skills, isolation. It may narrow what the run permits, and never widen it.
   * Default: `general-purpose`.
   */
  readonly agentType?: string | undefined;
  /**
   * The only tools it gets: `['Read', 'Glob', 'Grep']` for one that changes nothing. Names that nobody knows are named in a warning.
   * Default: all.
   */
  readonly tools?: readonly string[] | undefined;
  /**
   * Tools it does not get.
   * Default: none.
   */
  readonly disallowedTools?: readonly string[] | undefined;
  /**
   * How many replies of the model it may take.
   * Default: 100.
   */
  readonly maxTurns?: number | undefined;
  /**
   * Output tokens of one reply, at most.
   * Default: 32,000.
   */
  readonly maxTokens?: number | undefined;
  /**
   * What this agent may use altogether. Reached, its call throws a `BudgetError`.
   * Default: the run's alone.
   */
  readonly caps?: { readonly outputTokens?: number; readonly usd?: number } | undefined;
  /**
   * Whose answers it works on, for the graph alone: a result, the label of an agent that has finished, or a list of them. Answers that stand in the prompt are found without it, down to a leaf or line of 24 characters; name shorter ones, such as votes, and those that only decided what is asked.
   * Default: what is found in the prompt.
   */
  readonly from?: unknown | undefined;
  /**
   * Milliseconds it may work, without its waits for a slot, the limiter, its turn on the machine, a person or a pause. Then its call is `null`, cause `timeout`.
   * Default: 30 minutes.
   */
  readonly timeoutMs?: number | undefined;
  /**
   * Milliseconds a reply may be silent. Then the same request is made again, up to four times in all, and what the agent has done so far stays done; after that its call is `null`, cause `stalled`.
   * Default: 5 minutes.
   */
  readonly stallMs?: number | undefined;
  /**
   * A git worktree of its own. What it changes is kept on a branch.
   * Default: none: it works in the checkout.
   */
  readonly isolation?: 'worktree' | undefined;
  /**
   * Where its worktree starts: a commit, a branch, or an earlier change to build on.
   * Default: the commit at which the run began.
   */
  readonly base?: string | { readonly commit: string } | undefined;
}

/**
 * Runs one agent and resolves to its final text; with `schema`, to a value that fits it. It resolves to `null` when a person stopped the agent, or when it died of something that is not the script's mistake, so look before you use the result. The causes stand in the run's `failures`. An agent sees nothing of the script: whatever it has to know goes into its prompt.
 * @throws A `TypeError` when the prompt is empty, or an option holds what it cannot.
 * @throws A `RangeError` when prompt and options have more than 4,000,000 characters together.
 * @throws A `TypeError` before anything is sent, when no value could fit the schema.
 * @throws An `Error` when the answer still does not fit the schema after 5 attempts, and for an unknown `agentType`.
 * @throws A `BudgetError` when a cap of the run, of its phase or of the agent itself is reached: output tokens, money, minutes, or agents, of which a run may start 1,000 where nobody says otherwise. What is done stays; it can be caught, but not tried again: a run whose script goes on asking ends after 12,288 calls that were refused in a row while no agent was at work or waited for a slot, and after 262,144 in any case.
 * @example
 * const answer = await agent('Which test runner does this project use? Answer with its name.');
 * if (answer === null) return 'The agent did not finish.';
 * return answer.trim();
 * @example
 * const found = await agent('List the endpoints of this server.', {
 *   label: 'list endpoints',
 *   tools: ['Read', 'Glob', 'Grep'],
 *   schema: {
 *     type: 'object',
 *     properties: { endpoints: { type: 'array', items: { type: 'string' } } },
 *     required: ['endpoints'],
 *   },
 * });
 * return found?.endpoints ?? [];
 */
declare function agent<const S extends JsonSchema>(
  prompt: string,
  opts: AgentOptions & { schema: S },
): Promise<FromSchema<S> | null>;

/**
 * Runs one agent and resolves to its final text; with `schema`, to a value that fits it. It resolves to `null` when a person stopped the agent, or when it died of something that is not the script's mistake, so look before you use the result. The causes stand in the run's `failures`. An agent sees nothing of the script: whatever it has to know goes into its prompt.
 * @throws A `TypeError` when the prompt is empty, or an option holds what it cannot.
 * @throws A `RangeError` when prompt and options have more than 4,000,000 characters together.
 * @throws A `TypeError` before anything is sent, when no value could fit the schema.
 * @throws An `Error` when the answer still does not fit the schema after 5 attempts, and for an unknown `agentType`.
 * @throws A `BudgetError` when a cap of the run, of its phase or of the agent itself is reached: output tokens, money, minutes, or agents, of which a run may start 1,000 where nobody says otherwise. What is done stays; it can be caught, but not tried again: a run whose script goes on asking ends after 12,288 calls that were refused in a row while no agent was at work or waited for a slot, and after 262,144 in any case.
 * @example
 * const answer = await agent('Which test runner does this project use? Answer with its name.');
 * if (answer === null) return 'The agent did not finish.';
 * return answer.trim();
 * @example
 * const found = await agent('List the endpoints of this server.', {
 *   label: 'list endpoints',
 *   tools: ['Read', 'Glob', 'Grep'],
 *   schema: {
 *     type: 'object',
 *     properties: { endpoints: { type: 'array', items: { type: 'string' } } },
 *     required: ['endpoints'],
 *   },
 * });
 * return found?.endpoints ?? [];
 */
declare function agent(prompt: string, opts?: AgentOptions & { schema?: undefined }): Promise<string | null>;

/**
 * Runs one agent and resolves to its final text; with `schema`, to a value that fits it. It resolves to `null` when a person stopped the agent, or when it died of something that is not the script's mistake, so look before you use the result. The causes stand in the run's `failures`. An agent sees nothing of the script: whatever it has to know goes into its prompt.
 * @throws A `TypeError` when the prompt is empty, or an option holds what it cannot.
 * @throws A `RangeError` when prompt and options have more than 4,000,000 characters together.
 * @throws A `TypeError` before anything is sent, when no value could fit the schema.
 * @throws An `Error` when the answer still does not fit the schema after 5 attempts, and for an unknown `agentType`.
 * @throws A `BudgetError` when a cap of the run, of its phase or of the agent itself is reached: output tokens, money, minutes, or agents, of which a run may start 1,000 where nobody says otherwise. What is done stays; it can be caught, but not tried again: a run whose script goes on asking ends after 12,288 calls that were refused in a row while no agent was at work or waited for a slot, and after 262,144 in any case.
 * @example
 * const answer = await agent('Which test runner does this project use? Answer with its name.');
 * if (answer === null) return 'The agent did not finish.';
 * return answer.trim();
 * @example
 * const found = await agent('List the endpoints of this server.', {
 *   label: 'list endpoints',
 *   tools: ['Read', 'Glob', 'Grep'],
 *   schema: {
 *     type: 'object',
 *     properties: { endpoints: { type: 'array', items: { type: 'string' } } },
 *     required: ['endpoints'],
 *   },
 * });
 * return found?.endpoints ?? [];
 */
declare function agent(prompt: string, opts?: AgentOptions): Promise<any>;

/**
 * Runs another workflow inside this run and resolves to what it returns. It shares this run's slots, budget and stop. One level deep.
 * @throws An `Error` for an unknown name, a script with errors, arguments that do not fit, and inside a nested workflow.
 * @example
 * const report = await workflow('audit-dependencies', { level: 'high' });
 * return report;
 */
declare function workflow(nameOrRef: string | { readonly scriptPath: string }, args?: unknown): Promise<any>;

interface ParallelOptions {
  /**
   * Milliseconds after which it goes on with what there is; while the run is paused they stand still.
   * Default: none.
   */
  readonly deadlineMs?: number | undefined;
  /**
   * Results that it waits for, also past the deadline; without a deadline it goes on as soon as it has so many.
   * Default: 0 with a deadline.
   */
  readonly atLeast?: number | undefined;
}

/**
 * Starts all functions, waits for all, and resolves to their results in the same order. It never rejects for one of them: a function that throws leaves `null` in its slot. Give it functions, not promises: `() => agent(…)`. With a limit it goes on without stragglers: their agents are stopped, also those of a `parallel()`, `pipeline()` or `workflow()` within it; their slots are `null` and listed in the run's failures. Not known to be a function's own, and so not stopped, is what it asks for after an `await` of something else than `agent()` and the other calls here, such as `Promise.all()`.
 * @throws A `TypeError` when it does not get an array, or a limit is no whole number from 1.
 * @throws A `RangeError` above 4,096 functions, or when `atLeast` is more than there are.
 * @example
 * const files = ['src/a.js', 'src/b.js'];
 * const summaries = await parallel(files.map((file) => () => agent(`Summarize ${file}.`, { label: file })));
 * return summaries.filter(Boolean);
 */
declare function parallel<const T extends readonly (() => unknown)[]>(
  thunks: T,
  opts?: ParallelOptions,
): Promise<{ -readonly [I in keyof T]: Awaited<ReturnType<T[I]>> | null }>;

type Stage<Previous, Item, Result> = (previous: Previous, item: Item, index: number) => Result;
type Passed<Result> = Exclude<Awaited<Result>, null>;

/**
 * Sends each item through all stages, with no barrier between them: the first item may be in the last stage while another is still in the first. A stage gets `(previous, item, index)`; in the first one `previous` is the item. A stage that returns `null` drops its item (a filter, not a failure), and so does one that throws. Results stand in the order of the items.
 * @throws A `TypeError` when items are not an array or a stage is no function, a `RangeError` above 4,096 items.
 * @example
 * const results = await pipeline(
 *   ['parser', 'printer'],
 *   (name) => agent(`Find a bug in the ${name}.`, { phase: 'Find' }),
 *   (bug, name) => agent(`Try to refute this report on the ${name}: ${bug}`, { phase: 'Verify' }),
 * );
 * return results.filter(Boolean);
 */
declare function pipeline<I, A>(items: readonly I[], first: Stage<I, I, A>): Promise<(Awaited<A> | null)[]>;

/**
 * Sends each item through all stages, with no barrier between them: the first item may be in the last stage while another is still in the first. A stage gets `(previous, item, index)`; in the first one `previous` is the item. A stage that returns `null` drops its item (a filter, not a failure), and so does one that throws. Results stand in the order of the items.
 * @throws A `TypeError` when items are not an array or a stage is no function, a `RangeError` above 4,096 items.
 * @example
 * const results = await pipeline(
 *   ['parser', 'printer'],
 *   (name) => agent(`Find a bug in the ${name}.`, { phase: 'Find' }),
 *   (bug, name) => agent(`Try to refute this report on the ${name}: ${bug}`, { phase: 'Verify' }),
 * );
 * return results.filter(Boolean);
 */
declare function pipeline<I, A, B>(
  items: readonly I[],
  first: Stage<I, I, A>,
  second: Stage<Passed<A>, I, B>,
): Promise<(Awaited<B> | null)[]>;

/**
 * Sends each item through all stages, with no barrier between them: the first item may be in the last stage while another is still in the first. A stage gets `(previous, item, index)`; in the first one `previous` is the item. A stage that returns `null` drops its item (a filter, not a failure), and so does one that throws. Results stand in the order of the items.
 * @throws A `TypeError` when items are not an array or a stage is no function, a `RangeError` above 4,096 items.
 * @example
 * const results = await pipeline(
 *   ['parser', 'printer'],
 *   (name) => agent(`Find a bug in the ${name}.`, { phase: 'Find' }),
 *   (bug, name) => agent(`Try to refute this report on the ${name}: ${bug}`, { phase: 'Verify' }),
 * );
 * return results.filter(Boolean);
 */
declare function pipeline<I, A, B, C>(
  items: readonly I[],
  first: Stage<I, I, A>,
  second: Stage<Passed<A>, I, B>,
  third: Stage<Passed<B>, I, C>,
): Promise<(Awaited<C> | null)[]>;

/**
 * Sends each item through all stages, with no barrier between them: the first item may be in the last stage while another is still in the first. A stage gets `(previous, item, index)`; in the first one `previous` is the item. A stage that returns `null` drops its item (a filter, not a failure), and so does one that throws. Results stand in the order of the items.
 * @throws A `TypeError` when items are not an array or a stage is no function, a `RangeError` above 4,096 items.
 * @example
 * const results = await pipeline(
 *   ['parser', 'printer'],
 *   (name) => agent(`Find a bug in the ${name}.`, { phase: 'Find' }),
 *   (bug, name) => agent(`Try to refute this report on the ${name}: ${bug}`, { phase: 'Verify' }),
 * );
 * return results.filter(Boolean);
 */
declare function pipeline<I, A, B, C, D>(
  items: readonly I[],
  first: Stage<I, I, A>,
  second: Stage<Passed<A>, I, B>,
  third: Stage<Passed<B>, I, C>,
  fourth: Stage<Passed<C>, I, D>,
): Promise<(Awaited<D> | null)[]>;

/**
 * Sends each item through all stages, with no barrier between them: the first item may be in the last stage while another is still in the first. A stage gets `(previous, item, index)`; in the first one `previous` is the item. A stage that returns `null` drops its item (a filter, not a failure), and so does one that throws. Results stand in the order of the items.
 * @throws A `TypeError` when items are not an array or a stage is no function, a `RangeError` above 4,096 items.
 * @example
 * const results = await pipeline(
 *   ['parser', 'printer'],
 *   (name) => agent(`Find a bug in the ${name}.`, { phase: 'Find' }),
 *   (bug, name) => agent(`Try to refute this report on the ${name}: ${bug}`, { phase: 'Verify' }),
 * );
 * return results.filter(Boolean);
 */
declare function pipeline(items: readonly any[], ...stages: Stage<any, any, unknown>[]): Promise<any[]>;

/**
 * Puts all later calls under this title. Inside `parallel()` and `pipeline()` several calls would fight over it: use `opts.phase` there. Of a run 1,000 titles are shown.
 * @example
 * phase('Find');
 */
declare function phase(title: string): void;

/**
 * Shows a line to the person who watches the run: its first 20,000 characters, and of a run 100,000 lines or 16 million characters. What is longer is to be returned.
 * @example
 * log('Nothing to do.');
 */
declare function log(...values: unknown[]): void;

/**
 * What the run was started with, or `undefined`. An object that came as its JSON text arrives parsed, unless `meta.args` asks for a string.
 * @example
 * const { path = 'src', limit = 10 } = args ?? {};
 */
declare const args: any;

/**
 * The run's cap in output tokens, of all agents together; there may be others, in money, agents and minutes, that the script does not see. Whatever cap is reached, `agent()` throws a `BudgetError` that says which; `check()`, `land()` and `ask()` do only when minutes are up, so that what is done still lands when tokens or money are spent. Without a cap `total` is `null` and `remaining()` is `Infinity`: a loop over the budget needs `budget.total` in its condition, or it never ends. A person may change the cap while the run goes on: `total` and `remaining()` follow from the next answer on.
 * @example
 * const ideas = [];
 * while (budget.total && budget.remaining() > 50_000) {
 *   const idea = await agent(`Name a risk that is not among these: ${ideas.join('; ')}`);
 *   if (!idea) break;
 *   ideas.push(idea);
 * }
 * return ideas;
 */
declare const budget: {
  /** The cap, `null` without one. */
  readonly total: number | null;
  /** Output tokens so far. */
  spent(): number;
  /** What is left; `Infinity` without a cap. */
  remaining(): number;
};

interface ChangedFile {
  readonly path: string;
  readonly status: 'added' | 'modified' | 'deleted' | 'renamed';
  /** Lines; 0 for a binary file. */
  readonly additions: number;
  readonly deletions: number;
}

interface Change {
  readonly id: string;
  /** What the author says it did: its commit's message, the subject in the first line. */
  readonly summary: string;
  /** Empty when nothing was changed. */
  readonly branch: string;
  readonly base: string;
  readonly commit: string;
  readonly files: readonly ChangedFile[];
  /** Cut at 256 KiB; git holds the whole. */
  readonly diff: string;
}

interface ChangeOptions {
  /**
   * What it may write, as globs from the top of the repository: `['src/**', 'docs/*.md']`. Its file tools write nothing else. What a command of it wrote elsewhere it has to undo: it is told once, and if something stays, the call is `null`, cause `paths`, and its work is kept aside.
   * Default: all of its worktree.
   */
  readonly paths?: readonly string[] | undefined;
  /**
   * A shell command that must pass in the worktree. Files that it writes itself, such as a formatter does, are part of the change, and it is run on them again: what is committed has passed as it is.
   * Default: nothing is run.
   */
  readonly verify?: string | undefined;
  /**
   * Tests that fail today and have to pass on the change, such as those by which a review's skeptics reproduced a fault. They are put into the worktree, the author cannot alter them, and they become part of the change; `paths` need not name them. Each is a new file; of two with one name the first counts. At most 100.
   * Default: none.
   */
  readonly tests?: readonly Reproduction[] | undefined;
  /**
   * How often `tests` and `verify` may be run before the author gives up.
   * Default: 2.
   */
  readonly attempts?: number | undefined;
  /**
   * Where its worktree starts: a commit, a branch, or an earlier change to build on.
   * Default: the commit at which the run began.
   */
  readonly base?: string | { readonly commit: string } | undefined;
  /**
   * Its name in the graph and the list of runs.
   * Default: the prompt's first words.
   */
  readonly label?: string | undefined;
  /**
   * The phase it is shown in. Wins over `phase()`; the one to use inside `parallel()` and `pipeline()`.
   * Default: what `phase()` said last.
   */
  readonly phase?: string | undefined;
  /**
   * `opus`, `sonnet`, `haiku`, `fable`, `inherit` or a full id.
   * Default: the run's.
   */
  readonly model?: string | undefined;
  /**
   * How long the model thinks.
   * Default: the model's own.
   */
  readonly effort?: 'low' | 'medium' | 'high' | 'xhigh' | 'max' | undefined;
  /**
   * The kind of agent: `general-purpose`, `Explore` (reads and searches with a cheap model), `Plan` (reads, and answers with a plan), or a name from `.claude/agents/*.md` of the project or the person, or `plugin:name`. Its file says its system prompt, and what the script leaves open: model, effort, turns, tools, skills, isolation. It may narrow what the run permits, and never widen it.
   * Default: `general-purpose`.
   */
  readonly agentType?: string | undefined;
  /**
   * The only tools it gets: `['Read', 'Glob', 'Grep']` for one that changes nothing. Names that nobody knows are named in a warning.
   * Default: all.
   */
  readonly tools?: readonly string[] | undefined;
  /**
   * Tools it does not get.
   * Default: none.
   */
  readonly disallowedTools?: readonly string[] | undefined;
  /**
   * How many replies of the model it may take.
   * Default: 100.
   */
  readonly maxTurns?: number | undefined;
  /**
   * Output tokens of one reply, at most.
   * Default: 32,000.
   */
  readonly maxTokens?: number | undefined;
  /**
   * What this agent may use altogether. Reached, its call throws a `BudgetError`.
   * Default: the run's alone.
   */
  readonly caps?: { readonly outputTokens?: number; readonly usd?: number } | undefined;
  /**
   * Whose answers it works on, for the graph alone: a result, the label of an agent that has finished, or a list of them. Answers that stand in the prompt are found without it, down to a leaf or line of 24 characters; name shorter ones, such as votes, and those that only decided what is asked.
   * Default: what is found in the prompt.
   */
  readonly from?: unknown | undefined;
  /**
   * Milliseconds it may work, without its waits for a slot, the limiter, its turn on the machine, a person or a pause. Then its call is `null`, cause `timeout`.
   * Default: 30 minutes.
   */
  readonly timeoutMs?: number | undefined;
  /**
   * Milliseconds a reply may be silent. Then the same request is made again, up to four times in all, and what the agent has done so far stays done; after that its call is `null`, cause `stalled`.
   * Default: 5 minutes.
   */
  readonly stallMs?: number | undefined;
}

/**
 * Runs one author in a git worktree of its own and commits what it changed to a branch of its own. With `verify`, a command that must pass there first: its failing output goes back to the author. Resolves to `null` as `agent()` does, and when `verify` still fails. Without any change `files` is empty.
 * @throws As `agent()`.
 * @example
 * const fixed = await change('Make the tests in test/parse.test.js pass.', { verify: 'npm test -- parse' });
 * if (!fixed || fixed.files.length === 0) return 'Nothing was changed.';
 * const { approved } = await review(fixed);
 * return approved ? await land(fixed, { verify: 'npm test' }) : fixed.branch;
 */
declare function change(prompt: string, opts?: ChangeOptions): Promise<Change | null>;

/** A test that a skeptic wrote, to be given to whoever mends what it shows: `change(task, { tests: [reproduction] })`. */
interface Reproduction {
  readonly path: string;
  readonly content: string;
  /** Runs it. */
  readonly command: string;
}

interface Finding {
  readonly path: string;
  /** From 1, on the changed side. */
  readonly line: number;
  readonly endLine?: number;
  readonly severity: 'blocker' | 'major' | 'minor' | 'nit';
  readonly title: string;
  readonly body: string;
  readonly suggestion?: string;
  /** The text it stands on; it was looked up, and `line` is where it is. */
  readonly quote?: string;
  /** The quote is nowhere in the file: it is about the file as a whole, and `line` is 1. */
  readonly unplaced?: true;
  /** Through which it was found; several, with commas between, when reviewers found the same. */
  readonly lens: string;
  /** `reproduced`: a skeptic's test fails on the change, as the runtime saw itself. Else it was only argued. */
  readonly status: 'reproduced' | 'argued';
  /** That test. */
  readonly reproduction?: Reproduction;
  readonly votes: { readonly upheld: number; readonly refuted: number; readonly abstained: number };
  /** One a skeptic. */
  readonly reasons: readonly string[];
}

interface Review {
  /** All reviewers answered, and no blocker or major finding was upheld. */
  readonly approved: boolean;
  readonly findings: readonly Finding[];
}

interface ReviewOptions {
  /**
   * What to look for; a reviewer each.
   * Default: `['correctness', 'security', 'tests']`.
   */
  readonly lenses?: readonly string[] | undefined;
  /**
   * Skeptics for each finding.
   * Default: 3.
   */
  readonly votes?: number | undefined;
  /**
   * Who judges, in turn. Of those that are named, models of another family than the author's are asked alone where there are any: who wrote something is the last to see its faults. `model` wins for reviewers.
   * Default: `model`, or the run's.
   */
  readonly models?: readonly string[] | undefined;
  /**
   * `opus`, `sonnet`, `haiku`, `fable`, `inherit` or a full id.
   * Default: the run's.
   */
  readonly model?: string | undefined;
  /**
   * What its reviewers are named by in the graph and the list of runs, after their lens.
   * Default: the change's summary.
   */
  readonly label?: string | undefined;
  /**
   * The phase it is shown in. Wins over `phase()`; the one to use inside `parallel()` and `pipeline()`.
   * Default: what `phase()` said last.
   */
  readonly phase?: string | undefined;
}

/**
 * Has a change read by reviewers, one for each lens. Each of their findings is given to skeptics who try to refute it; it is dropped when more than half of them do, and never when one of them showed it by a test that fails on the change. Each works in a scratch copy of its own, where it may run commands and tests; nothing of that stays. What several reviewers found is one finding. Never resolves to `null`: a reviewer that died leaves the change unapproved.
 * @throws A `TypeError` when the first argument is no change, such as `null`.
 * @throws A `BudgetError` when a cap is reached, as in `agent()`: judges that were under way go on when the run is resumed with a higher one.
 * @example
 * const added = await change('Add a --json flag to the list command.');
 * if (!added) return null;
 * const verdict = await review(added, { lenses: ['correctness', 'security'], votes: 5 });
 * for (const finding of verdict.findings) log(`${finding.severity}: ${finding.title}`);
 * return verdict.approved;
 * @example
 * const task = 'Make parse() take empty lines.';
 * let made = await change(task, { paths: ['src/**', 'test/**'] });
 * if (!made) return null;
 * const { approved, findings } = await review(made);
 * if (!approved) {
 *   // What a skeptic showed by a test, the next author has to make pass; the test is part of its change.
 *   const tests = findings.flatMap(({ reproduction }) => reproduction ?? []);
 *   const refused = findings.map(({ title, body }) => `- ${title}: ${body}`).join('\n');
 *   made = await change(`${task}\n\nAn earlier attempt was refused:\n${refused}`, { tests, verify: 'npm test' });
 * }
 * return made?.branch ?? null;
 */
declare function review(change: Change, opts?: ReviewOptions): Promise<Review>;

type Landing =
  | { readonly status: 'landed'; readonly commit: string; readonly branch: string; readonly resolvedBy?: string }
  | { readonly status: 'conflict'; readonly conflicts: readonly string[]; readonly log?: string }
  | { readonly status: 'verify-failed'; readonly log: string }
  | { readonly status: 'unreviewed' }
  | { readonly status: 'discarded' }
  | { readonly status: 'empty' };

interface LandOptions {
  /**
   * A shell command that must pass on the merge. Changes that wait with the same command are tested together; when that fails, halves of them, until only the culprits are left out.
   * Default: nothing is run.
   */
  readonly verify?: string | undefined;
  /**
   * Who resolves a conflict: an agent with both sides and what each was for, whose merge must pass `verify` and a review; or nobody, and the landing says where it conflicts.
   * Default: `agent`.
   */
  readonly onConflict?: 'agent' | 'skip' | undefined;
  /**
   * Its name in the graph and the list of runs.
   * Default: `land` and the change's branch.
   */
  readonly label?: string | undefined;
  /**
   * The phase it is shown in. Wins over `phase()`; the one to use inside `parallel()` and `pipeline()`.
   * Default: what `phase()` said last.
   */
  readonly phase?: string | undefined;
}

/**
 * Merges a change into the run's integration branch, one after the other and only when `verify` passes on the merge. Your checkout is never touched. A change that no `review()` approved does not land: its status is `unreviewed`. Nor does one that a person has discarded before the run was resumed, or that stands on such a one: `discarded`. A conflict and a failing command are results, not errors.
 * @throws A `TypeError` when the first argument is no change, such as `null`.
 * @throws A `BudgetError` once the minutes of the run or of its phase are up.
 * @throws A `BudgetError` when a cap leaves nothing for the agent that was to resolve a conflict, or for the review of what it made.
 * @example
 * const fixed = await change('Mend the rounding in src/money.js.');
 * if (!fixed || !(await review(fixed)).approved) return null;
 * const landing = await land(fixed, { verify: 'npm test' });
 * return landing.status === 'landed' ? landing.commit : landing.status;
 */
declare function land(change: Change, opts?: LandOptions): Promise<Landing>;

interface CheckResult {
  /** Null when the command was ended by its time-out or a signal. */
  readonly exitCode: number | null;
  /** Its beginning and its end, where it is long; the file has the whole. */
  readonly stdout: string;
  readonly stderr: string;
  /** A file with all that the command printed. */
  readonly path: string;
}

interface CheckOptions {
  /**
   * The change to run it on.
   * Default: where the run began.
   */
  readonly on?: Change | undefined;
  /**
   * Ends the command after that time; `exitCode` is `null` then.
   * Default: 10 minutes.
   */
  readonly timeoutMs?: number | undefined;
  /**
   * Its name in the graph and the list of runs.
   * Default: the command.
   */
  readonly label?: string | undefined;
  /**
   * The phase it is shown in. Wins over `phase()`; the one to use inside `parallel()` and `pipeline()`.
   * Default: what `phase()` said last.
   */
  readonly phase?: string | undefined;
}

/**
 * Runs a shell command in a worktree of its own, at a change or at the commit where the run began: its exit code decides, not the word of an agent. What it said of a tree it says again when the run is resumed. `null` when no worktree could be made, or the command could not be started: then a resumed run tries again. A command that the shell does not find was started, and ends with exit code 127.
 * @throws A `TypeError` when the command is empty, or `on` is no change.
 * @throws An `Error` where there is no git repository with a commit.
 * @throws A `BudgetError` once the minutes of the run or of its phase are up.
 * @example
 * const tests = await check('npm test');
 * if (tests?.exitCode === 0) return 'Nothing fails.';
 * return await agent(`What do these failures have in common?\n\n${tests?.stdout ?? ''}`);
 */
declare function check(command: string, opts?: CheckOptions): Promise<CheckResult | null>;

interface Coverage<U> {
  readonly done: U[];
  /** Their result is null. */
  readonly failed: U[];
  /** They have no result. */
  readonly unvisited: U[];
  readonly total: number;
}

interface CoverageOptions {
  /**
   * What a unit and its result have in common.
   * Default: the unit itself.
   */
  readonly key?: (unitOrResult: any) => unknown | undefined;
}

/**
 * Counts what became of every unit of work, so that 20 of 50 cannot pass for all. `results` is a list in the order of the units; or, with `key`, in any order; or a map or an object by unit or key. An unvisited unit is listed in the failures of the run, which ends `degraded`.
 * @throws A `TypeError` for units and results of another form.
 * @example
 * const files = ['src/a.js', 'src/b.js'];
 * const notes = await parallel(files.map((file) => () => agent(`Describe ${file}.`)));
 * return { notes, coverage: coverage(files, notes) };
 */
declare function coverage<U>(
  units: readonly U[],
  results: readonly unknown[] | ReadonlyMap<any, unknown> | { readonly [key: string]: unknown },
  opts?: CoverageOptions,
): Coverage<U>;

interface AskOptions {
  /**
   * The answers there are.
   * Default: any text.
   */
  readonly choices?: readonly string[] | undefined;
  /**
   * The answer when nobody gives one; one of the choices, or `null`.
   * Default: none: the call throws where nobody answers.
   */
  readonly default?: string | null | undefined;
  /**
   * How long to wait for a person; it stands while the run is paused.
   * Default: none.
   */
  readonly timeoutMs?: number | undefined;
  /**
   * The phase it is shown in. Wins over `phase()`; the one to use inside `parallel()` and `pipeline()`.
   * Default: what `phase()` said last.
   */
  readonly phase?: string | undefined;
}

/**
 * Asks a person, and resolves to the answer. Where nobody answers, it is the default. What a person has answered is kept: a resumed run does not ask again. What nobody has answered it asks again, when a person is there.
 * @throws An `Error` when nobody answers and there is no default, or when the default has counted 4,096 times and neither has an agent begun nor a person answered meanwhile.
 * @throws A `BudgetError` once the minutes of the run or of its phase are up.
 * @example
 * const answer = await ask('Delete the old endpoints too?', { choices: ['yes', 'no'], default: 'no' });
 * return answer === 'yes';
 */
declare function ask(question: string, opts?: AskOptions & { default?: string }): Promise<string>;

/**
 * Asks a person, and resolves to the answer. Where nobody answers, it is the default. What a person has answered is kept: a resumed run does not ask again. What nobody has answered it asks again, when a person is there.
 * @throws An `Error` when nobody answers and there is no default, or when the default has counted 4,096 times and neither has an agent begun nor a person answered meanwhile.
 * @throws A `BudgetError` once the minutes of the run or of its phase are up.
 * @example
 * const answer = await ask('Delete the old endpoints too?', { choices: ['yes', 'no'], default: 'no' });
 * return answer === 'yes';
 */
declare function ask(question: string, opts?: AskOptions): Promise<string | null>;

/** A function of the input, a prompt, or a prompt with options of agent(). */
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
}

interface ClassifyOptions {
  /**
   * By name: a function, or `{ when, act }`, or `{ when, …options of agent() }`.
   * Default: required.
   */
  readonly routes: Routes;
  /**
   * Gives a name, or `{ route, reason }`.
   * Default: an agent.
   */
  readonly classify?: Worker<[item: any, names: string[]]> | undefined;
  /**
   * The route to take when none was named.
   * Default: none.
   */
  readonly otherwise?: string | undefined;
  /**
   * A second choice, over the result: the form to give it.
   * Default: none.
   */
  readonly forms?: Routes | undefined;
  /**
   * Makes that choice, which `classify` is not asked for: gives a name, or `{ route, reason }`.
   * Default: an agent.
   */
  readonly classifyForm?: Worker<[result: any, names: string[]]> | undefined;
  /**
   * The phase of all agents that the pattern starts.
   * Default: what `phase()` said last.
   */
  readonly phase?: string | undefined;
}

interface FanOutOptions {
  /**
   * For each item.
   * Default: required.
   */
  readonly each: Worker<[item: any, index: number]>;
  /**
   * Makes one result of all parts that came to something.
   * Default: required.
   */
  readonly synthesize: Worker<[parts: { item: any; result: any }[]]>;
  /**
   * The phase of all agents that the pattern starts.
   * Default: what `phase()` said last.
   */
  readonly phase?: string | undefined;
}

interface VerifyOptions {
  /**
   * Gives `upheld`, `refuted` or `abstained`, or `{ verdict, reason }`.
   * Default: an agent.
   */
  readonly refute?: Worker<[claim: any, n: number]> | undefined;
  /**
   * Skeptics for each claim.
   * Default: 3.
   */
  readonly votes?: number | undefined;
  /**
   * The phase of all agents that the pattern starts.
   * Default: what `phase()` said last.
   */
  readonly phase?: string | undefined;
}

interface GenerateOptions {
  /**
   * Gives a candidate, a list of them, or `null`.
   * Default: the prompts themselves.
   */
  readonly generate?: Worker<[input: any, n: number]> | undefined;
  /**
   * How often to generate. Either this or `prompts`.
   * Default: none.
   */
  readonly count?: number | undefined;
  /**
   * What to generate from, once each.
   * Default: none.
   */
  readonly prompts?: readonly unknown[] | undefined;
  /**
   * Of candidates with the same key the first stays.
   * Default: the candidate.
   */
  readonly key?: (candidate: any) => unknown | undefined;
  /**
   * Gives a number, or `{ score, reason }`; higher is better.
   * Default: no scores.
   */
  readonly score?: Worker<[candidate: any]> | undefined;
  /**
   * How many of the best stay, or which.
   * Default: all.
   */
  readonly keep?: number | ((candidate: any, score: number | null) => unknown) | undefined;
  /**
   * The phase of all agents that the pattern starts.
   * Default: what `phase()` said last.
   */
  readonly phase?: string | undefined;
}

interface TournamentOptions {
  /**
   * Gives `a`, `b` or `tie`, or `{ winner, reason }`.
   * Default: required.
   */
  readonly judge: Worker<[a: any, b: any]>;
  /**
   * Rank all, instead of finding the best alone.
   * Default: `false`.
   */
  readonly rank?: boolean | undefined;
  /**
   * The phase of all agents that the pattern starts.
   * Default: what `phase()` said last.
   */
  readonly phase?: string | undefined;
}

interface LoopOptions {
  /**
   * Gives an item, a list of them, or `null`.
   * Default: required.
   */
  readonly round: Worker<[n: number, found: any[]]>;
  /**
   * By which an item is known already.
   * Default: the item.
   */
  readonly key?: (item: any) => unknown | undefined;
  /**
   * Items that are known from the start.
   * Default: none.
   */
  readonly seen?: readonly unknown[] | undefined;
  /**
   * Which of the new ones count.
   * Default: all.
   */
  readonly keep?: (items: any[]) => unknown | undefined;
  /**
   * A command, or a function: the loop ends when it passes.
   * Default: none.
   */
  readonly check?: string | ((found: any[]) => unknown) | undefined;
  /**
   * The loop ends after so many rounds in a row that brought nothing new.
   * Default: 2.
   */
  readonly dryRounds?: number | undefined;
  /**
   * The loop ends after so many rounds.
   * Default: 100.
   */
  readonly maxRounds?: number | undefined;
  /**
   * The phase of all agents that the pattern starts.
   * Default: what `phase()` said last.
   */
  readonly phase?: string | undefined;
}

interface OrderOptions {
  /**
   * What units are called in `dependsOn`.
   * Default: the text, `id` or `name`.
   */
  readonly key?: (unit: any) => unknown | undefined;
  /**
   * The phase of all agents that the pattern starts.
   * Default: what `phase()` said last.
   */
  readonly phase?: string | undefined;
}

/**
 * Tested functions over `agent()` and `parallel()`: what they do, a script could do itself.
 * @throws A `TypeError` for a mistake in the arguments, before anything starts.
 * @throws A cap that was reached, once all that is under way has ended.
 * @example
 * const { kept } = await patterns.adversarialVerify(['The cache is never emptied.', 'Login works without a password.'], { votes: 3 });
 * return kept.map(({ claim }) => claim);
 * @example
 * const bugs = { type: 'object', properties: { bugs: { type: 'array', items: { type: 'string' } } }, required: ['bugs'] };
 * const { found } = await patterns.loopUntilDone({
 *   round: async (n, known) => (await agent(`Find bugs in src/ besides these: ${known.join('; ')}`, { schema: bugs }))?.bugs,
 *   dryRounds: 2,
 *   maxRounds: 10,
 * });
 * return found;
 */
declare const patterns: {
  /** A classifier picks a route, and that one acts on the item. */
  classifyAndAct(
    item: unknown,
    options: ClassifyOptions,
  ): Promise<{ route: string | null; reason: string; form: string | null; result: any }>;
  /** A worker for each item at once, then one that makes a whole of the parts. */
  fanOutAndSynthesize(items: readonly unknown[], options: FanOutOptions): Promise<{ result: any; parts: any[] }>;
  /** Skeptics for each claim. It is dropped only when more than half of all its votes refute it; a dead skeptic abstains. */
  adversarialVerify<C>(
    claims: readonly C[],
    options?: VerifyOptions,
  ): Promise<{ kept: Judged<C>[]; dropped: Judged<C>[] }>;
  /** Many candidates, without duplicates, scored, the best kept. */
  generateAndFilter(
    options: GenerateOptions,
  ): Promise<{ kept: Scored[]; dropped: (Scored & { why: 'duplicate' | 'no score' | 'not kept' })[] }>;
  /** Compares in pairs: n − 1 comparisons for the best, about n × log2 n for a ranking. Ties and dead judges leave the order as it was. */
  tournament<E>(
    entries: readonly E[],
    options: TournamentOptions,
  ): Promise<{ winner: E | null; ranking: E[] | null; matches: Match<E>[] }>;
  /** Rounds until nothing new comes, or a check passes. Whatever was seen once is not new again. */
  loopUntilDone(options: LoopOptions): Promise<{ found: any[]; rounds: number; ended: 'check' | 'dry' | 'rounds' }>;
  /** Starts each unit as soon as all it depends on is done; independent ones at once. What depends on a failed unit is not started. A cycle is an error that names it. */
  inDependencyOrder<U>(
    units: readonly U[],
    dependsOn: ((unit: U) => readonly unknown[] | undefined) | { readonly [key: string]: readonly unknown[] },
    work: Worker<[unit: U, before: any[]]>,
    options?: OrderOptions,
  ): Promise<{ results: any[]; done: U[]; failed: U[]; blocked: U[] }>;
};

/** Writes to the run's log, as `log()` does. */
declare const console: {
  /** As `log()`. */
  log(...values: unknown[]): void;
  /** As `log()`. */
  info(...values: unknown[]): void;
  /** As `log()`. */
  debug(...values: unknown[]): void;
  /** As `log()`. */
  trace(...values: unknown[]): void;
  /** As `log()`. */
  dir(...values: unknown[]): void;
  /** As `log()`. */
  table(...values: unknown[]): void;
  /** As `log()`. */
  group(...values: unknown[]): void;
  /** As `log()`. */
  groupCollapsed(...values: unknown[]): void;
  /** As `log()`, shown as a warning. */
  warn(...values: unknown[]): void;
  /** As `log()`, shown as an error. */
  error(...values: unknown[]): void;
  /** Shows an error when the condition does not hold. */
  assert(condition: unknown, ...values: unknown[]): void;
  /** Shows how often it was called with this label. */
  count(label?: string): void;
  /** Counts that label from 0 again. */
  countReset(label?: string): void;
  /** Does nothing: there is no clock, and lines are not indented. */
  groupEnd(label?: string): void;
  /** Does nothing: there is no clock, and lines are not indented. */
  time(label?: string): void;
  /** Does nothing: there is no clock, and lines are not indented. */
  timeEnd(label?: string): void;
  /** Does nothing: there is no clock, and lines are not indented. */
  timeLog(label?: string): void;
};

/**
 * Calls back after a delay in milliseconds, also while the run is paused.
 * @example
 * await new Promise((wake) => setTimeout(wake, 1000));
 */
declare function setTimeout(callback: (...values: any[]) => void, ms?: number, ...values: any[]): number;

/** Takes back a `setTimeout()`. */
declare function clearTimeout(id: number | undefined): void;

/** Calls back as soon as the code that runs now has ended. */
declare function queueMicrotask(callback: () => void): void;

/**
 * A deep copy of plain data, dates, maps, sets, errors and typed arrays.
 * @throws A `DataCloneError` for functions, symbols and what else has no copy.
 */
declare function structuredClone<T>(value: T): T;

/**
 * Takes addresses apart, as in browsers, without international host names.
 * @throws A `TypeError` for a text that is no address.
 */
declare class URL {
  constructor(url: string | URL, base?: string | URL);
  static canParse(url: string | URL, base?: string | URL): boolean;
  static parse(url: string | URL, base?: string | URL): URL | null;
  hash: string;
  readonly host: string;
  hostname: string;
  href: string;
  readonly origin: string;
  readonly password: string;
  pathname: string;
  port: string;
  protocol: string;
  search: string;
  readonly searchParams: URLSearchParams;
  readonly username: string;
  toJSON(): string;
  toString(): string;
}

/** The query of an address, as in browsers. */
declare class URLSearchParams implements Iterable<[string, string]> {
  constructor(init?: string | Record<string, string> | Iterable<readonly [string, string]>);
  readonly size: number;
  append(name: string, value: string): void;
  delete(name: string): void;
  get(name: string): string | null;
  getAll(name: string): string[];
  has(name: string): boolean;
  set(name: string, value: string): void;
  sort(): void;
  forEach(callback: (value: string, name: string, params: URLSearchParams) => void): void;
  keys(): IterableIterator<string>;
  values(): IterableIterator<string>;
  entries(): IterableIterator<[string, string]>;
  [Symbol.iterator](): IterableIterator<[string, string]>;
  toString(): string;
}

interface ArrayConstructor {
  /** An array of what an async iterable, an iterable or an array-like gives. */
  fromAsync<T>(items: AsyncIterable<T> | Iterable<T | PromiseLike<T>> | ArrayLike<T | PromiseLike<T>>): Promise<T[]>;
  fromAsync<T, U>(
    items: AsyncIterable<T> | Iterable<T> | ArrayLike<T>,
    map: (value: Awaited<T>, index: number) => U,
  ): Promise<Awaited<U>[]>;
}
