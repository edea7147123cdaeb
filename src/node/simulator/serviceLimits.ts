import { apiError, type ApiError } from './errors.ts';
import { integerBetween, type Random } from './random.ts';
import type { Span } from './reply.ts';

/** How much a simulated service takes. */
export interface ServiceLimits {
  /** So many at once, and as many again in each period: a bucket that fills evenly. */
  readonly requests: number;
  /** Milliseconds. Absent: a minute. */
  readonly periodMs?: number;
  /** Now and then it refuses whatever comes, with 429 or 529. */
  readonly bursts?: {
    /** Requests from the end of one to the beginning of the next. */
    readonly every: Span;
    readonly lastMs: Span;
  };
}

interface Burst {
  readonly status: 429 | 529;
  readonly until: number;
}

export interface Admission {
  /** How it stands, for the head of the answer. */
  readonly headers: Readonly<Record<string, string>>;
  /** Absent: the request is taken on. */
  readonly error?: ApiError;
}

/** The limits of one service, as they are now. Times are milliseconds since 1970. */
export class LimitState {
  readonly #limits: ServiceLimits;
  readonly #random: Random;
  readonly #periodMs: number;
  #left: number;
  #at = 0;
  #burst: Burst | null = null;
  /** Requests until the next burst. */
  #quiet: number;

  constructor(limits: ServiceLimits, random: Random) {
    this.#limits = limits;
    this.#random = random;
    this.#periodMs = limits.periodMs ?? 60_000;
    this.#left = limits.requests;
    this.#quiet = this.#nextQuiet();
  }

  admit(now: number): Admission {
    this.#refill(now);
    const burst = this.#burstAt(now);
    if (burst?.status === 529) return { headers: this.#headers(now), error: apiError(529) };
    if (burst) return this.#refused(now, burst.until - now);
    if (this.#left < 1) return this.#refused(now, Math.ceil((1 - this.#left) * this.#msEach()));
    this.#left -= 1;
    this.#quiet -= 1;
    return { headers: this.#headers(now) };
  }

  #refused(now: number, waitMs: number): Admission {
    const retry = { 'retry-after': String(Math.ceil(waitMs / 1000)), 'retry-after-ms': String(waitMs) };
    return { headers: { ...this.#headers(now), ...retry }, error: { ...apiError(429), headers: {} } };
  }

  #burstAt(now: number): Burst | null {
    const { bursts } = this.#limits;
    if (this.#burst && this.#burst.until > now) return this.#burst;
    if (this.#burst) this.#quiet = this.#nextQuiet();
    this.#burst = null;
    if (!bursts || this.#quiet > 0) return null;
    const status = this.#random() < 0.5 ? 429 : 529;
    this.#burst = { status, until: now + Math.max(1, this.#draw(bursts.lastMs)) };
    return this.#burst;
  }

  #nextQuiet(): number {
    return this.#limits.bursts ? this.#draw(this.#limits.bursts.every) : Infinity;
  }

  #refill(now: number): void {
    if (this.#at > 0) this.#left = Math.min(this.#limits.requests, this.#left + (now - this.#at) / this.#msEach());
    this.#at = now;
  }

  #msEach(): number {
    return this.#periodMs / this.#limits.requests;
  }

  #headers(now: number): Record<string, string> {
    const reset = now + Math.ceil((this.#limits.requests - this.#left) * this.#msEach());
    return {
      'anthropic-ratelimit-requests-limit': String(this.#limits.requests),
      'anthropic-ratelimit-requests-remaining': String(Math.floor(this.#left)),
      'anthropic-ratelimit-requests-reset': new Date(reset).toISOString(),
    };
  }

  #draw(span: Span): number {
    return typeof span === 'number' ? span : integerBetween(this.#random, span[0], span[1]);
  }
}
