import type { Message, ToolImage } from '../protocol/conversation.ts';
import { imagesIn, withImages } from './images.ts';
import type { Model, ModelRequest } from './model.ts';

const REFUSED = 'left out: the service did not take them; they may be damaged, or the model sees no images';

/**
 * A model for one agent that outlives pictures its service does not take: a damaged file in a repository, or a model
 * that reads text alone, would else end every agent that looks at one. When a request with new pictures is refused as
 * invalid it is made once more without them, and they are never sent again.
 */
export function withoutRefusedImages(model: Model): Model {
  const refused = new Set<ToolImage>();
  const taken = new WeakSet<ToolImage>();

  const without = (request: ModelRequest): ModelRequest => {
    if (refused.size === 0) return request;
    const messages = request.messages.map((message) =>
      imagesIn([message]).some((image) => refused.has(image)) ? stripped(message, refused) : message,
    );
    return { ...request, messages };
  };

  return {
    async reply(given, signal, onDelta, onHead) {
      const request = without(given);
      const reply = await model.reply(request, signal, onDelta, onHead);
      const images = imagesIn(request.messages);
      const untried = images.filter((image) => !taken.has(image));
      if (reply.kind === 'replied') images.forEach((image) => taken.add(image));
      if (reply.kind === 'replied' || reply.code !== 'invalid' || untried.length === 0) return reply;
      untried.forEach((image) => refused.add(image));
      return model.reply(without(given), signal, onDelta, onHead);
    },
  };
}

function stripped(message: Message, refused: ReadonlySet<ToolImage>): Message {
  if (message.role !== 'user') return message;
  const content = message.content.map((block) =>
    block.type === 'tool_result' && block.images
      ? withImages(
          block,
          block.images.filter((image) => !refused.has(image)),
          REFUSED,
        )
      : block,
  );
  return { ...message, content };
}
