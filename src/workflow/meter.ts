/** What is left of one cap: used up, and held by requests under way. Whole units: tokens, billionths of a dollar, agents. */
export class Meter {
  /** Null: not limited, counted all the same. */
  cap: number | null;
  #spent: number;
  #held = 0;
  #lost = 0;

  constructor(cap: number | null, spent = 0) {
    this.cap = cap;
    this.#spent = spent;
  }

  get spent(): number {
    return this.#spent;
  }
  get held(): number {
    return this.#held;
  }
  /** Of what is spent so much at most by what broke off, since this was made. */
  get lost(): number {
    return this.#lost;
  }
  get left(): number {
    return this.cap === null ? Infinity : this.cap - this.#spent;
  }
  get reached(): boolean {
    return this.left <= 0;
  }

  spend(units: number): void {
    this.#spent += units;
  }
  hold(units: number): void {
    this.#held += units;
  }
  /** Gives back what a request held, and counts what it has used of it. */
  settle(held: number, used: number, isLost: boolean): void {
    this.#held -= held;
    this.#spent += used;
    if (isLost) this.#lost += used;
  }
}

/** What a request takes from a meter: `fixed` for being sent, `perToken` for each token of its reply. */
export interface Rate {
  readonly fixed: number;
  readonly perToken: number;
}

/** A request's claim on one of the caps over it. */
export interface Claim {
  readonly meter: Meter;
  readonly rate: Rate;
  /** How many may want some of it now: what is left is shared among them. */
  readonly sharers: number;
}

export interface Wish {
  /** The most tokens that the reply is to have. */
  readonly wanted: number;
  /** What replies of this kind have needed so far, on average. */
  readonly mean: number;
  /** Of a reply that was cut by a smaller grant: only more than that helps. 0: none was. */
  readonly moreThan: number;
}

export type Share<C extends Claim = Claim> =
  | { readonly kind: 'granted'; readonly tokens: number }
  /** Others hold what it needs, and will give some of it back. */
  | { readonly kind: 'wait' }
  /** This cap leaves nothing useful, nor will it. */
  | { readonly kind: 'refused'; readonly by: C };

/** A reply shorter than this is not worth its input, while more may come back from others. */
const FLOOR = 1_024;
/** The least that is sent at all, when nothing more will come back. */
const LAST_RESORT = 256;
/** So many times a grant that was too little may be enough, when nothing more will come back. */
const WORTH_A_TRY = 1.25;

/**
 * How many tokens a request gets of all caps over it at once (W35): what is spent and held never exceeds one, however many
 * ask. Granting all that a request may use would send nothing at all (32,000 against a cap of 10,000), so a grant is a
 * fair share, and at least twice what replies of that kind have needed, or than a smaller grant that was too little: each
 * try is paid, and with a little more each time all would go into them. It waits only for what others hold, and holds
 * nothing meanwhile: nobody waits for ever.
 */
export function shareOf<C extends Claim>(claims: readonly C[], { wanted, mean, moreThan }: Wish): Share<C> {
  const floor = Math.min(wanted, Math.max(FLOOR, 2 * mean, 2 * moreThan));
  const rooms = claims.map((claim) => ({ claim, free: tokensFor(claim.meter.left - claim.meter.held, claim.rate) }));
  const free = Math.min(wanted, ...rooms.map((room) => room.free));
  if (free >= floor) {
    const fair = Math.min(wanted, ...claims.map(fairShare));
    return { kind: 'granted', tokens: Math.min(free, Math.max(fair, floor)) };
  }
  const isUseful = (tokens: number): boolean =>
    tokens >= Math.min(wanted, LAST_RESORT) && (moreThan === 0 || tokens >= WORTH_A_TRY * moreThan);
  const final = rooms.filter((room) => room.free < floor && room.claim.meter.held === 0);
  if (final.length === 0) return { kind: 'wait' };
  const hopeless = final.find((room) => !isUseful(room.free));
  if (hopeless) return { kind: 'refused', by: hopeless.claim };
  return isUseful(free) ? { kind: 'granted', tokens: free } : { kind: 'wait' };
}

function fairShare({ meter, rate, sharers }: Claim): number {
  return tokensFor(meter.left / Math.max(1, sharers), rate);
}

/** Below 0: not even the request itself can be paid. */
function tokensFor(units: number, { fixed, perToken }: Rate): number {
  const rest = units - fixed;
  if (rest < 0) return -1;
  return perToken === 0 ? Infinity : Math.floor(rest / perToken);
}
