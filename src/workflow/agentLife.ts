import { AbortError, isAbort, onAbort } from '../base/abort.ts';
import type { Disposable } from '../base/disposable.ts';
import type { Clock } from '../engine/ports.ts';
import type { Message } from '../protocol/conversation.ts';
import type { CallGroup } from '../protocol/messages.ts';
import type { NullCause } from '../protocol/run.ts';
import type { BudgetError } from './budget.ts';
import type { Slot } from './pool.ts';
import type { GroupPlace } from './sandbox.ts';

/** Why an agent was ended from outside: its call is null, or it begins anew. */
export type Verdict =
  | {
      readonly kind: 'null';
      readonly cause: Extract<NullCause, 'stopped' | 'skipped' | 'timeout'>;
      readonly message: string;
      /** It stands in the run's failures already. */
      readonly listed?: true;
      /** An answer that comes all the same counts: it was to be waited for no longer, no more than that. */
      readonly givesWay?: true;
    }
  /** A cap in minutes over it was reached. */
  | { readonly kind: 'over-budget'; readonly error: BudgetError }
  | { readonly kind: 'restart' };

const NOTHING: readonly string[] = [];
const NO_HISTORY: readonly Message[] = [];

interface LifeStart {
  readonly agentId: string;
  readonly phase: string | null;
  /** The `parallel()` or `pipeline()` it was asked for in, where that is known. */
  readonly group?: CallGroup | undefined;
  /** What it was told in the life before this one, and had not heard. */
  readonly said?: readonly string[];
  /** Hears of each verdict that counts, at once. */
  readonly witness?: Witness;
  /** It has had a life before, which a person has let it forget. */
  readonly anew?: boolean;
  /** The run's end, or that of the agent which started it. */
  readonly signal: AbortSignal;
  /** The agent that started it. */
  readonly parent?: AgentLife;
}

export interface Witness {
  hears(verdict: Verdict): void;
}

type Time = Pick<Clock, 'now'>;

/** One agent between its call and its answer: what a person or a clock may do to it. */
export class AgentLife implements Disposable {
  readonly agentId: string;
  readonly phase: string | null;
  readonly group: CallGroup | undefined;
  readonly #parent: AgentLife | undefined;
  readonly #witness: Witness | undefined;
  readonly #abort = new AbortController();
  readonly #listening: Disposable;
  #history: readonly Message[] = NO_HISTORY;
  #isAnew: boolean;
  /** It follows on another one, which a person has ended so that it begins. */
  readonly isSecond: boolean;
  #isSettled = false;
  #verdict: Verdict | null = null;
  #said: readonly string[];
  #isDeaf = false;
  #slot: Slot | null = null;
  #waits = 0;
  #waitingSince = 0;
  #waitedMs = 0;

  constructor({ agentId, phase, group, said, witness, anew, signal, parent }: LifeStart) {
    this.agentId = agentId;
    this.phase = phase;
    this.group = group;
    this.#parent = parent;
    this.#witness = witness;
    this.#said = said ?? NOTHING;
    this.isSecond = anew === true;
    this.#isAnew = this.isSecond;
    this.#listening = onAbort(signal, () => this.#abort.abort(signal.reason));
  }

  /** Fires when the agent has to end, for whatever reason. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Null: it ends by itself, or with its run. */
  get verdict(): Verdict | null {
    return this.#verdict;
  }

