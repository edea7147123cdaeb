import { readFileSync } from 'node:fs';

type Agent = (prompt: string, options: Readonly<Record<string, unknown>>) => unknown;
type Work<R> = (...inputs: never[]) => R;

/** The patterns and coverage of one script, outside of a sandbox: thousands of runs a second. */
export interface Patterns {
  readonly classifyAndAct: Work<Promise<unknown>>;
  readonly fanOutAndSynthesize: Work<Promise<unknown>>;
  readonly adversarialVerify: (
    claims: readonly unknown[],
    options?: object,
  ) => Promise<Record<'kept' | 'dropped', readonly Judged[]>>;
  readonly generateAndFilter: (options: object) => Promise<Record<'kept' | 'dropped', readonly Candidate[]>>;
  readonly tournament: <T>(entries: readonly T[], options: object) => Promise<Tournament<T>>;
  readonly loopUntilDone: (
    options: object,
  ) => Promise<{ readonly found: readonly unknown[]; readonly rounds: number; readonly ended: string }>;
  readonly inDependencyOrder: (
    units: readonly unknown[],
    dependsOn: object,
    work: unknown,
    options?: object,
  ) => Promise<Record<'results' | 'done' | 'failed' | 'blocked', readonly unknown[]>>;
  readonly coverage: (
    units: readonly unknown[],
    results: unknown,
    options?: object,
  ) => Record<'done' | 'failed' | 'unvisited', readonly unknown[]> & { readonly total: number };
}

interface Judged {
  readonly claim: unknown;
  readonly votes: Readonly<Record<'upheld' | 'refuted' | 'abstained', number>>;
  readonly reasons: readonly string[];
}
interface Candidate {
  readonly candidate: unknown;
  readonly score: number | null;
  readonly why?: string;
}
interface Tournament<T> {
  readonly winner: T | null;
  readonly ranking: readonly T[] | null;
  readonly matches: readonly { readonly a: T; readonly b: T; readonly winner: string | null }[];
}

export interface PatternBench extends Patterns {
  /** What became a failure of the run, in order. */
  readonly failures: readonly string[];
  /** By unit, what coverage() said of it last. */
  readonly visited: ReadonlyMap<string, boolean>;
}

const SOURCES = ['guestKit.js', 'guestPatterns.js', 'guestUnits.js'].map((name) =>
  readFileSync(new URL(name, import.meta.url), 'utf8'),
);

/** The sources leave what they make on the global object: here one of their own. */
const load = (source: string) =>
  // eslint-disable-next-line @typescript-eslint/no-implied-eval
  new Function('globalThis', source) as (globalThis: object) => void;

export function patternBench(agent: Agent = () => null): PatternBench {
  const failures: string[] = [];
  const visited = new Map<string, boolean>();
  const realm = {} as Record<'makePatterns' | 'makeUnits', (api: object) => Patterns>;
  for (const source of SOURCES) load(source)(realm);
  const api = {
    agent: async (prompt: string, options: Readonly<Record<string, unknown>>) => agent(prompt, options),
    parallel: (thunks: readonly (() => Promise<unknown>)[]) => Promise.all(thunks.map((thunk) => thunk())),
    check: (command: string) => agent(command, {}),
    failed: (where: string, error: unknown) => {
      failures.push(`${where}: ${String(error)}`);
      return null;
    },
    tracked: (work: unknown) => work,
    visited: (key: string, _label: string, state: string) => visited.set(key, state !== 'unvisited'),
  };
  return { ...realm.makePatterns(api), ...realm.makeUnits(api), failures, visited };
}
