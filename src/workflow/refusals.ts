import { ScriptError } from './agentOptions.ts';
import type { BudgetError } from './budget.ts';
import type { Halt } from './runContext.ts';

/** Three lists of parallel(), each as long as it may be. */
const MOST = 3 * 4_096;

/**
 * Calls that were refused since the last agent began: a cap is reached, or they ask for what they may not have. A script
 * that tries again whatever failed would ask for ever, since each of its turns is short and none of its calls takes time.
 */
export class Refusals {
  #count = 0;

  agentBegan(): void {
    this.#count = 0;
  }

  /** One more. Null, or how the run ends: no script that comes to an end has asked so often in vain. */
  add(error: ScriptError | BudgetError): Halt | null {
    this.#count += 1;
    if (this.#count <= MOST) return null;
    const message = `${error.message} The script goes on asking all the same: ${MOST} calls have been refused since the last agent began. Let its loops end when a call fails.`;
    return error instanceof ScriptError
      ? { kind: 'failed', message: `${error.name}: ${message}` }
      : { kind: 'stopped', reason: 'budget', message };
  }
}
