import type { Json } from '../protocol/json.ts';
import type { Message, UserMessage } from '../protocol/conversation.ts';
import { toolCallsOf } from '../protocol/conversation.ts';
import type { Compact } from './compaction.ts';
import { finishTurn } from './finishTurn.ts';
import { withHeard } from './heard.ts';
import type { Effort, Model, ModelFailure, ModelRequest, OnDelta, Replied, ToolSpec } from './model.ts';
import type { ToolRouter } from './toolRouter.ts';

/** What one agent is to do; `messages` is its first context. */
export interface LoopTask {
  readonly system: string;
  readonly model: string;
  readonly tools: readonly ToolSpec[];
  readonly messages: readonly Message[];
  /** Output tokens of one reply. */
  readonly maxTokens: number;
  /** Model calls; the agent ends with cause `max-turns` after them. */
  readonly maxTurns: number;
  readonly effort?: Effort;
  /** Without a byte of a reply for so many milliseconds, the request is given up as stalled. */
  readonly idleTimeoutMs?: number;
  /** The beginning of its answer, which its length limit had cut. */
  readonly partial?: string;
  /** Set when the agent has to answer through a tool: what to say when it ends with plain text; null: no more. */
  readonly nudge?: () => string | null;
}

export interface LoopDeps {
  readonly model: Model;
  readonly tools: ToolRouter;
  readonly compact: Compact;
  readonly onDelta?: OnDelta;
  /** What a person has said to this agent since it was asked last. */
  readonly heard?: () => readonly string[];
}

export type LoopEvent =
  | { readonly type: 'replied'; readonly reply: Replied }
  | { readonly type: 'message'; readonly message: Message }
  | { readonly type: 'compacted'; readonly freedChars: number };

export type LoopEnd =
  | { readonly kind: 'done'; readonly text: string; readonly value?: Json; readonly messages: readonly Message[] }
  | { readonly kind: 'failed'; readonly cause: 'api'; readonly failure: ModelFailure }
  | { readonly kind: 'failed'; readonly cause: 'max-turns' | 'refused'; readonly message: string }
  | {
      readonly kind: 'failed';
      readonly cause: 'schema';
      readonly message: string;
      readonly messages: readonly Message[];
    };

/**
 * The agent loop: context → model → tools (routed, permitted, executed) → compaction → again. The session and every
 * subagent run this one; a feature is a step of its own file. Throws AbortError on abort, and nothing else expected.
 */
export async function* queryLoop(
  task: LoopTask,
  deps: LoopDeps,
  signal: AbortSignal,
): AsyncGenerator<LoopEvent, LoopEnd, undefined> {
  let messages: readonly Message[] = task.messages;
  let partial = task.partial ?? '';
  let usedTokens = 0;
  for (let turn = 1; turn <= task.maxTurns; turn += 1) {
    const compacted = deps.compact(messages, { model: task.model, usedTokens, forced: false });
    if (compacted.freedChars > 0) yield { type: 'compacted', freedChars: compacted.freedChars };
    messages = compacted.messages;

    const reply = await deps.model.reply({ ...request(task), messages }, signal, deps.onDelta);
    if (reply.kind === 'failed') {
      if (reply.code !== 'too-long') return { kind: 'failed', cause: 'api', failure: reply };
      const shrunk = deps.compact(messages, { model: task.model, usedTokens, forced: true });
      if (shrunk.freedChars === 0) return { kind: 'failed', cause: 'api', failure: reply };
      yield { type: 'compacted', freedChars: shrunk.freedChars };
      messages = shrunk.messages;
      continue;
    }
    usedTokens = reply.usage.inputTokens + reply.usage.cacheReadTokens + reply.usage.cacheWriteTokens;
    yield { type: 'replied', reply };
    yield { type: 'message', message: marked(reply) };
    messages = [...messages, reply.message];

    const calls = toolCallsOf(reply.message);
    const turn = calls.length > 0 ? await deps.tools.route(calls, signal) : finishTurn(reply, task.nudge, partial);
    const next = withHeard(turn, deps.heard?.() ?? []);
    if ('end' in next) return { ...next.end, messages };
    partial = 'partial' in next ? next.partial : '';
    const answer: UserMessage = 'results' in next ? { role: 'user', content: next.results } : next.say;
    yield { type: 'message', message: answer };
    messages = [...messages, answer];
    if ('ending' in next) {
      return next.ending.kind === 'final'
        ? { kind: 'done', text: '', value: next.ending.value, messages }
        : { kind: 'failed', cause: 'schema', message: next.ending.message, messages };
    }
  }
  return { kind: 'failed', cause: 'max-turns', message: `ended after ${task.maxTurns} turns without an answer` };
}

function marked({ message, stopReason }: Replied): Message {
  return stopReason === 'max-tokens' || stopReason === 'refusal' ? { ...message, stopped: stopReason } : message;
}

function request(task: LoopTask): Omit<ModelRequest, 'messages'> {
  return {
    model: task.model,
    system: task.system,
    tools: task.tools,
    maxTokens: task.maxTokens,
    ...(task.effort === undefined ? {} : { effort: task.effort }),
    ...(task.idleTimeoutMs === undefined ? {} : { idleTimeoutMs: task.idleTimeoutMs }),
  };
}
