import type { Model, ModelFailure, ModelReply, ModelRequest, OnDelta, OnHead } from '../engine/model.ts';
import { isFatal } from '../engine/model.ts';
import type { Clock } from '../engine/ports.ts';
import type { HeldBack } from './budgetedModel.ts';
import { isPatient, type Outcome, type Pass, type Refusal } from './capacity.ts';
import { LASTING_MS, LimiterGate, sleepUntil, type Caller, type Wait } from './limiterGate.ts';

export type { Wait } from './limiterGate.ts';

export interface LimiterDeps {
  readonly clock: Clock;
  /** From 0 up to, not including, 1. */
  readonly random: () => number;
}

export interface LimiterOptions {
  /** Requests at once to one model, at most. Default 256. */
  readonly maxConcurrency?: number;
  /** Where a model is asked, by its name in requests. Default: all at one service, by that name. */
  readonly placeOf?: (model: string) => ModelPlace;
  /** Shared with other limiters, which so count as one; the first that asks for a model sets its `maxConcurrency`. Default: its own. */
  readonly services?: Services;
}

export interface ModelPlace {
  readonly service: string;
  /** What the model is called there: two names of one model have one gate. */
  readonly id: string;
}

/** What is known of each service, by its name in `ModelPlace`. Empty at first; limiters fill it. */
export type Services = Map<string, Service>;

interface Service {
  hasAnswered: boolean;
  readonly gates: Map<string, LimiterGate>;
}

/** Gives something up while `wait` lasts and has it again when it resolves: a slot of the pool (`Slot.lend`). */
export type Lend = <T>(signal: AbortSignal, wait: () => Promise<T>) => Promise<T>;

/** Shared by all runs, with a gate for each model of each service: what one agent is told to wait for, all wait for (X07). */
export interface Limiter {
  /**
   * The model as one agent asks it. `onWait` is called before each wait that lasts, and before each attempt but the first.
   * `through` wraps the model below the retries, anew for each attempt; what it wraps may hold a request back. `lend` is given the waits that last.
   */
  readonly bind: (onWait: (wait: Wait) => void, through?: (model: HeldBack) => Model, lend?: Lend) => Model;
  load(model: string): { readonly limit: number; readonly running: number; readonly waiting: number };
}

/** Attempts of one request at a service that fails, and at one to which there is no connection. */
const ATTEMPTS = 4;
const ATTEMPTS_UNREACHABLE = 3;
/** Once the service has answered, it is known to be right, and what fails will pass: a restart, a network that is gone for a while. */
const ATTEMPTS_KNOWN = 8;
const UNREACHABLE_PATIENCE_MS = 15 * 60_000;
const BACKOFF_MS = 1_000;
const MAX_BACKOFF_MS = 60_000;
/** Who is let through and has not got its place in the pool back by then lets others go first. */
const READY_MS = 1_000;

/**
 * Retries for a `model` that has none. A refusal for the time being costs no attempt; what it asks for (`retry-after`)
 * and what any answer says of the limits holds all callers of that model. They wait for a quota's reset however long,
 * for other weather until nobody has got through for 15 minutes. A failing service is asked four times. A fatal answer
 * is handed to all who wait; all else to who asked.
 */
export function createLimiter(model: Model, deps: LimiterDeps, options: LimiterOptions = {}): Limiter {
  const { placeOf = (name: string) => ({ service: '', id: name }), services = new Map<string, Service>() } = options;
  const backoffMs = (refusals: number): number => jitter(refusals, deps.random);
  const wayTo = (name: string): Pick<Way, 'gate' | 'service'> => {
    const place = placeOf(name);
    const service: Service = services.get(place.service) ?? { hasAnswered: false, gates: new Map() };
    services.set(place.service, service);
    const known = service.gates.get(place.id);
    if (known) return { gate: known, service };
    const gate = new LimiterGate(name, { clock: deps.clock, backoffMs }, options.maxConcurrency ?? 256);
    service.gates.set(place.id, gate);
    return { gate, service };
  };
  return {
    bind: (onWait, through = (below) => below, lend = (_signal, wait) => wait()) => ({
      reply: (request, signal, onDelta, onHead) => {
        const { gate, service } = wayTo(request.model);
        const caller: Queuer = {
          ticket: gate.newTicket(),
          onWait: (wait) => {
            onWait(wait);
            caller.lasts?.();
          },
        };
        const attempt = (pass: Pass): Promise<ModelReply> =>
          through(passing(model, gate, pass, onHead)).reply(request, signal, onDelta);
        return untilAnswered({ gate, caller, deps, service, lend, attempt, signal });
      },
    }),
    load: (name) => wayTo(name).gate.load,
  };
}

interface Queuer extends Caller {
  /** Called when it was told of a wait. */
  lasts?: () => void;
}

/** Of one request so far. */
interface Failures {
  attempts: number;
  refusals: number;
  /** When the first of those that pass came. */
  since: number | null;
}

interface Way {
  readonly gate: LimiterGate;
  readonly caller: Queuer;
  readonly deps: LimiterDeps;
  readonly service: Service;
  readonly lend: Lend;
  readonly attempt: (pass: Pass) => Promise<ModelReply>;
  readonly signal: AbortSignal;
}

