import type { ModelFailure } from '../engine/model.ts';
import { contextWindowOf } from '../protocol/models.ts';

/** https://platform.claude.com/docs/en/build-with-claude/context-editing */
const BETA = 'context-management-2025-06-27';

/** Before our own step, which begins at 70 % of the window, and in steps that are worth a prompt cache. */
const FROM_SHARE = 0.6;
const LEAST_SHARE = 0.1;
const KEPT_TOOL_USES = 6;

/** What makes the service clear old tool results by itself: of the body, and of the headers. */
export interface Editing {
  readonly body: object;
  readonly headers: Readonly<Record<string, string>>;
}

const NONE: Editing = { body: {}, headers: {} };

/**
 * Asks a service to clear old tool results, until it turns out that it does not take the beta: then a request that was
 * refused is worth one more without it.
 */
export class ContextEditing {
  #state: 'off' | 'untried' | 'taken';

  constructor(on: boolean) {
    this.#state = on ? 'untried' : 'off';
  }

  for(model: string): Editing {
    if (this.#state === 'off') return NONE;
    const tokens = (share: number): object => ({
      type: 'input_tokens',
      value: Math.floor(share * contextWindowOf(model)),
    });
    const edit = {
      type: 'clear_tool_uses_20250919',
      trigger: tokens(FROM_SHARE),
      keep: { type: 'tool_uses', value: KEPT_TOOL_USES },
      clear_at_least: tokens(LEAST_SHARE),
    };
    return { body: { context_management: { edits: [edit] } }, headers: { 'anthropic-beta': BETA } };
  }

  taken(): void {
    if (this.#state === 'untried') this.#state = 'taken';
  }

  /** True: ask again without. Once it has been taken, a refusal is about something else. */
  refused(failure: ModelFailure): boolean {
    if (failure.code !== 'invalid' || this.#state !== 'untried') return false;
    this.#state = 'off';
    return true;
  }
}
