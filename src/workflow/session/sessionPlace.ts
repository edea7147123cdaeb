import { budgetOf } from '../budgetWords.ts';
import type { Effort } from '../../protocol/capabilities.ts';
import type { AgentCaps, RunCaps } from '../../protocol/run.ts';
import type { Goal, Loop, SessionSettings } from '../../protocol/session.ts';
import type { RunContext } from '../runContext.ts';
import { Allowance } from './allowance.ts';
import type { Desk } from './desk.ts';
import type { WorkflowDoor } from './workflowDoor.ts';

/** What all parts of one session share. */
export interface SessionPlace {
  readonly run: RunContext;
  readonly desk: Desk;
  readonly door: WorkflowDoor;
  readonly attended: boolean;
  readonly state: SessionState;
  /** In whose round something is done; null: in none. */
  readonly loopId: string | null;
}

/** What of a session changes while it is open; each change is told as an event. */
export class SessionState {
  readonly #emit: RunContext['recorder'];
  #settings: SessionSettings;
  #goal: Goal | null = null;
  /** Of the goal's words, for all that is done for its sake. */
  #goalAllowance: Allowance | null = null;
  /** That have begun, over all openings of the session. */
  turns = 0;
  readonly loops = new Map<string, Loop>();
  /** Folders of the runs that it has started: its agent may read there. */
  readonly runDirs: string[] = [];
  /** Runs that it has started and that somebody works on, each with the loop whose round began it; their ends are turns to come. */
  readonly underWay = new Map<string, string | null>();
  /** Of whose words each run came: its end is a turn of theirs. */
  readonly allowances = new Map<string, Allowance>();
  /** What earlier openings have left, for the agent's next turn; empty: nothing. */
  left = '';
  /** What a person's words in it are, whose budget counts with theirs. */
  leftWords = '';
  readonly #watching = new Map<string, AbortController>();

  constructor(recorder: RunContext['recorder'], settings: SessionSettings) {
    this.#emit = recorder;
    this.#settings = settings;
  }

  get goal(): Goal | null {
    return this.#goal;
  }

  aimAt(goal: Goal | null): void {
    this.#goal = goal;
    this.#goalAllowance = goal && new Allowance(budgetOf(goal.condition));
  }

  /** That of words of their own, else what the goal leaves: what begins without a person is done for its sake. */
  allowanceBeside(own: Allowance): Allowance {
    return own.isLimited ? own : (this.#goalAllowance ?? own);
  }

  get settings(): SessionSettings {
    return this.#settings;
  }

  /** At which the agent is asked; undefined: the model's own. */
  get effort(): Effort | undefined {
    return this.#settings.ultracode ? 'xhigh' : this.#settings.effort;
  }

  /** What counts for a run: what the words say that it begins or goes on by, else what those said that it came of. */
  allowanceFor(runId: string, said: Allowance): Allowance {
    return said.isLimited ? said : (this.allowances.get(runId) ?? said);
  }

  /** Those within which a run goes on by such words: of the words that it came of before, it keeps what it has. */
  capsToGoOn(runId: string, kept: RunCaps, said: Allowance): AgentCaps {
    const counts = this.allowanceFor(runId, said);
    return counts === this.allowances.get(runId) ? counts.leftWithin(runId, kept) : counts.left(runId);
  }

  /** For who waits for the end of that run: fires with the session's signal, and as soon as somebody else waits for it. */
  watch(runId: string, session: AbortSignal): AbortSignal {
    this.#watching.get(runId)?.abort();
    const watching = new AbortController();
    this.#watching.set(runId, watching);
    return AbortSignal.any([session, watching.signal]);
  }

  change(settings: SessionSettings): void {
    this.#settings = settings;
    this.#emit.emit({ type: 'session.changed', settings });
  }
}
