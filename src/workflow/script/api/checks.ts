import { IN_PHASE, LABEL, MINUTES_ARE_UP } from './shared.ts';
import type { ApiEntry } from './description.ts';

/** Timers know no longer ones. */
const MAX_MS = 2_147_483_647;

export const CHECK: ApiEntry = {
  name: 'check',
  group: 'checks',
  rows: ['X10'],
  signature: 'check(command: string, opts?: CheckOptions): Promise<CheckResult | null>',
  declarations: ['function check(command: string, opts?: CheckOptions): Promise<CheckResult | null>'],
  types: `interface CheckResult {
  /** Null when the command was ended by its time-out or a signal. */
  readonly exitCode: number | null;
  /** Its beginning and its end, where it is long; the file has the whole. */
  readonly stdout: string;
  readonly stderr: string;
  /** A file with all that the command printed. */
  readonly path: string;
}`,
  doc: 'Runs a shell command in a worktree of its own, at a change or at the commit where the run began: its exit code decides, not the word of an agent. What it said of a tree it says again when the run is resumed. `null` when no worktree could be made, or the command could not be started: then a resumed run tries again. A command that the shell does not find was started, and ends with exit code 127.',
  options: {
    typeName: 'CheckOptions',
    at: 1,
    list: [
      {
        name: 'on',
        holds: { kind: 'typed', type: 'Change' },
        default: 'where the run began',
        doc: 'The change to run it on.',
      },
      {
        name: 'timeoutMs',
        holds: { kind: 'count', max: MAX_MS },
        default: '10 minutes',
        doc: 'Ends the command after that time; `exitCode` is `null` then.',
      },
      { ...LABEL, default: 'the command' },
      IN_PHASE,
    ],
  },
  errors: [
    'A `TypeError` when the command is empty, or `on` is no change.',
    'An `Error` where there is no git repository with a commit.',
    MINUTES_ARE_UP,
  ],
  examples: [
    `const tests = await check('npm test');
if (tests?.exitCode === 0) return 'Nothing fails.';
return await agent(\`What do these failures have in common?\\n\\n\${tests?.stdout ?? ''}\`);`,
  ],
};

export const COVERAGE: ApiEntry = {
  name: 'coverage',
  group: 'checks',
  rows: ['X11'],
  signature: 'coverage(units: unit[], results, opts?: { key }): { done, failed, unvisited, total }',
  declarations: [
    'function coverage<U>(units: readonly U[], results: readonly unknown[] | ReadonlyMap<any, unknown> | { readonly [key: string]: unknown }, opts?: CoverageOptions): Coverage<U>',
  ],
  types: `interface Coverage<U> {
  readonly done: U[];
  /** Their result is null. */
  readonly failed: U[];
  /** They have no result. */
  readonly unvisited: U[];
  readonly total: number;
}`,
  doc: 'Counts what became of every unit of work, so that 20 of 50 cannot pass for all. `results` is a list in the order of the units; or, with `key`, in any order; or a map or an object by unit or key. An unvisited unit is listed in the failures of the run, which ends `degraded`.',
  options: {
    typeName: 'CoverageOptions',
    at: 2,
    unknown: 'throws',
    list: [
      {
        name: 'key',
        holds: { kind: 'typed', type: '(unitOrResult: any) => unknown' },
        default: 'the unit itself',
        doc: 'What a unit and its result have in common.',
      },
    ],
  },
  errors: ['A `TypeError` for units and results of another form.'],
  examples: [
    `const files = ['src/a.js', 'src/b.js'];
const notes = await parallel(files.map((file) => () => agent(\`Describe \${file}.\`)));
return { notes, coverage: coverage(files, notes) };`,
  ],
};

export const ASK: ApiEntry = {
  name: 'ask',
  group: 'checks',
  rows: ['X04'],
  signature: 'ask(question: string, opts?: AskOptions): Promise<string | null>',
  declarations: [
    'function ask(question: string, opts?: AskOptions & { default?: string }): Promise<string>',
    'function ask(question: string, opts?: AskOptions): Promise<string | null>',
  ],
  doc: 'Asks a person, and resolves to the answer. Where nobody answers, it is the default. What a person has answered is kept: a resumed run does not ask again. What nobody has answered it asks again, when a person is there.',
  options: {
    typeName: 'AskOptions',
    at: 1,
    list: [
      {
        name: 'choices',
        holds: { kind: 'texts', filled: true },
        default: 'any text',
        doc: 'The answers there are.',
      },
      {
        name: 'default',
        holds: { kind: 'typed', type: 'string | null' },
        default: 'none: the call throws where nobody answers',
        doc: 'The answer when nobody gives one; one of the choices, or `null`.',
      },
      {
        name: 'timeoutMs',
        holds: { kind: 'count', max: MAX_MS },
        default: 'none',
        doc: 'How long to wait for a person; it stands while the run is paused.',
      },
      IN_PHASE,
    ],
  },
  errors: [
    'An `Error` when nobody answers and there is no default, or when the default has counted 4,096 times and neither has an agent begun nor a person answered meanwhile.',
    MINUTES_ARE_UP,
  ],
  examples: [
    `const answer = await ask('Delete the old endpoints too?', { choices: ['yes', 'no'], default: 'no' });
return answer === 'yes';`,
  ],
};
