import { fold } from '../src/projection/reduce.ts';
import type { RunState } from '../src/projection/state.ts';
import type { Decision } from '../src/protocol/decision.ts';
import type { Event } from '../src/protocol/messages.ts';
import type { AgentDetail, HostMessage } from '../src/protocol/wire.ts';
import { Published } from './published.ts';

/** What the page shows. A new object whenever something in it has changed. */
export interface Mirror {
  /** Null until the first snapshot. */
  readonly state: RunState | null;
  /** Whether the process that owns the run lives. */
  readonly alive: boolean;
  /** Whether that process is this window's: then it can be answered here. */
  readonly answerable: boolean;
  /** What the person has decided about its changes. */
  readonly decisions: readonly Decision[];
  /** The one that was asked for last, as soon as it is there. */
  readonly detail: AgentDetail | null;
}

export interface StoreDeps {
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
  readonly #askSnapshot: () => void;
  readonly #mirror: Published<Mirror>;
  readonly shown: () => Mirror;
  readonly subscribe: Published<Mirror>['subscribe'];
  #asked = false;

  constructor({ askSnapshot, schedule }: StoreDeps) {
    this.#askSnapshot = askSnapshot;
    this.#mirror = new Published(
      { state: null, alive: true, answerable: false, decisions: [], detail: null },
      schedule,
    );
    this.shown = this.#mirror.shown;
    this.subscribe = this.#mirror.subscribe;
  }

  /** Asks for the first snapshot. */
  open(): void {
    this.#ask();
  }

  accept(message: HostMessage<RunState>): void {
    switch (message.type) {
      case 'snapshot':
        this.#asked = false;
        this.#mirror.know({ state: message.snapshot.state, alive: message.alive });
        break;
      case 'events':
        this.#acceptEvents(message.runId, message.events);
        break;
      case 'alive':
        this.#mirror.know({ alive: message.alive });
        break;
      case 'answerable':
        this.#mirror.know({ answerable: message.answerable });
        break;
      case 'decisions':
        this.#mirror.know({ decisions: message.decisions });
        break;
      case 'agent':
        this.#mirror.know({ detail: message.detail });
        break;
    }
  }

  #acceptEvents(runId: string, events: readonly Event[]): void {
    const { state } = this.#mirror.known;
    const [first] = events;
    if (!first || this.#asked) return;
    if (state?.runId === runId && first.seq <= state.seq + 1) this.#mirror.know({ state: fold(state, events) });
    else this.#ask();
  }

  #ask(): void {
    if (this.#asked) return;
    this.#asked = true;
    this.#askSnapshot();
  }
}
