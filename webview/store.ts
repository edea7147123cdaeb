import { fold } from '../src/projection/reduce.ts';
import type { RunState } from '../src/projection/state.ts';
import type { Event } from '../src/protocol/messages.ts';
import type { AgentDetail, HostMessage } from '../src/protocol/wire.ts';

/** What the page shows. A new object whenever something in it has changed. */
export interface Mirror {
  /** Null until the first snapshot. */
  readonly state: RunState | null;
  /** Whether the process that owns the run lives. */
  readonly alive: boolean;
  /** Whether that process is this window's: then it can be answered here. */
  readonly answerable: boolean;
  /** The one that was asked for last, as soon as it is there. */
  readonly detail: AgentDetail | null;
}

interface StoreDeps {
  /** Asks the host for a snapshot. */
  readonly askSnapshot: () => void;
  /** Calls back once, soon: what came until then is shown together. */
  readonly schedule: (publish: () => void) => void;
}

/**
 * The host's state of one run, mirrored. It never patches over a gap: until the snapshot that it then asks for is
 * there, it shows what it last knew for certain.
 */
export class RunStore {
  readonly #deps: StoreDeps;
  readonly #listeners = new Set<() => void>();
  #known: Mirror = { state: null, alive: true, answerable: false, detail: null };
  #shown: Mirror = this.#known;
  #asked = false;
  #scheduled = false;

  constructor(deps: StoreDeps) {
    this.#deps = deps;
  }

  /** Asks for the first snapshot. */
  open(): void {
    this.#ask();
  }

  accept(message: HostMessage<RunState>): void {
    switch (message.type) {
      case 'snapshot':
        this.#asked = false;
        this.#know({ state: message.snapshot.state, alive: message.alive });
        break;
      case 'events':
        this.#acceptEvents(message.runId, message.events);
        break;
      case 'alive':
        this.#know({ alive: message.alive });
        break;
      case 'answerable':
        this.#know({ answerable: message.answerable });
        break;
      case 'agent':
        this.#know({ detail: message.detail });
        break;
    }
  }

  readonly shown = (): Mirror => this.#shown;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  #acceptEvents(runId: string, events: readonly Event[]): void {
    const { state } = this.#known;
    const [first] = events;
    if (!first || this.#asked) return;
    if (state?.runId === runId && first.seq <= state.seq + 1) this.#know({ state: fold(state, events) });
    else this.#ask();
  }

  #ask(): void {
    if (this.#asked) return;
    this.#asked = true;
    this.#deps.askSnapshot();
  }

  #know(change: Partial<Mirror>): void {
    this.#known = { ...this.#known, ...change };
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#deps.schedule(() => {
      this.#scheduled = false;
      this.#shown = this.#known;
      for (const listener of this.#listeners) listener();
    });
  }
}
