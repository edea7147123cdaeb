import { allAgents } from '../src/projection/agentTable.ts';
import type { RunState } from '../src/projection/state.ts';
import type { Moment } from '../src/projection/waits.ts';

// Rows and cards say when by the clock: what counts down would draw a thousand of them anew each second.

/** `at 14:05:03`; with the day where that is not the day of `now`. */
export function byTheClock(now: number): Moment {
  const today = new Date(now).toDateString();
  return (at) => {
    const date = new Date(at);
    const time = date.toLocaleTimeString();
    if (date.toDateString() === today) return `at ${time}`;
    return `on ${date.toLocaleDateString([], { day: 'numeric', month: 'short' })} at ${time}`;
  };
}

/** The last moment until `now` at which what is said of waits became another: the end of one, or midnight. */
export function lastTurn(state: RunState, now: number): number {
  const over = allAgents(state.agents).flatMap(({ waiting }) =>
    waiting !== null && waiting.until !== null && waiting.until <= now ? [waiting.until] : [],
  );
  return over.reduce((last, until) => Math.max(last, until), new Date(now).setHours(0, 0, 0, 0));
}
