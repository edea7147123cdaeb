import { AGENT, CHANGE, LAND, REVIEW, WORKFLOW } from './api/agents.ts';
import type { ApiEntry, ApiOption, ApiOptions } from './api/description.ts';
import { ASK, CHECK, COVERAGE } from './api/checks.ts';
import { PATTERNS } from './api/patterns.ts';
import { PLATFORM } from './api/platform.ts';
import { ARGS, BUDGET, LOG, PARALLEL, PHASE, PIPELINE } from './api/run.ts';

/**
 * All that a script may use besides the language, in the order of the reference. `docs/script-reference.md`,
 * `workflows/workflow.d.ts` and the script diagnostics are made from it; tests hold it against the sandbox and the
 * schemas of the options. A new global is one more entry here.
 */
export const SCRIPT_API: readonly ApiEntry[] = [
  AGENT,
  WORKFLOW,
  PARALLEL,
  PIPELINE,
  PHASE,
  LOG,
  ARGS,
  BUDGET,
  CHANGE,
  REVIEW,
  LAND,
  CHECK,
  COVERAGE,
  ASK,
  PATTERNS,
  ...PLATFORM,
];

/** The options of a global function, or of a member: `agent`, `patterns.tournament`. Undefined for what takes none. */
export function optionsOf(name: string): ApiOptions | undefined {
  const [global = '', member] = name.split('.');
  const entry = SCRIPT_API.find((candidate) => candidate.name === global);
  return member === undefined ? entry?.options : entry?.members?.find((one) => one.name === member)?.options;
}

export type { ApiEntry, ApiOption, ApiOptions };
