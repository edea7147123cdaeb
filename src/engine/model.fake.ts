import { AbortError, onAbort, throwIfAborted } from '../base/abort.ts';
import type { AssistantBlock } from '../protocol/conversation.ts';
import { NO_USAGE, type Usage } from '../protocol/usage.ts';
import type { Model, ModelErrorCode, ModelFailure, ModelReply, ModelRequest, OnDelta, Replied } from './model.ts';

export type Step =
  | { readonly kind: 'reply'; readonly content: readonly AssistantBlock[]; readonly as?: Partial<Replied> }
  | ModelFailure
  | { readonly kind: 'hangs' };

/** What the fake does with one request. A function looks at the request first. */
export type Scripted = Step | ((request: ModelRequest) => Step);

export interface FakeModel extends Model {
  readonly requests: readonly ModelRequest[];
  /** Requests that are not answered yet. */
  readonly pending: number;
}

/** Answers the requests in the order they come. One request more than scripted is a mistake of the test, and throws. */
export function fakeModel(script: readonly Scripted[]): FakeModel {
  const requests: ModelRequest[] = [];
  let pending = 0;
  const take = (request: ModelRequest): Step => {
    const scripted = script[requests.length];
    requests.push(request);
    const step = typeof scripted === 'function' ? scripted(request) : scripted;
    if (!step) throw new Error(`The fake model has no answer to request ${requests.length}`);
    return step;
  };
  const reply = async (request: ModelRequest, signal: AbortSignal, onDelta?: OnDelta): Promise<ModelReply> => {
    throwIfAborted(signal);
    pending += 1;
    try {
      return await play(take(request), request, signal, onDelta);
    } finally {
      pending -= 1;
    }
  };
  return {
    reply,
    requests,
    get pending() {
      return pending;
    },
  };
}

export function says(text: string, as: Partial<Replied> = {}): Step {
  return { kind: 'reply', content: [{ type: 'text', text }], as };
}

let madeCalls = 0;

/** A call of one tool; its id is new each time. */
export function calls(name: string, input: unknown = {}, as: Partial<Replied> = {}): Step {
  madeCalls += 1;
  return { kind: 'reply', content: [{ type: 'tool_use', id: `toolu_${madeCalls}`, name, input }], as };
}

export function fails(code: ModelErrorCode, extra: Partial<ModelFailure> = {}): ModelFailure {
  return { kind: 'failed', code, message: `the fake fails: ${code}`, ...extra };
}

/** Never answers; ends by abort. */
export function hangs(): Step {
  return { kind: 'hangs' };
}

async function play(
  step: Step,
  request: ModelRequest,
  signal: AbortSignal,
  onDelta: OnDelta | undefined,
): Promise<ModelReply> {
  if (step.kind === 'hangs') return untilAborted(signal);
  await Promise.resolve();
  throwIfAborted(signal);
  if (step.kind === 'failed') return step;
  for (const block of step.content) {
    if (block.type === 'text') onDelta?.(block.text, 'text');
  }
  return {
    kind: 'replied',
    message: { role: 'assistant', content: step.content },
    usage: usageOf(step.content),
    stopReason: step.content.some((block) => block.type === 'tool_use') ? 'tool-use' : 'end',
    model: request.model,
    ...step.as,
  };
}

function usageOf(content: readonly AssistantBlock[]): Usage {
  return { ...NO_USAGE, inputTokens: 10, outputTokens: Math.ceil(JSON.stringify(content).length / 4) };
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    onAbort(signal, () => reject(new AbortError(signal.reason)));
  });
}
