import { ScriptError } from './agentOptions.ts';
import type { BudgetError } from './budget.ts';
import type { Halt } from './runContext.ts';

/** A list of parallel(), as long as it may be. */
const LIST = 4_096;
/** While agents work, or wait for a slot, one burst of a nested fan may be so large; no loop goes on for less. */
const MOST_BESIDE_WORK = 64 * LIST;
const MOST = 3 * LIST;

/**
 * Calls that were refused since the last agent began: a cap is reached, or they ask for what they may not have. A script
 * that tries again whatever failed would ask for ever, since each of its turns is short and none of its calls takes time.
 */
export class Refusals {
  #count = 0;

  agentBegan(): void {
    this.#count = 0;
  }

  /** One more, while agents are under way or none is. Null, or how the run ends: no script has asked so often in vain that ends. */
  add(error: ScriptError | BudgetError, beside: 'work' | 'nothing'): Halt | null {
    this.#count += 1;
    const most = beside === 'work' ? MOST_BESIDE_WORK : MOST;
    if (this.#count <= most) return null;
    const message = `${error.message} The script goes on asking all the same: ${most} calls have been refused since the last agent began. Let its loops end when a call fails.`;
    return error instanceof ScriptError
      ? { kind: 'failed', message: `${error.name}: ${message}` }
      : { kind: 'stopped', reason: 'budget', message };
  }
}
