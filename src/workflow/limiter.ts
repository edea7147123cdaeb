import type { Model, ModelFailure, ModelReply, ModelRequest, OnDelta } from '../engine/model.ts';
import type { Clock } from '../engine/ports.ts';
import { LimiterGate, PATIENCE_MS, type Caller, type Outcome, type Slot } from './limiterGate.ts';

/** What an agent waits for, and how long at least. */
export interface Wait {
  readonly message: string;
  readonly delayMs: number;
}

export interface LimiterDeps {
  readonly clock: Clock;
  /** From 0 up to, not including, 1. */
  readonly random: () => number;
}

export interface LimiterOptions {
  /** Requests at once to one model, at most and to begin with. Default 256. */
  readonly maxConcurrency?: number;
}

/** One for each provider, shared by all its runs: what one agent is told to wait for, all wait for (X07). */
export interface Limiter {
  /**
   * The model as one agent asks it; `onWait` is called before each wait. `through` wraps the model below the retries: it
   * sees each attempt.
   */
  bind(onWait: (wait: Wait) => void, through?: (model: Model) => Model): Model;
  load(model: string): { readonly limit: number; readonly running: number; readonly waiting: number };
}

/** Attempts of one request at a service that fails, and at one to which there is no connection. */
const ATTEMPTS = 4;
const ATTEMPTS_UNREACHABLE = 3;
const BACKOFF_MS = 1000;
const MAX_BACKOFF_MS = 60_000;

/**
 * Retries for a `model` that has none. A refusal for the time being costs no attempt but at most 15 minutes of waiting;
 * a `retry-after` holds all callers of that model. A failing service is asked four times. All else is handed on.
 * Full jitter: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function createLimiter(model: Model, deps: LimiterDeps, options: LimiterOptions = {}): Limiter {
  const gates = new Map<string, LimiterGate>();
  const gateOf = (id: string): LimiterGate => {
    const known = gates.get(id);
    if (known) return known;
    const gate = new LimiterGate(deps.clock, options.maxConcurrency ?? 256);
    gates.set(id, gate);
    return gate;
  };
  return {
    bind: (onWait, through = (below) => below) => {
      const below = through(model);
      return {
        reply: (request, signal, onDelta) =>
          untilAnswered({ model: below, deps, gate: gateOf(request.model), onWait }, request, signal, onDelta),
      };
    },
    load: (id) => gateOf(id).load,
  };
}

interface Way {
  readonly model: Model;
  readonly deps: LimiterDeps;
  readonly gate: LimiterGate;
  readonly onWait: (wait: Wait) => void;
}

async function untilAnswered(
  way: Way,
  request: ModelRequest,
  signal: AbortSignal,
  onDelta?: OnDelta,
): Promise<ModelReply> {
  const { gate, deps } = way;
  const caller: Caller = {
    ticket: gate.newTicket(),
    onHold: ({ message }, delayMs) => way.onWait({ message, delayMs }),
  };
  const so = { attempts: 0, refusals: 0 };
  for (;;) {
    const slot = await gate.enter(caller, signal);
    if (slot.kind === 'failed') return slot;
    const reply = await inSlot(way, slot, request, signal, onDelta);
    if (reply.kind === 'replied') return reply;
    const delayMs = delayAfter(reply, so, deps.random);
    if (delayMs === null) return reply;
    if (isWeather(reply)) {
      const now = deps.clock.now();
      caller.giveUpAt ??= now + PATIENCE_MS;
      if (now + delayMs > caller.giveUpAt) return reply;
    }
    way.onWait({ message: reply.message, delayMs });
    await deps.clock.sleep(delayMs, signal);
  }
}

async function inSlot(
  way: Way,
  slot: Slot,
  request: ModelRequest,
  signal: AbortSignal,
  onDelta?: OnDelta,
): Promise<ModelReply> {
  let outcome: Outcome = 'other';
  try {
    const reply = await way.model.reply(request, signal, onDelta);
    if (reply.kind === 'replied') outcome = 'success';
    else if (isWeather(reply)) {
      outcome = 'weather';
      // Before the slot is free, or the next in line would slip through.
      if (reply.retryAfterMs !== undefined) way.gate.hold(way.deps.clock.now() + reply.retryAfterMs, reply);
    }
    return reply;
  } finally {
    way.gate.leave(slot, outcome);
  }
}

function isWeather(failure: ModelFailure): boolean {
  return failure.code === 'rate-limited' || failure.code === 'overloaded' || failure.code === 'quota';
}

/** Milliseconds until the next attempt, or null when there is none. Counts the failure in `so`. */
function delayAfter(
  failure: ModelFailure,
  so: { attempts: number; refusals: number },
  random: () => number,
): number | null {
  if (isWeather(failure)) {
    so.refusals += 1;
    return Math.max(failure.retryAfterMs ?? 0, jitter(so.refusals, random));
  }
  if (failure.code !== 'server' && failure.code !== 'network') return null;
  so.attempts += 1;
  if (so.attempts >= (failure.unreachable ? ATTEMPTS_UNREACHABLE : ATTEMPTS)) return null;
  // A refused connection is a matter of whether the server is up, not of its load.
  return failure.unreachable ? random() * BACKOFF_MS : Math.max(failure.retryAfterMs ?? 0, jitter(so.attempts, random));
}

/** Anything up to 1, 2, 4 … seconds. */
function jitter(attempt: number, random: () => number): number {
  return random() * Math.min(MAX_BACKOFF_MS, BACKOFF_MS * 2 ** (attempt - 1));
}
