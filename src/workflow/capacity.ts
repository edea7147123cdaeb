import type { ModelFailure, ReplyHead } from '../engine/model.ts';

/** Leave to send a request, to be given back with `ended`. */
export interface Pass {
  readonly kind: 'pass';
  readonly round: number;
  /** It goes ahead, alone. */
  readonly first: boolean;
  readonly since: number;
  /** How many were sent before it. */
  number: number;
  sent: boolean;
  accepted: boolean;
}

/** How a request that held a pass ended. `unused`: it was never sent. */
export type Outcome = 'success' | 'other' | 'unused';

/** A failure for the time being: the request was not taken on, and waiting helps. */
export type Refusal = ModelFailure & { readonly code: 'rate-limited' | 'overloaded' | 'quota' };

/** Who waits for it waits however long. */
export function isPatient(refusal: Refusal): boolean {
  return refusal.code === 'quota' && refusal.retryAfterMs !== undefined;
}

/** Nobody sends before `until`, in milliseconds since 1970. */
export interface Hold {
  readonly until: number;
  readonly code: Refusal['code'];
  readonly message: string;
  /** What those get whose patience ends before the hold does; without it they wait however long. */
  readonly failure?: ModelFailure;
  /** Why it is on comes a moment later. */
  readonly quiet?: boolean;
}

/** A limit that is there again within this time is weather, beyond it a quota. */
const QUOTA_AFTER_MS = 10 * 60_000;
/** A service that has not begun to answer by then is slow, which says nothing of how much it takes. */
const SLOW_HEAD_MS = 5_000;
/** The same where nothing speaks of bad weather yet. */
const CALM_SLOW_HEAD_MS = 100;
/**
 * And for the first ones, while none has been taken on: a service that takes a second to refuse a wrong key would be asked
 * ten times meanwhile. One that says nothing for longer is only slow, and is not to be waited for.
 */
const FIRST_SLOW_HEADS_MS = [100, 200, 400, 400];
/** For each that is taken on so many more may follow, until something is refused for the first time. */
const CALM_GROWTH = 3;

/** No more than this part of what is left is risked before the service has taken it on: it may refuse all of it. */
const CAUTION = 8;
const PAUSE = { code: 'rate-limited', message: 'The service asked for a pause.', quiet: true } as const;

/**
 * What the service behind one model takes, as far as it has shown. At most `limit` requests at once; it halves when the
 * service refuses and grows by one for as many successes as it counts (additive increase, multiplicative decrease, as
 * TCP does it: once for all that was under way together). At the start, and after each hold, one request goes ahead,
 * and each that is taken on lets one more follow (slow start), or three before the first hold: a service that refuses is
 * asked by one and not by all. What it says of its limits counts for all: when nothing is left, nobody sends before the
 * reset.
 */
export class Capacity {
  readonly #model: string;
  readonly #max: number;
  /** Sent, without a head of an answer yet. */
  readonly #inQuestion = new Set<Pass>();
  #limit: number;
  #running = 0;
  #successes = 0;
  /** A hold begins a new one: what was sent before says nothing about what comes after. */
  #round = 0;
  #ramp = 1;
  #refusedRound = -1;
  #refusals = 0;
  /** How often one more was let through since the one before it was slow. */
  #unheard = 0;
  #sent = 0;
  #acceptedAt = 0;
  #hold: Hold | null = null;
  /** For all but those with a pass, who are within what is left. Apart from `#hold`, which holds them too: neither hides the other. */
  #spent: Hold | null = null;
  /** Requests that may be sent before `resetAt`, by the newest head. */
  #allowance: { left: number; readonly resetAt: number; readonly number: number } | null = null;

  constructor(model: string, max: number) {
    this.#model = model;
    this.#max = max;
    this.#limit = max;
  }

  get limit(): number {
    return this.#limit;
  }
  get running(): number {
    return this.#running;
  }
  /** When the service last took a request on; 0 before the first. */
  get acceptedAt(): number {
    return this.#acceptedAt;
  }

