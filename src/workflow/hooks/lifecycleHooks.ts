import { isAbort, onAbort } from '../../base/abort.ts';
import type { Disposable } from '../../base/disposable.ts';
import type { Clock } from '../../engine/ports.ts';
import { failureCount } from '../../protocol/failures.ts';
import type { Event } from '../../protocol/messages.ts';
import type { RunEnd, RunUsage } from '../../protocol/run.ts';
import type { Recorder } from '../recorder.ts';
import type { RunHooks } from './runHooks.ts';

export interface LifecycleOptions {
  readonly hooks: RunHooks;
  readonly recorder: Pick<Recorder, 'subscribe'>;
  readonly clock: Clock;
  /** The number of the last event of earlier attempts, and how many there were. */
  readonly lastSeq: number;
  readonly attempts: number;
  /** The run's folder. */
  readonly dir: string;
}

/** How long a run's end waits for hooks that are still under way, and for those of its end. */
const SETTLE_MS = 60_000;
/** The program is closing: its person waits, and an editor does not for long. */
const HURRY_MS = 1_500;

type About = Readonly<Record<string, unknown>>;

/**
 * The hooks of a run's own course. WorkflowStart is waited for before the script begins. PhaseStart and AgentEnd are
 * called one after the other in the order of what happened, and nobody waits for them before the run's end. WorkflowEnd
 * is called when the run's files are complete.
 */
export class LifecycleHooks implements Disposable {
  readonly #options: LifecycleOptions;
  /** Ends the hooks of its course that are under way. */
  readonly #abort = new AbortController();
  /** The program is closing. */
  readonly #hurry = new AbortController();
  readonly #agents = new Map<string, { readonly label: string; readonly phase: string | null }>();
  #listening: Disposable | null = null;
  #told: Promise<void> = Promise.resolve();

  constructor(options: LifecycleOptions) {
    this.#options = options;
  }

  /** Resolves early when the run is stopped meanwhile. */
  async started(signal: AbortSignal): Promise<void> {
    const { hooks, recorder, attempts, lastSeq } = this.#options;
    const source = attempts > 0 ? 'resume' : 'launch';
    await hooks.fire('WorkflowStart', source, { source, attempt: attempts + 1 }, signal).catch(ignoreAbort);
    if (hooks.has('PhaseStart') || hooks.has('AgentEnd'))
      this.#listening = recorder.subscribe(lastSeq + 1, (batch) => batch.forEach((event) => this.#follow(event)));
  }

  /** Waits for what is under way; nothing is told after. */
  async settle(): Promise<void> {
    if (this.#listening === null) return;
    this.#listening.dispose();
    await this.#within(this.#told, this.#abort);
  }

  async ended(end: RunEnd, usage: RunUsage): Promise<void> {
    const { hooks, dir } = this.#options;
    if (!hooks.has('WorkflowEnd')) return;
    const about = {
      status: end.status,
      ...('message' in end ? { message: end.message } : {}),
      result_path: `${dir}/result.json`,
      failures: failureCount(end.failures),
      usage,
    };
    const ending = new AbortController();
    await this.#within(hooks.fire('WorkflowEnd', end.status, about, ending.signal), ending);
  }

  /** Waits no longer than a closing program can. */
  hurry(): void {
    this.#hurry.abort();
  }

  dispose(): void {
    this.#listening?.dispose();
    this.#abort.abort('The run is over.');
  }

  #follow(event: Event): void {
    switch (event.type) {
      case 'phase.entered':
        this.#tell('PhaseStart', event.title, { phase: event.title });
        return;
      case 'agent.queued':
        this.#agents.set(event.agentId, { label: event.label, phase: event.phase });
        return;
      case 'agent.ended': {
        // What the journal answered has ended in an earlier attempt.
        if (event.fromJournal) return;
        const { agentId, end } = event;
        const { label = agentId, phase = null } = this.#agents.get(agentId) ?? {};
        const { kind: status, ...how } = end;
        this.#tell('AgentEnd', label, { agent_id: agentId, label, phase, status, ...how });
        return;
      }
      default:
        return;
    }
  }

  #tell(event: 'PhaseStart' | 'AgentEnd', subject: string, about: About): void {
    const { hooks } = this.#options;
    if (!hooks.has(event)) return;
    this.#told = this.#told.then(async () => {
      await hooks.fire(event, subject, about, this.#abort.signal).catch(ignoreAbort);
    });
  }

  /** Ends hooks that take longer, and waits for that too. */
  async #within(work: Promise<unknown>, ending: AbortController): Promise<void> {
    const { clock } = this.#options;
    const waiting = new AbortController();
    const limit = (ms: number): Promise<void> =>
      clock.sleep(ms, waiting.signal).then(() => ending.abort('The run is over.'), ignoreAbort);
    const limits = [limit(SETTLE_MS)];
    const hurried = onAbort(this.#hurry.signal, () => void limits.push(limit(HURRY_MS)));
    try {
      await work.catch(ignoreAbort);
    } finally {
      hurried.dispose();
      waiting.abort();
      await Promise.all(limits);
    }
  }
}

function ignoreAbort(error: unknown): void {
  if (!isAbort(error)) throw error;
}
