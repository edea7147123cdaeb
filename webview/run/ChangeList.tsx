import type { ReactNode } from 'react';
import { changeTable, type ChangeRow } from '../../src/projection/select.ts';
import type { AgentStatus, RunState } from '../../src/projection/state.ts';
import type { Transport } from '../transport.ts';
import { StatusIcon } from '../ui/icons.tsx';
import { Button } from '../ui/kit.tsx';

interface ChangeListProps {
  readonly state: RunState;
  readonly onSelect: (agentId: string) => void;
  readonly send: Transport['send'];
}

/** Each change, what became of it, and why. */
export function ChangeList({ state, onSelect, send }: ChangeListProps): ReactNode {
  const rows = changeTable(state);
  if (rows.length === 0)
    return (
      <p className="empty">
        {state.endedAt === null ? 'No change has been written yet.' : 'This run changed nothing.'}
      </p>
    );
  return (
    <ul className="changes scroll" aria-label="Changes">
      {rows.map((row) => (
        <li key={row.id} className="change">
          <StatusIcon status={ICONS[row.outcome]} />
          <div className="change-text">
            <p className="change-summary">{row.summary || row.label}</p>
            <p>
              <strong>{WORDS[row.outcome]}</strong> <span className="dim">{row.why}</span>
            </p>
            {row.files.length > 0 && (
              <p className="dim">
                {row.files.join(', ')} <ChangedLines {...row} />
              </p>
            )}
          </div>
          <div className="change-actions">
            <button type="button" className="link" onClick={() => onSelect(row.id)}>
              {row.label}
            </button>
            {row.files.length > 0 && (
              <Button icon="diff" onPress={() => send({ type: 'change.open', changeId: row.id })}>
                Open changes
              </Button>
            )}
          </div>
        </li>
      ))}
    </ul>
  );
}

export function ChangedLines({
  additions,
  deletions,
}: {
  readonly additions: number;
  readonly deletions: number;
}): ReactNode {
  return (
    <span className="changed-lines">
      +{additions} −{deletions}
    </span>
  );
}

const WORDS: Readonly<Record<ChangeRow['outcome'], string>> = { landed: 'Landed', refused: 'Refused', open: 'Open' };
const ICONS: Readonly<Record<ChangeRow['outcome'], AgentStatus>> = { landed: 'done', refused: 'null', open: 'queued' };
