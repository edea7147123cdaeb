import type { ReactNode } from 'react';
import { shownPhases } from '../../src/projection/select.ts';
import type { RunState } from '../../src/projection/state.ts';
import { progressOf, progressWords, type Progress } from '../progress.ts';
import { phaseTitle } from '../words.ts';

/** How far each phase is, in the order in which the script names them. */
export function PhaseStrip({ state }: { readonly state: RunState }): ReactNode {
  const phases = shownPhases(state);
  if (phases.length === 0) return null;
  return (
    <ol className="phases" aria-label="Phases">
      {phases.map((phase) => {
        const progress = progressOf(state, phase);
        const title = phaseTitle(phase.title);
        return (
          <li key={title} className={`phase phase-${stageOf(progress)}`} title={phase.detail ?? undefined}>
            <span className="phase-name">{title}</span>
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
