import { clip } from '../../base/text.ts';
import type { Json } from '../../protocol/json.ts';
import type { CallGroup } from '../../protocol/messages.ts';
import type { NamedSources } from '../dataFlow.ts';
import type { RunContext } from '../runContext.ts';
import type { Effect } from '../sandbox.ts';

/** The script's call behind an agent, and what the script named as its option `from`. */
export interface Asked {
  readonly effect: Pick<Effect, 'id' | 'group' | 'from'>;
  readonly named?: Json | undefined;
}

/** Where in the script an agent was asked for, and whose answers flow into its prompt (X09). */
export interface Origin {
  readonly from?: readonly string[];
  readonly group?: CallGroup;
}

export function originOf(run: RunContext, agentId: string, prompt: string, { effect, named }: Asked): Origin {
  const { from, unknown } = run.dataFlow.sourcesOf(agentId, prompt, sourcesNamed(effect, named), effect.group);
  const [first] = unknown;
  if (first !== undefined)
    run.warnOnce('unknown-from', `The option from names ${clip(JSON.stringify(first), 60)}, ${NO_SOURCE}`);
  return { ...(from.length > 0 ? { from } : {}), ...(effect.group ? { group: effect.group } : {}) };
}

const NO_SOURCE = 'which nothing has answered so far: give a result, or the label of an agent that has finished.';

function sourcesNamed({ from = [] }: Asked['effect'], named: Json | undefined): NamedSources | undefined {
  if (named === undefined || named === null) return undefined;
  const values = Array.isArray(named) ? (named as readonly Json[]) : [named];
  // An agent that was skipped or died has given nothing.
  const given = values
    .map((value, index) => ({ value, call: from[index] ?? null }))
    .filter(({ value }) => value !== null);
  return { values: given.map(({ value }) => value), calls: given.map(({ call }) => call) };
}
