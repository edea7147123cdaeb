import type { LaunchRequest } from '../protocol/messages.ts';
import type { RuntimeDeps } from './runContext.ts';
import type { LaunchResult } from './runtime.ts';
import type { CheckedScript } from './script/check.ts';
import { describeDiagnostic } from './script/describeDiagnostic.ts';
import { checkScript } from './script/checkScript.ts';

export type Refusal = Extract<LaunchResult, { status: 'refused' }>;

export type LoadedScript =
  | { readonly ok: true; readonly script: CheckedScript; readonly path: string }
  | { readonly ok: false; readonly refusal: Refusal };

type ScriptSource = Pick<LaunchRequest, 'scriptPath' | 'script' | 'name' | 'cwd'>;
type LoadDeps = Pick<RuntimeDeps, 'library' | 'sandbox'>;

/** Finds and checks the script that a launch names: `scriptPath` wins over `script`, which wins over `name` (W40). */
export async function loadScript(deps: LoadDeps, source: ScriptSource): Promise<LoadedScript> {
  if (source.scriptPath === undefined && source.script !== undefined)
    return recheckScript(deps, source.script, 'script.js');
  if (source.scriptPath === undefined && source.name === undefined) {
    return refusal('request', ['Nothing to run: give a file, a script or the name of a workflow.']);
  }
  const found =
    source.scriptPath === undefined
      ? await deps.library.byName(source.name ?? '', source.cwd)
      : await deps.library.byPath(source.scriptPath, source.cwd);
  if (found.kind === 'missing') return refusal('unknown', [found.message]);
  return recheckScript(deps, found.file.bytes, found.file.path);
}

/** Checks a script's text: our rules first, then the sandbox's own compiler (W08). */
export async function recheckScript(deps: LoadDeps, text: string | Uint8Array, path: string): Promise<LoadedScript> {
  const checked = checkScript(text, path);
  if (!checked.ok) {
    return refusal(
      'script',
      checked.errors.map((error) => describeDiagnostic(path, error)),
    );
  }
  const problem = await deps.sandbox.compile(checked.script);
  if (problem !== null) return refusal('script', [`${path}: ${problem}`]);
  return { ok: true, script: checked.script, path };
}

function refusal(reason: Refusal['reason'], errors: readonly string[]): LoadedScript {
  return { ok: false, refusal: { status: 'refused', reason, errors } };
}
