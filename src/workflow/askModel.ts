import type { Model, ModelReply } from '../engine/model.ts';
import { userText } from '../protocol/conversation.ts';
import type { AgentLife } from './agentLife.ts';
import { agentModel } from './agentModel.ts';
import type { RunContext } from './runContext.ts';

export interface Question {
  readonly system: string;
  readonly text: string;
  readonly maxTokens: number;
  readonly webSearch?: true;
}

/** One question of a tool to its agent's model, outside of the agent's conversation. */
export type AskModel = (question: Question, signal: AbortSignal) => Promise<ModelReply>;

/** What it costs is the agent's, under its caps, and told as a request of its own. */
export function askModel(run: RunContext, life: AgentLife, id: string): AskModel {
  const { agentId } = life;
  let model: Model | undefined;
  return async ({ system, text, maxTokens, webSearch }, signal) => {
    model ??= agentModel(run, life, 'tool');
    const search = webSearch ? { webSearch } : {};
    const request = { model: id, system, tools: [], messages: [userText(text)], maxTokens, ...search };
    const reply = await model.reply(request, signal);
    if (reply.kind === 'replied') {
      const { model: used, usage } = reply;
      const message = 'A tool asked its model';
      run.recorder.emit({ type: 'agent.charged', agentId, model: used, usage, estimated: false, message });
    }
    return reply;
  };
}
