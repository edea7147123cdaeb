import type { Model, ModelFailure, ModelReply, ModelRequest, OnDelta, Replied } from '../engine/model.ts';
import { textOf } from '../protocol/conversation.ts';
import { addUsage } from '../protocol/usage.ts';
import type { Budget, Grant } from './budget.ts';

/**
 * A model that asks the budget before each request and tells the service to stop at what it got. A reply that was cut
 * there is asked for again with more, while there is more. Each attempt is a request of its own, so this belongs below
 * whatever retries.
 */
export function budgeted(model: Model, budget: Budget, kind: string): Model {
  if (budget.total === null) return counting(model, budget, kind);
  return { reply: (request, signal, onDelta) => withinGrants(model, budget, kind, request, signal, onDelta) };
}

/** Without a cap nothing waits; what is spent is counted all the same. */
function counting(model: Model, budget: Budget, kind: string): Model {
  return {
    reply: async (request, signal, onDelta) => {
      const grant = await budget.grant({ kind, wanted: request.maxTokens }, signal);
      if (!grant) return overBudget(budget, null);
      return settled(grant, () => model.reply(request, signal, onDelta));
    },
  };
}

async function withinGrants(
  model: Model,
  budget: Budget,
  kind: string,
  request: ModelRequest,
  signal: AbortSignal,
  onDelta: OnDelta | undefined,
): Promise<ModelReply> {
  let cut: Replied | null = null;
  let cutAt = 0;
  for (;;) {
    const grant = await budget.grant({ kind, wanted: request.maxTokens, moreThan: cutAt }, signal);
    if (!grant) return overBudget(budget, cut);
    const asked = { ...request, maxTokens: grant.tokens };
    const reply = await settled(grant, () => model.reply(asked, signal, onDelta));
    if (reply.kind === 'failed') return reply;
    const paid: Replied = cut ? { ...reply, usage: addUsage(cut.usage, reply.usage) } : reply;
    if (reply.stopReason !== 'max-tokens' || grant.tokens >= request.maxTokens) return paid;
    cut = paid;
    cutAt = grant.tokens;
  }
}

async function settled(grant: Grant, ask: () => Promise<ModelReply>): Promise<ModelReply> {
  let used = grant.tokens;
  try {
    const reply = await ask();
    used = reply.kind === 'replied' ? reply.usage.outputTokens : usedByFailure(reply, grant);
    return reply;
  } finally {
    // An abort in the middle of a stream: what it has cost is not known, and is charged whole.
    grant.settle(used);
  }
}

/** A stream that broke off has cost something, nobody knows how much; a refusal has cost nothing. */
function usedByFailure(failure: ModelFailure, grant: Grant): number {
  const mayHaveBegun = failure.status === undefined && failure.unreachable !== true && BROKEN.has(failure.code);
  return mayHaveBegun ? grant.tokens : 0;
}

const BROKEN: ReadonlySet<ModelFailure['code']> = new Set(['network', 'server', 'overloaded', 'rate-limited']);

function overBudget(budget: Budget, cut: Replied | null): ModelFailure {
  const { message } = budget.error();
  const text = cut === null ? '' : textOf(cut.message);
  return {
    kind: 'failed',
    code: 'budget',
    message: text === '' ? message : `${message} Its last reply was cut there: ${text.slice(-500)}`,
  };
}