  /**
   * The first verdict counts, but one to begin anew gives way to one to end, and none counts once it has given its answer.
   * False: this one does not count.
   */
  end(verdict: Verdict): boolean {
    if (this.#isSettled) return false;
    if (this.signal.aborted && (this.#verdict?.kind !== 'restart' || verdict.kind === 'restart')) return false;
    this.#verdict = verdict;
    this.#witness?.hears(verdict);
    this.#abort.abort(reasonOf(verdict));
    return true;
  }

  /** What it has brought counts from here on, whatever is said to it. Throws AbortError when a person has ended it before. */
  settle(): void {
    if (this.#verdict && !givesWay(this.#verdict)) throw new AbortError(reasonOf(this.#verdict));
    this.#isSettled = true;
  }

  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** False: it is told nothing more, since it is not asked any more. */
  tell(message: string): boolean {
    if (this.#isDeaf || this.#isSettled || (this.signal.aborted && this.#verdict?.kind !== 'restart')) return false;
    this.#said = [...this.#said, message];
    return true;
  }

  /** What it was told since the last time. */
  heard(): readonly string[] {
    const said = this.#said;
    this.#said = NOTHING;
    return said;
  }

  /** Its conversation is over. */
  deafen(): void {
    this.#isDeaf = true;
  }

  /** What it had said and heard before it was interrupted, and what it had been told and not heard. */
  recall(history: readonly Message[], unheard: readonly string[]): void {
    if (!this.#isAnew) this.#history = history;
    this.#said = [...unheard, ...this.#said];
  }

  /** It has not started, and will begin anew when it does. */
  forget(): void {
    this.#isAnew = true;
    this.#history = NO_HISTORY;
  }

  /** Nothing of what it did in an earlier life is to be there again. */
  get isAnew(): boolean {
    return this.#isAnew;
  }

  /** It was interrupted and has a conversation to go on with. */
  get goesOn(): boolean {
    return this.#history.length > 0;
  }

  /** The conversation that it goes on with; given once, its later ones follow from it. */
  takeHistory(): readonly Message[] {
    const history = this.#history;
    this.#history = NO_HISTORY;
    return history;
  }

  /**
   * Ends it when it has worked for so long. What it waits for a slot, the limiter, its turn on the machine, a person or a
   * pause does not count: `runTime`, here as for its waits, stands while its run does, so that a wait within a pause is no
   * second one.
   */
  async limitTo(ms: number, runTime: Clock): Promise<void> {
    const own = (): number => (this.#waits > 0 ? this.#waitingSince : runTime.now()) - this.#waitedMs;
    const until = own() + ms;
    try {
      for (let left = ms; left > 0; left = until - own()) await runTime.sleep(left, this.signal);
    } catch (error) {
      if (isAbort(error)) return;
      throw error;
    }
    this.end({ kind: 'null', cause: 'timeout', message: `It took longer than ${minutes(ms)} (timeoutMs).` });
  }

  /** It is no more among those that wait; one that another agent started never was. */
  get hasStarted(): boolean {
    return this.#slot !== null || this.#parent !== undefined;
  }

  /** Its place among those that work; what it waits for long, it lends the place for (W37). */
  takes(slot: Slot): void {
    this.#slot = slot;
  }

  /**
   * A wait for the limiter or a person: somebody else works meanwhile, and its clock stands. One that another agent started
   * has that one's place (W37), whose clock stands as well.
   */
  lending<T>(runTime: Time, signal: AbortSignal, wait: () => Promise<T>): Promise<T> {
    const parent = this.#parent;
    // The place is its parent's, who works on in it, whatever becomes of this one.
    if (parent) return this.waiting(runTime, () => parent.lending(runTime, parent.signal, wait));
    return this.waiting(runTime, () => (this.#slot ? this.#slot.lend(signal, wait) : wait()));
  }

  /** A wait in its own place, where nobody else works meanwhile: its clock stands, and that of whoever started it. */
  standing<T>(runTime: Time, wait: () => Promise<T>): Promise<T> {
    const parent = this.#parent;
    return this.waiting(runTime, parent ? () => parent.standing(runTime, wait) : wait);
  }

  /** A wait that is not the agent's own time. */
  async waiting<T>(runTime: Time, wait: () => Promise<T>): Promise<T> {
    if (this.#waits === 0) this.#waitingSince = runTime.now();
    this.#waits += 1;
    try {
      return await wait();
    } finally {
      this.#waits -= 1;
      if (this.#waits === 0) this.#waitedMs += runTime.now() - this.#waitingSince;
    }
  }

  dispose(): void {
    this.#listening.dispose();
    // Ends what still listens, such as its clock. A reason of our own costs less than the built-in one.
    this.#abort.abort('It is over.');
  }
}

/** The agents of a run that have been asked for and have not ended. */
export class LiveAgents {
  readonly #lives = new Map<string, AgentLife>();
  /** Why each `parallel()` is over whose stragglers nobody waits for. */
  readonly #left = new Map<number, string>();
  /** Where the groups begin that are within another one. */
  readonly #outer = new Map<number, GroupPlace>();

  begin(start: LifeStart): AgentLife {
    const life = new AgentLife(start);
    this.#lives.set(start.agentId, life);
    for (const { id } of this.#places(life)) {
      const left = this.#left.get(id);
      if (left !== undefined) leaveBehind(life, left);
    }
    return life;
  }

  /** What is asked for in `group` from now on is so within `outer` too. */
  nest(group: number, outer: GroupPlace): void {
    this.#outer.set(group, outer);
  }

  /**
   * Ends all of a `parallel()` and of what is nested in it, also those that its functions ask for later. Gives those it
   * has ended, with the slot of that `parallel()`.
   */
  leaveGroup(group: number, message: string): readonly { readonly agentId: string; readonly item: number }[] {
    this.#left.set(group, message);
    return [...this.#lives.values()].flatMap((life) => {
      const place = life.signal.aborted ? undefined : this.#places(life).find(({ id }) => id === group);
      if (!place) return [];
      leaveBehind(life, message);
      return [{ agentId: life.agentId, item: place.item }];
    });
  }

  /** How many nobody has ended. */
  get underWay(): number {
    return [...this.#lives.values()].filter(({ signal }) => !signal.aborted).length;
  }

  over(life: AgentLife): void {
    life.dispose();
    if (this.#lives.get(life.agentId) === life) this.#lives.delete(life.agentId);
  }

  get(agentId: string): AgentLife | undefined {
    return this.#lives.get(agentId);
  }

  inPhase(phase: string | null): readonly AgentLife[] {
    return [...this.#lives.values()].filter((life) => life.phase === phase);
  }

  /** The slots that it was asked for in, from the innermost outwards. */
  #places({ group }: AgentLife): readonly GroupPlace[] {
    const places: GroupPlace[] = [];
    for (let at: GroupPlace | undefined = group; at; at = this.#outer.get(at.id)) places.push(at);
    return places;
  }
}

/** Its slot is listed when it is left. */
function leaveBehind(life: AgentLife, message: string): void {
  life.end({ kind: 'null', cause: 'timeout', message, listed: true });
}

/** A clock's verdict gives way to an answer that has come all the same; what a person says of this one agent does not. */
function givesWay(verdict: Verdict): boolean {
  if (verdict.kind === 'restart') return false;
  return verdict.kind === 'over-budget' || verdict.cause === 'timeout' || verdict.givesWay === true;
}

function reasonOf(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'null':
      return verdict.message;
    case 'over-budget':
      return verdict.error.message;
    case 'restart':
      return 'It begins anew.';
  }
}

function minutes(ms: number): string {
  if (ms < 1_000) return `${ms} ms`;
  return ms < 120_000 ? `${Math.round(ms / 1_000)} s` : `${Math.round(ms / 60_000)} minutes`;
}
