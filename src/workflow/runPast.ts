import { discardedChanges, type Decision } from '../protocol/decision.ts';
import type { Event } from '../protocol/messages.ts';
import type { Caps, Concurrency, RunCaps } from '../protocol/run.ts';
import { answersOf, type JournalLine } from './journalLine.ts';
import type { FolderSeen, OpenRun, PastCall } from './runStore.ts';
import { NEVER_STARTED, SpendingSoFar, tellsSpending, type SpendingEvent } from './spending.ts';

/** What a run's files tell whoever goes on with it. */
export type RunPast = Pick<
  OpenRun,
  'lastSeq' | 'attempts' | 'unfinished' | 'told' | 'calls' | 'folders' | 'discarded' | 'concurrency' | 'spent'
>;

export const NO_PAST: RunPast = {
  lastSeq: 0,
  attempts: 0,
  unfinished: new Map(),
  told: new Map(),
  calls: [],
  folders: [],
  discarded: new Set(),
  concurrency: null,
  spent: NEVER_STARTED,
};

/** What is read of the events that matter here; an `Event` is one as well. */
export type TellingEvent =
  | {
      readonly type: 'run.started';
      readonly at: number;
      readonly caps?: RunCaps | undefined;
      readonly budget?: number | null | undefined;
      readonly scriptHash?: string | undefined;
      readonly folder?: string | null | undefined;
    }
  | { readonly type: 'run.ended'; readonly at: number; readonly folder?: string | null | undefined }
  | {
      readonly type: 'agent.queued';
      readonly at: number;
      readonly agentId: string;
      readonly phase: string | null;
      readonly model: string;
      readonly label: string;
      readonly key?: string | undefined;
      readonly inFolder?: true | undefined;
      readonly parent?: string | undefined;
    }
  | {
      readonly type: 'run.changed';
      readonly at: number;
      readonly caps: Caps;
      readonly asked?: Concurrency | undefined;
    }
  | { readonly type: 'agent.steered'; readonly at: number; readonly agentId: string; readonly message: string }
  | { readonly type: 'agent.ended'; readonly at: number; readonly agentId: string; readonly end?: EndOf | undefined }
  | Exclude<
      SpendingEvent,
      { readonly type: 'run.started' | 'run.ended' | 'run.changed' | 'agent.queued' | 'agent.ended' }
    >;

/** From a log whose last event is numbered `lastSeq`, and the journal and decisions that belong to it. */
export function pastOf(
  events: Iterable<Event | TellingEvent>,
  lastSeq: number,
  journal: readonly JournalLine[],
  decisions: readonly Decision[],
): RunPast {
  const log = new Log();
  for (const event of events) log.take(event);
  const answered = new Set(answersOf(journal).map(({ key }) => key));
  return {
    lastSeq,
    // Events are unsynced: after a power cut they may know less than the journal does, whose agents' names must not recur.
    attempts: journal.reduce(
      (most, line) => ('agentId' in line ? Math.max(most, attemptOf(line.agentId)) : most),
      log.attempt,
    ),
    unfinished: new Map([...log.open].filter(([key]) => !answered.has(key))),
    told: log.told,
    calls: log.calls,
    folders: log.folders,
    discarded: discardedChanges(decisions),
    concurrency: log.concurrency,
    spent: log.spending.ended(),
  };
}

/** The attempt in which an agent was named: `a7` is of the launch, `a3.2` of the second resume; 0 for other names. */
export function attemptOf(agentId: string): number {
  const [, first, second] = /^a(\d+)(?:\.(\d+))?$/.exec(agentId) ?? [];
  if (first === undefined) return 0;
  return second === undefined ? 1 : Number(first);
}

/** What ended it is no fault of its own, and may be over: a cap, the service, its time, a machine on which no command starts. */
function canGoOn(end: EndOf | undefined): boolean {
  if (end?.kind === 'null') return GOES_ON.has(end.cause ?? '');
  return end?.kind === 'threw' && end.cause === 'budget';
}

type EndOf = { readonly kind: string; readonly cause?: string | undefined };
const GOES_ON: ReadonlySet<string> = new Set(['api', 'quota', 'stalled', 'timeout', 'not-started']);

class Log {
  attempt = 0;
  concurrency: Concurrency | null = null;
  readonly spending = new SpendingSoFar();
  /** By a call's key, the agent that was asked last and has not ended. */
  readonly open = new Map<string, string>();
  readonly told = new Map<string, string[]>();
  readonly #keys = new Map<string, string>();
  calls: PastCall[] = [];
  readonly folders: FolderSeen[] = [];
  #scriptHash: string | undefined;

  take(event: Event | TellingEvent): void {
    if (tellsSpending(event)) this.spending.take(event);
    switch (event.type) {
      case 'run.started':
        this.#start(event.scriptHash, event.folder ?? null);
        return;
      case 'run.ended': {
        const last = this.folders.pop();
        if (last) this.folders.push({ ...last, left: event.folder ?? null });
        return;
      }
      case 'run.changed':
        this.concurrency = event.asked ?? this.concurrency;
        return;
      case 'agent.queued':
        // What an agent has others do is no call of the script.
        if (event.parent === undefined) this.#queued(event);
        return;
      case 'agent.steered':
        this.told.set(event.agentId, [...(this.told.get(event.agentId) ?? []), event.message]);
        return;
      case 'agent.ended': {
        if (canGoOn(event.end)) return;
        const key = this.#keys.get(event.agentId);
        if (key !== undefined && this.open.get(key) === event.agentId) this.open.delete(key);
        return;
      }
      default:
    }
  }

  #start(scriptHash: string | undefined, found: string | null): void {
    this.attempt += 1;
    this.folders.push({ attempt: this.attempt, found, left: null });
    if (this.#scriptHash !== undefined && scriptHash !== this.#scriptHash) this.calls = [];
    this.#scriptHash = scriptHash ?? this.#scriptHash;
  }

  #queued({ agentId, label, key, inFolder }: Extract<TellingEvent, { readonly type: 'agent.queued' }>): void {
    this.calls.push({
      ...{ agentId, label, attempt: this.attempt },
      ...(key === undefined ? {} : { key }),
      ...(inFolder === true ? { inFolder } : {}),
    });
    if (key === undefined) return;
    this.#keys.set(agentId, key);
    this.open.set(key, agentId);
  }
}
