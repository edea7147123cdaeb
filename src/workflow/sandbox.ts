import type { Clock } from '../engine/ports.ts';
import type { Json } from '../protocol/json.ts';
import type { CallGroup } from '../protocol/messages.ts';
import type { CheckedScript } from './script/check.ts';

/** A call from the script that needs an answer. `input` is what the script gave, as JSON, unparsed. */
export type EffectName = 'agent' | 'change' | 'review' | 'land' | 'check' | 'ask' | 'workflow';

export interface Effect {
  readonly kind: 'effect';
  /** Counts from 1 in each run. */
  readonly id: number;
  readonly name: EffectName;
  /** Empty for the root script, `meta.name` of a nested one (W36, W42). */
  readonly scope: string;
  /** The title that `phase()` set last in this scope. */
  readonly phase: string | null;
  /** The call's arguments in order; `undefined` is `null`. */
  readonly args: readonly Json[];
  /** Where in `parallel()` or `pipeline()` it was made, where that is known: see `guest.js` (X09). */
  readonly group?: CallGroup;
  /**
   * For each value of the option `from` (one, if it is no list) the id of the effect whose very answer it is; null for
   * a copy, a part, or a value that has no identity.
   */
  readonly from?: readonly (number | null)[];
}

/** A slot of a `parallel()` or `pipeline()`. */
export type GroupPlace = Pick<CallGroup, 'id' | 'item'>;

/**
 * What the script says without waiting. A `failure` is a slot that became null inside `parallel`, `pipeline` or a pattern
 * (cause `script`); `unvisited`, just before the end, a unit that the last `coverage()` of it had no result for (X11), and
 * `covered` how many units there were.
 */
export type Notice =
  | { readonly kind: 'phase'; readonly title: string }
  | { readonly kind: 'log'; readonly level: 'info' | 'warning' | 'error'; readonly message: string }
  /** `times`: it stands for so many. */
  | { readonly kind: 'failure'; readonly where: string; readonly message: string; readonly times?: number }
  /** A group begins within another one that may go on without some of its slots, at whatever depth (X06). */
  | { readonly kind: 'nested'; readonly group: number; readonly outer: GroupPlace }
  /** A `parallel()` went on without these slots (X06). */
  | { readonly kind: 'left'; readonly group: number; readonly missing: readonly number[] }
  | { readonly kind: 'unvisited'; readonly unit: string }
  | { readonly kind: 'covered'; readonly done: number; readonly failed: number; readonly unvisited: number };

/** What `budget` says from then on, in output tokens; `total` follows a cap that a person changes while the run goes on. */
export interface BudgetNow {
  readonly spent: number;
  readonly total: number | null;
}

export type Settlement = BudgetNow & { readonly id: number } & (
    | { readonly ok: true; readonly value: Json }
    /**
     * The promise rejects with an Error of this name and message, its stack at the call. `listed`: what failed stands in the
     * run's failures already, and the slot that it comes to nothing in is no other one.
     */
    | {
        readonly ok: false;
        readonly error: { readonly name: string; readonly message: string };
        readonly listed?: boolean;
      }
    /** Answers a `workflow` effect: the sandbox runs this script inline, under its own scope. */
    | {
        readonly ok: 'script';
        readonly script: CheckedScript;
        /** Shown in stacks; without it `meta.name`. */
        readonly fileName?: string;
        readonly args: Json | undefined;
      }
  );

export type SandboxEnd =
  | {
      readonly kind: 'returned';
      readonly value: Json;
      /** Paths of parts that were no JSON and became null (W04): `$.items[3].fn`. */
      readonly dropped: readonly string[];
      /** Messages of our promises that rejected and that nobody handled (W39). */
      readonly unhandled: readonly string[];
    }
  /** The script threw; `stack` names lines of the script file. `name` tells a budget error from others. */
  | {
      readonly kind: 'threw';
      readonly error: { readonly name: string; readonly message: string; readonly stack: string };
    }
  /** The sandbox ended it: out of memory, too long without a pause, or its thread died. */
  | { readonly kind: 'killed'; readonly message: string };

export interface SandboxStart {
  readonly script: CheckedScript;
  /** Shown in stacks. */
  readonly fileName: string;
  readonly args: Json | undefined;
  readonly budgetTotal: number | null;
}

export interface SandboxHost {
  /** What deadlines of `parallel()` go by: it stands while the run is paused. */
  readonly runTime: Pick<Clock, 'sleep'>;
  effect(effect: Effect): void;
  notice(notice: Notice): void;
}

export interface SandboxRun {
  /** Answers an effect; ignored after the end. */
  settle(settlement: Settlement): void;
  /** Never rejects. */
  readonly ended: Promise<SandboxEnd>;
  /** Ends the thread at once; `ended` resolves to `killed` if it had not ended. */
  dispose(): Promise<void>;
}

/** A place where a script runs with no way out but these messages: strings cross, no host object ever does. */
export interface Sandbox {
  /** The engine's own compiler must accept the script too (W08): null, or its error. */
  compile(script: CheckedScript): Promise<string | null>;
  start(start: SandboxStart, host: SandboxHost): SandboxRun;
}
