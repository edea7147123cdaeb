import type { Clock } from '../engine/ports.ts';
import type { Caps } from '../protocol/run.ts';
import { Ledger, type LedgerStart } from './ledger.ts';
import type { Pause } from './pause.ts';
import type { Pool } from './pool.ts';
import type { Recorder } from './recorder.ts';
import type { Halt } from './runContext.ts';
import type { PhaseMeta } from './script/check.ts';

interface RunParts {
  readonly clock: Clock;
  readonly pool: Pool;
  readonly pause: Pause;
  readonly recorder: Recorder;
  /** Somebody is there to be asked. */
  readonly attended: boolean;
  readonly halt: (why: Halt) => void;
}

/** The ledger of a run under way: what it has to say becomes a warning, a pause or the run's end. */
export function runLedger({ clock, pool, pause, recorder, attended, halt }: RunParts, start: LedgerStart): Ledger {
  const stop = (message: string): void => halt({ kind: 'stopped', reason: 'budget', message });
  return new Ledger(
    {
      clock,
      pausedMs: () => pause.pausedMs(),
      sharers: () => Math.min(pool.size, pool.running + pool.waiting),
      onSafety: (kind, message) => {
        if (kind === 'warn') recorder.emit({ type: 'logged', level: 'warning', message });
        else if (attended) pause.begin('limit', `${message} ${TO_GO_ON}`);
        else stop(message);
      },
      onOvertime: (error) => stop(error.message),
    },
    start,
  );
}

const TO_GO_ON = 'Continue the run and it may use as much again; give it a budget and only that counts.';

/** By title. */
export function phaseCaps(phases: readonly PhaseMeta[]): ReadonlyMap<string, Caps> {
  return new Map(phases.flatMap(({ title, caps }) => (caps ? [[title, caps] as const] : [])));
}
