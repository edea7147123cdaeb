import { throwIfAborted } from '../base/abort.ts';
import type { Model, ModelFailure, ModelReply, ModelRequest, OnDelta, Replied } from '../engine/model.ts';
import { textOf } from '../protocol/conversation.ts';
import type { Usage } from '../protocol/usage.ts';
import type { Grant, Refused } from './grants.ts';

/** What was paid and brought no answer to its agent. */
export interface Charge {
  readonly model: string;
  readonly usage: Usage;
  /** Nobody knows what it cost: at most so much, or about so much of one that was ended from here. */
  readonly estimated: boolean;
  readonly message: string;
}

/** A model that may keep a request waiting before it goes out. */
export interface HeldBack extends Model {
  /** Whether the newest request has gone out; absent: each does at once. */
  readonly hasSent?: () => boolean;
}

interface Till {
  /** `moreThan`: of a reply that was cut by a smaller grant, only more than that helps. */
  grant(request: ModelRequest, moreThan: number, signal: AbortSignal): Promise<Grant | Refused>;
  onRefused(refused: Refused, failure: ModelFailure): void;
  onCharge(charge: Charge): void;
  /** Milliseconds, on any scale. */
  now(): number;
}

/**
 * A model that asks for a grant before each request and tells the service to stop at what it got. A reply that was cut
 * there is asked for again with more, while there is more. Each attempt is a request of its own, so this belongs below
 * whatever retries.
 */
export function budgeted(model: HeldBack, till: Till): Model {
  return {
    reply: async (request, signal, onDelta) => {
      let cut: Replied | null = null;
      let cutAt = 0;
      for (;;) {
        const grant = await till.grant(request, cutAt, signal);
        if ('refused' in grant) return refusal(grant, cut, till);
        const reply = await paid(model, till, grant, request, signal, onDelta);
        if (reply.kind === 'failed') return reply;
        if (reply.stopReason !== 'max-tokens' || reply.windowFull || grant.tokens >= request.maxTokens) return reply;
        const message = `Its reply was cut at the ${grant.tokens} output tokens that its caps left it`;
        till.onCharge({ model: reply.model, usage: reply.usage, estimated: false, message });
        cut = reply;
        cutAt = grant.tokens;
      }
    },
  };
}

async function paid(
  model: HeldBack,
  till: Till,
  grant: Grant,
  request: ModelRequest,
  signal: AbortSignal,
  onDelta: OnDelta | undefined,
): Promise<ModelReply> {
  const charge = (usage: Usage, message: string): void =>
    till.onCharge({ model: request.model, usage, estimated: true, message });
  const forfeit = (): void =>
    charge(grant.forfeit(), 'A reply broke off: all that the request may have used is counted');
  let streamed = 0;
  let heardAt = till.now();
  const counted: OnDelta = (piece, of) => {
    streamed += piece.length;
    heardAt = till.now();
    onDelta?.(piece, of);
  };
  const cutOff = (why: string, silentMs: number): void =>
    charge(grant.cutOff(streamed, silentMs), `${why}: what that has used is estimated`);
  let over = (): void => {
    if (model.hasSent?.() === false) grant.release();
    else if (signal.aborted) cutOff('It was ended in the middle of a reply', till.now() - heardAt);
    else forfeit();
  };
  try {
    if (signal.aborted) over = () => grant.release();
    throwIfAborted(signal);
    const reply = await model.reply({ ...request, maxTokens: grant.tokens }, signal, counted);
    if (reply.kind === 'replied') over = () => grant.settle(reply.usage, reply.model);
    else if (!mayHaveBegun(reply)) over = () => grant.release();
    else over = reply.unanswered ? () => cutOff('No answer came to a request', 0) : forfeit;
    return reply;
  } finally {
    over();
  }
}

/** A stream that broke off has cost something, nobody knows how much; a refusal has cost nothing. */
function mayHaveBegun(failure: ModelFailure): boolean {
  return failure.status === undefined && failure.unreachable !== true && BROKEN.has(failure.code);
}

const BROKEN: ReadonlySet<string> = new Set(['network', 'server', 'overloaded', 'rate-limited', 'stalled']);

function refusal(refused: Refused, cut: Replied | null, till: Till): ModelFailure {
  const text = cut === null ? '' : textOf(cut.message);
  const { message } = refused.refused;
  const failure: ModelFailure = {
    kind: 'failed',
    code: 'budget',
    message: text === '' ? message : `${message} Its last reply was cut there: ${text.slice(-500)}`,
  };
  till.onRefused(refused, failure);
  return failure;
}
