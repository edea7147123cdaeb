import type { Json } from '../../protocol/json.ts';
import { parseWorkflowReference, ScriptError, type WorkflowReference } from '../agentOptions.ts';
import type { RunContext } from '../runContext.ts';
import type { Effect } from '../sandbox.ts';
import type { CheckedScript } from '../script/check.ts';
import { phaseCaps } from '../runLedger.ts';
import { describeDiagnostic } from '../script/describeDiagnostic.ts';
import { checkScript } from '../script/checkScript.ts';
import { argsProblems, scriptArgs } from '../scriptArgs.ts';

/** `workflow(nameOrRef, args?)` (W36): the script that the sandbox is to run inline, one level deep. */
export async function nestedScript(
  run: RunContext,
  effect: Effect,
): Promise<{ readonly script: CheckedScript; readonly fileName: string; readonly args: Json | undefined }> {
  if (effect.scope !== '')
    throw new ScriptError('workflow() goes one level deep: a nested workflow cannot run another', 'Error');
  const reference = parseWorkflowReference(effect.args[0]);
  const { library } = run.deps;
  const found =
    typeof reference === 'string'
      ? await library.byName(reference, run.cwd)
      : await library.byPath(reference.scriptPath, run.cwd);
  if (found.kind === 'missing') throw new ScriptError(found.message + pathAdvice(reference), 'Error');
  const checked = checkScript(found.file.bytes, found.file.path);
  if (!checked.ok) {
    const errors = checked.errors.map((error) => describeDiagnostic(found.file.path, error));
    throw new ScriptError(`workflow(): ${errors.join('\n')}`, 'Error');
  }
  const { script } = checked;
  const args = scriptArgs(script.meta, effect.args[1] ?? undefined);
  const problems = argsProblems(run.deps.schemaCheck, script.meta, args);
  if (problems.length > 0) throw new ScriptError(`workflow(): ${problems.join('; ')}`);
  run.ledger.addPhases(phaseCaps(script.meta.phases));
  run.dataFlow.say(script.source);
  return { script, fileName: found.file.path, args };
}

/** To a script that gives the path of a file where a name stands. */
function pathAdvice(reference: WorkflowReference): string {
  if (typeof reference !== 'string' || !/[/\\]|\.m?js$/.test(reference)) return '';
  return ` A file is given by its path: workflow({ scriptPath: ${JSON.stringify(reference)} }).`;
}
