import type { ApiEntry, ApiOption } from './description.ts';
import { IN_PHASE, LABEL, MINUTES_ARE_UP } from './shared.ts';

const EFFORTS = ['low', 'medium', 'high', 'xhigh', 'max'] as const;

const MODEL: ApiOption = {
  name: 'model',
  holds: { kind: 'text', filled: true },
  default: "the run's",
  doc: '`opus`, `sonnet`, `haiku`, `fable`, `inherit` or a full id.',
};
const BASE: ApiOption = {
  name: 'base',
  holds: { kind: 'typed', type: 'string | { readonly commit: string }' },
  default: 'the commit at which the run began',
  doc: 'Where its worktree starts: a commit, a branch, or an earlier change to build on.',
};

/** What `agent()` and `change()` both take. */
const SHARED: readonly ApiOption[] = [
  LABEL,
  IN_PHASE,
  MODEL,
  {
    name: 'effort',
    holds: { kind: 'oneOf', values: EFFORTS },
    default: "the model's own",
    doc: 'How long the model thinks.',
  },
  {
    name: 'agentType',
    holds: { kind: 'text' },
    default: '`general-purpose`',
    doc: 'The kind of agent: `general-purpose`, `Explore` (reads and searches with a cheap model), `Plan` (reads, and answers with a plan), or a name from `.claude/agents/*.md` of the project or the person, or `plugin:name`. Its file says its system prompt, and what the script leaves open: model, effort, turns, tools, skills, isolation. It may narrow what the run permits, and never widen it.',
  },
  {
    name: 'tools',
    holds: { kind: 'texts' },
    default: 'all',
    doc: "The only tools it gets: `['Read', 'Glob', 'Grep']` for one that changes nothing. Names that nobody knows are named in a warning.",
  },
  { name: 'disallowedTools', holds: { kind: 'texts' }, default: 'none', doc: 'Tools it does not get.' },
  { name: 'maxTurns', holds: { kind: 'count' }, default: '100', doc: 'How many replies of the model it may take.' },
  { name: 'maxTokens', holds: { kind: 'count' }, default: '32,000', doc: 'Output tokens of one reply, at most.' },
  {
    name: 'caps',
    holds: { kind: 'typed', type: '{ readonly outputTokens?: number; readonly usd?: number }' },
    default: "the run's alone",
    doc: 'What this agent may use altogether. Reached, its call throws a `BudgetError`.',
  },
  {
    name: 'from',
    holds: { kind: 'typed', type: 'unknown' },
    default: 'what is found in the prompt',
    doc: 'Whose answers it works on, for the graph alone: a result, the label of an agent that has finished, or a list of them. Answers that stand in the prompt are found without it, down to a leaf or line of 24 characters; name shorter ones, such as votes, and those that only decided what is asked.',
  },
  {
    name: 'timeoutMs',
    holds: { kind: 'count' },
    default: '30 minutes',
    doc: 'Milliseconds it may work, without its waits for a slot, the limiter, its turn on the machine, a person or a pause. Then its call is `null`, cause `timeout`.',
  },
  {
    name: 'stallMs',
    holds: { kind: 'count' },
    default: '5 minutes',
    doc: 'Milliseconds a reply may be silent. Then the same request is made again, up to four times in all, and what the agent has done so far stays done; after that its call is `null`, cause `stalled`.',
  },
];

const SCHEMA_TYPES = `/** A JSON Schema, dialect 2020-12. */
interface JsonSchema {
  readonly [keyword: string]: unknown;
}

/** What a value that fits the schema looks like, as far as the schema's literals tell; \`any\` beyond. */
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

type RequiredOf<S> = S extends { readonly required: readonly (infer R)[] } ? R : never;`;

