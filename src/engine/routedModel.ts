import type { Capabilities } from '../protocol/capabilities.ts';
import { splitModel } from '../protocol/providers.ts';
import type { Model, ModelFailure } from './model.ts';

export interface Routes {
  /** The session's own. */
  readonly own: Model;
  /** Null: nobody of that name. Called for each request; whoever holds them opens each once. */
  readonly provider: (name: string) => Model | null;
  readonly isProvider: (name: string) => boolean;
  readonly capabilities: (model: string) => Capabilities;
}

/**
 * One model over several services: `provider/id` is asked there (W25). What answered is named in the same way, so that
 * no list price of one service is taken for another's.
 */
export function routedModel({ own, provider: open, isProvider, capabilities }: Routes): Model {
  return {
    reply: async (request, signal, onDelta, onHead) => {
      if (request.tools.length > 0 && !capabilities(request.model).tools) return withoutTools(request.model);
      const { provider, id } = splitModel(request.model, isProvider);
      const model = provider === null ? own : open(provider);
      if (model === null) return nobody(provider ?? '');
      const reply = await model.reply({ ...request, model: id }, signal, onDelta, onHead);
      if (reply.kind === 'failed' || provider === null) return reply;
      return { ...reply, model: `${provider}/${reply.model}` };
    },
  };
}

/** An agent without tools could do nothing: it is not asked without them instead. */
function withoutTools(model: string): ModelFailure {
  const message = `${model} cannot call tools, and an agent needs them: choose a model that can.`;
  return { kind: 'failed', code: 'invalid', message };
}

function nobody(provider: string): ModelFailure {
  const message = `There are no models of ${provider} here: choose another provider, or run the workflow in the editor.`;
  return { kind: 'failed', code: 'unknown-model', message };
}