/** The model as what wraps it sees it: it may be asked late, or twice. */
function passing(model: Model, gate: LimiterGate, pass: Pass, onHead: OnHead | undefined): HeldBack {
  let hasSent = false;
  return {
    hasSent: () => hasSent,
    reply: async (request: ModelRequest, signal: AbortSignal, onDelta?: OnDelta) => {
      hasSent = false;
      await gate.toSend(pass, signal);
      hasSent = true;
      return model.reply(request, signal, onDelta, (head) => {
        gate.head(pass, head);
        onHead?.(head);
      });
    },
  };
}

async function untilAnswered(way: Way): Promise<ModelReply> {
  const { gate, caller, deps, signal } = way;
  const so: Failures = { attempts: 0, refusals: 0, since: null };
  for (;;) {
    const pass = gate.tryEnter(caller) ?? (await turn(way));
    if (pass.kind === 'failed') return pass;
    const { reply, heldUntil } = await withPass(way, pass);
    if (reply.kind === 'replied') return reply;
    const wait = waitAfter(way, reply, heldUntil, so);
    if (wait === null) return reply;
    caller.onWait(wait);
    const sleep = (): Promise<void> => sleepUntil(deps.clock, wait.until, signal);
    await (wait.delayMs < LASTING_MS ? sleep() : way.lend(signal, sleep));
  }
}

/** Queues, and gives its place in the pool up as soon as that lasts. */
async function turn(way: Way): Promise<Pass | ModelFailure> {
  const { gate, caller, signal } = way;
  const lasting = new Promise<null>((resolve) => (caller.lasts = () => resolve(null)));
  for (;;) {
    const entering = gate.enter(caller, signal);
    const answer = (await Promise.race([entering, lasting])) ?? (await lent(way, entering));
    if (answer) return answer;
  }
}

/** Null: when its turn came it was not ready, and lets others go first. */
async function lent(way: Way, entering: Promise<Pass | ModelFailure>): Promise<Pass | ModelFailure | null> {
  let answer: Pass | ModelFailure | null = null;
  const back = new AbortController();
  const giveUp = (): void => {
    if (answer?.kind === 'pass') way.gate.leave(answer, 'unused');
    answer = null;
  };
  try {
    await way.lend(way.signal, async () => {
      answer = await entering;
      way.deps.clock.sleep(READY_MS, back.signal).then(giveUp, () => undefined);
    });
    return answer;
  } catch (error) {
    entering.catch(() => undefined);
    giveUp();
    throw error;
  } finally {
    back.abort();
  }
}

/** `heldUntil`: of a refusal for the time being, when the service may be asked again. */
async function withPass(
  { gate, service, attempt }: Way,
  pass: Pass,
): Promise<{ readonly reply: ModelReply; readonly heldUntil: number }> {
  let outcome: Outcome = 'other';
  try {
    const reply = await attempt(pass);
    if (reply.kind === 'replied') {
      outcome = 'success';
      service.hasAnswered = true;
    }
    if (reply.kind === 'failed' && isFatal(reply)) gate.fail(reply);
    // Before the pass is given back, or the next in line would slip through.
    return { reply, heldUntil: reply.kind === 'failed' && isWeather(reply) ? gate.refused(pass, reply) : 0 };
  } finally {
    gate.leave(pass, pass.sent ? outcome : 'unused');
  }
}

function isWeather(failure: ModelFailure): failure is Refusal {
  return failure.code === 'rate-limited' || failure.code === 'overloaded' || failure.code === 'quota';
}

function isPassing(
  failure: ModelFailure,
): failure is ModelFailure & { readonly code: 'server' | 'network' | 'stalled' } {
  return failure.code === 'server' || failure.code === 'network' || failure.code === 'stalled';
}

/** The wait before the next attempt; null when there is none. Counts the failure in `so`. */
function waitAfter(
  { gate, caller, deps, service }: Way,
  failure: ModelFailure,
  heldUntil: number,
  so: Failures,
): (Wait & { readonly until: number }) | null {
  const now = deps.clock.now();
  const { message } = failure;
  if (isWeather(failure)) {
    so.refusals += 1;
    const until = Math.max(heldUntil, now + jitter(so.refusals, deps.random));
    if (!isPatient(failure) && gate.outOfPatience(caller, until)) return null;
    return { message, code: failure.code, delayMs: until - now, until };
  }
  if (!isPassing(failure)) return null;
  so.attempts += 1;
  so.since ??= now;
  if (givesUp(failure, so, now, service.hasAnswered)) return null;
  // A refused connection is a matter of whether the server is up, not of its load.
  const quick = failure.unreachable === true && !service.hasAnswered;
  const backoffMs = quick ? deps.random() * BACKOFF_MS : jitter(so.attempts, deps.random);
  const delayMs = Math.max(failure.retryAfterMs ?? 0, backoffMs);
  return { message, code: failure.code, delayMs, until: now + delayMs };
}

function givesUp(failure: ModelFailure, so: Failures, now: number, isKnown: boolean): boolean {
  if (!isKnown || failure.code === 'stalled')
    return so.attempts >= (failure.unreachable ? ATTEMPTS_UNREACHABLE : ATTEMPTS);
  if (failure.unreachable === true) return now - (so.since ?? now) > UNREACHABLE_PATIENCE_MS;
  return so.attempts >= ATTEMPTS_KNOWN;
}

/** Full jitter, up to 1, 2, 4 … 60 seconds: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/ */
function jitter(attempt: number, random: () => number): number {
  return random() * Math.min(MAX_BACKOFF_MS, BACKOFF_MS * 2 ** (attempt - 1));
}
