import { endsReply, foldSession, type SessionState } from '../../src/projection/session.ts';
import type { RunCard } from '../../src/projection/runCard.ts';
import type { Event } from '../../src/protocol/messages.ts';
import type { SessionHostMessage, SlashEntry, ToolDetail } from '../../src/protocol/sessionWire.ts';
import { Published } from '../published.ts';
import type { StoreDeps } from '../store.ts';

/** What the page of a session shows. */
export interface SessionMirror {
  /** Null until the first snapshot. */
  readonly state: SessionState | null;
  /** Of the reply under way. */
  readonly streamed: string;
  readonly cards: Readonly<Record<string, RunCard>>;
  /** Those that were asked for, by the call. */
  readonly details: Readonly<Record<string, ToolDetail>>;
  readonly commands: readonly SlashEntry[];
  /** Words that ask for a workflow count. */
  readonly keyword: boolean;
  /** The other process that has the session; null: none. */
  readonly elsewhere: number | null;
  /** What was sent and could not be said; a new object each time. */
  readonly unsaid: { readonly text: string; readonly plain: boolean } | null;
}

export type SessionIn = SessionHostMessage<SessionState, RunCard>;

const EMPTY: SessionMirror = {
  ...{ state: null, streamed: '', cards: {}, details: {}, commands: [], keyword: true, elsewhere: null, unsaid: null },
};

/** The host's state of one session, mirrored. As `RunStore`, it never patches over a gap. */
export class SessionStore {
  readonly #askSnapshot: () => void;
  readonly #mirror: Published<SessionMirror>;
  readonly shown: () => SessionMirror;
  readonly subscribe: Published<SessionMirror>['subscribe'];
  #asked = false;

  constructor({ askSnapshot, schedule }: StoreDeps) {
    this.#askSnapshot = askSnapshot;
    this.#mirror = new Published(EMPTY, schedule);
    this.shown = this.#mirror.shown;
    this.subscribe = this.#mirror.subscribe;
  }

  /** Asks for the first snapshot. */
  open(): void {
    this.#ask();
  }

  accept(message: SessionIn): void {
    const { known } = this.#mirror;
    switch (message.type) {
      case 'snapshot':
        this.#asked = false;
        this.#mirror.know({ state: message.snapshot.state, streamed: message.streamed, details: {} });
        break;
      case 'events':
        this.#acceptEvents(message.runId, message.events);
        break;
      case 'delta':
        if (!this.#asked) this.#mirror.know({ streamed: known.streamed + message.text });
        break;
      case 'cards':
        this.#mirror.know({
          cards: { ...known.cards, ...Object.fromEntries(message.cards.map((card) => [card.runId, card])) },
        });
        break;
      case 'tool':
        this.#mirror.know({ details: { ...known.details, [message.detail.callId]: message.detail } });
        break;
      case 'setup':
        this.#mirror.know({ commands: message.commands, keyword: message.keyword });
        break;
      case 'elsewhere':
        this.#mirror.know({ elsewhere: message.pid });
        break;
      case 'unsaid':
        this.#mirror.know({ unsaid: { text: message.text, plain: message.plain } });
        break;
    }
  }

  #acceptEvents(runId: string, events: readonly Event[]): void {
    const { state } = this.#mirror.known;
    const [first] = events;
    if (!first || this.#asked) return;
    if (state?.sessionId !== runId || first.seq > state.seq + 1) {
      this.#ask();
      return;
    }
    const ends = events.some((event) => event.seq > state.seq && endsReply(event));
    this.#mirror.know({ state: foldSession(state, events), ...(ends ? { streamed: '' } : {}) });
  }

  #ask(): void {
    if (this.#asked) return;
    this.#asked = true;
    this.#askSnapshot();
  }
}
