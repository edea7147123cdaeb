import type { ReactNode } from 'react';
import { isLive } from '../../src/projection/findAgent.ts';
import { agentsOf, shownPhases } from '../../src/projection/select.ts';
import type { RunState } from '../../src/projection/state.ts';
import { progressOf, progressWords, type Progress } from '../progress.ts';
import type { Transport } from '../transport.ts';
import { Icon } from '../ui/icons.tsx';
import { phaseTitle } from '../words.ts';

interface PhaseStripProps {
  readonly state: RunState;
  /** Its process lives and it has not ended. */
  readonly running: boolean;
  readonly send: Transport['send'];
}

/** How far each phase is, in the order in which the script names them. */
export function PhaseStrip({ state, running, send }: PhaseStripProps): ReactNode {
  const phases = shownPhases(state);
  if (phases.length === 0) return null;
  return (
    <ol className={`phases${running ? ' is-running' : ''}`} aria-label="Phases">
      {phases.map((phase) => {
        const progress = progressOf(state, phase);
        const title = phaseTitle(phase.title);
        return (
          <li key={title} className={`phase phase-${stageOf(progress)}`} title={phase.detail ?? undefined}>
            <span className="phase-name">{title}</span>
            {running && agentsOf(state, phase).some(isLive) && (
              <button
                type="button"
                className="phase-finish"
                aria-label={`Finish phase ${title}`}
                title="Finish phase: the script goes on without the agents that have not ended"
                onClick={() => send({ type: 'phase.finish', phase: phase.title })}
              >
                <Icon name="skip" />
              </button>
            )}
            <span className="phase-count">{progressWords(progress)}</span>
            <progress
              className="phase-bar"
              aria-label={`Agents of ${title}`}
              max={Math.max(1, progress.total)}
              value={stageOf(progress) === 'over' ? Math.max(1, progress.total) : progress.settled}
            />
          </li>
        );
      })}
    </ol>
  );
}

/** How many changes will land nobody knows: a phase of landings alone counts as over with each. */
function stageOf({ settled, total, landings }: Progress): 'ahead' | 'now' | 'over' {
  if (total + landings === 0) return 'ahead';
  return settled === total ? 'over' : 'now';
}
