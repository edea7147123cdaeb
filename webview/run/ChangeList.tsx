import type { ReactNode } from 'react';
import { count } from '../../src/base/text.ts';
import { changeTable, currentChanges, type ChangeRow } from '../../src/projection/select.ts';
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
    <div className="scroll">
      <TakeOver state={state} send={send} />
      <ul className="changes" aria-label="Changes">
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
    </div>
  );
}

/** Where what landed is, and the ways from there to the person's own files. */
function TakeOver({ state, send }: Pick<ChangeListProps, 'state' | 'send'>): ReactNode {
  const landings = currentChanges(state).flatMap(({ landing }) => (landing?.status === 'landed' ? [landing] : []));
  const [first] = landings;
  if (!first || state.endedAt === null) return null;
  return (
    <section className="take-over" aria-label="Take over what landed">
      <p>
        {count(landings.length, 'change')} landed on <span className="file">{first.branch}</span>. The run itself has
        left your files and branches as they were.
      </p>
      <div className="take-over-actions">
        <Button primary icon="landed" onPress={() => send({ type: 'changes.apply' })}>
          Apply to my files…
        </Button>
        <Button onPress={() => send({ type: 'changes.merge' })}>Merge…</Button>
        <Button onPress={() => send({ type: 'changes.propose' })}>Pull request…</Button>
      </div>
    </section>
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
