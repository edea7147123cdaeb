import type { ModelFailure } from '../engine/model.ts';
import { userText } from '../protocol/conversation.ts';
import { createAnthropicModel } from './anthropicModel.ts';

/** Asks for a single token to see that key, address and model fit together; null when they do. */
export async function tryModel(
  connection: { readonly apiKey: string; readonly baseURL: string | undefined },
  model: string,
  signal: AbortSignal,
): Promise<ModelFailure | null> {
  const client = createAnthropicModel(connection);
  try {
    const request = { model, system: '', tools: [], messages: [userText('Say ok.')], maxTokens: 1 };
    const reply = await client.reply(request, signal);
    return reply.kind === 'failed' ? reply : null;
  } finally {
    client.dispose();
  }
}