  /** The hold for a request that did not go out when its pass was given, or is not its first. */
  holdFor(pass: Pass, now: number): Hold | null {
    return pass.sent ? this.hold(now) : lasting(this.#hold, now);
  }

  /** For who has no pass. */
  hold(now: number): Hold | null {
    return lasting(longer(this.#hold, this.#spent), now);
  }

  /** Null: nothing may be sent now. */
  take(now: number): Pass | null {
    if (this.hold(now) || this.#running >= this.#limit || !this.#sure(now)) return null;
    this.#running += 1;
    const { round, first } = { round: this.#round, first: this.#ramp === 1 };
    const pass = {
      kind: 'pass',
      round,
      first,
      since: now,
      number: this.#sent++,
      sent: false,
      accepted: false,
    } as const;
    this.#inQuestion.add(pass);
    this.#spend(now);
    return pass;
  }

  /** When `take` may give a pass though nothing was sent, answered or ended meanwhile; Infinity: never. */
  nextChange(now: number): number {
    const hold = this.hold(now);
    if (hold) return hold.until;
    const [oldest] = this.#inQuestion;
    return oldest && this.#running < this.#limit ? oldest.since + this.#slowHeadMs() : Infinity;
  }

  /** A request goes out with this pass; maybe not its first. */
  sending(pass: Pass, now: number): void {
    if (pass.sent) {
      pass.number = this.#sent++;
      this.#spend(now);
    }
    pass.sent = true;
  }

  /** The head of an answer has come. */
  head(pass: Pass, { accepted, retryAfterMs = 0, requests, noTokensForMs = 0 }: ReplyHead, now: number): void {
    this.#inQuestion.delete(pass);
    if (accepted) this.#accepted(pass, now);
    // At once and not when the error's text is there, or others would slip through.
    else this.#holdOn({ ...PAUSE, until: now + retryAfterMs }, now);
    if (requests && pass.number >= (this.#allowance?.number ?? 0)) {
      const left = requests.left - (this.#sent - 1 - pass.number);
      this.#allowance = { left, resetAt: now + requests.resetMs, number: pass.number };
      if (left <= 0) this.#holdOn(this.#usedUp(now, requests.resetMs), now);
    }
    this.#holdOn(this.#usedUp(now, noTokensForMs), now);
  }

  /** The service refuses for the time being. `backoffMs`: how long to wait after so many refusals in a row. */
  refused(pass: Pass, failure: Refusal, backoffMs: (refusals: number) => number, now: number): void {
    const news = pass.round > this.#refusedRound;
    if (news) {
      this.#refusedRound = pass.round;
      this.#refusals += 1;
      // One that went ahead alone says nothing about how many at once are too many.
      if (!pass.first) this.#shrink();
    }
    const pauseMs = Math.max(failure.retryAfterMs ?? 0, news ? backoffMs(this.#refusals) : 0);
    const hold: Hold = { until: now + pauseMs, code: failure.code, message: failure.message };
    this.#holdOn(isPatient(failure) ? hold : { ...hold, failure }, now);
  }

  ended(pass: Pass, outcome: Outcome, now: number): void {
    this.#running -= 1;
    this.#inQuestion.delete(pass);
    if (outcome === 'success') {
      if (!pass.accepted) this.#accepted(pass, now);
      this.#grow();
    }
    if (outcome === 'unused' && this.#allowance) this.#allowance.left += 1;
  }

  /** As at the start: one request goes ahead. */
  startAgain(): void {
    this.#round += 1;
    this.#ramp = 1;
  }

  #accepted(pass: Pass, now: number): void {
    pass.accepted = true;
    this.#acceptedAt = now;
    if (pass.round !== this.#round) return;
    this.#refusals = 0;
    this.#ramp = Math.min(this.#max, this.#ramp + (this.#round === 0 ? CALM_GROWTH : 1));
  }

  #grow(): void {
    this.#successes += 1;
    if (this.#successes < this.#limit) return;
    this.#successes = 0;
    this.#limit = Math.min(this.#max, this.#limit + 1);
  }

  #shrink(): void {
    this.#limit = Math.max(1, Math.floor(Math.min(this.#limit, this.#running) / 2));
    this.#successes = 0;
  }

  /** Whether the service has shown that it takes one more. */
  #sure(now: number): boolean {
    // Past its reset too: how much there is now the next head says.
    const left = this.#allowance?.left ?? Infinity;
    const most = Math.min(this.#ramp, Math.max(1, Math.floor(left / CAUTION)));
    if (this.#inQuestion.size < most) return true;
    const [slowMs, before] = [this.#slowHeadMs(), this.#inQuestion.size];
    for (const pass of this.#inQuestion) {
      if (pass.since + slowMs > now) break;
      this.#inQuestion.delete(pass);
    }
    if (this.#inQuestion.size < before) this.#unheard += 1;
    return this.#inQuestion.size < most;
  }

  #slowHeadMs(): number {
    if (this.#round > 0 || this.#allowance !== null) return SLOW_HEAD_MS;
    return (this.#acceptedAt === 0 ? FIRST_SLOW_HEADS_MS[this.#unheard] : undefined) ?? CALM_SLOW_HEAD_MS;
  }

  #spend(now: number): void {
    const allowance = this.#allowance;
    if (!allowance) return;
    allowance.left -= 1;
    if (allowance.left <= 0 && allowance.resetAt > now) {
      this.#spent = longer(this.#usedUp(now, allowance.resetAt - now), this.#spent);
      this.startAgain();
    }
  }

  #usedUp(now: number, forMs: number): Hold {
    const [code, what] =
      forMs > QUOTA_AFTER_MS ? (['quota', 'quota'] as const) : (['rate-limited', 'rate limit'] as const);
    return { until: now + forMs, code, message: `The ${what} for ${this.#model} is used up for now.` };
  }

  #holdOn(hold: Hold, now: number): void {
    if (hold.until <= now || longer(hold, this.#hold) !== hold) return;
    this.#hold = hold;
    this.startAgain();
  }
}

function lasting(hold: Hold | null, now: number): Hold | null {
  return hold && hold.until > now ? hold : null;
}

/** Of two equal ones the first: of the later one, or of a refusal, more is known. */
function longer(one: Hold | null, other: Hold | null): Hold | null {
  return one && (!other || one.until >= other.until) ? one : other;
}
