import * as z from 'zod';
import type { Json } from '../../protocol/json.ts';
import { ScriptError } from '../agentOptions.ts';
import type { KnownChange, RunContext } from '../runContext.ts';

const reference = z.object({ id: z.string() });

/** The runtime's own record of the change that a script hands in; its copy may have been altered and is not used. */
export function knownChange(run: RunContext, call: string, value: Json | undefined, where = 'first'): KnownChange {
  const parsed = reference.safeParse(value);
  if (!parsed.success) {
    throw new ScriptError(
      `${call}() takes a change ${where}, as change() returned it. Was it null? Check before you pass it on.`,
    );
  }
  const known = run.changes.get(parsed.data.id);
  if (known) return known;
  throw new ScriptError(`${call}(): no change "${parsed.data.id}" was made in this run`);
}
