import { isAbort } from '../../base/abort.ts';
import type { Event } from '../../protocol/messages.ts';
import type { Loop } from '../../protocol/session.ts';
import type { SessionPlace } from './sessionPlace.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** A loop that nobody ends goes on for so long. */
const LIFE_MS = 7 * DAY_MS;
const DEFAULT_EVERY_MS = 10 * MINUTE_MS;
const LEAST_EVERY_MS = MINUTE_MS;
const MOST_LOOPS = 20;

/** `5m`, `2 h`, `1d`, at the beginning of what follows `/loop`. */
const INTERVAL = /^(?:every\s+)?(\d{1,4})\s?(s|m|min|minutes?|h|hours?|d|days?)(?:\s+|$)/i;

export interface LoopWish {
  readonly text: string;
  readonly everyMs: number;
}

/** What a person wants again and again; null: nothing is named, or the interval is out of its bounds. */
export function loopWish(rest: string): LoopWish | null {
  const match = INTERVAL.exec(rest);
  const text = (match ? rest.slice(match[0].length) : rest).trim();
  const everyMs = match ? Number(match[1]) * unitMs(match[2] ?? '') : DEFAULT_EVERY_MS;
  return text === '' || everyMs < LEAST_EVERY_MS || everyMs > LIFE_MS ? null : { text, everyMs };
}

function unitMs(unit: string): number {
  switch (unit.charAt(0).toLowerCase()) {
    case 's':
      return 1_000;
    case 'h':
      return HOUR_MS;
    case 'd':
      return DAY_MS;
    default:
      return MINUTE_MS;
  }
}

/** Begins one, from now on. Null: there are too many. */
export function setLoop(place: SessionPlace, wish: LoopWish): Loop | null {
  const { run, state } = place;
  if (state.loops.size >= MOST_LOOPS) return null;
  const loop: Loop = { ...wish, loopId: run.deps.newId().slice(0, 4), until: run.deps.clock.now() + LIFE_MS };
  run.recorder.emit({ type: 'loop.set', loop });
  keepLooping(place, loop, 0);
  return loop;
}

/** False: there is none of that name. */
export function cancelLoop(
  { run, state }: SessionPlace,
  loopId: string,
  how: 'cancelled' | 'goal' = 'cancelled',
): boolean {
  if (!state.loops.delete(loopId)) return false;
  run.recorder.emit({ type: 'loop.ended', loopId, how });
  return true;
}

/** Those that an earlier opening of the session has left. What they missed meanwhile is not caught up with. */
export function openLoops(events: readonly Event[], now: number): readonly Loop[] {
  const loops = new Map<string, Loop>();
  for (const event of events) {
    if (event.type === 'loop.set') loops.set(event.loop.loopId, event.loop);
    if (event.type === 'loop.ended') loops.delete(event.loopId);
  }
  return [...loops.values()].filter(({ until }) => until > now);
}

export function goOnLooping(place: SessionPlace, loops: readonly Loop[]): void {
  for (const loop of loops) keepLooping(place, loop, loop.everyMs);
}

/**
 * The first time after `firstMs`. Between turns: while the agent is busy it waits, and what it misses by that, or while a run
 * of its own goes on, is not made up for.
 */
function keepLooping(place: SessionPlace, loop: Loop, firstMs: number): void {
  place.state.loops.set(loop.loopId, loop);
  goRound(place, loop, firstMs).catch((error: unknown) => {
    if (isAbort(error)) return;
    const message = `The loop ${loop.loopId} ended by a fault: ${error instanceof Error ? error.message : String(error)}`;
    place.run.recorder.emit({ type: 'logged', level: 'error', message });
  });
}

async function goRound(place: SessionPlace, loop: Loop, firstMs: number): Promise<void> {
  const { run, desk, state } = place;
  const { clock } = run.deps;
  const goesOn = (): boolean => state.loops.get(loop.loopId) === loop;
  for (let wait = firstMs; ; wait = loop.everyMs) {
    if (wait > 0) await clock.sleep(wait, run.signal);
    await desk.free(run.signal);
    if (!goesOn()) return;
    if (clock.now() >= loop.until) {
      state.loops.delete(loop.loopId);
      run.recorder.emit({ type: 'loop.ended', loopId: loop.loopId, how: 'expired' });
      return;
    }
    // What takes longer than a round is not begun once more beside itself.
    if (![...state.underWay.values()].includes(loop.loopId)) await desk.repeat(loop);
  }
}

export function intervalWords(ms: number): string {
  if (ms % DAY_MS === 0) return `${ms / DAY_MS}d`;
  if (ms % HOUR_MS === 0) return `${ms / HOUR_MS}h`;
  return ms % MINUTE_MS === 0 ? `${ms / MINUTE_MS}m` : `${Math.round(ms / 1_000)}s`;
}
