import type { Environment } from '../agentEnvironment.ts';

export interface Expanded<T> {
  readonly value: T;
  /** Variables whose values stand in it. */
  readonly used: readonly string[];
  /** What it wanted and did not get: without a value and a default, or not allowed to have. */
  readonly missing: readonly string[];
}

const VARIABLE = /\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g;

/** `${NAME}` and `${NAME:-default}` in every string of `value`, with the values that `lookUp` gives. */
export function expandVariables<T>(value: T, lookUp: (name: string) => string | undefined): Expanded<T> {
  const used = new Set<string>();
  const missing = new Set<string>();
  const expandText = (text: string): string =>
    text.replace(VARIABLE, (_whole, name: string, otherwise: string | undefined) => {
      const found = lookUp(name);
      // As a shell's `:-` has it, an empty value is none.
      if (found !== undefined && (found !== '' || otherwise === undefined)) {
        used.add(name);
        return found;
      }
      if (otherwise === undefined) missing.add(name);
      return otherwise ?? '';
    });
  const expandAll = (one: unknown): unknown => {
    if (typeof one === 'string') return expandText(one);
    if (Array.isArray(one)) return one.map(expandAll);
    if (typeof one !== 'object' || one === null) return one;
    return Object.fromEntries(Object.entries(one).map(([key, inner]) => [key, expandAll(inner)]));
  };
  return { value: expandAll(value) as T, used: [...used], missing: [...missing] };
}

/** The program's own keys and switches: a file that came with a repository has no business with them. */
const OUR_OWN = /^(ANTHROPIC_|CLAUDE_CODE_|DYNAMIC_WORKFLOWS_)/i;

export function lookUpIn(
  environment: Environment,
  cwd: string,
  origin: 'project' | 'person',
): (name: string) => string | undefined {
  return (name) => {
    if (name === 'CLAUDE_PROJECT_DIR') return cwd;
    return origin === 'project' && OUR_OWN.test(name) ? undefined : environment[name];
  };
}
