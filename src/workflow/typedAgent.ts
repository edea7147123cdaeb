import { ScriptError } from './agentOptions.ts';
import { GENERAL_PURPOSE } from './agentTypes.ts';
import type { AgentType } from './definitions.ts';
import type { RunContext } from './runContext.ts';
import type { SubagentOptions } from './subagent.ts';

/** The type that a script names (W26); an unknown one is the script's mistake. */
export function typeNamed({ kit }: Pick<RunContext, 'kit'>, name: string = GENERAL_PURPOSE.name): AgentType {
  const type = kit.types.get(name);
  if (!type) throw new ScriptError(kit.types.unknown(name), 'Error');
  return type;
}

/** What the script says of one agent counts before what its type says of all. Tools are narrowed by both. */
export function withType<T extends SubagentOptions>(run: Pick<RunContext, 'model'>, type: AgentType, options: T): T {
  return {
    ...options,
    model: options.model ?? modelOfType(run, type),
    effort: options.effort ?? type.effort,
    maxTurns: options.maxTurns ?? type.maxTurns,
  };
}

/** The cheap model of a built-in type is of one family; who works with models of another keeps to the run's. */
export function modelOfType(run: Pick<RunContext, 'model'>, type: AgentType): string | undefined {
  return type.readOnly === true && !run.model.startsWith('claude-') ? undefined : type.model;
}
