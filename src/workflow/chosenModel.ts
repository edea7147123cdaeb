import { effortFor, type Effort } from '../protocol/capabilities.ts';
import { modelOf, type NamedRun } from './agentModel.ts';
import { PLAIN_NAMES } from './modelNames.ts';
import type { RunContext } from './runContext.ts';

export interface Chosen {
  readonly model: string;
  readonly effort?: Effort;
}

/**
 * The model and effort that an agent's requests name (W25): a model that its provider does not have gives way to the
 * session's, and an effort that it does not know to the nearest below, or to none; each is said once a run.
 */
export async function chosenModel(
  run: NamedRun & Pick<RunContext, 'warnOnce'>,
  asked: { readonly model?: string | undefined; readonly effort?: Effort | undefined },
  signal: AbortSignal,
): Promise<Chosen> {
  const names = run.deps.names ?? PLAIN_NAMES;
  const id = modelOf(run, asked.model);
  const missing = id === run.model ? null : await names.missing(id, signal);
  if (missing !== null) run.warnOnce(`model:${id}`, `${missing} ${run.model} is asked instead.`);
  const model = missing === null ? id : run.model;
  if (asked.effort === undefined) return { model };
  const effort = effortFor(names.capabilities(model), asked.effort);
  if (effort === null) run.warnOnce(`effort:${model}`, `${model} has no choice of effort; the option is ignored.`);
  else if (effort !== asked.effort)
    run.warnOnce(`effort:${model}:${asked.effort}`, `${model} has no effort ${asked.effort}; ${effort} is used.`);
  return effort === null ? { model } : { model, effort };
}
