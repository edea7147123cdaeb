import { isAbort } from '../base/abort.ts';
import type { Json } from '../protocol/json.ts';
import { BudgetError } from './budget.ts';
import { ScriptError } from './agentOptions.ts';
import { agentCall } from './calls/agentCall.ts';
import { askCall } from './calls/askCall.ts';
import { changeCall } from './calls/changeCall.ts';
import { checkCall } from './calls/checkCall.ts';
import { landCall } from './calls/landCall.ts';
import { reviewCall } from './calls/reviewCall.ts';
import { nestedScript } from './calls/workflowCall.ts';
import type { RunContext } from './runContext.ts';
import type { BudgetNow, Effect, EffectName, Settlement } from './sandbox.ts';

type Answer = (run: RunContext, effect: Effect) => Promise<Json>;

const ANSWERS: Readonly<Record<Exclude<EffectName, 'workflow'>, Answer>> = {
  agent: agentCall,
  change: changeCall,
  review: reviewCall,
  land: landCall,
  check: checkCall,
  ask: askCall,
};

/**
 * Answers one call of the script. Null: the run is ending and the call never settles. A throw that is neither the
 * script's mistake nor a cap is a bug of ours: it halts the run instead of passing for the script's.
 */
export async function answerEffect(run: RunContext, effect: Effect): Promise<Settlement | null> {
  try {
    if (effect.name === 'workflow')
      return {
        id: effect.id,
        ok: 'script',
        ...(await nestedScript(run, effect)),
        ...budgetOf(run),
      };
    const value = await ANSWERS[effect.name](run, effect);
    return { id: effect.id, ok: true, value, ...budgetOf(run) };
  } catch (error) {
    if (isAbort(error)) return null;
    if (error instanceof ScriptError || error instanceof BudgetError) {
      const { running, waiting, lent } = run.pool;
      const enough = run.refusals.add(error, running + waiting + lent > 0 ? 'work' : 'nothing');
      if (enough) {
        run.halt(enough);
        return null;
      }
      const { name, message } = error;
      const listed = run.failures.hasThrown(error);
      return { id: effect.id, ok: false, error: { name, message }, listed, ...budgetOf(run) };
    }
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    run.halt({ kind: 'failed', message: `Internal error in ${effect.name}(): ${detail}` });
    return null;
  }
}

function budgetOf({ ledger }: RunContext): BudgetNow {
  return { spent: ledger.spent.outputTokens, total: ledger.total };
}
