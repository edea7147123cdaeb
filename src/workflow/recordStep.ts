import { clip } from '../base/text.ts';
import type { LoopEvent } from '../engine/queryLoop.ts';
import { textOf, type Message } from '../protocol/conversation.ts';
import type { RunContext } from './runContext.ts';

const REPLY_HEAD = 400;

/** One step of an agent's loop, for the run's events and the agent's transcript. */
export function recordStep(run: RunContext, agentId: string, event: LoopEvent): void {
  switch (event.type) {
    case 'replied':
      run.recorder.emit({
        type: 'agent.replied',
        agentId,
        model: event.reply.model,
        usage: event.reply.usage,
        text: clip(textOf(event.reply.message), REPLY_HEAD),
      });
      return;
    case 'message':
      run.open.appendTranscript(agentId, [untold(event)]);
      return;
    case 'compacted':
      run.open.appendTranscript(agentId, compacted(event.messages));
      run.recorder.emit({
        type: 'logged',
        level: 'info',
        message: `${agentId}: made room for ${event.freedChars} characters by letting go of what is old`,
      });
  }
}

function untold({ message, told = 0 }: Extract<LoopEvent, { readonly type: 'message' }>): Message {
  return message.role === 'user' && told > 0 ? { ...message, content: message.content.slice(told) } : message;
}

/** So that an agent which is interrupted goes on with the shorter conversation. */
function compacted([first, ...rest]: readonly Message[]): readonly Message[] {
  return first?.role === 'user' ? [{ ...first, compacted: true }, ...rest] : [];
}