export const AGENT: ApiEntry = {
  name: 'agent',
  group: 'agents',
  rows: ['W20', 'W21', 'W22', 'W23', 'W24', 'W25', 'W26', 'W27', 'W28'],
  signature: 'agent(prompt: string, opts?: AgentOptions): Promise<string | value | null>',
  declarations: [
    'function agent<const S extends JsonSchema>(prompt: string, opts: AgentOptions & { schema: S }): Promise<FromSchema<S> | null>',
    'function agent(prompt: string, opts?: AgentOptions & { schema?: undefined }): Promise<string | null>',
    'function agent(prompt: string, opts?: AgentOptions): Promise<any>',
  ],
  types: SCHEMA_TYPES,
  doc: "Runs one agent and resolves to its final text; with `schema`, to a value that fits it. It resolves to `null` when a person stopped the agent, or when it died of something that is not the script's mistake, so look before you use the result. The causes stand in the run's `failures`. An agent sees nothing of the script: whatever it has to know goes into its prompt.",
  options: {
    typeName: 'AgentOptions',
    at: 1,
    list: [
      {
        name: 'schema',
        holds: { kind: 'schema' },
        default: 'none: the answer is text',
        doc: 'A JSON Schema with `type: "object"` at its root. The agent answers in this form; what does not fit goes back to it.',
      },
      ...SHARED,
      {
        name: 'isolation',
        holds: { kind: 'oneOf', values: ['worktree'] },
        default: 'none: it works in the checkout',
        doc: 'A git worktree of its own. What it changes is kept on a branch.',
      },
      BASE,
    ],
  },
  errors: [
    'A `TypeError` when the prompt is empty, or an option holds what it cannot.',
    'A `RangeError` when prompt and options have more than 4,000,000 characters together.',
    'A `TypeError` before anything is sent, when no value could fit the schema.',
    'An `Error` when the answer still does not fit the schema after 5 attempts, and for an unknown `agentType`.',
    'A `BudgetError` when a cap of the run, of its phase or of the agent itself is reached: output tokens, money, minutes, or agents, of which a run may start 1,000 where nobody says otherwise. What is done stays; it can be caught, but not tried again: a run whose script goes on asking ends after 12,288 calls that were refused in a row while no agent was at work or waited for a slot, and after 262,144 in any case.',
  ],
  examples: [
    `const answer = await agent('Which test runner does this project use? Answer with its name.');
if (answer === null) return 'The agent did not finish.';
return answer.trim();`,
    `const found = await agent('List the endpoints of this server.', {
  label: 'list endpoints',
  tools: ['Read', 'Glob', 'Grep'],
  schema: {
    type: 'object',
    properties: { endpoints: { type: 'array', items: { type: 'string' } } },
    required: ['endpoints'],
  },
});
return found?.endpoints ?? [];`,
  ],
};

export const CHANGE: ApiEntry = {
  name: 'change',
  group: 'changes',
  rows: ['X01', 'W23', 'W44'],
  signature: 'change(prompt: string, opts?: ChangeOptions): Promise<Change | null>',
  declarations: ['function change(prompt: string, opts?: ChangeOptions): Promise<Change | null>'],
  types: `interface ChangedFile {
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
}`,
  doc: 'Runs one author in a git worktree of its own and commits what it changed to a branch of its own. With `verify`, a command that must pass there first: its failing output goes back to the author. Resolves to `null` as `agent()` does, and when `verify` still fails. Without any change `files` is empty.',
  options: {
    typeName: 'ChangeOptions',
    at: 1,
    list: [
      {
        name: 'paths',
        holds: { kind: 'texts', filled: true },
        default: 'all of its worktree',
        doc: "What it may write, as globs from the top of the repository: `['src/**', 'docs/*.md']`. Its file tools write nothing else. What a command of it wrote elsewhere it has to undo: it is told once, and if something stays, the call is `null`, cause `paths`, and its work is kept aside.",
      },
      {
        name: 'verify',
        holds: { kind: 'text', filled: true },
        default: 'nothing is run',
        doc: 'A shell command that must pass in the worktree. Files that it writes itself, such as a formatter does, are part of the change, and it is run on them again: what is committed has passed as it is.',
      },
      {
        name: 'tests',
        holds: { kind: 'typed', type: 'readonly Reproduction[]' },
        default: 'none',
        doc: "Tests that fail today and have to pass on the change, such as those by which a review's skeptics reproduced a fault. They are put into the worktree, the author cannot alter them, and they become part of the change; `paths` need not name them. Each is a new file; of two with one name the first counts. At most 100.",
      },
      {
        name: 'attempts',
        holds: { kind: 'count', max: 10 },
        default: '2',
        doc: 'How often `tests` and `verify` may be run before the author gives up.',
      },
      BASE,
      ...SHARED,
    ],
  },
  errors: ['As `agent()`.'],
  examples: [
    `const fixed = await change('Make the tests in test/parse.test.js pass.', { verify: 'npm test -- parse' });
if (!fixed || fixed.files.length === 0) return 'Nothing was changed.';
const { approved } = await review(fixed);
return approved ? await land(fixed, { verify: 'npm test' }) : fixed.branch;`,
  ],
};

