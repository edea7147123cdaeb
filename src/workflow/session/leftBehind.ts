import type { Event } from '../../protocol/messages.ts';
import type { Goal } from '../../protocol/session.ts';
import type { SaidBudget } from '../budgetWords.ts';

/** A run that the session has started, in this opening or an earlier one. */
export interface KnownRun {
  readonly runId: string;
  readonly title: string;
  readonly runDir: string;
  /** As in `workflow.launched`. */
  readonly budget?: SaidBudget;
}

/** What earlier openings of a session have left, however they ended. */
export interface LeftBehind {
  readonly goal: Goal | null;
  /** All that were ever started, in order. */
  readonly runs: readonly KnownRun[];
  /** What a person had said and no turn had begun with. */
  readonly unheard: readonly string[];
  /** The turn under way, as it was asked; null: there was none. */
  readonly cutShort: string | null;
  /** Runs that had not ended. */
  readonly cutRuns: readonly KnownRun[];
  /** Runs whose end no turn has told the agent. */
  readonly untold: readonly KnownRun[];
}

/**
 * From the events of the openings before this one. What one of them has left counts until the agent has worked again in a
 * later one: with that turn it was told.
 */
export function leftBehind(events: readonly Event[]): LeftBehind {
  const left = new Leaving();
  for (const event of events) left.take(event);
  return left.close();
}

interface Waiting {
  readonly by: string;
  readonly text: string;
  readonly run: KnownRun | null;
}

class Leaving {
  readonly #runs = new Map<string, KnownRun>();
  /** Of the opening that is read. */
  readonly #waiting = new Map<string, Waiting>();
  readonly #open = new Map<string, KnownRun>();
  #working: string | null = null;
  #lastEnded: KnownRun | null = null;
  #goal: Goal | null = null;
  /** Of the openings before it. */
  #unheard: string[] = [];
  #cutShort: string | null = null;
  #cutRuns: KnownRun[] = [];
  #untold: KnownRun[] = [];

  take(event: Event): void {
    switch (event.type) {
      case 'run.started':
        this.#leave();
        return;
      case 'turn.asked':
        this.#waiting.set(event.turnId, { by: event.by, text: event.text, run: this.#lastEnded });
        return;
      case 'turn.started':
        this.#begin(event.turnId);
        return;
      case 'turn.ended':
        this.#working = null;
        return;
      case 'goal.set':
        this.#goal = event.goal;
        return;
      case 'goal.ended':
        this.#goal = null;
        return;
      case 'workflow.launched': {
        const { launchedRunId: runId, title, runDir } = event;
        this.#runs.set(runId, { runId, title, runDir });
        this.#open.set(runId, { runId, title, runDir });
        this.#cutRuns = this.#cutRuns.filter((run) => run.runId !== runId);
        return;
      }
      case 'workflow.ended':
        this.#open.delete(event.launchedRunId);
        this.#lastEnded = this.#runs.get(event.launchedRunId) ?? null;
        return;
      default:
    }
  }

  close(): LeftBehind {
    this.#leave();
    return {
      ...{ goal: this.#goal, runs: [...this.#runs.values()], unheard: this.#unheard, cutShort: this.#cutShort },
      ...{ cutRuns: this.#cutRuns, untold: this.#untold },
    };
  }

  /** An opening is over. A goal and a loop come back by themselves: what they had asked for is not kept. */
  #leave(): void {
    for (const { by, text, run } of this.#waiting.values()) {
      if (by === 'person') this.#unheard.push(text);
      if (by === 'run' && run) this.#untold.push(run);
    }
    this.#cutRuns.push(...this.#open.values());
    this.#cutShort = this.#working ?? this.#cutShort;
    this.#waiting.clear();
    this.#open.clear();
    this.#working = null;
  }

  #begin(turnId: string): void {
    const text = this.#waiting.get(turnId)?.text ?? '';
    this.#waiting.delete(turnId);
    this.#working = text;
    // It is no turn of the agent's: nothing was told with it.
    if (text === '/compact') return;
    [this.#unheard, this.#cutShort, this.#cutRuns, this.#untold] = [[], null, [], []];
  }
}
