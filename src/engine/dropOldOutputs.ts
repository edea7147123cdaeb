import type { Message, UserBlock } from '../protocol/conversation.ts';
import type { Compact } from './compaction.ts';
import { count } from '../base/text.ts';
import { charsOf } from './contextSize.ts';
import { hasTooManyImages, resultChars } from './images.ts';

/** The newest messages, which the agent still works with, stay whole; fewer where the provider has refused all of them. */
const KEPT_MESSAGES = 6;
const KEPT_FORCED = 2;
/** Shorter outputs are not worth a placeholder. */
const MIN_CHARS = 400;
/** Each change of old messages costs the prompt cache of all that follows: less than this share is not worth it. */
const LEAST_SHARE = 0.1;

/**
 * The cheapest rung: tool outputs older than the last few messages give way to a line that says so. All of them at
 * once, since each change of old messages costs the whole prompt cache.
 */
export const dropOldOutputs: Compact = async (messages, { forced }) => {
  const firstKept = Math.max(1, messages.length - (forced ? KEPT_FORCED : KEPT_MESSAGES));
  let freedChars = 0;
  const shrunk = messages.map((message, index): Message => {
    if (message.role !== 'user' || index >= firstKept) return message;
    const content = message.content.map((block) => drop(block, (chars) => (freedChars += chars)));
    return content.some((block, at) => block !== message.content[at]) ? { ...message, content } : message;
  });
  const least = forced || hasTooManyImages(messages) ? 1 : LEAST_SHARE * charsOf(messages);
  return freedChars >= least && freedChars > 0 ? { messages: shrunk, freedChars } : { messages, freedChars: 0 };
};

function drop(block: UserBlock, freed: (chars: number) => void): UserBlock {
  if (block.type !== 'tool_result' || resultChars(block) < MIN_CHARS) return block;
  const { images = [], ...rest } = block;
  const what = `${block.content.length} characters${images.length > 0 ? ` and ${count(images.length, 'image')}` : ''}`;
  const content = `[${what} of output dropped to save room; call the tool again if you need them]`;
  freed(resultChars(block) - content.length);
  return { ...rest, content };
}
