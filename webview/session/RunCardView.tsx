import type { ReactNode } from 'react';
import { count } from '../../src/base/text.ts';
import { formatUsd } from '../../src/projection/cost.ts';
import type { RunCard } from '../../src/projection/runCard.ts';
import type { LaunchedRun } from '../../src/projection/session.ts';
import type { AgentStatus } from '../../src/projection/state.ts';
import type { RunStatus } from '../../src/protocol/run.ts';
import { StatusIcon } from '../ui/icons.tsx';
import { RUN_WORDS } from '../words.ts';

interface RunCardViewProps {
  readonly run: LaunchedRun;
  /** Null: nobody has looked into the run, so that it stands as the session has heard. */
  readonly card: RunCard | null;
  readonly onOpen: () => void;
  /** Its script is to be kept as a workflow. */
  readonly onSave: () => void;
}

const ICONS: Readonly<Record<RunStatus, AgentStatus>> = {
  ...{ running: 'running', completed: 'done', degraded: 'interrupted', stopped: 'null', failed: 'threw' },
  interrupted: 'interrupted',
};

/** A run that the session has started, as it stands now; pressed, its page opens. One that did its work can be kept. */
export function RunCardView({ run, card, onOpen, onSave }: RunCardViewProps): ReactNode {
  const status = card?.status ?? run.status;
  const asks = card ? card.questions.length + card.asked.length : 0;
  const facts = [
    card?.paused && status === 'running' ? 'Paused' : RUN_WORDS[status],
    ...(card && card.agents > 0 ? [`${card.over} of ${count(card.agents, 'agent')}`] : []),
    ...(status === 'running' && card?.phase ? [card.phase] : []),
    ...(card && card.agents > 0 ? [formatUsd(card.usd)] : []),
  ];
  return (
    <div className="run-item">
      <button type="button" className="run-card" onClick={onOpen} title={`Open ${run.runId}`}>
        <StatusIcon status={ICONS[status]} />
        <span className="run-card-title">{run.title}</span>
        <span className="run-card-facts dim">{facts.join(' · ')}</span>
        {asks > 0 && <span className="run-card-asks">{`Asks ${count(asks, 'question')}`}</span>}
        {card && status === 'running' && card.agents > 0 && (
          <progress className="phase-bar" value={card.over} max={card.agents} aria-hidden="true" />
        )}
      </button>
      {status === 'completed' && (
        <button type="button" className="link" onClick={onSave}>
          Save as workflow…
        </button>
      )}
    </div>
  );
}
