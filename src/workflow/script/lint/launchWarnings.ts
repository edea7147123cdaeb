import type { CheckedScript } from '../check.ts';
import { lintScript } from './lintScript.ts';
import { PROMISE_IN_PARALLEL } from './rules/fanOut.ts';
import { UNKNOWN_OPTION } from './rules/options.ts';

/** The run says these itself when it gets there, once. */
const SAID_BY_THE_RUN = new Set([PROMISE_IN_PARALLEL.code, UNKNOWN_OPTION.code]);

/** What a launch tells of a script, one line each: what only could be better is left to `dwf validate` and editors. */
export function launchWarnings(script: CheckedScript): readonly string[] {
  const found = lintScript(script).filter(({ severity, code }) => severity === 'warning' && !SAID_BY_THE_RUN.has(code));
  return [
    ...script.warnings.map(({ message }) => message),
    ...found.map(({ line, message }) => `Line ${line}: ${message}`),
  ];
}
