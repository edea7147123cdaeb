import type { Event } from '../../protocol/messages.ts';
import type { RunState } from '../../projection/state.ts';

/** What shows a run while it goes on. */
export interface RunView {
  /** After each event; `state` has it in it. */
  accept(event: Event, state: RunState): void;
  /** A line from the command line itself, such as "Stopping…". */
  say(text: string): void;
  /** Leaves the terminal as it was. A second call does nothing. */
  close(): void;
}
