import { count } from '../base/text.ts';
import type { Json } from '../protocol/json.ts';
import type { Message, UserMessage } from '../protocol/conversation.ts';
import { toolCallsOf, userText } from '../protocol/conversation.ts';
import type { Compact } from './compaction.ts';
import { finishTurn, type Cuts } from './finishTurn.ts';
import { withSaid } from './goOn.ts';
import { heardWords, hears, withHeard } from './heard.ts';
import type { Effort, Model, ModelFailure, ModelRequest, OnDelta, Replied, ToolSpec } from './model.ts';
import type { OnResults, ToolRouter } from './toolRouter.ts';

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
  /** Results of a reply of which other calls are still to run: they are to be kept, whatever becomes of those. */
  readonly onResults?: OnResults;
  /** What a person has said to this agent since it was asked last. */
  readonly heard?: () => readonly string[];
}

export type LoopEvent =
  | { readonly type: 'replied'; readonly reply: Replied }
  /** `told`: so many blocks at its beginning `onResults` was given before. */
  | { readonly type: 'message'; readonly message: Message; readonly told?: number }
  /** `messages` is the conversation from here on. */
  | { readonly type: 'compacted'; readonly freedChars: number; readonly messages: readonly Message[] };

export type LoopEnd =
  | { readonly kind: 'done'; readonly text: string; readonly value?: Json; readonly messages: readonly Message[] }
  | { readonly kind: 'failed'; readonly cause: 'api'; readonly failure: ModelFailure }
  | { readonly kind: 'failed'; readonly cause: 'refused' | 'empty'; readonly message: string }
  | {
      readonly kind: 'failed';
      readonly cause: 'schema' | 'max-turns';
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
  const before = deps.heard?.() ?? [];
  if (before.length > 0) {
    const said = userText(heardWords(before));
    yield { type: 'message', message: said };
    messages = withSaid(messages, said);
  }
  let partial = task.partial ?? '';
  let cuts: Cuts = NO_CUTS;
  let usedTokens = 0;
  let tooLong: ModelFailure | null = null;
  for (let turn = 1; turn <= task.maxTurns; turn += 1) {
    const state = { request: request(task), usedTokens, forced: tooLong !== null };
    const compacted = await deps.compact(messages, state, signal);
    if (compacted.freedChars > 0) {
      yield { type: 'compacted', ...compacted };
      messages = compacted.messages;
      usedTokens = 0;
    } else if (tooLong !== null) return { kind: 'failed', cause: 'api', failure: compacted.refused ?? tooLong };

    const reply = await deps.model.reply({ ...request(task), messages }, signal, deps.onDelta);
    tooLong = reply.kind === 'failed' && reply.code === 'too-long' ? reply : null;
    if (tooLong !== null) continue;
    if (reply.kind === 'failed') return { kind: 'failed', cause: 'api', failure: reply };
    usedTokens = reply.usage.inputTokens + reply.usage.cacheReadTokens + reply.usage.cacheWriteTokens;
    yield { type: 'replied', reply };
    yield { type: 'message', message: marked(reply) };
    const asked = messages.at(-1);
    messages = [...messages, reply.message];

    const calls = toolCallsOf(reply.message);
    const isCut = calls.length === 0 && reply.stopReason === 'max-tokens';
    cuts = isCut ? { times: cuts.times + 1, tokens: cuts.tokens + reply.usage.outputTokens } : NO_CUTS;
    const finished = { reply, asked, nudge: task.nudge, partial, cuts };
    let told = 0;
    const keep = deps.onResults;
    const onSome: OnResults | undefined =
      keep &&
      ((results) => {
        keep(results);
        told += results.length;
      });
    const after = calls.length > 0 ? await deps.tools.route(calls, signal, onSome) : finishTurn(finished);
    // An answer without a turn left to give it again in stands. What is not told here is left to whoever tells a person so.
    const next = withHeard(after, turn < task.maxTurns && hears(after) ? (deps.heard?.() ?? []) : []);
    if ('end' in next) return { ...next.end, messages };
    partial = 'partial' in next ? next.partial : '';
    const answer: UserMessage = 'results' in next ? { role: 'user', content: next.results } : next.say;
    yield { type: 'message', message: answer, ...(told > 0 && { told }) };
    messages = [...messages, answer];
    if ('ending' in next) {
      return next.ending.kind === 'final'
        ? { kind: 'done', text: '', value: next.ending.value, messages }
        : { kind: 'failed', cause: 'schema', message: next.ending.message, messages };
    }
  }
  const message = `ended after ${count(task.maxTurns, 'turn')} without an answer`;
  return { kind: 'failed', cause: 'max-turns', message, messages };
}

const NO_CUTS: Cuts = { times: 0, tokens: 0 };

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