export const REVIEW: ApiEntry = {
  name: 'review',
  group: 'changes',
  rows: ['X02'],
  signature: 'review(change: Change, opts?: ReviewOptions): Promise<Review>',
  declarations: ['function review(change: Change, opts?: ReviewOptions): Promise<Review>'],
  types: `/** A test that a skeptic wrote, to be given to whoever mends what it shows: \`change(task, { tests: [reproduction] })\`. */
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
  /** The text it stands on; it was looked up, and \`line\` is where it is. */
  readonly quote?: string;
  /** The quote is nowhere in the file: it is about the file as a whole, and \`line\` is 1. */
  readonly unplaced?: true;
  /** Through which it was found; several, with commas between, when reviewers found the same. */
  readonly lens: string;
  /** \`reproduced\`: a skeptic's test fails on the change, as the runtime saw itself. Else it was only argued. */
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
}`,
  doc: 'Has a change read by reviewers, one for each lens. Each of their findings is given to skeptics who try to refute it; it is dropped when more than half of them do, and never when one of them showed it by a test that fails on the change. Each works in a scratch copy of its own, where it may run commands and tests; nothing of that stays. What several reviewers found is one finding. Never resolves to `null`: a reviewer that died leaves the change unapproved.',
  options: {
    typeName: 'ReviewOptions',
    at: 1,
    list: [
      {
        name: 'lenses',
        holds: { kind: 'texts', filled: true },
        default: "`['correctness', 'security', 'tests']`",
        doc: 'What to look for; a reviewer each.',
      },
      { name: 'votes', holds: { kind: 'count', max: 15 }, default: '3', doc: 'Skeptics for each finding.' },
      {
        name: 'models',
        holds: { kind: 'texts', filled: true },
        default: "`model`, or the run's",
        doc: "Who judges, in turn. Of those that are named, models of another family than the author's are asked alone where there are any: who wrote something is the last to see its faults. `model` wins for reviewers.",
      },
      MODEL,
      {
        ...LABEL,
        default: "the change's summary",
        doc: 'What its reviewers are named by in the graph and the list of runs, after their lens.',
      },
      IN_PHASE,
    ],
  },
  errors: [
    'A `TypeError` when the first argument is no change, such as `null`.',
    'A `BudgetError` when a cap is reached, as in `agent()`: judges that were under way go on when the run is resumed with a higher one.',
  ],
  examples: [
    `const added = await change('Add a --json flag to the list command.');
if (!added) return null;
const verdict = await review(added, { lenses: ['correctness', 'security'], votes: 5 });
for (const finding of verdict.findings) log(\`\${finding.severity}: \${finding.title}\`);
return verdict.approved;`,
    `const task = 'Make parse() take empty lines.';
let made = await change(task, { paths: ['src/**', 'test/**'] });
if (!made) return null;
const { approved, findings } = await review(made);
if (!approved) {
  // What a skeptic showed by a test, the next author has to make pass; the test is part of its change.
  const tests = findings.flatMap(({ reproduction }) => reproduction ?? []);
  const refused = findings.map(({ title, body }) => \`- \${title}: \${body}\`).join('\\n');
  made = await change(\`\${task}\\n\\nAn earlier attempt was refused:\\n\${refused}\`, { tests, verify: 'npm test' });
}
return made?.branch ?? null;`,
  ],
};

export const LAND: ApiEntry = {
  name: 'land',
  group: 'changes',
  rows: ['X03'],
  signature: 'land(change: Change, opts?: LandOptions): Promise<Landing>',
  declarations: ['function land(change: Change, opts?: LandOptions): Promise<Landing>'],
  types: `type Landing =
  | { readonly status: 'landed'; readonly commit: string; readonly branch: string; readonly resolvedBy?: string }
  | { readonly status: 'conflict'; readonly conflicts: readonly string[]; readonly log?: string }
  | { readonly status: 'verify-failed'; readonly log: string }
  | { readonly status: 'unreviewed' }
  | { readonly status: 'discarded' }
  | { readonly status: 'empty' };`,
  doc: "Merges a change into the run's integration branch, one after the other and only when `verify` passes on the merge. Your checkout is never touched. A change that no `review()` approved does not land: its status is `unreviewed`. Nor does one that a person has discarded before the run was resumed, or that stands on such a one: `discarded`. A conflict and a failing command are results, not errors.",
  options: {
    typeName: 'LandOptions',
    at: 1,
    list: [
      {
        name: 'verify',
        holds: { kind: 'text', filled: true },
        default: 'nothing is run',
        doc: 'A shell command that must pass on the merge. Changes that wait with the same command are tested together; when that fails, halves of them, until only the culprits are left out.',
      },
      {
        name: 'onConflict',
        holds: { kind: 'oneOf', values: ['agent', 'skip'] },
        default: '`agent`',
        doc: 'Who resolves a conflict: an agent with both sides and what each was for, whose merge must pass `verify` and a review; or nobody, and the landing says where it conflicts.',
      },
      { ...LABEL, default: "`land` and the change's branch" },
      IN_PHASE,
    ],
  },
  errors: [
    'A `TypeError` when the first argument is no change, such as `null`.',
    MINUTES_ARE_UP,
    'A `BudgetError` when a cap leaves nothing for the agent that was to resolve a conflict, or for the review of what it made.',
  ],
  examples: [
    `const fixed = await change('Mend the rounding in src/money.js.');
if (!fixed || !(await review(fixed)).approved) return null;
const landing = await land(fixed, { verify: 'npm test' });
return landing.status === 'landed' ? landing.commit : landing.status;`,
  ],
};

export const WORKFLOW: ApiEntry = {
  name: 'workflow',
  group: 'agents',
  rows: ['W36'],
  signature: 'workflow(nameOrRef: string | { scriptPath: string }, args?: Json): Promise<result>',
  declarations: [
    'function workflow(nameOrRef: string | { readonly scriptPath: string }, args?: unknown): Promise<any>',
  ],
  doc: "Runs another workflow inside this run and resolves to what it returns. It shares this run's slots, budget and stop. One level deep.",
  errors: [
    'An `Error` for an unknown name, a script with errors, arguments that do not fit, and inside a nested workflow.',
  ],
  examples: [
    `const report = await workflow('audit-dependencies', { level: 'high' });
return report;`,
  ],
};
