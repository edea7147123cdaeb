import { count } from '../base/text.ts';
import type { Message, UserBlock } from '../protocol/conversation.ts';
import { hasTooManyImages, resultChars } from './images.ts';

export interface CompactionState {
  readonly model: string;
  /** Input tokens of the last request, cached ones included; 0 before the first. */
  readonly usedTokens: number;
  /** The provider said that the conversation is too long. */
  readonly forced: boolean;
}

export interface Compacted {
  readonly messages: readonly Message[];
  /** 0: nothing was, or could be, freed. */
  readonly freedChars: number;
}

/** A step of the loop that keeps a conversation inside its window. */
export type Compact = (messages: readonly Message[], state: CompactionState) => Compacted;

/** From this share of the window on, old tool outputs go. */
const HIGH_WATER = 0.7;
/** The newest messages, which the agent still works with, stay whole. */
const KEPT_MESSAGES = 6;
/** Shorter outputs are not worth a placeholder. */
const MIN_CHARS = 400;

/**
 * The cheapest rung: tool outputs older than the last few messages give way to a line that says so. All of them at
 * once, since each change of old messages costs the whole prompt cache.
 */
export function dropOldToolOutputs(windowOf: (model: string) => number): Compact {
  return (messages, state) => {
    const due = state.usedTokens >= HIGH_WATER * windowOf(state.model) || hasTooManyImages(messages);
    if (!state.forced && !due) return { messages, freedChars: 0 };
    const firstKept = Math.max(1, messages.length - KEPT_MESSAGES);
    let freedChars = 0;
    const shrunk = messages.map((message, index): Message => {
      if (message.role !== 'user' || index >= firstKept) return message;
      return { role: 'user', content: message.content.map((block) => drop(block, (chars) => (freedChars += chars))) };
    });
    return freedChars > 0 ? { messages: shrunk, freedChars } : { messages, freedChars: 0 };
  };
}

function drop(block: UserBlock, freed: (chars: number) => void): UserBlock {
  if (block.type !== 'tool_result' || resultChars(block) < MIN_CHARS) return block;
  const { images = [], ...rest } = block;
  const what = `${block.content.length} characters${images.length > 0 ? ` and ${count(images.length, 'image')}` : ''}`;
  const content = `[${what} of output dropped to save room; call the tool again if you need them]`;
  freed(resultChars(block) - content.length);
  return { ...rest, content };
}
