import { clip } from '../base/text.ts';
import type { AgentNode } from '../projection/state.ts';
import { type Moment, pauseText, waitOf } from '../projection/waits.ts';
import type { KnownRun } from './runHub.ts';

/** `at 14:05:03`: a row is drawn again when something happens, and a paused run has nothing happen. */
const byTheClock: Moment = (at) => `at ${new Date(at).toLocaleTimeString()}`;

/** `waits for Bash npm test`; null for an agent that has ended, or whose process has. */
export function waitWords({ state, alive }: KnownRun, agent: AgentNode, now: number): string | null {
  const wait = state && alive ? waitOf(state, agent, now, byTheClock) : null;
  return wait && `waits for ${clip(wait.text.replace(/\s+/g, ' '), 60)}`;
}

/** `paused at 14:05:03 by a person`; null for a run that is not. */
export function pauseWords({ state, alive }: KnownRun): string | null {
  return state?.paused && alive ? pauseText(state.paused, byTheClock) : null;
}
