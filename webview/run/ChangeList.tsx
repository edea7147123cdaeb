import type { ReactNode } from 'react';
import { count } from '../../src/base/text.ts';
import { decidedChanges, type DecidedChange } from '../../src/projection/decisions.ts';
import type { AgentStatus, RunState } from '../../src/projection/state.ts';
import type { Decision } from '../../src/protocol/decision.ts';
import type { Transport } from '../transport.ts';
import { StatusIcon } from '../ui/icons.tsx';
import { Button } from '../ui/kit.tsx';

interface ChangeListProps {
  readonly state: RunState;
  readonly decisions: readonly Decision[];
  readonly onSelect: (agentId: string) => void;
  readonly send: Transport['send'];
}

/** Each change, what became of it, and why. */
export function ChangeList({ state, decisions, onSelect, send }: ChangeListProps): ReactNode {
  const rows = decidedChanges(state, decisions);
  const isOver = state.endedAt !== null;
  if (rows.length === 0)
    return <p className="empty">{isOver ? 'This run changed nothing.' : 'No change has been written yet.'}</p>;
  return (
    <div className="scroll">
      {isOver && <TakeOver rows={rows} send={send} />}
      <ul className="changes" aria-label="Changes">
        {rows.map((row) => (
          <li key={row.id} className="change">
            <StatusIcon status={ICONS[row.standing]} />
            <div className="change-text">
              <p className="change-summary">{row.summary || row.label}</p>
              <p>
                <strong>{WORDS[row.standing]}</strong> <span className="dim">{whyOf(row)}</span>
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
              {isOver && <Decide row={row} send={send} />}
            </div>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** What the person may still make of a change that has not landed. */
function Decide({ row, send }: { readonly row: DecidedChange } & Pick<ChangeListProps, 'send'>): ReactNode {
  const { id: changeId, outcome, standing } = row;
  if (outcome === 'landed' || standing === 'empty') return null;
  const isDiscarded = standing === 'discarded';
  return (
    <span className="decide">
      {!isDiscarded && (
        <button type="button" className="link" onClick={() => send({ type: 'change.land', changeId })}>
          Land…
        </button>
      )}
      <button type="button" className="link" onClick={() => send({ type: 'change.discard', changeId })}>
        {isDiscarded ? 'Bring back…' : 'Discard…'}
      </button>
    </span>
  );
}

/** Where what landed is, and the ways from there to the person's own files. */
function TakeOver({
  rows,
  send,
}: { readonly rows: readonly DecidedChange[] } & Pick<ChangeListProps, 'send'>): ReactNode {
  const landed = rows.filter(({ outcome }) => outcome === 'landed');
  const [first] = landed;
  if (!first) return null;
  return (
    <section className="take-over" aria-label="Take over what landed">
      <p>
        {count(landed.length, 'change')} landed on <span className="file">{first.landedOn}</span>. The run itself has
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

function whyOf({ standing, why }: DecidedChange): string {
  return standing === 'discarded' ? 'on your word; its commit is kept until the run is deleted' : why;
}

const WORDS: Readonly<Record<DecidedChange['standing'], string>> = {
  ...{ landed: 'Landed', applied: 'Applied', merged: 'Merged' },
  ...{ refused: 'Refused', empty: 'Refused', discarded: 'Discarded', open: 'Open' },
};
const ICONS: Readonly<Record<DecidedChange['standing'], AgentStatus>> = {
  ...{ landed: 'done', applied: 'done', merged: 'done' },
  ...{ refused: 'null', empty: 'null', discarded: 'null', open: 'queued' },
};
