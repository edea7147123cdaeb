import { ScriptError } from './agentOptions.ts';
import type { BudgetError } from './budget.ts';
import type { Halt } from './runContext.ts';

/** A list of parallel(), as long as it may be. */
const LIST = 4_096;
/** While nothing is under way that could change what is refused. */
const MOST_IDLE = 3 * LIST;
/** In any case: a nested fan may have so many refused at once beside the agents that it has got. */
const MOST = 64 * LIST;

/**
 * Calls that were refused since the last agent began: a cap is reached, or they ask for what they may not have. A script
 * that tries again whatever failed would ask for ever, since each of its turns is short and none of its calls takes time.
 */
export class Refusals {
  #all = 0;
  #idle = 0;
  #unanswered = 0;

  agentBegan(): void {
    [this.#all, this.#idle, this.#unanswered] = [0, 0, 0];
  }

  personAnswered(): void {
    this.#unanswered = 0;
  }

  /**
   * One more question for which its default counts, since nobody has answered it. Null, or what the script gets instead:
   * one that asks until somebody says yes would ask for ever where nobody is.
   */
  unanswered(): ScriptError | null {
    this.#unanswered += 1;
    if (this.#unanswered <= LIST) return null;
    const message = `ask(): nobody has answered any of the last ${LIST} questions, and no agent has begun meanwhile. Let the loop that asks end by the default, or run it where a person can answer.`;
    return new ScriptError(message, 'Error');
  }

  /** One more, while agents work or wait for a slot, or while none does. Null, or how the run ends. */
  add(error: ScriptError | BudgetError, beside: 'work' | 'nothing'): Halt | null {
    this.#all += 1;
    if (beside === 'nothing') this.#idle += 1;
    if (this.#idle <= MOST_IDLE && this.#all <= MOST) return null;
    const message = `${error.message} The script goes on asking all the same: ${this.#all > MOST ? MOST : MOST_IDLE} calls have been refused since the last agent began. Let its loops end when a call fails.`;
    return error instanceof ScriptError
      ? { kind: 'failed', message: `${error.name}: ${message}` }
      : { kind: 'stopped', reason: 'budget', message };
  }
}
