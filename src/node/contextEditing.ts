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

/** What a request says that asks for none. */
export const NO_EDITS: Editing = { body: {}, headers: {} };

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
    if (this.#state === 'off') return NO_EDITS;
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

  /** A request with (or, after a refusal, without) the edits was answered. */
  answered(edits: Editing): void {
    if (this.#state === 'untried') this.#state = edits === NO_EDITS ? 'off' : 'taken';
  }

  /** True: it may be the edits that are refused, ask again without. Once they have been taken, it is something else. */
  mayBeRefused(failure: ModelFailure, edits: Editing): boolean {
    return failure.code === 'invalid' && edits !== NO_EDITS && this.#state !== 'taken';
  }
}
