import type { LoopEnd } from '../../engine/queryLoop.ts';
import { userText, type Message, type UserMessage } from '../../protocol/conversation.ts';
import { keptFromStopping, type HookedAgent, type Stopping } from './agentHooks.ts';

/** A hook that is never content must not keep an agent at work for ever. */
const MAX_ROUNDS = 5;

export interface GoingOn {
  /** The conversation with what the hook said at its end. */
  readonly messages: readonly Message[];
  /** What the transcript does not have yet. */
  readonly said: UserMessage;
}

/** What follows when an agent has answered and a hook does not let it end (SubagentStop, Stop); null: it ends. */
export async function keptGoing(
  agent: HookedAgent,
  end: LoopEnd,
  { event, transcriptPath, round }: Pick<Stopping, 'event' | 'transcriptPath'> & { readonly round: number },
  signal: AbortSignal,
): Promise<GoingOn | null> {
  if (end.kind !== 'done' || !agent.hooks.has(event)) return null;
  const lastMessage = end.value === undefined ? end.text : JSON.stringify(end.value);
  const path = transcriptPath === undefined ? {} : { transcriptPath };
  const why = await keptFromStopping(agent, { event, lastMessage, again: round > 0, ...path }, signal);
  if (why === null || round >= MAX_ROUNDS) return null;
  const said = userText(`A hook does not let you end yet: ${why}`);
  return { messages: withLast(end.messages, said), said };
}

/** Roles alternate: after results it becomes a part of their message. */
function withLast(messages: readonly Message[], said: UserMessage): readonly Message[] {
  const last = messages.at(-1);
  if (last?.role !== 'user') return [...messages, said];
  return [...messages.slice(0, -1), { role: 'user', content: [...last.content, ...said.content] }];
}
