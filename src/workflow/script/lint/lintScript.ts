import type { CheckedScript, Diagnostic } from '../check.ts';
import type { Found, Rule } from './rule.ts';
import { RULES } from './rules.ts';
import { Source } from './source.ts';

/** What looks wrong in a script that may run all the same, in the order of the text. Nothing of it runs. */
export function lintScript(script: CheckedScript): readonly Diagnostic[] {
  const source = new Source(script);
  return RULES.flatMap((rule) => Array.from(rule.find(source), (found) => diagnosticOf(rule, found))).sort(
    (a, b) => a.line - b.line || a.column - b.column || (a.code < b.code ? -1 : 1),
  );
}

/** acorn counts columns from 0. */
function diagnosticOf({ code, severity }: Rule, { at, message }: Found): Diagnostic {
  const { start, end } = at.loc ?? { start: { line: 1, column: 0 }, end: { line: 1, column: 0 } };
  return {
    severity,
    code,
    message,
    line: start.line,
    column: start.column + 1,
    endLine: end.line,
    endColumn: end.column + 1,
  };
}
