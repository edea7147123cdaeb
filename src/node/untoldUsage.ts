import { charsOf, nextTokens } from '../engine/contextSize.ts';
import type { ModelRequest, Replied } from '../engine/model.ts';

/** As of a reply that was cut off: rather more tokens than fewer. */
const CHARS_A_TOKEN = 3;

/**
 * The reply with an estimate of the tokens that its service has not counted: some servers of the same protocol count
 * nothing, and no cap would ever be reached there. `toldOutput`: it has said how long the whole reply is.
 */
export function withUntold(reply: Replied, request: ModelRequest, toldOutput: boolean): Replied {
  const { inputTokens, cacheReadTokens, cacheWriteTokens, outputTokens } = reply.usage;
  const toldInput = inputTokens + cacheReadTokens + cacheWriteTokens > 0;
  if (toldInput && toldOutput) return reply;
  // It stops where it was told to.
  const written = Math.min(request.maxTokens, Math.ceil(charsOf([reply.message]) / CHARS_A_TOKEN));
  return {
    ...reply,
    usage: {
      ...reply.usage,
      inputTokens: toldInput ? inputTokens : nextTokens(request.messages, { request, usedTokens: 0 }),
      outputTokens: toldOutput ? outputTokens : Math.max(outputTokens, written),
    },
  };
}
