import type { Message } from '../protocol/conversation.ts';
import { nextTokens, sizer } from './contextSize.ts';
import type { ModelFailure, ModelRequest } from './model.ts';
import { hasTooManyImages } from './images.ts';

export interface CompactionState {
  /** The request that comes next, without its messages. */
  readonly request: Omit<ModelRequest, 'messages'>;
  /** Input tokens of the last request, cached ones included; 0 when that says nothing about these messages. */
  readonly usedTokens: number;
  /** The provider said that the conversation is too long. */
  readonly forced: boolean;
}

export interface Compacted {
  readonly messages: readonly Message[];
  /** 0: nothing was, or could be, freed. */
  readonly freedChars: number;
  /** The cap that left nothing for a step which asks the model: the conversation itself is not past help. */
  readonly refused?: ModelFailure;
}

/**
 * A step of the loop that keeps a conversation inside its window; it may ask the model. Throws AbortError on abort, and
 * nothing else expected: what it cannot do, it leaves.
 */
export type Compact = (messages: readonly Message[], state: CompactionState, signal: AbortSignal) => Promise<Compacted>;

/** From this share of the window on, something goes. */
const HIGH_WATER = 0.7;
/** So much of the window may be full afterwards: less room would be used up by the next few turns. */
const LOW_WATER = 0.5;

/**
 * Steps that free room, the cheapest first. Each gets the whole conversation, so that what a dearer one asks the model
 * still begins with what the prompt cache holds; the first that frees enough is taken, else the one that freed most.
 */
export function cheapestFirst(steps: readonly Compact[], windowOf: (model: string) => number): Compact {
  return async (messages, state, signal) => {
    let best: Compacted = { messages, freedChars: 0 };
    const window = windowOf(state.request.model);
    const isFull = nextTokens(messages, state) >= HIGH_WATER * window || hasTooManyImages(messages);
    if (!state.forced && !isFull) return best;
    const tokensOf = sizer(messages, state);
    for (const step of steps) {
      const freed = await step(messages, state, signal);
      if (freed.freedChars > best.freedChars) best = freed;
      else if (freed.refused && best.freedChars === 0) best = { ...best, refused: freed.refused };
      // Where the provider says "too long", our idea of the window may be wrong: anything freed is worth a try.
      if (best.freedChars > 0 && (state.forced || tokensOf(best.messages) < LOW_WATER * window)) return best;
    }
    return best;
  };
}

/** Stops a step after so many attempts in a row that freed nothing: they cost money, and the next one would not either. */
export function untilUseless(step: Compact, attempts = 2): Compact {
  let useless = 0;
  return async (messages, state, signal) => {
    if (useless >= attempts) return { messages, freedChars: 0 };
    const freed = await step(messages, state, signal);
    useless = freed.freedChars > 0 ? 0 : useless + 1;
    return freed;
  };
}
